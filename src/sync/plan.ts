import { samePrincipals } from './access';
import { newEdge, principalType } from './edges';
import { passes } from './filters';
import { filterFactsOf, isMount, mountedAt, parentPath, type LiveEntry } from './folderEntries';
import { planHierarchyEdges, planOrphan, planParent, storedFolder } from './hierarchyEdges';
import { entryKey, pathPosition, recordKey } from './keys';
import type { FileDocument, IndexingFields, IndexingStatus, RecordDocument } from './pipesHubDocuments';
import { noWrites, type BatchWrites, type Known, type KnownRecord, type Patch, type PlanContext } from './planTypes';
import { RECEIVED_NAMESPACE_ID } from './receivedFiles';
import { recordEvent } from './recordEvents';
import { mapEntry } from './records';
import type { EntryDocument, Principal } from './syncDocuments';
import { fileVertex, recordVertex } from './vertices';

/**
 * The fields of `wanted` that differ in `stored`. The key, the version and the times of the graph's documents are not
 * compared.
 */
function difference<T extends object>(wanted: T, stored: Partial<T>): Partial<T> {
  const changed: Partial<T> = {};
  for (const field of Object.keys(wanted) as (keyof T & string)[]) {
    if (!keptFields.has(field) && stored[field] !== wanted[field]) changed[field] = wanted[field];
  }
  return changed;
}

const keptFields: ReadonlySet<string> = new Set(['_key', 'version', 'createdAtTimestamp', 'updatedAtTimestamp']);

/** The state of one call of `planEntries`: its entries by their keys, what is stored, and the planned writes. */
interface Batch {
  entries: ReadonlyMap<string, LiveEntry>;
  /**
   * The key of the entry at a path, cached, since each hash costs a microsecond and a batch asks for most paths twice.
   */
  keyOf: (path: string) => string;
  known: Known;
  context: PlanContext;
  writes: BatchWrites;
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

/** The key of an item's record: the stored one's, else the one that a new record gets. */
const recordKeyOf = (itemId: string, { known, context }: Batch): string =>
  known.records.get(itemId)?.record._key ?? recordKey(context.namespace.connectorId, itemId);

/**
 * Turns entries of one listing into the writes that make the graph equal to them. The entries are in their order, with
 * each path and id at most once. `known` is what is stored for them. Entries that are stored as they are need no write.
 */
export function planEntries(entries: readonly LiveEntry[], known: Known, context: PlanContext): BatchWrites {
  const writes = noWrites();
  const inBatch = new Map<string, LiveEntry>();
  const keyOf = keysOfPaths(context.namespace);
  for (const entry of entries) inBatch.set(keyOf(entry.path_lower), entry);
  const batch: Batch = { entries: inBatch, keyOf, known, context, writes };
  const leaving = new Map<string, Set<string>>();
  const staying = new Set<string>();
  for (const entry of entries) {
    const { before, after } = planEntry(entry, batch);
    if (after.recordKey !== null) staying.add(after.recordKey);
    if (before?.recordKey && before.recordKey !== after.recordKey) {
      leaving.set(before.itemId, (leaving.get(before.itemId) ?? new Set()).add(before._key));
    }
  }
  // Not before all entries are planned: two items of a batch may swap their paths.
  for (const [itemId, entryKeys] of leaving) {
    const replaced = known.records.get(itemId);
    if (replaced && !staying.has(replaced.record._key)) planOrphan(replaced, entryKeys, context, writes);
  }
  planChildren(batch, staying);
  return writes;
}

function keysOfPaths({ connectorId, namespaceId }: PlanContext['namespace']): (path: string) => string {
  const keys = new Map<string, string>();
  return (path) => {
    const known = keys.get(path);
    if (known !== undefined) return known;
    const key = entryKey(connectorId, namespaceId, path);
    keys.set(path, key);
    return key;
  };
}

function planEntry(entry: LiveEntry, batch: Batch): { before: EntryDocument | undefined; after: EntryDocument } {
  const { known, context, writes } = batch;
  const { namespace } = context;
  const { connectorId, namespaceId } = namespace;
  const path = entry.path_lower;
  const key = batch.keyOf(path);
  const stored = known.entries.get(key);
  const mounts = mountedAt(entry, namespaceId);
  const isMountPoint = mounts !== undefined;
  const facts = filterFactsOf(entry);
  const isKept = !isMountPoint && (entry['.tag'] === 'folder' || passes(context.filters, facts));
  const explicit = context.explicit.get(entry.id) ?? [];
  // A single answer may be wrong: a file's list that differs from the stored one, or is missing now, is read again.
  const differs =
    entry['.tag'] === 'file' &&
    stored !== undefined &&
    !samePrincipals(stored.principals ?? [], explicit) &&
    namespace.kind !== 'received';
  const wanted: EntryDocument = {
    _key: key,
    connectorId,
    namespaceId,
    path,
    position: pathPosition(path),
    parentKey: batch.keyOf(parentPath(path)),
    kind: isMountPoint ? 'mount' : entry['.tag'],
    itemId: entry.id,
    recordKey: isKept ? recordKeyOf(entry.id, batch) : null,
    mark: context.generation,
    facts,
    ...(mounts === undefined ? {} : { mounts }),
    ...(explicit.length > 0
      ? { principals: explicit, sharedWith: explicit.map(({ id }) => id), membersReadAt: context.now }
      : {}),
    ...(differs || context.due?.has(entry.id) ? { membersDue: true } : {}),
  };
  if (!isSameEntry(stored, wanted)) writes.entries.push(wanted);
  if (isKept) planRecord(entry, wanted, explicit, batch);
  return { before: stored, after: wanted };
}

/** `membersReadAt` is not compared: it is new at each reading, so every listing would write. */
const isSameEntry = (stored: EntryDocument | undefined, wanted: EntryDocument): boolean =>
  stored !== undefined &&
  (['itemId', 'kind', 'recordKey', 'mounts', 'mark'] as const).every((field) => stored[field] === wanted[field]) &&
  (['name', 'modified', 'created'] as const).every((field) => stored.facts[field] === wanted.facts[field]) &&
  (wanted.membersDue !== true || stored.membersDue === true) &&
  samePrincipals(stored.principals ?? [], wanted.principals ?? []);

function planRecord(entry: LiveEntry, at: EntryDocument, explicit: Principal[], batch: Batch): void {
  const { known, context, writes } = batch;
  const existing = known.records.get(entry.id);
  const parent = parentOf(at, batch);
  const mapped = mapEntry(entry, {
    namespace: context.namespace,
    now: context.now,
    parentItemId: parent?.itemId ?? null,
    explicitlyShared: explicit.length > 0,
    filters: context.filters,
  });
  const key = at.recordKey ?? '';
  const wanted: WantedRecord = {
    record: { ...mapped.record, _key: key },
    file: { ...mapped.file, _key: key },
    indexing: mapped.indexing,
  };
  if (existing) planUpdate(existing, wanted, at._key, batch);
  else planNew(wanted, batch);
  if (!existing?.typed) writes.isOfType.push(newEdge(recordVertex(key), fileVertex(key), context.now));
  planHierarchyEdges(existing, key, parent?.recordKey ?? null, context, writes);
  planDirectAccess(existing, key, explicit, batch);
  if (existing?.detached) writes.remove.detached.push(key);
  // A listing shows the file now, so it is no received file any more: after a deletion in that listing, no one has it.
  if (context.namespace.kind !== 'received') {
    const received = existing?.entries.filter(({ namespaceId }) => namespaceId === RECEIVED_NAMESPACE_ID) ?? [];
    writes.remove.entries.push(...received.map(({ _key }) => _key));
  }
}

/** The containing folder, from the batch or else as stored; undefined at the root, or before it has been seen. */
function parentOf(at: EntryDocument, batch: Batch): { itemId: string; recordKey: string } | undefined {
  if (parentPath(at.path) === '') return undefined;
  const folder = batch.entries.get(at.parentKey);
  if (folder) {
    if (folder['.tag'] !== 'folder' || isMount(folder, at.namespaceId)) return undefined;
    return { itemId: folder.id, recordKey: recordKeyOf(folder.id, batch) };
  }
  return storedFolder(batch.known.parents.get(at.parentKey));
}

/** A record as its entry describes it. `indexing`: the status that it starts with if it is new. */
interface WantedRecord {
  record: RecordDocument;
  file: FileDocument;
  indexing: IndexingFields;
}

function planNew({ record, file, indexing }: WantedRecord, batch: Batch): void {
  const { writes } = batch;
  writes.records.push({ ...record, ...indexing });
  writes.files.push(file);
  writes.counts.added += 1;
  if (file.isFile && indexing.indexingStatus === 'NOT_STARTED') pushEvent('newRecord', record, file, batch);
}

/** Fields of a record that come from the content of its file. */
const contentFields = [
  'externalRevisionId',
  'sizeInBytes',
  'sourceCreatedAtTimestamp',
  'sourceLastModifiedTimestamp',
] as const;

/**
 * A listing may still show a file as it was before it moved to another namespace, whose listing has been read already:
 * the streams of two namespaces have no common order. Then the record keeps the content that is newer, since nothing
 * would show it again once the older path is gone. Received files have no times of their content.
 */
function withNewestContent(wanted: WantedRecord, { record, file, entries }: KnownRecord, batch: Batch): WantedRecord {
  const { namespaceId, kind } = batch.context.namespace;
  const isListedElsewhere =
    kind !== 'received' &&
    entries.some((entry) => entry.namespaceId !== namespaceId && entry.namespaceId !== RECEIVED_NAMESPACE_ID);
  const isOlder = (wanted.record.sourceLastModifiedTimestamp ?? 0) < (record.sourceLastModifiedTimestamp ?? 0);
  if (!file || !wanted.file.isFile || !isListedElsewhere || !isOlder) return wanted;
  const newest = Object.fromEntries(contentFields.map((field) => [field, record[field]]));
  return {
    ...wanted,
    record: { ...wanted.record, ...newest },
    file: { ...wanted.file, sha256Hash: file.sha256Hash },
  };
}

function planUpdate(existing: KnownRecord, wanted: WantedRecord, entryKeyNow: string, batch: Batch): void {
  const { record, file, indexing } = withNewestContent(wanted, existing, batch);
  const { context, writes } = batch;
  const changed: Patch<RecordDocument> & { indexingStatus?: IndexingStatus } = {
    _key: record._key,
    ...difference(record, existing.record),
  };
  const changedFile = difference(file, existing.file ?? {});
  const contentChanged =
    file.isFile &&
    existing.record.externalRevisionId !== record.externalRevisionId &&
    // A file that moves or gets another name gets another revision, too.
    (file.sha256Hash === null || existing.file?.sha256Hash !== file.sha256Hash);
  if (contentChanged) {
    changed.version = (existing.record.version ?? 0) + 1;
    // The new content has to be indexed, unless indexing is off for the record.
    if (indexing.indexingStatus !== 'AUTO_INDEX_OFF' && existing.record.indexingStatus !== 'AUTO_INDEX_OFF') {
      changed.indexingStatus = 'NOT_STARTED';
      const { createdAtTimestamp = record.createdAtTimestamp } = existing.record;
      pushEvent('updateRecord', { ...record, version: changed.version, createdAtTimestamp }, file, batch);
    }
  } else if (typeof existing.record.version !== 'number') {
    changed.version = 0;
  }
  const recordChanged = Object.keys(changed).length > 1;
  if (recordChanged) writes.records.push({ ...changed, updatedAtTimestamp: context.now });
  if (!isEmpty(changedFile)) writes.files.push({ _key: file._key, ...changedFile });
  const isMoved = existing.entries.every(({ _key }) => _key !== entryKeyNow);
  if (isMoved) writes.counts.moved += 1;
  else if (recordChanged || !isEmpty(changedFile)) writes.counts.updated += 1;
}

function planDirectAccess(
  existing: KnownRecord | undefined,
  key: string,
  principals: Principal[],
  { context, writes }: Batch,
): void {
  const wanted = new Map<string, Principal>();
  for (const principal of principals) {
    const vertex = context.vertexOf(principal);
    if (vertex !== null) wanted.set(vertex, principal);
  }
  for (const { _key, other, role, type } of existing?.permissions ?? []) {
    const principal = wanted.get(other);
    if (principal && principal.role === role && type === principalType(principal)) wanted.delete(other);
    else {
      writes.remove.permission.push(_key);
      if (!principal) writes.counts.revoked += 1;
    }
  }
  const had = new Set(existing?.permissions.map(({ other }) => other));
  for (const [vertex, principal] of wanted) {
    const link = newEdge(vertex, recordVertex(key), context.now);
    // An edge with a new role has the key of the edge that it replaces, which is therefore overwritten and not removed.
    const reused = writes.remove.permission.indexOf(link._key);
    if (reused >= 0) writes.remove.permission.splice(reused, 1);
    writes.permission.push({ ...link, role: principal.role, type: principalType(principal) });
    if (!had.has(vertex)) writes.counts.granted += 1;
  }
}

/**
 * Sets the parent of records that were stored before their folder was. Not of those that the batch has `placed`: an item
 * that has moved is still stored at its former path until the end of a listing from the start.
 */
function planChildren(batch: Batch, placed: ReadonlySet<string>): void {
  const { entries, known, context, writes } = batch;
  for (const { entryKey: key, parentKey, recordKey: childKey, parents, ...child } of known.children) {
    const folder = entries.get(parentKey);
    if (!folder || entries.has(key) || folder['.tag'] !== 'folder') continue;
    if (placed.has(childKey) || child.externalGroupId !== context.namespace.externalGroupId) continue;
    const isMountPoint = isMount(folder, context.namespace.namespaceId);
    const itemId = isMountPoint ? null : folder.id;
    if (child.externalParentId !== itemId) {
      writes.records.push({ _key: childKey, externalParentId: itemId, updatedAtTimestamp: context.now });
    }
    planParent(parents, childKey, isMountPoint ? null : recordKeyOf(folder.id, batch), context.now, writes);
  }
}

function pushEvent(
  eventType: 'newRecord' | 'updateRecord',
  record: RecordDocument,
  file: FileDocument,
  { context, writes }: Batch,
): void {
  writes.outbox.push(recordEvent(eventType, record, file, context.now, writes.outbox.length));
}
