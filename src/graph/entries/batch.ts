import type { BatchWrites } from '../../sync/planTypes';
import type { DeadLetterDocument, SyncPointDocument } from '../../sync/documents';
import { defineQuery } from '../driver/query';
import type { Graph } from '../driver/graph';

/** Collections that a batch of entries writes. */
export const BATCH_COLLECTIONS = [
  'records',
  'files',
  'isOfType',
  'belongsTo',
  'inheritPermissions',
  'recordRelations',
  'permission',
  'dropboxEntries',
  'dropboxDetached',
  'dropboxOutbox',
  'dropboxDeadLetters',
  'dropboxNamespaces',
  'syncPoints',
] as const;

// Removals are a request of their own: a collection may be modified by one statement of a query only.
const removeAll = defineQuery<Record<string, string[]>, number>(
  'batch.remove',
  `
LET a = (FOR k IN @belongsTo REMOVE k IN belongsTo OPTIONS { ignoreErrors: true })
LET b = (FOR k IN @inheritPermissions REMOVE k IN inheritPermissions OPTIONS { ignoreErrors: true })
LET c = (FOR k IN @recordRelations REMOVE k IN recordRelations OPTIONS { ignoreErrors: true })
LET d = (FOR k IN @permission REMOVE k IN permission OPTIONS { ignoreErrors: true })
LET e = (FOR k IN @detached REMOVE k IN dropboxDetached OPTIONS { ignoreErrors: true })
LET f = (FOR k IN @entries REMOVE k IN dropboxEntries OPTIONS { ignoreErrors: true })
RETURN 1`,
  { belongsTo: ['k'], inheritPermissions: [], recordRelations: [], permission: [], detached: [], entries: [] },
);

const writeAll = defineQuery<Record<string, unknown[]>, number>(
  'batch.write',
  `
LET a = (FOR d IN @records INSERT d INTO records OPTIONS { overwriteMode: "update", keepNull: true, mergeObjects: false })
LET b = (FOR d IN @files INSERT d INTO files OPTIONS { overwriteMode: "update", keepNull: true, mergeObjects: false })
LET c = (FOR d IN @isOfType INSERT d INTO isOfType OPTIONS { overwriteMode: "ignore" })
LET e = (FOR d IN @belongsTo INSERT d INTO belongsTo OPTIONS { overwriteMode: "replace" })
LET f = (FOR d IN @inheritPermissions INSERT d INTO inheritPermissions OPTIONS { overwriteMode: "replace" })
LET g = (FOR d IN @recordRelations INSERT d INTO recordRelations OPTIONS { overwriteMode: "replace" })
LET h = (FOR d IN @permission INSERT d INTO permission OPTIONS { overwriteMode: "replace" })
LET i = (FOR d IN @entries INSERT d INTO dropboxEntries OPTIONS { overwriteMode: "replace" })
LET j = (FOR d IN @detached INSERT d INTO dropboxDetached OPTIONS { overwriteMode: "replace" })
LET k = (FOR d IN @outbox INSERT d INTO dropboxOutbox OPTIONS { overwriteMode: "ignore" })
LET l = (FOR d IN @syncPoints INSERT d INTO syncPoints OPTIONS { overwriteMode: "replace" })
LET m = (FOR d IN @namespaces UPDATE d IN dropboxNamespaces)
LET n = (FOR d IN @deadLetters UPSERT { _key: d._key } INSERT d
  UPDATE { attempts: OLD.attempts + 1, lastSeenAt: d.lastSeenAt, reason: d.reason } IN dropboxDeadLetters)
RETURN 1`,
  {
    records: [],
    files: [],
    isOfType: [],
    belongsTo: [],
    inheritPermissions: [],
    recordRelations: [],
    permission: [],
    entries: [],
    detached: [],
    outbox: [],
    syncPoints: [],
    namespaces: [],
    deadLetters: [],
  },
);

/** What the last transaction of a page carries beside its batch. */
export interface PageEnd {
  syncPoint: SyncPointDocument;
  /** Patch of the namespace's document, with its key: progress of the listing that this page ends. */
  namespace?: { _key: string } & Record<string, unknown>;
  /** What of the page could not be read, and is passed all the same. */
  deadLetters?: DeadLetterDocument[];
}

/** Carries out the plan of one batch inside a transaction: at most two requests, whatever the batch's size. */
export async function writeBatch(graph: Graph, writes: BatchWrites, end?: PageEnd): Promise<void> {
  const { remove } = writes;
  if (Object.values(remove).some((keys) => keys.length > 0)) await graph.run(removeAll, { ...remove });
  const { records, files, isOfType, belongsTo, inheritPermissions, recordRelations } = writes;
  const { permission, entries, detached, outbox, deadLetters } = writes;
  const documents = {
    records,
    files,
    isOfType,
    belongsTo,
    inheritPermissions,
    recordRelations,
    permission,
    entries,
    detached,
    outbox,
    deadLetters: [...deadLetters, ...(end?.deadLetters ?? [])],
    syncPoints: end ? [end.syncPoint] : [],
    namespaces: end?.namespace ? [end.namespace] : [],
  };
  if (Object.values(documents).every((list) => list.length === 0)) return;
  await graph.run(writeAll, documents);
}

/** Whether a batch would write anything: a repeated batch must not. */
export function isNothing(writes: BatchWrites): boolean {
  const { remove, counts: _counts, ...documents } = writes;
  return [...Object.values(remove), ...Object.values(documents)].every((list) => list.length === 0);
}
