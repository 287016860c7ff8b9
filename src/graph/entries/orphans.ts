import { RUN_SYNC_POINT } from '../../sync/keys';
import { noWrites, REPAIR_RUN } from '../../sync/planTypes';
import { deletionEvent, type DeletedRecord } from '../../sync/recordEvents';
import type { OrphanDocument } from '../../sync/syncDocuments';
import { recordVertex } from '../../sync/vertices';
import { edgeCollections, removeEdgesOf } from '../driver/edges';
import { inTransaction, type StandaloneGraph, type Transaction } from '../driver/graph';
import { part, type Part } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';
import { BATCH_COLLECTIONS, writeBatch } from './batch';

const existing = defineQuery<{ keys: string[] }, string>(
  'orphans.existing',
  'FOR record IN records FILTER record._key IN @keys RETURN record._key',
  { keys: ['k'] },
);

/**
 * Stores orphans that a repair has found. Those without a record are left out: a removal of the connector may have run
 * meanwhile, and would not remove what is stored after it.
 */
export async function storeFoundOrphans(tx: Transaction, orphans: readonly OrphanDocument[]): Promise<void> {
  const found = new Set(await tx.run(existing, { keys: orphans.map(({ _key }) => _key) }));
  const left = orphans.filter(({ _key }) => found.has(_key));
  await tx.insertAll('dropboxDetached', left, 'ignore');
}

interface OrphanState {
  key: string;
  /** An entry points to the record again. */
  found: boolean;
  /** False if the record itself was removed before. */
  exists: boolean;
  /** What its deletion event needs; null for a record that was never indexed. */
  indexed: DeletedRecord | null;
}

const nextOrphans = defineQuery<{ connectorId: string; before: number; limit: number }, OrphanState>(
  'orphans.next',
  `
LET notStored = (
  FOR letter IN dropboxDeadLetters
    FILTER letter.connectorId == @connectorId AND letter.kind == "entry"
    RETURN letter.subject
)
LET orgId = FIRST(FOR connector IN dropboxConnectors FILTER connector._key == @connectorId RETURN connector.orgId)
LET begun = FIRST(
  FOR point IN syncPoints
    FILTER point.syncPointKey == CONCAT(orgId, "/", @connectorId, "/records/${RUN_SYNC_POINT}")
    RETURN point.updatedAtTimestamp
)
FOR orphan IN dropboxDetached FILTER orphan.connectorId == @connectorId AND orphan.detachedAt < @before
  FILTER orphan.runId != "${REPAIR_RUN}" OR begun == null OR orphan.detachedAt <= begun
  LET record = FIRST(FOR record IN records FILTER record._key == orphan._key RETURN record)
  FILTER record.externalRecordId NOT IN notStored
  LIMIT @limit
  LET file = FIRST(FOR file IN files FILTER file._key == orphan._key RETURN file)
  RETURN {
    key: orphan._key,
    found: LENGTH(FOR entry IN dropboxEntries FILTER entry.recordKey == orphan._key LIMIT 1 RETURN 1) > 0,
    exists: record != null,
    indexed: record.virtualRecordId ? MERGE(KEEP(record, "_key", "orgId", "connectorId", "connectorName", "origin",
      "version", "virtualRecordId", "summaryDocumentId"), { extension: file.extension }) : null
  }`,
  { connectorId: 'c', before: 0, limit: 100 },
);

const sharedWith = defineQuery<{ connectorId: string }, string>(
  'orphans.sharedWith',
  `FOR d IN dropboxDetached FILTER d.connectorId == @connectorId AND d.sharedWith != null
     FOR vertex IN d.sharedWith
       RETURN DISTINCT vertex`,
  { connectorId: 'c' },
);

/**
 * For `readInOneRequest`: `take` gets the id of each document of a user or group that had direct access to a record that is
 * orphaned now.
 */
export const orphanSharersPart = (connectorId: string, take: (vertex: string) => void): Part =>
  part(sharedWith, { connectorId }, take);

/**
 * Removes records with their files and edges, and returns how many documents and edges there were. If `isAll` is false,
 * only some of the edges are removed yet, since a folder has one for each item in it.
 */
export async function removeRecords(
  tx: Transaction,
  edgesIn: readonly string[],
  keys: readonly string[],
): Promise<{ removed: number; isAll: boolean }> {
  const { edges, isAll } = await removeEdgesOf(tx, edgesIn, keys.map(recordVertex));
  if (!isAll) return { removed: edges, isAll };
  await tx.removeAll('files', keys);
  return { removed: edges + (await tx.removeAll('records', keys)), isAll };
}

/**
 * Removes the next orphaned records, with all their edges, and queues deletion events for those that were indexed. A
 * record whose item is a dead letter stays, since the item exists and only could not be stored. So does an orphan that
 * a repair has stored since the run began: the listings of the run may have been read before that. Each call is one
 * transaction; the caller repeats it until `done`.
 */
export async function purgeOrphans(
  graph: StandaloneGraph,
  connectorId: string,
  { before, limit, now }: { before: number; limit: number; now: number },
): Promise<{ deleted: number; done: boolean }> {
  const edges = await edgeCollections(graph);
  const written = [...new Set([...BATCH_COLLECTIONS, ...edges])];
  return inTransaction(graph, written, async (tx) => {
    const states = await tx.run(nextOrphans, { connectorId, before, limit });
    const gone = states.filter(({ found }) => !found);
    const goneKeys = gone.map(({ key }) => key);
    const { isAll } = await removeRecords(tx, edges, goneKeys);
    if (!isAll) return { deleted: 0, done: false };
    const writes = noWrites();
    for (const { indexed } of gone) {
      if (indexed !== null) writes.outbox.push(deletionEvent(indexed, now, writes.outbox.length));
    }
    // A record that an entry points to again stays, and is an orphan no longer.
    writes.remove.detached.push(...states.map(({ key }) => key));
    if (states.length > 0) await writeBatch(tx, writes);
    return { deleted: gone.filter(({ exists }) => exists).length, done: states.length < limit };
  });
}
