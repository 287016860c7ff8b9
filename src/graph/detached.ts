import type { Database } from 'arangojs';
import { deletionEvent } from '../sync/recordEvents';
import { noWrites } from '../sync/plan';
import { BATCH_COLLECTIONS, writeBatch } from './batch';
import { defineQuery, run } from './query';
import { inTransaction } from './transaction';

interface DetachedState {
  key: string;
  /** An entry points to it again. */
  found: boolean;
  record: {
    _key: string;
    orgId: string;
    connectorId: string;
    connectorName: string;
    origin: string;
    version: number;
    virtualRecordId: string | null;
    summaryDocumentId: string | null;
  } | null;
  extension: string | null;
}

const nextDetached = defineQuery<{ connectorId: string; limit: number }, DetachedState>(
  'detached.next',
  `
FOR d IN dropboxDetached FILTER d.connectorId == @connectorId
  LIMIT @limit
  LET r = FIRST(FOR r IN records FILTER r._key == d._key RETURN r)
  LET f = FIRST(FOR f IN files FILTER f._key == d._key RETURN f)
  RETURN {
    key: d._key,
    found: LENGTH(FOR e IN dropboxEntries FILTER e.recordKey == d._key LIMIT 1 RETURN 1) > 0,
    record: r == null ? null : KEEP(r, "_key", "orgId", "connectorId", "connectorName", "origin", "version",
      "virtualRecordId", "summaryDocumentId"),
    extension: f.extension
  }`,
  { connectorId: 'c', limit: 100 },
);

const removeRecords = defineQuery<{ keys: string[]; ids: string[] }, number>(
  'detached.removeRecords',
  `
LET a = (FOR k IN @keys REMOVE k IN records OPTIONS { ignoreErrors: true })
LET b = (FOR k IN @keys REMOVE k IN files OPTIONS { ignoreErrors: true })
LET c = (FOR e IN isOfType FILTER e._from IN @ids REMOVE e IN isOfType)
LET d = (FOR e IN belongsTo FILTER e._from IN @ids REMOVE e IN belongsTo)
LET f = (FOR e IN inheritPermissions FILTER e._from IN @ids REMOVE e IN inheritPermissions)
LET g = (FOR e IN recordRelations FILTER e._from IN @ids OR e._to IN @ids REMOVE e IN recordRelations)
LET h = (FOR e IN permission FILTER e._to IN @ids REMOVE e IN permission)
RETURN 1`,
  { keys: ['k'], ids: ['records/k'] },
);

/**
 * Removes the next detached records with all their edges, and queues the deletion events of those that were indexed.
 * Repeated until `done`; each call is one transaction.
 */
export async function purgeDetached(
  db: Database,
  connectorId: string,
  limit: number,
  now: number,
): Promise<{ deleted: number; done: boolean }> {
  return inTransaction(db, BATCH_COLLECTIONS, async (step) => {
    const states = await step(() => run(db, nextDetached, { connectorId, limit }));
    const gone = states.filter(({ found }) => !found);
    const writes = noWrites();
    for (const { record, extension } of gone) {
      if (!record?.virtualRecordId) continue;
      const deleted = { ...record, virtualRecordId: record.virtualRecordId, extension };
      writes.outbox.push(deletionEvent(deleted, now, writes.outbox.length));
    }
    writes.remove.detached.push(...states.map(({ key }) => key));
    if (gone.length > 0) {
      const keys = gone.map(({ key }) => key);
      await step(() => run(db, removeRecords, { keys, ids: keys.map((key) => `records/${key}`) }));
    }
    if (states.length > 0) await writeBatch(db, step, writes);
    return { deleted: gone.filter(({ record }) => record !== null).length, done: states.length < limit };
  });
}
