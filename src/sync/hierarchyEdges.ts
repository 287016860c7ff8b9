import type { RecordDocument } from './pipesHubDocuments';
import type { EntryDocument } from './syncDocuments';
import { newEdge } from './edges';
import { isSharedIn, mimeTypeOfItem, nameFields, webUrlOf } from './records';
import type { BatchWrites, EdgeEnd, KnownRecord, ListedNamespace, Patch, PlanContext } from './planTypes';

/** Exactly one belongsTo and one inheritPermissions edge, both to the group that governs it, and one parent. */
export function planHierarchyEdges(
  existing: KnownRecord | undefined,
  key: string,
  parentRecordKey: string | null,
  context: Pick<PlanContext, 'namespace' | 'now'>,
  writes: BatchWrites,
): void {
  const from = `records/${key}`;
  const group = `recordGroups/${context.namespace.recordGroupKey}`;
  const { now } = context;
  if (keepOnly(existing?.belongsTo, group, writes.remove.belongsTo)) writes.belongsTo.push(newEdge(from, group, now));
  if (keepOnly(existing?.inherits, group, writes.remove.inheritPermissions)) {
    writes.inheritPermissions.push(newEdge(from, group, now));
  }
  const parent = parentRecordKey === null ? null : `records/${parentRecordKey}`;
  if (keepOnly(existing?.parents, parent, writes.remove.recordRelations) && parent !== null) {
    writes.recordRelations.push({ ...newEdge(parent, from, now), relationshipType: 'PARENT_CHILD' });
  }
}

/** Marks all edges but one to `wanted` for removal; true when there is none to it yet. */
export function keepOnly(edges: EdgeEnd[] | undefined, wanted: string | null, remove: string[]): boolean {
  let found = false;
  for (const { _key, other } of edges ?? []) {
    if (other === wanted && !found) found = true;
    else remove.push(_key);
  }
  return !found;
}

/**
 * An entry stops pointing to a record. If no other does, all edges that let anybody read it go at once, and the record
 * waits for the end of the run: a move is a deletion and an addition, in either order.
 */
export function planOrphan(
  released: KnownRecord,
  entryKeys: ReadonlySet<string>,
  context: {
    namespace: Pick<ListedNamespace, 'connectorId' | 'namespaceId'>;
    now: number;
    runId: string;
  },
  writes: BatchWrites,
): void {
  if (released.detached || released.entries.some(({ _key }) => !entryKeys.has(_key))) return;
  writes.records.push(touched(released.record._key, context.now));
  writes.remove.belongsTo.push(...released.belongsTo.map(({ _key }) => _key));
  writes.remove.inheritPermissions.push(...released.inherits.map(({ _key }) => _key));
  writes.remove.permission.push(...released.permissions.map(({ _key }) => _key));
  writes.counts.revoked += released.permissions.length;
  writes.detached.push({
    _key: released.record._key,
    connectorId: context.namespace.connectorId,
    namespaceId: context.namespace.namespaceId,
    runId: context.runId,
    detachedAt: context.now,
    ...(released.permissions.length > 0 ? { sharedWith: released.permissions.map(({ other }) => other) } : {}),
  });
}

/**
 * Two transactions that decide about one record from the entries that point to it must not both commit: each writes the
 * record, so the database refuses the later one, which then decides anew.
 */
export const touched = (_key: string, now: number): Patch<RecordDocument> => ({ _key, updatedAtTimestamp: now });

/**
 * An entry that described a record is gone while another still points to it (a move whose halves came in the other
 * order, or a move to another namespace): the record is described by that other entry from now on.
 */
export function planRepoint(
  known: KnownRecord,
  entry: EntryDocument,
  parent: { itemId: string; recordKey: string } | null,
  namespace: ListedNamespace,
  now: number,
  writes: BatchWrites,
): void {
  const key = known.record._key;
  const { name, extension } = nameFields(entry.facts.name, entry.kind === 'file');
  writes.records.push({
    _key: key,
    recordName: name,
    externalGroupId: namespace.externalGroupId,
    recordGroupId: namespace.recordGroupKey,
    externalParentId: parent?.itemId ?? null,
    webUrl: webUrlOf(namespace, entry.path, name, entry.kind === 'file'),
    mimeType: mimeTypeOfItem(name, entry.kind === 'file'),
    isShared: isSharedIn(namespace, (entry.principals ?? []).length > 0),
    updatedAtTimestamp: now,
  });
  writes.files.push({ _key: key, name, extension, path: entry.path });
  planHierarchyEdges(known, key, parent?.recordKey ?? null, { namespace, now }, writes);
}
