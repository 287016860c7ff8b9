import type { SyncPointDocument } from '../../sync/pipesHubDocuments';
import { noWrites, type BatchWrites } from '../../sync/planTypes';
import type { DeadLetterDocument } from '../../sync/syncDocuments';
import type { FenceVars, StandaloneGraph, Transaction } from '../driver/graph';
import { AS_GIVEN, defineQuery } from '../driver/query';
import { fencedStatement } from '../state/runFence';
import type { StoredParent } from './storedGuess';

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

// Removals need a separate request, since one query may modify a collection in one statement only. A missing document is
// no error. `ignoreErrors` would not do: it also hides a conflict, and the document would stay.
const removeAll = defineQuery<Record<string, string[]>, number>(
  'batch.remove',
  `
LET a = (FOR d IN belongsTo FILTER d._key IN @belongsTo REMOVE d IN belongsTo)
LET b = (FOR d IN inheritPermissions FILTER d._key IN @inheritPermissions REMOVE d IN inheritPermissions)
LET c = (FOR d IN recordRelations FILTER d._key IN @recordRelations REMOVE d IN recordRelations)
LET h = (FOR d IN permission FILTER d._key IN @permission REMOVE d IN permission)
LET e = (FOR d IN dropboxDetached FILTER d._key IN @detached REMOVE d IN dropboxDetached)
LET f = (FOR d IN dropboxEntries FILTER d._key IN @entries REMOVE d IN dropboxEntries)
RETURN 1`,
  { ...noWrites().remove, belongsTo: ['k'] },
);

/**
 * `listOf`: the AQL expression for the list with a name. What adds or changes items writes entries, and is answered when
 * it is on disk, as the commit of a transaction is.
 */
const statements = (listOf: (name: string) => string): string => `
LET a = (FOR d IN ${listOf('records')} INSERT d INTO records OPTIONS { overwriteMode: "update", ${AS_GIVEN} })
LET b = (FOR d IN ${listOf('files')} INSERT d INTO files OPTIONS { overwriteMode: "update", ${AS_GIVEN} })
LET c = (FOR d IN ${listOf('isOfType')} INSERT d INTO isOfType OPTIONS { overwriteMode: "ignore" })
LET e = (FOR d IN ${listOf('belongsTo')} INSERT d INTO belongsTo OPTIONS { overwriteMode: "replace" })
LET f = (FOR d IN ${listOf('inheritPermissions')} INSERT d INTO inheritPermissions OPTIONS { overwriteMode: "replace" })
LET g = (FOR d IN ${listOf('recordRelations')} INSERT d INTO recordRelations OPTIONS { overwriteMode: "replace" })
LET h = (FOR d IN ${listOf('permission')} INSERT d INTO permission OPTIONS { overwriteMode: "replace" })
LET i = (FOR d IN ${listOf('entries')} INSERT d INTO dropboxEntries OPTIONS { overwriteMode: "replace", waitForSync: true })
LET j = (FOR d IN ${listOf('detached')} INSERT d INTO dropboxDetached OPTIONS { overwriteMode: "replace" })
LET k = (FOR d IN ${listOf('outbox')} INSERT d INTO dropboxOutbox OPTIONS { overwriteMode: "ignore" })
LET l = (FOR d IN ${listOf('syncPoints')} INSERT d INTO syncPoints OPTIONS { overwriteMode: "replace" })
LET m = (FOR d IN ${listOf('namespaces')} UPDATE d IN dropboxNamespaces)
LET n = (FOR d IN ${listOf('deadLetters')} UPSERT { _key: d._key } INSERT d
  UPDATE { attempts: OLD.attempts + 1, lastSeenAt: d.lastSeenAt, reason: d.reason } IN dropboxDeadLetters)`;

const exampleDocuments = { ...documentsOf(noWrites()), syncPoints: [], namespaces: [] };

const writeAll = defineQuery<Record<string, unknown[]>, number>(
  'batch.write',
  `${statements((name) => `@${name}`)}
RETURN 1`,
  exampleDocuments,
);

/**
 * The revisions in which the documents that a batch overwrites were read, by key. Documents that are new are absent.
 */
export interface Revisions {
  records: Record<string, string>;
  files: Record<string, string>;
  entries: Record<string, string>;
}

/** The state that a batch was planned on. */
export type Seen = {
  connectorId: string;
  /** Key of the namespace. */
  namespace: string;
  /** The fencing token of the namespace; null: it is not checked. */
  attempt: string | null;
  /** Key of the cursor's sync point, if the batch writes it. */
  syncPoint: string | null;
  /** The cursor that it replaces: a write that arrives late must not take the cursor back. */
  cursor: string | null;
  revisions: Revisions;
  /** For a batch without a look-up: what it assumes that a look-up would have shown. */
  guessed: Guessed;
};

interface Guessed {
  /** Items without a record. */
  items: string[];
  /** Keys of entries of folders that no stored entry lies in. */
  empty: string[];
  /** The stored folders around the batch, by the keys of their entries. */
  parents: Record<string, Omit<StoredParent, '_key'>>;
}

export const nothingGuessed = (): Guessed => ({ items: [], empty: [], parents: {} });

/** Whether each stored document of a list has the revision in which it was read. */
const sameRevisions = (list: keyof Revisions, collection: string): string => `
LET ${list}Keys = @${list}[*]._key
LET ${list}Same = (FOR d IN ${collection} FILTER d._key IN ${list}Keys RETURN d._rev == @revisions.${list}[d._key])`;

const noneMissing = (list: keyof Revisions): string =>
  `LENGTH(${list}Same[* FILTER CURRENT]) == LENGTH(@revisions.${list})`;

/**
 * The whole write of a batch as one statement, which is a transaction of its own. Optimistic concurrency control: it
 * writes only if nothing that the batch was planned on has changed since, so it conflicts with other writers as a
 * transaction does that began with the look-up. A record or an entry that is new must not have been stored meanwhile. A
 * file's document belongs to its record.
 */
const writeUnchanged = defineQuery<Seen & FenceVars, boolean>(
  'batch.writeUnchanged',
  `
LET attempt = FIRST(FOR n IN dropboxNamespaces FILTER n._key == @namespace RETURN n.attempt)
LET cursor = FIRST(FOR p IN syncPoints FILTER p._key == @syncPoint RETURN p.cursor)
${sameRevisions('records', 'records')}
${sameRevisions('files', 'files')}
${sameRevisions('entries', 'dropboxEntries')}
LET unexpected = FIRST(
  FOR r IN records FILTER r.externalRecordId IN @guessed.items AND r.connectorId == @connectorId LIMIT 1 RETURN 1
)
LET children = FIRST(FOR e IN dropboxEntries FILTER e.parentKey IN @guessed.empty LIMIT 1 RETURN 1)
LET parentKeys = ATTRIBUTES(@guessed.parents)
LET parents = (
  FOR e IN dropboxEntries
    FILTER e._key IN parentKeys
    FILTER KEEP(e, "itemId", "recordKey", "kind") == @guessed.parents[e._key]
    RETURN 1
)
${fencedStatement(
  `(@attempt == null OR attempt == @attempt) AND cursor == @cursor
  AND unexpected == null AND children == null AND LENGTH(parents) == LENGTH(parentKeys)
  AND ${noneMissing('records')} AND false NOT IN recordsSame
  AND ${noneMissing('entries')} AND false NOT IN entriesSame
  AND ${noneMissing('files')}`,
  statements((name) => `(go ? @${name} : [])`),
)}`,
  {
    ...exampleDocuments,
    revisions: { records: {}, files: {}, entries: {} },
    connectorId: 'c',
    namespace: 'n',
    attempt: null,
    syncPoint: 'p',
    cursor: null,
    guessed: { items: ['id:1'], empty: ['k'], parents: { k: { itemId: 'id:2', recordKey: 'r', kind: 'folder' } } },
    fence: null,
  },
);

/** What the last transaction of a page writes in addition to its batch. */
export interface PageEnd {
  syncPoint: SyncPointDocument;
  /** The cursor that is stored before this page; null: none. */
  cursorBefore: string | null;
  /** Patch of the namespace, when this page ends a listing. */
  namespace?: { _key: string } & Record<string, unknown>;
  /** What could not be read on this page, although the cursor passes it. */
  deadLetters?: DeadLetterDocument[];
}

/** Writes the plan of one batch: at most two requests, whatever the size of the batch. */
export async function writeBatch(tx: Transaction, writes: BatchWrites, end?: PageEnd): Promise<void> {
  if (removesSomething(writes)) await tx.run(removeAll, { ...writes.remove });
  const documents = allDocuments(writes, end);
  if (Object.values(documents).every((list) => list.length === 0)) return;
  await tx.run(writeAll, documents);
}

/** Writes the plan of a batch that removes nothing, in one request. Returns whether it could, see `tryStatement`. */
export const writeIfUnchanged = (
  graph: StandaloneGraph,
  writes: BatchWrites,
  end: PageEnd | undefined,
  seen: Seen,
): Promise<boolean> => graph.tryStatement(writeUnchanged, { ...allDocuments(writes, end), ...seen });

export const removesSomething = ({ remove }: BatchWrites): boolean =>
  Object.values(remove).some((keys) => keys.length > 0);

const allDocuments = (writes: BatchWrites, end: PageEnd | undefined) => ({
  ...documentsOf(writes),
  deadLetters: [...writes.deadLetters, ...(end?.deadLetters ?? [])],
  syncPoints: end ? [end.syncPoint] : [],
  namespaces: end?.namespace ? [end.namespace] : [],
});

/** Whether a batch writes nothing, as every repeated batch must. */
export const isNothing = (writes: BatchWrites): boolean =>
  !removesSomething(writes) && Object.values(documentsOf(writes)).every((list) => list.length === 0);

function documentsOf({ remove: _remove, counts: _counts, ...documents }: BatchWrites) {
  return documents;
}
