import { chunks } from '../chunks';
import { EDGES_PER_TRANSACTION, edgeCollections, removeWithEdges } from '../graph/driver/edges';
import { inTransaction, type StandaloneGraph } from '../graph/driver/graph';
import { storeFoundOrphans } from '../graph/entries/orphans';
import { hasSuccessor, patchNamespaces, readNamespaces } from '../graph/state/namespaces';
import { deleteSyncPoints } from '../graph/state/syncPoints';
import { eventCursorNames, folderCursorName } from '../sync/keys';
import { repairRequested } from '../sync/listingState';
import { namedByEvent } from '../sync/memberListState';
import { isLeaving, isUnseen, type NamespacePatch } from '../sync/namespaceState';
import { REPAIR_RUN } from '../sync/planTypes';
import { receivedFilesRepair } from '../sync/receivedFiles';
import type { NamespaceDocument, OrphanDocument } from '../sync/syncDocuments';
import type { Findings } from './findings';

const NAMESPACES_PER_TRANSACTION = 100;
const ORPHANS_PER_TRANSACTION = 5000;

/**
 * Marks what differs so that the next sync reads it again. A namespace without its cursor is listed again in place, and
 * its member list is read again. Without their event cursors, groups and record groups are written in full. Records
 * that no entry points to become orphans; the end of the next sync removes those that it has not found again. What no
 * listing would ever change is removed here: duplicate edges, edges that no one may have, and orphaned record groups.
 */
export async function markForRepair(
  graph: StandaloneGraph,
  owner: { orgId: string; connectorId: string; now: number },
  findings: Findings,
): Promise<void> {
  const { connectorId, now } = owner;
  // Surplus edges are removed first. A run since the comparison may have kept one of them; the marks below make the
  // next run write it again. If the marks came first, a run could begin before the removal and use them up, and the
  // edge would stay missing.
  await removeSurplus(graph, connectorId, findings);
  for (const namespaceIds of chunks([...findings.namespaces], NAMESPACES_PER_TRANSACTION)) {
    // One that is not stored yet is found by the next sync itself.
    await inTransaction(graph, ['dropboxNamespaces', 'syncPoints'], async (tx) => {
      const stored = [...(await readNamespaces(tx, connectorId, namespaceIds)).values()];
      await patchNamespaces(tx, owner, stored.flatMap(repairOf));
      await deleteSyncPoints(
        tx,
        owner,
        stored.map(({ namespaceId }) => folderCursorName(namespaceId)),
      );
    });
  }
  const orphans = [...findings.orphanRecords].map((recordKey): OrphanDocument => ({
    _key: recordKey,
    connectorId,
    namespaceId: '',
    runId: REPAIR_RUN,
    detachedAt: now,
  }));
  for (const part of chunks(orphans, ORPHANS_PER_TRANSACTION)) {
    await inTransaction(graph, ['dropboxDetached'], (tx) => storeFoundOrphans(tx, part));
  }
  const cursors = [
    ...(findings.teamDiffers ? [eventCursorNames.members, eventCursorNames.groups] : []),
    ...(findings.recordGroupsDiffer ? [eventCursorNames.team_folders] : []),
  ];
  await inTransaction(graph, ['syncPoints'], (tx) => deleteSyncPoints(tx, owner, cursors));
}

/**
 * A namespace that leaves is removed by the next sync, which may find it again. One that no one sees has no content.
 */
function repairOf(namespace: NamespaceDocument): NamespacePatch[] {
  if (isLeaving(namespace)) return [];
  if (isUnseen(namespace)) return [namedByEvent(namespace)];
  return [namespace.kind === 'received' ? receivedFilesRepair() : repairRequested(namespace)];
}

/** Removes edges and record groups that stand for nothing. A repeat finds them gone. */
async function removeSurplus(
  graph: StandaloneGraph,
  connectorId: string,
  { surplusEdges, orphanRecordGroups }: Findings,
): Promise<void> {
  for (const [collection, keys] of surplusEdges) {
    for (const part of chunks([...keys], EDGES_PER_TRANSACTION)) {
      await inTransaction(graph, [collection], (tx) => tx.removeAll(collection, part));
    }
  }
  const edges = await edgeCollections(graph);
  for (const recordGroupKey of orphanRecordGroups) {
    // A run may have found its folder since the comparison.
    await removeWithEdges(graph, 'recordGroups', recordGroupKey, edges, {
      isNeeded: (tx) => hasSuccessor(tx, { connectorId, recordGroupKey, namespaceId: '' }),
      exclusive: ['dropboxNamespaces'],
    });
  }
}
