import { chunks } from '../../chunks';
import { subtreeRange } from '../../sync/keys';
import type { Known, KnownRecord } from '../../sync/planTypes';
import type { EntryDocument, NamespaceDocument } from '../../sync/syncDocuments';
import type { Graph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { wellFormedEntry } from './storedEntry';

/** The fields of a record that a plan needs, and its edges. */
const RECORD_STATE = `{
  record: KEEP(r, "_key", "_rev", "orgId", "recordName", "externalRecordId", "connectorId", "externalGroupId", "recordGroupId",
    "externalParentId", "externalRevisionId", "recordType", "version", "origin", "connectorName", "mimeType", "webUrl",
    "createdAtTimestamp", "updatedAtTimestamp", "sourceCreatedAtTimestamp", "sourceLastModifiedTimestamp", "isDeleted",
    "isArchived", "isShared", "sizeInBytes", "indexingStatus", "virtualRecordId", "summaryDocumentId"),
  file: FIRST(FOR f IN files FILTER f._key == r._key
    RETURN KEEP(f, "_key", "_rev", "orgId", "name", "isFile", "extension", "path", "sha256Hash")),
  typed: LENGTH(FOR e IN isOfType FILTER e._from == r._id LIMIT 1 RETURN 1) > 0,
  belongsTo: (FOR e IN belongsTo FILTER e._from == r._id RETURN { _key: e._key, other: e._to }),
  inherits: (FOR e IN inheritPermissions FILTER e._from == r._id RETURN { _key: e._key, other: e._to }),
  parents: (FOR e IN recordRelations FILTER e._to == r._id AND e.relationshipType == "PARENT_CHILD"
    RETURN { _key: e._key, other: e._from }),
  permissions: (FOR e IN permission FILTER e._to == r._id
    RETURN { _key: e._key, other: e._from, role: e.role, type: e.type }),
  entries: (FOR e IN dropboxEntries FILTER e.recordKey == r._key
    RETURN { _key: e._key, namespaceId: e.namespaceId, path: e.path, hasMembers: e.sharedWith != null }),
  detached: LENGTH(FOR d IN dropboxDetached FILTER d._key == r._key RETURN 1) > 0
}`;

/**
 * AQL: those of these entry keys directly below whose paths other entries are stored, whether or not the key itself has
 * an entry.
 */
const occupiedOf = (keys: string): string =>
  `(FOR key IN ${keys} FILTER LENGTH(FOR e IN dropboxEntries FILTER e.parentKey == key LIMIT 1 RETURN 1) > 0 RETURN key)`;

interface BatchState {
  /** The fencing token of the namespace. */
  attempt: string | null;
  entries: (EntryDocument & { _rev: string })[];
  parents: Pick<EntryDocument, '_key' | 'itemId' | 'recordKey' | 'kind'>[];
  records: KnownRecord[];
  children: Known['children'];
  /** Those of `replacing` below whose paths entries are stored. */
  occupied: string[];
}

const batchState = defineQuery<
  {
    connectorId: string;
    entryKeys: string[];
    itemIds: string[];
    parentKeys: string[];
    folders: { key: string; itemId: string }[];
    replacing: string[];
    namespace: string;
  },
  BatchState
>(
  'entries.batchState',
  `
LET stored = (FOR e IN dropboxEntries FILTER e._key IN @entryKeys RETURN UNSET(e, "_id"))
LET parents = (FOR e IN dropboxEntries FILTER e._key IN @parentKeys RETURN KEEP(e, "_key", "itemId", "recordKey", "kind"))
LET ids = UNION_DISTINCT(@itemIds, stored[*].itemId)
LET found = (FOR r IN records FILTER r.externalRecordId IN ids AND r.connectorId == @connectorId RETURN ${RECORD_STATE})
LET same = (FOR e IN stored RETURN CONCAT(e._key, e.itemId))
LET changed = (FOR f IN @folders FILTER CONCAT(f.key, f.itemId) NOT IN same RETURN f.key)
LET children = (
  FOR e IN dropboxEntries FILTER e.parentKey IN changed AND e.recordKey != null
    FOR r IN records FILTER r._key == e.recordKey
    FOR f IN files FILTER f._key == e.recordKey AND f.path == e.path
    RETURN { entryKey: e._key, parentKey: e.parentKey, recordKey: e.recordKey, revision: r._rev,
      externalGroupId: r.externalGroupId, externalParentId: r.externalParentId,
      parents: (FOR p IN recordRelations FILTER p._to == r._id AND p.relationshipType == "PARENT_CHILD"
        RETURN { _key: p._key, other: p._from }) })
LET occupied = ${occupiedOf('@replacing')}
LET attempt = FIRST(FOR n IN dropboxNamespaces FILTER n._key == @namespace RETURN n.attempt)
RETURN { entries: stored, parents, records: found, children, occupied, attempt }`,
  {
    connectorId: 'c',
    entryKeys: ['k'],
    itemIds: ['id:1'],
    parentKeys: ['p'],
    folders: [{ key: 'k', itemId: 'id:1' }],
    replacing: ['k'],
    namespace: 'n',
  },
);

/** Everything stored that a batch of entries touches, in one request, whatever the size of the batch. */
export async function readBatchState(graph: Graph, vars: (typeof batchState)['example']): Promise<BatchState> {
  const [state] = await graph.run(batchState, vars);
  if (!state) throw new Error('the look-up of a batch returned no row');
  return { ...state, entries: state.entries.map(wellFormedEntry) };
}

const recordsOfEntries = defineQuery<{ keys: string[] }, KnownRecord>(
  'entries.recordsOfEntries',
  `
FOR key IN @keys
  FOR r IN records FILTER r._key == key
  RETURN ${RECORD_STATE}`,
  { keys: ['k'] },
);

export const readRecords = (graph: Graph, keys: string[]): Promise<KnownRecord[]> =>
  graph.run(recordsOfEntries, { keys });

const entriesByKey = defineQuery<{ keys: string[] }, EntryDocument>(
  'entries.byKey',
  'FOR e IN dropboxEntries FILTER e._key IN @keys RETURN UNSET(e, "_id", "_rev")',
  { keys: ['k'] },
);

export const readEntries = async (graph: Graph, keys: string[]): Promise<EntryDocument[]> =>
  (await graph.run(entriesByKey, { keys })).map(wellFormedEntry);

const foldersAt = defineQuery<{ keys: string[] }, string>(
  'entries.foldersAt',
  `LET stored = (FOR e IN dropboxEntries FILTER e._key IN @keys AND e.kind == "folder" RETURN e._key)
   FOR key IN UNION_DISTINCT(stored, ${occupiedOf('@keys')})
     RETURN key`,
  { keys: ['k'] },
);

/** Those of these entry keys at whose paths a folder is stored, or at least something that is in it. */
export const folderKeys = (graph: Graph, keys: string[]): Promise<string[]> => graph.run(foldersAt, { keys });

const RANGE = `e.connectorId == @connectorId AND e.namespaceId == @namespaceId
  FILTER e.position >= @lower AND e.position < @upper`;

interface Range extends Record<string, unknown> {
  connectorId: string;
  namespaceId: string;
  lower: string;
  upper: string;
}
const exampleRange: Range = { connectorId: 'c', namespaceId: '1', lower: '2f', upper: '30' };

const subtree = defineQuery<Range & { after: string; limit: number }, EntryDocument>(
  'entries.subtree',
  `
FOR e IN dropboxEntries
  FILTER ${RANGE} AND e.position > @after
  SORT e.position
  LIMIT @limit
  RETURN UNSET(e, "_id", "_rev")`,
  { ...exampleRange, after: '', limit: 100 },
);

/** A folder and all that it contains. */
export interface Subtree {
  connectorId: string;
  namespaceId: string;
  /** Path of the folder; absent: the root of the namespace. */
  path?: string;
}

const rangeOf = ({ connectorId, namespaceId, path = '' }: Subtree): Range => ({
  connectorId,
  namespaceId,
  ...subtreeRange(path),
});

/** Entries below a folder, sorted by `position`, from the one that follows `after`. */
export const readSubtree = async (
  graph: Graph,
  folder: Subtree,
  { limit, after = '' }: { limit: number; after?: string },
): Promise<EntryDocument[]> => (await graph.run(subtree, { ...rangeOf(folder), limit, after })).map(wellFormedEntry);

const subtreeCount = defineQuery<Range, number>(
  'entries.subtreeCount',
  `
FOR e IN dropboxEntries
  FILTER ${RANGE}
  COLLECT WITH COUNT INTO n
  RETURN n`,
  exampleRange,
);

/** How many entries there are below a folder. */
export const countSubtree = async (graph: Graph, folder: Subtree): Promise<number> =>
  (await graph.run(subtreeCount, rangeOf(folder)))[0] ?? 0;

/** Entries in one page of a walk, so that memory stays bounded. */
const ENTRIES_PER_PAGE = 1000;

/** Pages of the entries below a folder, sorted by `position`. */
export async function* walkSubtree(graph: Graph, folder: Subtree): AsyncGenerator<EntryDocument[]> {
  for (let after = ''; ;) {
    const page = await readSubtree(graph, folder, { limit: ENTRIES_PER_PAGE, after });
    const last = page.at(-1);
    if (!last) return;
    yield page;
    if (page.length < ENTRIES_PER_PAGE) return;
    after = last.position;
  }
}

/** Entries that one query of `walkMissing` looks at. */
const SCANNED_ENTRIES = 20_000;

const missing = defineQuery<
  Range & { after: string; limit: number; generation: string },
  { scanned: number; last: string; entries: EntryDocument[] }
>(
  'entries.missing',
  `
LET scanned = (
  FOR e IN dropboxEntries
    FILTER ${RANGE} AND e.position > @after
    SORT e.position
    LIMIT @limit
    RETURN e.mark == @generation ? e.position : UNSET(e, "_id", "_rev"))
LET entries = (FOR e IN scanned FILTER IS_OBJECT(e) RETURN e)
LET last = LAST(scanned)
RETURN { scanned: LENGTH(scanned), last: IS_OBJECT(last) ? last.position : last, entries }`,
  { ...exampleRange, after: '', limit: 100, generation: 'g' },
);

/**
 * The entries of a namespace that the listing with this generation has not seen, sorted by `position`, in pages, some of
 * them empty.
 */
export async function* walkMissing(
  graph: Graph,
  { connectorId, namespaceId }: Pick<NamespaceDocument, 'connectorId' | 'namespaceId'>,
  generation: string,
): AsyncGenerator<EntryDocument[]> {
  const range = { ...rangeOf({ connectorId, namespaceId }), limit: SCANNED_ENTRIES, generation };
  for (let [after, more] = ['', true]; more;) {
    const [page] = await graph.run(missing, { ...range, after });
    if (!page || page.scanned === 0) return;
    if (page.entries.length === 0) yield [];
    yield* chunks(page.entries.map(wellFormedEntry), ENTRIES_PER_PAGE);
    after = page.last;
    more = page.scanned === SCANNED_ENTRIES;
  }
}

const entriesOfItems = defineQuery<{ connectorId: string; itemIds: string[] }, EntryDocument>(
  'entries.ofItems',
  'FOR e IN dropboxEntries FILTER e.connectorId == @connectorId AND e.itemId IN @itemIds RETURN UNSET(e, "_id", "_rev")',
  { connectorId: 'c', itemIds: ['id:1'] },
);

export const readEntriesOfItems = async (
  graph: Graph,
  connectorId: string,
  itemIds: string[],
): Promise<EntryDocument[]> => (await graph.run(entriesOfItems, { connectorId, itemIds })).map(wellFormedEntry);

const pointers = defineQuery<{ recordKeys: string[]; keys: string[] }, string>(
  'entries.pointers',
  `
FOR e IN dropboxEntries FILTER e.recordKey IN @recordKeys
  FILTER e._key NOT IN @keys
  RETURN DISTINCT e.recordKey`,
  { recordKeys: ['r'], keys: ['k'] },
);

/** The keys of those of these entries whose record another entry points to as well. */
export async function otherPointers(
  graph: Graph,
  entries: readonly Pick<EntryDocument, '_key' | 'recordKey'>[],
): Promise<Set<string>> {
  const recordKeys = entries.flatMap(({ recordKey }) => recordKey ?? []);
  const shared = new Set(await graph.run(pointers, { recordKeys, keys: entries.map(({ _key }) => _key) }));
  return new Set(
    entries.filter(({ recordKey }) => recordKey !== null && shared.has(recordKey)).map(({ _key }) => _key),
  );
}
