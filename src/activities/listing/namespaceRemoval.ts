import type { RemovalResult, RemovalsInput, RunInput } from '../../contract/activities';
import type { HeldNamespace } from '../../contract/held';
import { removeRecordGroupsOf, removeRecordGroup } from '../../graph/access/recordGroups';
import { addCounts, noCommitCounts } from '../../graph/entries/commitContext';
import { countSubtree, readSubtree } from '../../graph/entries/entries';
import { removeEntries } from '../../graph/entries/removal';
import {
  hasSuccessor,
  leavingNamespaces,
  putNamespaces,
  readNamespace,
  removeNamespaces,
} from '../../graph/state/namespaces';
import { deleteSyncPoints } from '../../graph/state/syncPoints';
import { contentRemoved } from '../../sync/discoveryState';
import { folderCursorName } from '../../sync/keys';
import { isLeaving, isUnseen } from '../../sync/namespaceState';
import type { NamespaceDocument } from '../../sync/syncDocuments';
import { askGuard } from '../guard/askGuard';
import { allDeletions } from '../guard/pendingDeletions';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { timeSlice } from '../runtime/timeSlice';
import { openCommit } from './listingContext';

/** Ids of namespaces in one answer, which enters a workflow history. */
const NAMESPACES_PER_ANSWER = 100;

export function namespaceRemovalActivities(services: ActivityServices) {
  return {
    /** The next namespaces to remove, in the order of their ids: none is given twice. */
    async nextRemovals({ connectorId, after }: RemovalsInput): Promise<string[]> {
      return leavingNamespaces(services.graph, connectorId, after, NAMESPACES_PER_ANSWER);
    },

    /**
     * Removes what is left of a namespace that is gone: its entries, record group, cursor and document. Its content
     * stays while the deletion guard holds it. It works for about a minute, and is called again until it is done.
     */
    async removeNamespace(input: RunInput & { namespaceId: string }): Promise<RemovalResult> {
      const { connectorId, namespaceId } = input;
      const open = await OpenConnector.open(services, input);
      const { graph } = open;
      const namespace = await readNamespace(graph, connectorId, namespaceId);
      if (namespace === null || !isLeaving(namespace)) return { done: true };
      const held = await guardRemoval(open, namespace);
      if (held) return { done: true, held };
      const commit = openCommit(open, namespace);
      const counts = noCommitCounts();
      const isLate = timeSlice();
      for (;;) {
        const entries = await readSubtree(graph, { connectorId, namespaceId }, { limit: commit.batchSize });
        if (entries.length === 0) break;
        addCounts(counts, await removeEntries(commit, entries));
        if (isLate()) return { ...counts, done: false };
      }
      await deleteSyncPoints(graph, open.context(), [folderCursorName(namespaceId)]);
      if (await hasSuccessor(graph, namespace)) {
        await removeNamespaces(graph, connectorId, [namespaceId]);
        return { ...counts, done: true };
      }
      // An unseen namespace is still in the team's list. Its document stays, so that the next run need not ask again.
      const { revoked } = isUnseen(namespace)
        ? await removeRecordGroupsOf(graph, namespace)
        : await removeRecordGroup(graph, connectorId, namespaceId);
      if (isUnseen(namespace)) await putNamespaces(graph, [contentRemoved(namespace)]);
      return { ...counts, revoked: counts.revoked + revoked, done: true };
    },
  };
}

/** Up to where the deletion guard allows the deletions of a namespace that leaves. */
const REMOVAL = 'removal';

async function guardRemoval(open: OpenConnector, namespace: NamespaceDocument): Promise<HeldNamespace | null> {
  const { namespaceId, allowed } = namespace;
  // An earlier attempt has asked, and may have removed a part of it.
  if (allowed?.until === REMOVAL) return null;
  const { count, samples } = await allDeletions(open.graph, namespace, checkpoint);
  const total = await countSubtree(open.graph, namespace);
  // That no one sees it does not mean that Dropbox has confirmed that it is gone.
  const removal = { field: 'held', count, total, samples, isConfirmed: !isUnseen(namespace) } as const;
  return (await askGuard({ open, namespaceId }, removal, { until: REMOVAL, paths: 0 })).held;
}
