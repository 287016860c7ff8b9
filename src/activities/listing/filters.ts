import { chunks } from '../../chunks';
import type { FiltersResult, RunInput } from '../../contract/activities';
import type { HeldNamespace } from '../../contract/held';
import { addCounts, noCommitCounts, type CommitCounts } from '../../graph/entries/commitContext';
import { walkSubtree } from '../../graph/entries/entries';
import { dropRecords } from '../../graph/entries/filterEntries';
import { updateConnector } from '../../graph/state/connectors';
import { allNamespaces, patchNamespaces, readNamespace } from '../../graph/state/namespaces';
import { approvalEnded } from '../../sync/approvalState';
import { filtersChanged, passes } from '../../sync/filters';
import { relistFromStart } from '../../sync/listingState';
import { isListed, type NamespacePatch } from '../../sync/namespaceState';
import { receivedFilesStale } from '../../sync/receivedFiles';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import { askGuard } from '../guard/askGuard';
import { SAMPLES } from '../guard/pendingDeletions';
import { each } from '../runtime/each';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { openCommit } from './listingContext';

export function filterActivities(services: ActivityServices) {
  return {
    /**
     * An entry that no longer passes loses its record, without a call to Dropbox. A namespace with an entry that now
     * passes is listed again, since a record needs more than is stored with its entry. A namespace that would lose more
     * than the deletion guard lets pass keeps the former filters. A repeat continues where the last call stopped.
     */
    async applyFilters(run: RunInput): Promise<FiltersResult> {
      const { connectorId } = run;
      const open = await OpenConnector.open(services, run);
      const { filters, appliedFilters, filtersChangedAt } = open.connector;
      const total = noCommitCounts();
      const held: HeldNamespace[] = [];
      if (!filtersChanged(open.connector)) return { held };
      if (appliedFilters !== null) {
        // Their cursor would not outlive the walks through their entries, and their member lists may be long.
        const ids: string[] = [];
        for await (const { namespaceId } of each(allNamespaces(open.graph, connectorId))) ids.push(namespaceId);
        for (const id of ids) {
          const namespace = await readNamespace(open.graph, connectorId, id);
          if (namespace === null) continue;
          const change = await filterChange(open, namespace);
          const answer = await guardFilters(open, namespace, change);
          if (answer) held.push(answer);
          else addCounts(total, await applyTo(open, namespace, change));
          checkpoint();
        }
      }
      // As long as something is held, each run looks again.
      if (held.length === 0) {
        await updateConnector(open.graph, connectorId, {
          appliedFilters: filters,
          ...(filtersChangedAt === undefined ? {} : { appliedChangeAt: filtersChangedAt }),
          updatedAt: services.now(),
        });
      }
      return { ...total, held };
    },
  };
}

interface FilterChange {
  excluded: number;
  samples: string[];
  total: number;
  /** A file without a record now passes. */
  includes: boolean;
}

async function filterChange({ graph, connector }: OpenConnector, namespace: NamespaceDocument): Promise<FilterChange> {
  const change: FilterChange = { excluded: 0, samples: [], total: 0, includes: false };
  for await (const page of walkSubtree(graph, namespace)) {
    change.total += page.length;
    for (const { kind, recordKey, facts, path } of page) {
      if (kind !== 'file') continue;
      const isKept = passes(connector.filters, facts);
      change.includes ||= isKept && recordKey === null;
      if (isKept || recordKey === null) continue;
      change.excluded += 1;
      if (change.samples.length < SAMPLES) change.samples.push(path);
    }
    checkpoint();
  }
  return change;
}

async function guardFilters(
  open: OpenConnector,
  { namespaceId }: NamespaceDocument,
  { excluded, samples, total }: FilterChange,
): Promise<HeldNamespace | null> {
  const removal = { field: 'heldFilters', count: excluded, total, samples } as const;
  return (await askGuard({ open, namespaceId }, removal)).held;
}

async function applyTo(
  open: OpenConnector,
  namespace: NamespaceDocument,
  { excluded, includes }: FilterChange,
): Promise<CommitCounts> {
  const { graph, connector } = open;
  const total = noCommitCounts();
  const commit = openCommit(open, namespace);
  if (excluded > 0) {
    for await (const page of walkSubtree(graph, namespace)) {
      const refused = page.filter(
        ({ kind, recordKey, facts }) => kind === 'file' && recordKey !== null && !passes(connector.filters, facts),
      );
      for (const batch of chunks(refused, commit.batchSize)) addCounts(total, await dropRecords(commit, batch));
      checkpoint();
    }
  }
  const { namespaceId } = namespace;
  const patch: NamespacePatch = {
    namespaceId,
    ...(includes && isListed(namespace) ? relistFromStart(namespace) : {}),
    ...(includes && namespace.kind === 'received' ? receivedFilesStale() : {}),
    ...(namespace.heldFilters ? approvalEnded(namespace, 'heldFilters') : {}),
  };
  if (Object.keys(patch).length > 1) await patchNamespaces(graph, open.context(), [patch]);
  return total;
}
