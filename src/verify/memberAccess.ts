import { chunks } from '../chunks';
import { readEntriesOfItems } from '../graph/entries/entries';
import { readableRecords, type ReadableRecord } from '../graph/readers/readable';
import { storedItems, type StoredItem } from '../graph/readers/recordStructure';
import type { SyncFilters } from '../sync/connectorDocument';
import { passes } from '../sync/filters';
import type { MemberDocument } from '../sync/syncDocuments';
import type { Check } from './check';
import { visibleFiles, type VisibleFile } from './memberView';

/** Files that are compared at the same time. */
const FILES_PER_BATCH = 1000;

export interface MemberCheck extends Check {
  filters: SyncFilters;
  /** Namespaces of app folders by team_member_id. */
  appFolders: ReadonlyMap<string, readonly string[]>;
  /**
   * Every file that any member can read, and whether its record has been compared with all that Dropbox says of it.
   * A file that no member can read may be gone. Grows by an id a file.
   */
  seen: Map<string, boolean>;
}

/** A record that a user can read and the member can't. Its cause is known when all members have been compared. */
export interface ExtraRecord extends Pick<StoredItem, 'recordKey' | 'itemId' | 'name'> {
  member: string;
  email: string;
}

/**
 * Compares what a member can read in Dropbox with what PipesHub lets their user read. Memory grows by an id a file.
 */
export async function checkMember(check: MemberCheck, member: MemberDocument): Promise<ExtraRecord[]> {
  const { session, filters, seen, appFolders } = check;
  const { teamMemberId } = member;
  const actor = session.as({ kind: 'member', teamMemberId });
  /** What PipesHub lets the user read, and whether a page of Dropbox has shown it. */
  const granted = new Map<string, boolean>();
  for await (const { externalRecordId } of readableFiles(check, member)) granted.set(externalRecordId, false);
  /** What Dropbox has shown beyond that. */
  const notGranted = new Set<string>();
  for await (const page of visibleFiles(actor, member, filters, appFolders.get(teamMemberId) ?? [])) {
    const isShown = ({ itemId }: VisibleFile): boolean => granted.get(itemId) ?? notGranted.has(itemId);
    // Of a file that was shared singly, the page of its folder has said more.
    const files = page.filter((file) => file.namespaceId !== null || !isShown(file));
    const expected = files.filter(({ isExpected }) => isExpected);
    await compareRecords(check, expected);
    const unreadable = expected.filter(({ itemId }) => !granted.has(itemId));
    for (const { itemId } of files) {
      if (!seen.has(itemId)) seen.set(itemId, false);
      if (granted.has(itemId)) granted.set(itemId, true);
      else notGranted.add(itemId);
    }
    await reportUnreadable(check, member, unreadable);
  }
  return extraRecords(check, member, granted);
}

/** The files that PipesHub lets the member's user read. Several paths may lead to one. */
async function* readableFiles(
  { graph, connectorId }: Check,
  { userKey }: MemberDocument,
): AsyncGenerator<ReadableRecord> {
  if (userKey === null) return;
  for await (const batch of readableRecords(graph, userKey, connectorId))
    yield* batch.filter(({ isFolder }) => !isFolder);
}

/** The readable files that Dropbox does not show to the member. `granted`: by item id, whether it does. */
async function extraRecords(
  check: Check,
  member: MemberDocument,
  granted: ReadonlyMap<string, boolean>,
): Promise<ExtraRecord[]> {
  const extras = new Map<string, ExtraRecord>();
  if (!includes(granted.values(), false)) return [];
  // Read a second time, since the names of all files would take far more memory than their ids.
  for await (const { key, externalRecordId: itemId, name } of readableFiles(check, member)) {
    const { teamMemberId, email } = member;
    if (granted.get(itemId) === false) extras.set(key, { recordKey: key, itemId, name, member: teamMemberId, email });
  }
  return [...extras.values()];
}

function includes<T>(values: Iterable<T>, wanted: T): boolean {
  for (const value of values) if (value === wanted) return true;
  return false;
}

/** Reports the files that a member can read in Dropbox and their user can't read in PipesHub. */
async function reportUnreadable(
  check: MemberCheck,
  { teamMemberId, email, userKey }: MemberDocument,
  files: readonly VisibleFile[],
): Promise<void> {
  const { graph, connectorId, findings } = check;
  for (const part of chunks(files, FILES_PER_BATCH)) {
    const records = await storedItems(graph, connectorId, part);
    const stored = new Map(records.map((record) => [record.itemId, record]));
    const single = part.filter(({ itemId, namespaceId }) => namespaceId === null && !stored.has(itemId));
    const filtered = await filteredItems(check, single);
    for (const { itemId, name, namespaceId } of part) {
      if (filtered.has(itemId)) continue;
      const record = stored.get(itemId);
      const place = namespaceId === null ? '' : ` in ${namespaceId}`;
      if (!record) {
        findings.add({ kind: 'missing', text: `${name}${place} is not in the graph`, namespaceId, itemId });
      } else if (userKey !== null) {
        findings.add({
          kind: 'tooNarrow',
          text: `${email} can't read ${name}${place}, and can in Dropbox`,
          namespaceId: record.namespaces[0] ?? namespaceId,
          recordKey: record.recordKey,
          itemId,
          member: teamMemberId,
        });
      }
    }
  }
}

/**
 * The ids of those files, each shared with single members, that the connector's date filters leave out. Dropbox's list
 * of these files has no dates; the connector has stored them from the listing of the folder that contains the file.
 */
async function filteredItems(
  { graph, connectorId, filters }: MemberCheck,
  files: readonly VisibleFile[],
): Promise<Set<string>> {
  if (files.length === 0) return new Set();
  const itemIds = files.map(({ itemId }) => itemId);
  const entries = await readEntriesOfItems(graph, connectorId, itemIds);
  return new Set(entries.filter(({ facts }) => !passes(filters, facts)).map(({ itemId }) => itemId));
}

/** Compares the records of files that no earlier member showed in full with what Dropbox says of the files. */
async function compareRecords(
  { graph, connectorId, findings, seen }: MemberCheck,
  files: readonly VisibleFile[],
): Promise<void> {
  const pending = files.filter(({ itemId }) => seen.get(itemId) !== true);
  // Members are compared concurrently: the others leave these files out.
  for (const { itemId, revision } of pending) if (revision !== null) seen.set(itemId, true);
  for (const part of chunks(pending, FILES_PER_BATCH)) {
    const byItem = new Map(part.map((file) => [file.itemId, file]));
    // One file may have several records.
    for (const record of await storedItems(graph, connectorId, part)) {
      const file = byItem.get(record.itemId);
      for (const fault of file ? factsThatDiffer(record, file) : []) findings.addFault(record, fault);
    }
  }
}

function* factsThatDiffer(record: StoredItem, { name, revision, size }: VisibleFile): Generator<string> {
  // Dropbox does not report a renaming that only changes the case of letters: it waits for the next full sync.
  const isCalled = (given: string | null): boolean => given?.toLowerCase() === name.toLowerCase();
  if (!isCalled(record.name)) yield `is called ${name} in Dropbox`;
  else if (record.fileName !== null && !isCalled(record.fileName))
    yield `has a files document called ${record.fileName}`;
  if (revision !== null && record.revision !== revision) yield 'has another revision than in Dropbox';
  else if (size !== null && record.size !== size) yield `has ${record.size ?? 'no'} bytes instead of ${size}`;
}
