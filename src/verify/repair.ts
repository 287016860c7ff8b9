import type { Database } from 'arangojs';
import { patchNamespaces, readNamespaces } from '../graph/namespaces';
import { insertAll } from '../graph/steps';
import { deleteSyncPoints } from '../graph/syncPoints';
import { inTransaction } from '../graph/transaction';
import { eventCursorNames, folderCursorName } from '../sync/keys';
import type { DetachedDocument } from '../sync/documents';
import type { Findings } from './findings';

/** Namespaces in one transaction. */
const TOGETHER = 100;

/**
 * Marks what differs so that the next sync reads it again: a namespace without its cursor is listed anew in place, its
 * members are due, and groups are read in full without their event cursor. Records that nothing of Dropbox led to are
 * detached; the end of the sync removes those that it has not found again. Nothing is repaired here by itself.
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
  const strays = [...findings.strayRecords].map((recordKey): DetachedDocument => ({
    _key: recordKey,
    connectorId,
    namespaceId: '',
    runId: 'verify',
    detachedAt: now,
  }));
  await inTransaction(db, ['dropboxDetached', 'syncPoints'], async (step) => {
    await insertAll(step, db, 'dropboxDetached', strays, 'replace');
    if (findings.teamDiffers) {
      await deleteSyncPoints(step, db, owner, [eventCursorNames.members, eventCursorNames.groups]);
    }
  });
}
