import { addCounts, noCommitCounts } from '../../graph/entries/commit';
import { updateConnector } from '../../graph/state/connectors';
import { dropRecords, walkEntries } from '../../graph/entries/filterEntries';
import { allNamespaces, patchNamespaces } from '../../graph/state/namespaces';
import type { NamespaceDocument } from '../../sync/documents';
import { filtersChanged, passes } from '../../sync/filters';
import type { PartCounts } from '../../contract/counts';
import type { RunInput } from '../../contract/activities';
import { openCommit } from './listingContext';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { chunks } from '../../chunks';

export function filterActivities(services: ActivityServices) {
  return {
    /**
     * Brings the graph in keeping with filters that were changed, from the entries table: what no longer passes loses its
     * record, without a call to Dropbox; only namespaces that hold something which now passes are listed again, since a
     * record needs more than the table knows. Repeating it goes on where it was.
     */
    async applyFilters({ connectorId, runId }: RunInput): Promise<PartCounts> {
      const open = await OpenConnector.open(services, connectorId);
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
          if (nowPassing && namespace.work !== 'remove') {
            const patch = { namespaceId: namespace.namespaceId, work: 'relist' as const, mark: null };
            await patchNamespaces(open.graph, open.context(), [patch]);
          }
        }
      }
      await updateConnector(open.graph, connectorId, { appliedFilters: filters, updatedAt: services.now() });
      return { ...total };
    },
  };
}
