import { recordGroupId } from '../graph/driver/context';
import { edgeCollections, removeEdgesOf } from '../graph/driver/edges';
import { patchNamespaces, readNamespaces } from '../graph/state/namespaces';
import { deleteSyncPoints } from '../graph/state/syncPoints';
import { eventCursorNames, folderCursorName } from '../sync/keys';
import type { OrphanDocument } from '../sync/documents';
import type { Findings } from './findings';
import { inTransaction, type StandaloneGraph } from '../graph/driver/graph';

/** Namespaces in one transaction. */
const TOGETHER = 100;

/**
 * Marks what differs so that the next sync reads it again: a namespace without its cursor is listed anew in place, its
 * members are due, and groups and record groups are written in full without their event cursors. Records that nothing
 * of Dropbox led to are detached; the end of the sync removes those that it has not found again. What no listing would
 * ever come by is removed here: second edges, edges that nobody may have, record groups of no folder.
 */
export async function markForRepair(
  graph: StandaloneGraph,
  owner: { orgId: string; connectorId: string; now: number },
  findings: Findings,
): Promise<void> {
  const { connectorId, now } = owner;
  const namespaces = [...findings.namespaces];
  for (let at = 0; at < namespaces.length; at += TOGETHER) {
    // One that is not stored yet is found by the next sync itself.
    const part = [...(await readNamespaces(graph, connectorId, namespaces.slice(at, at + TOGETHER))).keys()];
    await inTransaction(graph, ['dropboxNamespaces', 'syncPoints'], async (tx) => {
      await patchNamespaces(
        tx,
        owner,
        part.map((namespaceId) => ({ namespaceId, work: 'relist' as const, mark: null, due: true })),
      );
      await deleteSyncPoints(tx, owner, part.map(folderCursorName));
    });
  }
  const strays = [...findings.strayRecords].map((recordKey): OrphanDocument => ({
    _key: recordKey,
    connectorId,
    namespaceId: '',
    runId: 'verify',
    detachedAt: now,
  }));
  await inTransaction(graph, ['dropboxDetached', 'syncPoints'], async (tx) => {
    await tx.insertAll('dropboxDetached', strays, 'replace');
    const cursors = [
      ...(findings.teamDiffers ? [eventCursorNames.members, eventCursorNames.groups] : []),
      ...(findings.placesDiffer ? [eventCursorNames.team_folders] : []),
    ];
    await deleteSyncPoints(tx, owner, cursors);
  });
  await removeStrays(graph, findings);
}

/** Removes what should not be there and stands for nothing; a repeat finds it gone. */
async function removeStrays(graph: StandaloneGraph, { strayEdges, strayRecordGroups }: Findings): Promise<void> {
  for (const [collection, keys] of strayEdges) {
    await inTransaction(graph, [collection], (tx) => tx.removeAll(collection, [...keys]));
  }
  const edges = await edgeCollections(graph);
  for (const key of strayRecordGroups) {
    await inTransaction(graph, [...edges, 'recordGroups'], async (tx) => {
      await removeEdgesOf(tx, edges, [recordGroupId(key)]);
      await tx.removeAll('recordGroups', [key]);
    });
  }
}
