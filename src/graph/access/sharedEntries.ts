import type { ItemHint } from '../../sync/events';
import { entryKey, namespaceKey } from '../../sync/keys';
import { lowerForms } from '../../sync/lowerForms';
import { firstMiss, type Miss } from '../../sync/notSeen';
import type { EntryDocument, NotSeen, Principal } from '../../sync/syncDocuments';
import type { PrincipalVertices } from '../../sync/team';
import type { GraphContext } from '../driver/context';
import { ForeignAnswer } from '../driver/errors';
import { inTransaction, type Graph, type StandaloneGraph } from '../driver/graph';
import { part, type Part } from '../driver/oneRequest';
import { defineFlagUpdate, defineQuery, type Query } from '../driver/query';
import { wellFormedEntry } from '../entries/storedEntry';
import { namedIn } from '../state/storedPrincipals';
import { recordTargets, replacePermissions, type PermissionChanges } from './permissions';

/** An entry of a file that has a member list in addition to the one of its namespace. */
export type SharedEntry = Pick<EntryDocument, '_key' | 'itemId' | 'namespaceId' | 'recordKey'> & {
  principals: Principal[];
};

/**
 * An `entry` of a file whose member list has to be read again. An entry without an id is left out, since Dropbox would
 * refuse all files of the call. The next listing that shows the file repairs the entry.
 */
export const DUE_FILE = `FILTER entry.membersDue == true AND entry.connectorId == @connectorId
     FILTER IS_STRING(entry.itemId)`;

const dueEntries = defineQuery<{ connectorId: string; limit: number }, SharedEntry>(
  'sharedEntries.due',
  `FOR entry IN dropboxEntries
     ${DUE_FILE}
     LIMIT @limit
     LET recordKey = IS_STRING(entry.recordKey) ? entry.recordKey : null
     RETURN MERGE(KEEP(entry, "_key", "itemId", "namespaceId", "principals"), { recordKey })`,
  { connectorId: 'connector', limit: 100 },
);

/** For `readInOneRequest`: `take` gets the entries of files whose member list has to be read again. */
export const dueEntriesPart = (connectorId: string, limit: number, take: (entry: SharedEntry) => void): Part =>
  part(dueEntries, { connectorId, limit }, (entry) => take({ ...entry, principals: namedIn(entry.principals) }));

interface StaleTimes extends Record<string, unknown> {
  /** ms */
  before: number;
  after: number;
}

const STALE = `AND entry.connectorId == @connectorId AND entry.membersDue != true AND entry.namespaceId != "received"
     LIMIT @limit
     RETURN entry._key`;

const staleShared = defineQuery<StaleTimes & { connectorId: string; limit: number }, string>(
  'sharedEntries.stale',
  `LET old = (FOR entry IN dropboxEntries
     FILTER entry.membersReadAt > 0 AND entry.membersReadAt < @before ${STALE})
   LET ahead = (FOR entry IN dropboxEntries
     FILTER entry.membersReadAt > @after ${STALE})
   FOR key IN APPEND(old, ahead)
     LIMIT @limit
     RETURN key`,
  { connectorId: 'connector', before: 1, after: 2, limit: 100 },
);

/**
 * Keys of entries whose member list was last read before or after a time (see `staleTimes`): an event about it may never
 * have arrived. Received files are left out, since Dropbox does not list their members.
 */
export const entriesStale = (graph: Graph, connectorId: string, times: StaleTimes, limit: number): Promise<string[]> =>
  graph.run(staleShared, { connectorId, ...times, limit });

/** For `readInOneRequest`: `take` gets each key that `entriesStale` returns. */
export const staleEntriesPart = (
  connectorId: string,
  times: StaleTimes,
  limit: number,
  take: (key: string) => void,
): Part => part(staleShared, { connectorId, ...times, limit }, take);

const byHints = defineQuery<
  { connectorId: string; itemIds: string[]; keys: string[] },
  { _key: string; itemId: string }
>(
  'sharedEntries.byHints',
  `LET byItem = (FOR entry IN dropboxEntries
     FILTER entry.connectorId == @connectorId AND entry.itemId IN @itemIds AND entry.kind == "file"
     FILTER entry.namespaceId != "received"
     RETURN { _key: entry._key, itemId: entry.itemId })
   LET byPlace = (FOR entry IN dropboxEntries
     FILTER entry._key IN @keys AND entry.kind == "file"
     RETURN { _key: entry._key, itemId: entry.itemId })
   FOR entry IN UNION_DISTINCT(byItem, byPlace)
     RETURN entry`,
  { connectorId: 'connector', itemIds: ['id:1'], keys: ['k'] },
);

/**
 * The entries of the files that events name. Files that are not stored are absent. So are files that were received from
 * outside the team: Dropbox does not list their members, only the files that each member received.
 */
export function entriesHinted(
  graph: Graph,
  connectorId: string,
  hints: readonly ItemHint[],
): Promise<{ _key: string; itemId: string }[]> {
  const itemIds = hints.flatMap((hint) => ('fileId' in hint ? [hint.fileId] : []));
  const keys = hints.flatMap((hint) =>
    'fileId' in hint ? [] : lowerForms(hint.path).map((path) => entryKey(connectorId, hint.namespaceId, path)),
  );
  return graph.run(byHints, { connectorId, itemIds, keys });
}

const receivedByMember = defineQuery<{ connectorId: string; id: string }, EntryDocument>(
  'sharedEntries.receivedBy',
  `FOR entry IN dropboxEntries
     FILTER entry.connectorId == @connectorId AND @id IN entry.sharedWith[*]
     FILTER entry.namespaceId == "received"
     RETURN UNSET(entry, "_id", "_rev")`,
  { connectorId: 'connector', id: 'dbmid:1' },
);

/** The stored files that a member received from outside the team, in batches. */
export async function* receivedBy(
  graph: StandaloneGraph,
  connectorId: string,
  id: string,
): AsyncGenerator<EntryDocument[]> {
  for await (const batch of graph.stream(receivedByMember, { connectorId, id }, 500)) yield batch.map(wellFormedEntry);
}

const markDue = defineFlagUpdate<{ keys: string[] }>(
  'sharedEntries.markDue',
  'FOR entry IN dropboxEntries FILTER entry._key IN @keys UPDATE entry WITH { membersDue: true } IN dropboxEntries',
  { keys: ['k'] },
);
export async function markEntriesDue(graph: Graph, keys: string[]): Promise<void> {
  if (keys.length > 0) await graph.run(markDue, { keys });
}

/**
 * Entries that one statement flags. With its index entries, each takes a few kilobytes of a transaction, which may have
 * 128 MB.
 */
const FLAGS_PER_QUERY = 5000;
/** Most repetitions: ten million entries. An answer that says each time that more are left is not that of ArangoDB. */
const MOST_QUERIES = 2000;

/** Repeats a query that flags at most `limit` entries without the flag, until none is left. @throws ForeignAnswer */
async function flagAll<Vars extends Record<string, unknown>>(
  graph: Graph,
  query: Query<Vars & { limit: number }, number>,
  vars: Vars,
): Promise<void> {
  const limit = FLAGS_PER_QUERY;
  for (let asked = 0; asked < MOST_QUERIES; asked += 1) {
    if ((await graph.run(query, { ...vars, limit })).length < limit) return;
  }
  throw new ForeignAnswer(`${query.name}: entries without the flag are left, however often they are flagged`);
}

const markShared = defineFlagUpdate<{ connectorId: string; ids: string[]; limit: number }, number>(
  'sharedEntries.markShared',
  `FOR id IN @ids
     FOR entry IN dropboxEntries
       FILTER entry.connectorId == @connectorId AND id IN entry.sharedWith[*] AND entry.membersDue != true
       COLLECT key = entry._key
       LIMIT @limit
       UPDATE key WITH { membersDue: true } IN dropboxEntries
       RETURN 1`,
  { connectorId: 'connector', ids: ['g:1'], limit: 10 },
);

/** Marks files as due whose own member list names one of these principals. */
export async function markEntriesSharedWith(graph: Graph, connectorId: string, ids: string[]): Promise<void> {
  if (ids.length > 0) await flagAll(graph, markShared, { connectorId, ids });
}

/** A namespace in which the access of these principals has changed; null: it is gone. */
export interface ChangedNamespace {
  id: string;
  principals: string[] | null;
}

const markNaming = defineFlagUpdate<{ connectorId: string; namespaces: ChangedNamespace[]; limit: number }, number>(
  'sharedEntries.markNaming',
  `FOR entry IN dropboxEntries
     FILTER entry.membersReadAt > 0 AND entry.connectorId == @connectorId AND entry.membersDue != true
     FILTER entry.namespaceId IN @namespaces[*].id
     LET changed = (FOR namespace IN @namespaces FILTER namespace.id == entry.namespaceId RETURN namespace.principals)
     FILTER null IN changed OR LENGTH(INTERSECTION(entry.sharedWith, FLATTEN(changed))) > 0
     LIMIT @limit
     UPDATE entry WITH { membersDue: true } IN dropboxEntries
     RETURN 1`,
  { connectorId: 'connector', namespaces: [{ id: '1', principals: ['dbmid:1'] }], limit: 10 },
);

/**
 * Marks files as due when the access of some principals to their namespace has changed and their own member list names
 * one of these principals: the access level in a file's list "contains inherited access". Where the namespace is
 * gone, all of its files that have such a list are marked: it may have ended, too.
 */
export async function markEntriesNaming(
  graph: Graph,
  connectorId: string,
  namespaces: ChangedNamespace[],
): Promise<void> {
  if (namespaces.length > 0) await flagAll(graph, markNaming, { connectorId, namespaces });
}

const setPrincipals = defineQuery<{ entries: Record<string, unknown>[]; onlyDue: boolean }, string>(
  'sharedEntries.setPrincipals',
  `FOR patch IN @entries
     FOR entry IN dropboxEntries
       FILTER entry._key == patch._key
       FILTER !@onlyDue OR entry.membersDue == true
       UPDATE entry WITH patch IN dropboxEntries OPTIONS { keepNull: false, mergeObjects: false }
       RETURN OLD._key`,
  { entries: [{ _key: 'k' }], onlyDue: true },
);

/**
 * A file in a personal or app folder counts as shared only while it has a member list. One that has moved has an entry
 * in two namespaces for a while: only the namespace that describes its record says whether it is shared without a list.
 */
const setShared = defineQuery<
  { files: { recordKey: string; namespace: string; shared: boolean }[]; now: number },
  number
>(
  'sharedEntries.setShared',
  `FOR file IN @files
     LET record = DOCUMENT("records", file.recordKey)
     LET namespace = DOCUMENT("dropboxNamespaces", file.namespace)
     LET shared = file.shared || namespace.kind NOT IN ["personal", "app_folder"]
     FILTER record != null AND namespace != null AND record.isShared != shared
     FILTER file.shared OR record.externalGroupId == namespace.externalGroupId
     UPDATE record WITH { isShared: shared, updatedAtTimestamp: @now } IN records`,
  { files: [{ recordKey: 'k', namespace: 'n', shared: true }], now: 1 },
);

/** A file's entry as it is stored, and the member list that Dropbox has returned for it. */
export interface ReadEntry {
  entry: SharedEntry;
  principals: Principal[];
  /** For a received file whose `notSeen` changes: the new value; null where a list shows the file. */
  notSeen?: NotSeen | null;
  /** The list has an unknown access level, or differs from the stored one: the next run reads it again. */
  readAgain?: boolean;
}

/** Stands for the time of a reading that counts as stale in the next run. */
const LONG_AGO = 1;

/**
 * Files that no one's list shows any more: they grant nothing, and wait for a later run to confirm that they are gone.
 */
export async function storeNotSeen(
  graph: StandaloneGraph,
  context: Pick<GraphContext, 'connectorId' | 'now'>,
  entries: readonly EntryDocument[],
  run: Miss,
  team: PrincipalVertices,
): Promise<PermissionChanges> {
  const read = entries.map((entry) => ({
    entry: { ...entry, principals: [] },
    principals: [],
    notSeen: firstMiss(entry.notSeen, run),
  }));
  return writeFilePrincipals(graph, context, read, team);
}

/**
 * Stores lists and edges in one transaction. A repeat changes only the time of the reading. `onlyDue`: of a file that is
 * not due any more, another attempt has stored a later list.
 */
export async function writeFilePrincipals(
  graph: StandaloneGraph,
  context: Pick<GraphContext, 'connectorId' | 'now'>,
  read: readonly ReadEntry[],
  team: PrincipalVertices,
  { onlyDue = false }: { onlyDue?: boolean } = {},
): Promise<PermissionChanges> {
  const { connectorId, now } = context;
  const entries = read.map(({ entry, principals, notSeen, readAgain = false }) => ({
    _key: entry._key,
    principals: principals.length > 0 ? principals : null,
    sharedWith: principals.length > 0 ? principals.map(({ id }) => id) : null,
    membersReadAt: readAgain ? LONG_AGO : principals.length > 0 ? now : null,
    membersDue: null,
    ...(notSeen === undefined ? {} : { notSeen }),
  }));
  return inTransaction(graph, ['permission', 'dropboxEntries', 'records'], async (tx) => {
    const stored = new Set(await tx.run(setPrincipals, { entries, onlyDue }));
    const written = onlyDue ? read.filter(({ entry }) => stored.has(entry._key)) : read;
    const files = written.flatMap(({ entry: { recordKey, namespaceId }, principals }) =>
      recordKey === null
        ? []
        : [{ recordKey, namespace: namespaceKey(connectorId, namespaceId), shared: principals.length > 0 }],
    );
    await tx.run(setShared, { files, now });
    const lists = written.map(({ entry: { recordKey }, principals }) => ({ recordKey, principals }));
    return replacePermissions(tx, now, recordTargets(lists), team);
  });
}
