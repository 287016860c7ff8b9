import type { Database } from 'arangojs';
import { defineQuery, run, stream } from '../graph/query';

export interface StoredItem {
  recordKey: string;
  itemId: string;
  name: string;
  /** Namespaces of the entries that point to it. */
  namespaces: string[];
}

const byItem = defineQuery<{ connectorId: string; itemIds: string[] }, StoredItem>(
  'verify.byItem',
  `FOR record IN records
     FILTER record.externalRecordId IN @itemIds AND record.connectorId == @connectorId
     RETURN { recordKey: record._key, itemId: record.externalRecordId, name: record.recordName,
       namespaces: (FOR entry IN dropboxEntries FILTER entry.recordKey == record._key RETURN entry.namespaceId) }`,
  { connectorId: 'connector', itemIds: ['id:1'] },
);

/** The records of these items; unknown ones are absent. */
export const storedItems = (db: Database, connectorId: string, itemIds: string[]): Promise<StoredItem[]> =>
  itemIds.length === 0 ? Promise.resolve([]) : run(db, byItem, { connectorId, itemIds });

/** The edges and documents that a record has, as PipesHub's readers need them. */
export interface RecordStructure extends StoredItem {
  isFile: boolean | null;
  recordGroupId: string | null;
  externalParentId: string | null;
  typed: number;
  belongsTo: string[];
  inherits: string[];
  parents: string[];
  orgId: string | null;
}

const structures = defineQuery<{ connectorId: string }, RecordStructure>(
  'verify.structures',
  `FOR record IN records
     FILTER record.connectorId == @connectorId
     RETURN {
       recordKey: record._key, itemId: record.externalRecordId, name: record.recordName, orgId: record.orgId,
       recordGroupId: record.recordGroupId, externalParentId: record.externalParentId,
       namespaces: (FOR entry IN dropboxEntries FILTER entry.recordKey == record._key RETURN entry.namespaceId),
       isFile: FIRST(FOR file IN files FILTER file._key == record._key RETURN file.isFile),
       typed: LENGTH(FOR edge IN isOfType FILTER edge._from == record._id RETURN 1),
       belongsTo: (FOR edge IN belongsTo FILTER edge._from == record._id RETURN edge._to),
       inherits: (FOR edge IN inheritPermissions FILTER edge._from == record._id RETURN edge._to),
       parents: (FOR edge IN recordRelations
         FILTER edge._to == record._id AND edge.relationshipType == "PARENT_CHILD"
         RETURN edge._from)
     }`,
  { connectorId: 'connector' },
);

/** Every record of a connector with its structure, a batch at a time. */
export const recordStructures = (db: Database, connectorId: string): AsyncGenerator<RecordStructure[]> =>
  stream(db, structures, { connectorId }, 500);

const parentItems = defineQuery<{ keys: string[] }, { key: string; itemId: string }>(
  'verify.parentItems',
  `FOR record IN records
     FILTER record._key IN @keys
     RETURN { key: record._key, itemId: record.externalRecordId }`,
  { keys: ['key'] },
);

/** Dropbox ids of records by key. */
export async function itemIdsOf(db: Database, keys: string[]): Promise<Map<string, string>> {
  const rows = keys.length === 0 ? [] : await run(db, parentItems, { keys });
  return new Map(rows.map(({ key, itemId }) => [key, itemId]));
}

const shared = defineQuery<
  { connectorId: string },
  { recordKey: string; itemId: string; namespaceId: string; path: string }
>(
  'verify.sharedEntries',
  `FOR entry IN dropboxEntries
     FILTER entry.connectorId == @connectorId AND entry.principals != null AND entry.recordKey != null
     RETURN { recordKey: entry.recordKey, itemId: entry.itemId, namespaceId: entry.namespaceId, path: entry.path }`,
  { connectorId: 'connector' },
);

/** Entries of files that have members of their own, a batch at a time. */
export const sharedEntries = (
  db: Database,
  connectorId: string,
): AsyncGenerator<{ recordKey: string; itemId: string; namespaceId: string; path: string }[]> =>
  stream(db, shared, { connectorId }, 100);
