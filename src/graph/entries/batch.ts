import type { DeadLetterDocument, SyncPointDocument } from '../../sync/documents';
import { noWrites, type BatchWrites } from '../../sync/planTypes';
import type { Transaction } from '../driver/graph';
import { defineQuery } from '../driver/query';

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

// Removals need a separate request, since one query may modify a collection in one statement only.
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
  { ...noWrites().remove, belongsTo: ['k'] },
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
  { ...documentsOf(noWrites()), syncPoints: [], namespaces: [] },
);

/** What the last transaction of a page writes in addition to its batch. */
export interface PageEnd {
  syncPoint: SyncPointDocument;
  /** Patch of the namespace, when this page ends a listing. */
  namespace?: { _key: string } & Record<string, unknown>;
  /** What could not be read on this page, although the cursor passes it. */
  deadLetters?: DeadLetterDocument[];
}

/** Writes the plan of one batch: at most two requests, whatever the size of the batch. */
export async function writeBatch(tx: Transaction, writes: BatchWrites, end?: PageEnd): Promise<void> {
  const { remove } = writes;
  if (Object.values(remove).some((keys) => keys.length > 0)) await tx.run(removeAll, { ...remove });
  const documents = {
    ...documentsOf(writes),
    deadLetters: [...writes.deadLetters, ...(end?.deadLetters ?? [])],
    syncPoints: end ? [end.syncPoint] : [],
    namespaces: end?.namespace ? [end.namespace] : [],
  };
  if (Object.values(documents).every((list) => list.length === 0)) return;
  await tx.run(writeAll, documents);
}

/** Whether a batch writes nothing, as every repeated batch must. */
export const isNothing = (writes: BatchWrites): boolean =>
  [...Object.values(writes.remove), ...Object.values(documentsOf(writes))].every((list) => list.length === 0);

function documentsOf({ remove: _remove, counts: _counts, ...documents }: BatchWrites) {
  return documents;
}
