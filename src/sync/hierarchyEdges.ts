import { newEdge } from './edges';
import { extensionOf } from './filters';
import type { RecordDocument } from './pipesHubDocuments';
import type { BatchWrites, EdgeEnd, KnownRecord, ListedNamespace, Patch, PlanContext } from './planTypes';
import { isSharedIn, mimeTypeOfItem, webUrlOf } from './records';
import type { EntryDocument } from './syncDocuments';
import { recordGroupVertex, recordVertex } from './vertices';

/** A record has one belongsTo and one inheritPermissions edge, both to the record group that governs it. */
export function planHierarchyEdges(
  existing: KnownRecord | undefined,
  key: string,
  parentRecordKey: string | null,
  context: Pick<PlanContext, 'namespace' | 'now'>,
  writes: BatchWrites,
): void {
  const from = recordVertex(key);
  const group = recordGroupVertex(context.namespace.recordGroupKey);
  const { now } = context;
  if (keepOnly(existing?.belongsTo, group, writes.remove.belongsTo)) writes.belongsTo.push(newEdge(from, group, now));
  if (keepOnly(existing?.inherits, group, writes.remove.inheritPermissions)) {
    writes.inheritPermissions.push(newEdge(from, group, now));
  }
  planParent(existing?.parents, key, parentRecordKey, now, writes);
}

/** The record of a stored entry that can contain others; undefined for any other entry. */
export const storedFolder = (
  entry: Pick<EntryDocument, 'kind' | 'itemId' | 'recordKey'> | undefined,
): { itemId: string; recordKey: string } | undefined =>
  entry?.kind === 'folder' && entry.recordKey ? { itemId: entry.itemId, recordKey: entry.recordKey } : undefined;

/** A record has at most one parent. */
export function planParent(
  stored: EdgeEnd[] | undefined,
  key: string,
  parentKey: string | null,
  now: number,
  writes: BatchWrites,
): void {
  const parent = parentKey === null ? null : recordVertex(parentKey);
  if (keepOnly(stored, parent, writes.remove.recordRelations) && parent !== null) {
    writes.recordRelations.push({ ...newEdge(parent, recordVertex(key), now), relationshipType: 'PARENT_CHILD' });
  }
}

/** Adds all edges but one that leads to `wanted` to `remove`. Returns whether no edge leads to it yet. */
function keepOnly(edges: EdgeEnd[] | undefined, wanted: string | null, remove: string[]): boolean {
  let found = false;
  for (const { _key, other } of edges ?? []) {
    if (other === wanted && !found) found = true;
    else remove.push(_key);
  }
  return !found;
}

/**
 * These entries no longer point to a record. Unless another entry does, the record is an orphan: every edge that lets
 * anyone read it is removed at once. The record itself is removed at the end of the run, since a move is a deletion and
 * an addition in either order, and the addition may follow later.
 */
export function planOrphan(
  orphan: KnownRecord,
  entryKeys: ReadonlySet<string>,
  context: Pick<PlanContext, 'now' | 'runId'> & { namespace: Pick<ListedNamespace, 'connectorId' | 'namespaceId'> },
  writes: BatchWrites,
): void {
  if (orphan.detached || orphan.entries.some(({ _key }) => !entryKeys.has(_key))) return;
  writes.records.push(touched(orphan.record._key, context.now));
  writes.remove.belongsTo.push(...orphan.belongsTo.map(({ _key }) => _key));
  writes.remove.inheritPermissions.push(...orphan.inherits.map(({ _key }) => _key));
  writes.remove.permission.push(...orphan.permissions.map(({ _key }) => _key));
  writes.counts.revoked += orphan.permissions.length;
  writes.detached.push({
    _key: orphan.record._key,
    connectorId: context.namespace.connectorId,
    namespaceId: context.namespace.namespaceId,
    runId: context.runId,
    detachedAt: context.now,
    ...(orphan.permissions.length > 0 ? { sharedWith: orphan.permissions.map(({ other }) => other) } : {}),
  });
}

/**
 * Two transactions that decide about one record by the entries that point to it must not both commit. So each writes
 * the record: the database refuses the later one with a write conflict, and it is retried.
 */
export const touched = (_key: string, now: number): Patch<RecordDocument> => ({ _key, updatedAtTimestamp: now });

/** An entry that a record takes its name, path and record group from. */
interface DescribingEntry {
  entry: EntryDocument;
  /** The folder that contains it; undefined: the root of the namespace, or a folder without a record. */
  parent: { itemId: string; recordKey: string } | undefined;
  /** The namespace that it lies in. */
  namespace: ListedNamespace;
}

/** What a transaction is about to write, and its time. */
export interface PlannedWrites {
  now: number;
  writes: BatchWrites;
}

/**
 * The entry that a record was described by is gone, and another one still points to it: a move whose addition came
 * before its deletion, or a move to another namespace. From now on the record is described by the other entry.
 */
export function planRepoint(
  known: KnownRecord,
  { entry, parent, namespace }: DescribingEntry,
  { now, writes }: PlannedWrites,
): void {
  const key = known.record._key;
  const { name } = entry.facts;
  const isFile = entry.kind === 'file';
  writes.records.push({
    _key: key,
    recordName: name,
    externalGroupId: namespace.externalGroupId,
    recordGroupId: namespace.recordGroupKey,
    externalParentId: parent?.itemId ?? null,
    webUrl: webUrlOf(namespace, entry.path, name, isFile),
    mimeType: mimeTypeOfItem(name, isFile),
    isShared: isSharedIn(namespace, (entry.principals ?? []).length > 0),
    updatedAtTimestamp: now,
  });
  writes.files.push({ _key: key, name, extension: isFile ? extensionOf(name) : null, path: entry.path });
  planHierarchyEdges(known, key, parent?.recordKey ?? null, { namespace, now }, writes);
}
