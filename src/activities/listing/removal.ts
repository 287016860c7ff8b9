import type { RunInput, StepResult } from '../../contract/activities';
import { removeRecordGroup } from '../../graph/access/recordGroups';
import { removePaths } from '../../graph/entries/removal';
import { allNamespaces, putNamespaces, readNamespace, removeNamespaces } from '../../graph/state/namespaces';
import { deleteSyncPoints } from '../../graph/state/syncPoints';
import type { NamespaceDocument } from '../../sync/documents';
import { folderCursorName } from '../../sync/keys';
import { contentRemoved, isLeaving, isUnseen } from '../../sync/namespaceState';
import { each } from '../runtime/each';
import { OpenConnector, type ActivityServices } from '../runtime/services';
import { openCommit } from './listingContext';

/** Ids of namespaces in one answer, which enters a workflow history. */
const NAMESPACES_PER_ANSWER = 100;

export function namespaceRemovalActivities(services: ActivityServices) {
  return {
    async nextRemovals({ connectorId }: RunInput): Promise<string[]> {
      const ids: string[] = [];
      for await (const namespace of each(allNamespaces(services.graph, connectorId))) {
        if (isLeaving(namespace) && ids.length < NAMESPACES_PER_ANSWER) ids.push(namespace.namespaceId);
      }
      return ids;
    },

    /** Removes what is left of a namespace that is gone: its entries, record group, cursor and document. */
    async removeNamespace(input: RunInput & { namespaceId: string }): Promise<StepResult> {
      const { connectorId, runId, namespaceId } = input;
      const open = await OpenConnector.open(services, input);
      const { graph } = open;
      const namespace = await readNamespace(graph, connectorId, namespaceId);
      if (namespace === null) return { done: true };
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
