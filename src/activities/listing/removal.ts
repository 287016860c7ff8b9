import type { RemovalsInput, RunInput, StepResult } from '../../contract/activities';
import { removeRecordGroup } from '../../graph/access/recordGroups';
import { addCounts, noCommitCounts } from '../../graph/entries/commitContext';
import { readSubtree } from '../../graph/entries/entries';
import { removeEntries } from '../../graph/entries/removal';
import {
  hasSuccessor,
  leavingNamespaces,
  putNamespaces,
  readNamespace,
  removeNamespaces,
} from '../../graph/state/namespaces';
import { deleteSyncPoints } from '../../graph/state/syncPoints';
import { folderCursorName } from '../../sync/keys';
import { contentRemoved, isUnseen } from '../../sync/namespaceState';
import { OpenConnector, type ActivityServices } from '../runtime/services';
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
     * Removes what is left of a namespace that is gone: its entries, record group, cursor and document. It works for
     * about a minute, and is called again until it is done.
     */
    async removeNamespace(input: RunInput & { namespaceId: string }): Promise<StepResult> {
      const { connectorId, runId, namespaceId } = input;
      const open = await OpenConnector.open(services, input);
      const { graph } = open;
      const namespace = await readNamespace(graph, connectorId, namespaceId);
      if (namespace === null) return { done: true };
      const commit = openCommit(open, namespace, runId);
      const counts = noCommitCounts();
      const isLate = timeSlice();
      for (;;) {
        const entries = await readSubtree(graph, connectorId, namespaceId, '', commit.batchSize);
        if (entries.length === 0) break;
        addCounts(counts, await removeEntries(commit, entries));
        if (isLate()) return { ...counts, done: false };
      }
      await deleteSyncPoints(graph, open.context(), [folderCursorName(namespaceId)]);
      if (await hasSuccessor(graph, namespace)) {
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
