import type { FileDocument, OutboxDocument, RecordDocument } from '../../sync/documents';
import { recordEvent } from '../../sync/recordEvents';
import { inTransaction, type Graph, type StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { putEvents } from '../state/outbox';

interface Indexable {
  record: RecordDocument;
  file: FileDocument;
}

const FIELDS = `{
  record: KEEP(r, "_key", "orgId", "recordName", "externalRecordId", "connectorId", "externalGroupId", "recordGroupId",
    "externalParentId", "externalRevisionId", "recordType", "version", "origin", "connectorName", "mimeType", "webUrl",
    "createdAtTimestamp", "updatedAtTimestamp", "sourceCreatedAtTimestamp", "sourceLastModifiedTimestamp", "isShared",
    "sizeInBytes"),
  file: f
}`;

const nextFiles = defineQuery<{ connectorId: string; after: string; limit: number }, Indexable>(
  'reindex.next',
  `
FOR r IN records
  FILTER r.connectorId == @connectorId AND r._key > @after
  SORT r._key
  LIMIT @limit
  FOR f IN files FILTER f._key == r._key
  RETURN ${FIELDS}`,
  { connectorId: 'c', after: '', limit: 100 },
);

const filesByKey = defineQuery<{ connectorId: string; keys: string[] }, Indexable>(
  'reindex.byKey',
  `
FOR r IN records
  FILTER r._key IN @keys AND r.connectorId == @connectorId
  FOR f IN files FILTER f._key == r._key
  RETURN ${FIELDS}`,
  { connectorId: 'c', keys: ['k'] },
);

const setNotStarted = defineQuery<{ keys: string[] }, number>(
  'reindex.notStarted',
  'FOR k IN @keys UPDATE k WITH { indexingStatus: "NOT_STARTED" } IN records OPTIONS { ignoreErrors: true }',
  { keys: ['k'] },
);

export interface ReindexStep {
  connectorId: string;
  recordKeys?: string[];
  /** The last key of the previous step, or `''`. */
  after: string;
  limit: number;
  now: number;
}

export async function queueReindex(
  graph: StandaloneGraph,
  { connectorId, recordKeys, after, limit, now }: ReindexStep,
): Promise<{ queued: number; after: string; done: boolean }> {
  const named = recordKeys?.filter((key) => key > after).sort();
  return inTransaction(graph, ['records', 'dropboxOutbox'], async (tx) => {
    const found = named
      ? await tx.run(filesByKey, { connectorId, keys: named.slice(0, limit) })
      : await tx.run(nextFiles, { connectorId, after, limit });
    const files = found.filter(({ file }) => file.isFile);
    const events = files.map(({ record, file }, at) => recordEvent('reindexRecord', record, file, now, at));
    if (events.length > 0) {
      await tx.run(setNotStarted, { keys: files.map(({ record }) => record._key) });
      await putEvents(tx, events);
    }
    const last = named ? named.slice(0, limit).at(-1) : found.at(-1)?.record._key;
    const done = named ? named.length <= limit : found.length < limit;
    return { queued: events.length, after: last ?? after, done };
  });
}

const toQueued = defineQuery<{ keys: string[] }, number>(
  'reindex.queued',
  `
FOR r IN records
  FILTER r._key IN @keys AND r.indexingStatus == "NOT_STARTED"
  UPDATE r WITH { indexingStatus: "QUEUED" } IN records OPTIONS { ignoreErrors: true }`,
  { keys: ['k'] },
);

/** Sets published records from NOT_STARTED to QUEUED. A status that the indexing service has already set stays. */
export async function markQueued(graph: Graph, events: readonly OutboxDocument[]): Promise<void> {
  const keys = events.filter(({ eventType }) => eventType !== 'deleteRecord').map(({ recordKey }) => recordKey);
  if (keys.length > 0) await graph.run(toQueued, { keys: [...new Set(keys)] });
}
