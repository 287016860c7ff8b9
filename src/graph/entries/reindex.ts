import { recordEvent } from '../../sync/recordEvents';
import type { OutboxDocument } from '../../sync/syncDocuments';
import { isDocumentRefused } from '../driver/errors';
import { inTransaction, type Graph, type StandaloneGraph } from '../driver/graph';
import { defineQuery, type Query } from '../driver/query';
import { putEvents } from '../state/outbox';
import { readRecords } from './entries';

const nextRecords = defineQuery<{ connectorId: string; after: string; limit: number }, string>(
  'reindex.next',
  `
FOR r IN records
  FILTER r.connectorId == @connectorId AND r._key > @after
  SORT r._key
  LIMIT @limit
  RETURN r._key`,
  { connectorId: 'c', after: '', limit: 100 },
);

/** PipesHub sets folders to NOT_STARTED, too, before it asks for them. No event follows for a folder, so it is done at once. */
const setNotStarted = defineQuery<{ keys: string[] }, number>(
  'reindex.notStarted',
  `
FOR r IN records
  FILTER r._key IN @keys
  UPDATE r WITH { indexingStatus: r.mimeType == "text/directory" ? "COMPLETED" : "NOT_STARTED" } IN records`,
  { keys: ['k'] },
);

interface ReindexStep {
  connectorId: string;
  recordKeys?: string[];
  /** The last key of the previous step, or `''`. */
  after: string;
  limit: number;
  now: number;
}

/**
 * Queues an event to index each file of the next records again, in one transaction. `recordKeys`: only these records. The
 * caller repeats it with the returned `after` until `done`.
 */
export async function queueReindex(
  graph: StandaloneGraph,
  { connectorId, recordKeys, after, limit, now }: ReindexStep,
): Promise<{ queued: number; after: string; done: boolean }> {
  const named = recordKeys?.filter((key) => key > after).sort();
  return inTransaction(graph, ['records', 'dropboxOutbox'], async (tx) => {
    const keys = named ? named.slice(0, limit) : await tx.run(nextRecords, { connectorId, after, limit });
    const events: OutboxDocument[] = [];
    const known: string[] = [];
    for (const { record, file } of await readRecords(tx, keys)) {
      if (record.connectorId !== connectorId || !file) continue;
      known.push(record._key);
      if (file.isFile) events.push(recordEvent('reindexRecord', record, file, now, events.length));
    }
    if (known.length > 0) await setStatus(tx, setNotStarted, known);
    if (events.length > 0) await putEvents(tx, events);
    const done = named ? named.length <= limit : keys.length < limit;
    return { queued: events.length, after: keys.at(-1) ?? after, done };
  });
}

const toQueued = defineQuery<{ keys: string[] }, number>(
  'reindex.queued',
  `
FOR r IN records
  FILTER r._key IN @keys AND r.indexingStatus == "NOT_STARTED"
  UPDATE r WITH { indexingStatus: "QUEUED" } IN records`,
  { keys: ['k'] },
);

/** Sets published records from NOT_STARTED to QUEUED. A status that the indexing service has already set stays. */
export async function markQueued(graph: Graph, events: readonly OutboxDocument[]): Promise<void> {
  const keys = events.filter(({ eventType }) => eventType !== 'deleteRecord').map(({ recordKey }) => recordKey);
  if (keys.length > 0) await setStatus(graph, toQueued, [...new Set(keys)]);
}

/**
 * Changes the status of records. A record that the schema refuses is skipped: only the status that is shown for it is
 * outdated. `ignoreErrors` would not do: it also hides a conflict.
 */
async function setStatus(graph: Graph, query: Query<{ keys: string[] }, number>, keys: string[]): Promise<void> {
  try {
    await graph.run(query, { keys });
  } catch (error) {
    if (!isDocumentRefused(error)) throw error;
    if (keys.length > 1) for (const key of keys) await setStatus(graph, query, [key]);
  }
}
