import { deletionEvent } from '../../sync/recordEvents';
import { noWrites } from '../../sync/planTypes';
import { BATCH_COLLECTIONS, writeBatch } from './batch';
import { recordId } from '../driver/context';
import { edgeCollections, removeEdgesOf } from '../driver/edges';
import { defineQuery } from '../driver/query';
import { inTransaction, type Graph, type StandaloneGraph } from '../driver/graph';

interface OrphanState {
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

const nextOrphans = defineQuery<{ connectorId: string; before: number; limit: number }, OrphanState>(
  'detached.next',
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
    record: r == null ? null : KEEP(r, "_key", "orgId", "connectorId", "connectorName", "origin", "version",
      "virtualRecordId", "summaryDocumentId"),
    extension: f.extension
  }`,
  { connectorId: 'c', before: 0, limit: 100 },
);

const anyOrphan = defineQuery<{ connectorId: string }, number>(
  'detached.any',
  `FOR d IN dropboxDetached FILTER d.connectorId == @connectorId LIMIT 1 RETURN 1`,
  { connectorId: 'c' },
);

const sharedBefore = defineQuery<{ connectorId: string }, string>(
  'detached.sharedBefore',
  `FOR d IN dropboxDetached FILTER d.connectorId == @connectorId AND d.sharedWith != null
     FOR vertex IN d.sharedWith
       RETURN DISTINCT vertex`,
  { connectorId: 'c' },
);

/** Users and groups (ids of their documents) who had something of its own that no listing shows any more. */
export const orphanSharers = async (graph: Graph, connectorId: string): Promise<Set<string>> =>
  new Set(await graph.run(sharedBefore, { connectorId }));

export const hasOrphans = async (graph: Graph, connectorId: string): Promise<boolean> =>
  (await graph.run(anyOrphan, { connectorId })).length > 0;

/**
 * Removes the next records that were detached before a time, with all their edges, and queues the deletion events of those
 * that were indexed. An item on the dead letters is somewhere, only not stored: its record waits. Repeated until `done`;
 * each call is one transaction.
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
    const writes = noWrites();
    for (const { record, extension } of gone) {
      if (!record?.virtualRecordId) continue;
      const deleted = { ...record, virtualRecordId: record.virtualRecordId, extension };
      writes.outbox.push(deletionEvent(deleted, now, writes.outbox.length));
    }
    writes.remove.detached.push(...states.map(({ key }) => key));
    if (gone.length > 0) {
      const keys = gone.map(({ key }) => key);
      await removeEdgesOf(tx, edges, keys.map(recordId));
      await tx.removeAll('files', keys);
      await tx.removeAll('records', keys);
    }
    if (states.length > 0) await writeBatch(tx, writes);
    return { deleted: gone.filter(({ record }) => record !== null).length, done: states.length < limit };
  });
}
