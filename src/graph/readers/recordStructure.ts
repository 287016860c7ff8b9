import { chunks } from '../../chunks';
import type { Graph, StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';

/** Keys or ids that one query looks up. */
const KEYS_PER_QUERY = 1000;

/** A permission edge to some vertex. */
export interface PermissionRow {
  key: string;
  /** `users/…` or `groups/…` */
  from: string;
  role: string | null;
  type: string | null;
}

/** An AQL expression: the permission edges to the vertex with this `_id`. */
export const permissionRows = (vertex: string): string => `(FOR edge IN permission
         FILTER edge._to == ${vertex}
         RETURN { key: edge._key, from: edge._from, role: edge.role, type: edge.type })`;

export interface StoredItem {
  recordKey: string;
  /** Dropbox `id:…` */
  itemId: string;
  name: string;
  /** Name in the files document. */
  fileName: string | null;
  revision: string | null;
  size: number | null;
  /** Namespaces of the entries that point to it. */
  namespaces: string[];
}

const byItem = defineQuery<{ connectorId: string; itemIds: string[] }, StoredItem>(
  'recordStructure.byItem',
  `FOR record IN records
     FILTER record.externalRecordId IN @itemIds AND record.connectorId == @connectorId
     RETURN { recordKey: record._key, itemId: record.externalRecordId, name: record.recordName,
       fileName: FIRST(FOR file IN files FILTER file._key == record._key RETURN file.name),
       revision: record.externalRevisionId, size: record.sizeInBytes,
       namespaces: (FOR entry IN dropboxEntries FILTER entry.recordKey == record._key RETURN entry.namespaceId) }`,
  { connectorId: 'connector', itemIds: ['id:1'] },
);

/** The records of these items; unknown ones are absent. */
export async function storedItems(
  graph: Graph,
  connectorId: string,
  items: readonly Pick<StoredItem, 'itemId'>[],
): Promise<StoredItem[]> {
  const found: StoredItem[] = [];
  for (const itemIds of chunks([...new Set(items.map(({ itemId }) => itemId))], KEYS_PER_QUERY)) {
    for (const item of await graph.run(byItem, { connectorId, itemIds })) found.push(item);
  }
  return found;
}

const keyOfItem = defineQuery<{ connectorId: string; itemId: string }, string>(
  'recordStructure.recordOfItem',
  `FOR record IN records
     FILTER record.externalRecordId == @itemId AND record.connectorId == @connectorId
     RETURN record._key`,
  { connectorId: 'connector', itemId: 'id:1' },
);

/** The key of an item's record. */
export const recordKeyOfItem = async (graph: Graph, connectorId: string, itemId: string): Promise<string | undefined> =>
  (await graph.run(keyOfItem, { connectorId, itemId }))[0];

/** The edges and documents that a record has, as PipesHub's readers need them. */
export interface RecordStructure extends Pick<StoredItem, 'recordKey' | 'itemId' | 'name' | 'namespaces'> {
  orgId: string | null;
  isDeleted: boolean | null;
  isFile: boolean | null;
  /** Path in its files document. */
  path: string | null;
  /** Paths of the entries that point to it. */
  paths: string[];
  recordGroupId: string | null;
  externalParentId: string | null;
  /** Keys of the edges to its files document. */
  typed: string[];
  belongsTo: string[];
  inherits: string[];
  parents: string[];
  /** Edges of the users and groups that are named on it. */
  permissions: PermissionRow[];
  /** Dropbox has a member list for this file. */
  hasMembers: boolean;
}

const structures = defineQuery<{ connectorId: string }, RecordStructure>(
  'recordStructure.structures',
  `FOR record IN records
     FILTER record.connectorId == @connectorId
     LET entries = (FOR entry IN dropboxEntries
       FILTER entry.recordKey == record._key
       RETURN { namespaceId: entry.namespaceId, path: entry.path, hasMembers: entry.principals != null })
     LET file = FIRST(FOR one IN files FILTER one._key == record._key RETURN { isFile: one.isFile, path: one.path })
     RETURN {
       recordKey: record._key, itemId: record.externalRecordId, name: record.recordName, orgId: record.orgId,
       isDeleted: record.isDeleted, recordGroupId: record.recordGroupId, externalParentId: record.externalParentId,
       namespaces: entries[*].namespaceId, paths: entries[*].path, hasMembers: true IN entries[*].hasMembers,
       isFile: file.isFile, path: file.path,
       typed: (FOR edge IN isOfType FILTER edge._from == record._id SORT edge._key RETURN edge._key),
       belongsTo: (FOR edge IN belongsTo FILTER edge._from == record._id RETURN edge._to),
       inherits: (FOR edge IN inheritPermissions FILTER edge._from == record._id RETURN edge._to),
       parents: (FOR edge IN recordRelations
         FILTER edge._to == record._id AND edge.relationshipType == "PARENT_CHILD"
         RETURN edge._from),
       permissions: ${permissionRows('record._id')}
     }`,
  { connectorId: 'connector' },
  { isLong: true },
);

/** Every record of a connector with its structure, in batches. */
export const recordStructures = (graph: StandaloneGraph, connectorId: string): AsyncGenerator<RecordStructure[]> =>
  graph.stream(structures, { connectorId }, 500);

const itemsByKey = defineQuery<{ keys: string[] }, { key: string; itemId: string }>(
  'recordStructure.parentItems',
  `FOR record IN records
     FILTER record._key IN @keys
     RETURN { key: record._key, itemId: record.externalRecordId }`,
  { keys: ['key'] },
);

/** Dropbox ids of records by key. */
export async function itemIdsOf(graph: Graph, keys: Iterable<string>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const part of chunks([...new Set(keys)], KEYS_PER_QUERY)) {
    for (const { key, itemId } of await graph.run(itemsByKey, { keys: part })) found.set(key, itemId);
  }
  return found;
}

/** A file that has a member list, at one of the places where it lies. */
type FileWithMembers = Record<'recordKey' | 'itemId' | 'namespaceId' | 'path', string>;

const withMembers = defineQuery<{ connectorId: string }, FileWithMembers>(
  'recordStructure.sharedEntries',
  `FOR entry IN dropboxEntries
     FILTER entry.connectorId == @connectorId AND entry.principals != null AND entry.recordKey != null
     RETURN { recordKey: entry.recordKey, itemId: entry.itemId, namespaceId: entry.namespaceId, path: entry.path }`,
  { connectorId: 'connector' },
  { isLong: true },
);

/** The files that have a member list, in batches. */
export const filesWithMembers = (
  graph: StandaloneGraph,
  connectorId: string,
  batchSize: number,
): AsyncGenerator<FileWithMembers[]> => graph.stream(withMembers, { connectorId }, batchSize);
