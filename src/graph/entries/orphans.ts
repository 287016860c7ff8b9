import { noWrites } from '../../sync/planTypes';
import { deletionEvent, type DeletedRecord } from '../../sync/recordEvents';
import { recordId } from '../driver/context';
import { edgeCollections, removeEdgesOf } from '../driver/edges';
import { inTransaction, type Graph, type StandaloneGraph, type Transaction } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { BATCH_COLLECTIONS, writeBatch } from './batch';

interface OrphanState {
  key: string;
  /** An entry points to the record again. */
  found: boolean;
  exists: boolean;
  /** What its deletion event needs; null for a record that was never indexed. */
  indexed: DeletedRecord | null;
}

const nextOrphans = defineQuery<{ connectorId: string; before: number; limit: number }, OrphanState>(
  'orphans.next',
  `
LET notStored = (FOR l IN dropboxDeadLetters FILTER l.connectorId == @connectorId AND l.kind == "entry" RETURN l.subject)
FOR d IN dropboxDetached FILTER d.connectorId == @connectorId AND d.detachedAt < @before
  LET r = FIRST(FOR r IN records FILTER r._key == d._key RETURN r)
  FILTER r.externalRecordId NOT IN notStored
  LIMIT @limit
  LET f = FIRST(FOR f IN files FILTER f._key == d._key RETURN f)
  RETURN {
    key: d._key,
    found: LENGTH(FOR e IN dropboxEntries FILTER e.recordKey == d._key LIMIT 1 RETURN 1) > 0,
    exists: r != null,
    indexed: r.virtualRecordId ? MERGE(KEEP(r, "_key", "orgId", "connectorId", "connectorName", "origin", "version",
      "virtualRecordId", "summaryDocumentId"), { extension: f.extension }) : null
  }`,
  { connectorId: 'c', before: 0, limit: 100 },
);

const anyOrphan = defineQuery<{ connectorId: string }, number>(
  'orphans.any',
  `FOR d IN dropboxDetached FILTER d.connectorId == @connectorId LIMIT 1 RETURN 1`,
  { connectorId: 'c' },
);

const sharedWith = defineQuery<{ connectorId: string }, string>(
  'orphans.sharedWith',
  `FOR d IN dropboxDetached FILTER d.connectorId == @connectorId AND d.sharedWith != null
     FOR vertex IN d.sharedWith
       RETURN DISTINCT vertex`,
  { connectorId: 'c' },
);

/** The users and groups (ids of their documents) that had direct access to records that are orphaned now. */
export const orphanSharers = async (graph: Graph, connectorId: string): Promise<Set<string>> =>
  new Set(await graph.run(sharedWith, { connectorId }));

export const hasOrphans = async (graph: Graph, connectorId: string): Promise<boolean> =>
  (await graph.run(anyOrphan, { connectorId })).length > 0;

/** Removes records with their files and edges, and returns how many documents and edges there were. */
export async function removeRecords(
  tx: Transaction,
  edges: readonly string[],
  keys: readonly string[],
): Promise<number> {
  const removed = await removeEdgesOf(tx, edges, keys.map(recordId));
  await tx.removeAll('files', keys);
  return removed + (await tx.removeAll('records', keys));
}

/**
 * Removes the next orphaned records, with all their edges, and queues deletion events for those that were indexed. A
 * record whose item is a dead letter stays, since the item exists and only could not be stored. Each call is one
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
    const writes = noWrites();
    for (const { indexed } of gone) {
      if (indexed !== null) writes.outbox.push(deletionEvent(indexed, now, writes.outbox.length));
    }
    writes.remove.detached.push(...states.map(({ key }) => key));
    await removeRecords(tx, edges, goneKeys);
    if (states.length > 0) await writeBatch(tx, writes);
    return { deleted: gone.filter(({ exists }) => exists).length, done: states.length < limit };
  });
}
