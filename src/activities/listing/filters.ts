import { addCounts, noCommitCounts } from '../../graph/entries/commitContext';
import { updateConnector } from '../../graph/state/connectors';
import { walkEntries } from '../../graph/entries/entries';
import { dropRecords } from '../../graph/entries/filterEntries';
import { allNamespaces, patchNamespaces } from '../../graph/state/namespaces';
import type { NamespaceDocument } from '../../sync/documents';
import { filtersChanged, passes } from '../../sync/filters';
import { isLeaving, relistFromStart } from '../../sync/namespaceState';
import type { PartCounts } from '../../contract/counts';
import type { RunInput } from '../../contract/activities';
import { openCommit } from './listingContext';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { chunks } from '../../chunks';

export function filterActivities(services: ActivityServices) {
  return {
    /**
     * An entry that no longer passes loses its record, without a call to Dropbox. A namespace with an entry that now
     * passes is listed again, since a record needs more than is stored with its entry. A repeat continues where the
     * last call stopped.
     */
    async applyFilters({ connectorId, runId }: RunInput): Promise<PartCounts> {
      const open = await OpenConnector.open(services, { connectorId, runId });
      const { filters, appliedFilters } = open.connector;
      const total = noCommitCounts();
      if (!filtersChanged(open.connector)) return {};
      if (appliedFilters !== null) {
        const namespaces: NamespaceDocument[] = [];
        for await (const batch of allNamespaces(open.graph, connectorId)) namespaces.push(...batch);
        for (const namespace of namespaces) {
          const commit = openCommit(open, namespace, runId);
          let nowPassing = false;
          for await (const page of walkEntries(open.graph, connectorId, namespace.namespaceId)) {
            const files = page.filter(({ kind }) => kind === 'file');
            nowPassing ||= files.some(({ recordKey, facts }) => recordKey === null && passes(filters, facts));
            const refused = files.filter(({ recordKey, facts }) => recordKey !== null && !passes(filters, facts));
            for (const batch of chunks(refused, commit.batchSize)) addCounts(total, await dropRecords(commit, batch));
            checkpoint();
          }
          if (nowPassing && !isLeaving(namespace)) {
            await patchNamespaces(open.graph, open.context(), [relistFromStart(namespace)]);
          }
        }
      }
      await updateConnector(open.graph, connectorId, { appliedFilters: filters, updatedAt: services.now() });
      return { ...total };
    },
  };
}
