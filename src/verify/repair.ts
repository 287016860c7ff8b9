import type { Database } from 'arangojs';
import { recordGroupId } from '../graph/driver/context';
import { edgeCollections, removeEdgesOf } from '../graph/driver/edges';
import { patchNamespaces, readNamespaces } from '../graph/state/namespaces';
import { insertAll, removeAll } from '../graph/driver/steps';
import { deleteSyncPoints } from '../graph/state/syncPoints';
import { inTransaction } from '../graph/driver/transaction';
import { eventCursorNames, folderCursorName } from '../sync/keys';
import type { OrphanDocument } from '../sync/documents';
import type { Findings } from './findings';

/** Namespaces in one transaction. */
const TOGETHER = 100;

/**
 * Marks what differs so that the next sync reads it again: a namespace without its cursor is listed anew in place, its
 * members are due, and groups and record groups are written in full without their event cursors. Records that nothing
 * of Dropbox led to are detached; the end of the sync removes those that it has not found again. What no listing would
 * ever come by is removed here: second edges, edges that nobody may have, record groups of no folder.
 */
export async function markForRepair(
  db: Database,
  owner: { orgId: string; connectorId: string; now: number },
  findings: Findings,
): Promise<void> {
  const { connectorId, now } = owner;
  const namespaces = [...findings.namespaces];
  for (let at = 0; at < namespaces.length; at += TOGETHER) {
    // One that is not stored yet is found by the next sync itself.
    const part = [...(await readNamespaces(db, connectorId, namespaces.slice(at, at + TOGETHER))).keys()];
    await inTransaction(db, ['dropboxNamespaces', 'syncPoints'], async (step) => {
      await patchNamespaces(
        step,
        db,
        owner,
        part.map((namespaceId) => ({ namespaceId, work: 'relist' as const, mark: null, due: true })),
      );
      await deleteSyncPoints(step, db, owner, part.map(folderCursorName));
    });
  }
  const strays = [...findings.strayRecords].map((recordKey): OrphanDocument => ({
    _key: recordKey,
    connectorId,
    namespaceId: '',
    runId: 'verify',
    detachedAt: now,
  }));
  await inTransaction(db, ['dropboxDetached', 'syncPoints'], async (step) => {
    await insertAll(step, db, 'dropboxDetached', strays, 'replace');
    const cursors = [
      ...(findings.teamDiffers ? [eventCursorNames.members, eventCursorNames.groups] : []),
      ...(findings.placesDiffer ? [eventCursorNames.team_folders] : []),
    ];
    await deleteSyncPoints(step, db, owner, cursors);
  });
  await removeStrays(db, findings);
}

/** Removes what should not be there and stands for nothing; a repeat finds it gone. */
async function removeStrays(db: Database, { strayEdges, strayRecordGroups }: Findings): Promise<void> {
  for (const [collection, keys] of strayEdges) {
    await inTransaction(db, [collection], (step) => removeAll(step, db, collection, [...keys]));
  }
  const edges = await edgeCollections(db);
  for (const key of strayRecordGroups) {
    await inTransaction(db, [...edges, 'recordGroups'], async (step) => {
      await removeEdgesOf(step, db, edges, [recordGroupId(key)]);
      await removeAll(step, db, 'recordGroups', [key]);
    });
  }
}
