import type { RemovalResult, RunInput } from '../../contract/activities';
import { removeRecordGroup } from '../../graph/access/recordGroups';
import type { HeldNamespace } from '../../contract/held';
import { countSubtree } from '../../graph/entries/entries';
import { removePaths } from '../../graph/entries/removal';
import { allNamespaces, putNamespaces, readNamespace, removeNamespaces } from '../../graph/state/namespaces';
import { deleteSyncPoints } from '../../graph/state/syncPoints';
import type { NamespaceDocument } from '../../sync/documents';
import { folderCursorName } from '../../sync/keys';
import { contentRemoved, isLeaving, isUnseen } from '../../sync/namespaceState';
import { each } from '../runtime/each';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { askGuard } from '../guard/askGuard';
import { allDeletions } from '../guard/pendingDeletions';
import { openCommit } from './listingContext';

/** Ids of namespaces in one answer, which enters a workflow history. */
const NAMESPACES_PER_ANSWER = 100;

export function namespaceRemovalActivities(services: ActivityServices) {
  return {
    /** Without those whose removal this run has held. */
    async nextRemovals({ connectorId, runId }: RunInput): Promise<string[]> {
      const ids: string[] = [];
      for await (const namespace of each(allNamespaces(services.graph, connectorId))) {
        if (!isLeaving(namespace) || namespace.held?.runId === runId) continue;
        if (ids.length < NAMESPACES_PER_ANSWER) ids.push(namespace.namespaceId);
      }
      return ids;
    },

    /**
     * Removes what is left of a namespace that is gone: its entries, record group, cursor and document. Access to it is
     * gone already. Its content stays while the deletion guard holds it.
     */
    async removeNamespace(input: RunInput & { namespaceId: string }): Promise<RemovalResult> {
      const { connectorId, runId, namespaceId } = input;
      const open = await OpenConnector.open(services, connectorId);
      const { graph } = open;
      const namespace = await readNamespace(graph, connectorId, namespaceId);
      if (namespace === null || !isLeaving(namespace)) return { done: true };
      const held = await guardRemoval(open, namespace, runId);
      if (held) return { done: true, held };
      const counts = await removePaths(openCommit(open, namespace, runId), [''], 'below them');
      await deleteSyncPoints(graph, open.context(), [folderCursorName(namespaceId)]);
      if (await hasSuccessor(open, namespace)) {
        await removeNamespaces(graph, connectorId, [namespaceId]);
        return { ...counts, done: true };
      }
      const { revoked } = await removeRecordGroup(graph, connectorId, namespaceId);
      // The team's list still has it: what is known of it saves the next run the same questions.
      if (isUnseen(namespace)) await putNamespaces(graph, [contentRemoved(namespace)]);
      return { ...counts, revoked: counts.revoked + revoked, done: true };
    },
  };
}

/** Up to where the deletion guard allows the deletions of a namespace that leaves. */
const REMOVAL = 'removal';

async function guardRemoval(
  open: OpenConnector,
  namespace: NamespaceDocument,
  runId: string,
): Promise<HeldNamespace | null> {
  const { connectorId, namespaceId, allowed } = namespace;
  // An earlier attempt has asked, and may have removed a part of it.
  if (allowed?.until === REMOVAL) return null;
  const { count, samples } = await allDeletions(open.graph, namespace, checkpoint);
  const total = await countSubtree(open.graph, connectorId, namespaceId, '');
  // That no one sees it is not Dropbox's word on the folder itself.
  const removal = { field: 'held', count, total, samples, isConfirmed: !isUnseen(namespace) } as const;
  return (await askGuard({ open, namespaceId, runId }, removal, { until: REMOVAL, paths: 0 })).held;
}

/** Whether another namespace has its record group: a member's folder keeps it when it becomes another namespace. */
async function hasSuccessor(
  open: OpenConnector,
  { externalGroupId, namespaceId }: NamespaceDocument,
): Promise<boolean> {
  for await (const other of each(allNamespaces(open.graph, open.connector._key))) {
    if (other.externalGroupId === externalGroupId && other.namespaceId !== namespaceId && !isLeaving(other))
      return true;
  }
  return false;
}
