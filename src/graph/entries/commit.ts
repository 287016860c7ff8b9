import { messageOf } from '../../failures';
import { parentPath, replacesFolder, type LiveEntry } from '../../sync/folderEntries';
import { namespaceKey } from '../../sync/keys';
import { planEntries } from '../../sync/plan';
import {
  LIVE_GENERATION,
  nothingKnown,
  noWrites,
  type BatchCounts,
  type BatchWrites,
  type Known,
  type KnownRecord,
} from '../../sync/planTypes';
import type { Segment } from '../../sync/segments';
import { isDocumentRefused } from '../driver/errors';
import { inTransaction, type Graph, type Transaction } from '../driver/graph';
import { newDeadLetter } from '../state/deadLetters';
import {
  BATCH_COLLECTIONS,
  isNothing,
  nothingGuessed,
  removesSomething,
  writeBatch,
  writeIfUnchanged,
  type PageEnd,
  type Revisions,
  type Seen,
} from './batch';
import {
  addCounts,
  assertStillOwner,
  keyOf,
  lostOwnership,
  noCommitCounts,
  reported,
  type BatchOwner,
  type CommitContext,
  type CommitCounts,
} from './commitContext';
import { readBatchState, readEntriesOfItems, readSubtree } from './entries';
import { noFileMembers, type FileMembers } from './fileMembers';
import { removePaths } from './removal';
import { repointReplaced } from './repoint';

type KnownContext = BatchOwner & Pick<CommitContext, 'generation'>;

/** Entries that exist in Dropbox, committed in one transaction. */
interface LiveBatch {
  entries: LiveEntry[];
  fileMembers: FileMembers;
  /** Present in the last batch of a page only. */
  end: PageEnd | undefined;
  /** Whether other batches of the page are committed at the same time. */
  isConcurrent: boolean;
}

/**
 * Commits a segment of a page in transactions of at most `batchSize` items. `end` holds the cursor of the page, and is
 * written in the last of them, so that the cursor never passes items that are not stored. A repeat writes only `end`.
 */
export async function commitSegment(
  context: CommitContext,
  segment: Segment,
  fileMembers: FileMembers,
  end?: PageEnd,
): Promise<CommitCounts> {
  return segment.kind === 'live'
    ? commitLive(context, { entries: segment.entries, fileMembers, end, isConcurrent: false })
    : removePaths(context, segment.paths, 'with their roots', end);
}

/**
 * Commits a segment while other segments of the same page are being committed. Returns undefined and writes nothing if
 * an entry takes the path of another item: only the other segments show whether that item has moved or is gone. The
 * caller then commits the segment after them.
 */
export async function commitConcurrently(
  context: CommitContext,
  segment: Segment,
  fileMembers: FileMembers,
): Promise<CommitCounts | undefined> {
  if (segment.kind !== 'live') return undefined;
  try {
    return await commitLive(context, { entries: segment.entries, fileMembers, end: undefined, isConcurrent: true });
  } catch (error) {
    if (error instanceof ReplacesAnotherItem) return undefined;
    throw error;
  }
}

/** Writes the end of a page that has no segments, such as a page without entries. */
export async function commitEnd(context: CommitContext, end: PageEnd): Promise<void> {
  await commitLive(context, { entries: [], fileMembers: noFileMembers, end, isConcurrent: false });
}

/** Thrown to abort a transaction: the subtrees below these paths have to be removed before the batch is committed. */
class SubtreesInTheWay extends Error {
  constructor(readonly paths: string[]) {
    super('the subtrees below these paths have to be removed first');
  }
}

/** Thrown to abort a transaction: the batch has to be committed after those that are concurrent with it. */
class ReplacesAnotherItem extends Error {}

/** Thrown to abort a transaction: an entry of Dropbox can't be mapped to a record. */
class UnmappableEntry extends Error {
  constructor(cause: unknown) {
    super(`it can't be made into a record (${messageOf(cause)})`, { cause });
  }
}

/** Whether an error is about one entry of a batch, so that the others can still be committed. */
const isItemError = (error: unknown): error is Error => error instanceof UnmappableEntry || isDocumentRefused(error);

/**
 * Commits a batch in the cheapest way that works: in one request, planned on a guess of what is stored; in two, planned on
 * a look-up; in a transaction. When the server refuses one of its items, the batch is divided, and the item becomes a dead
 * letter.
 */
async function commitLive(context: CommitContext, batch: LiveBatch): Promise<CommitCounts> {
  const { entries } = batch;
  try {
    const counts = await reported(
      context.onBatch,
      entries.length,
      async () =>
        (await commitAsGuessed(context, batch)) ??
        (await commitWithLookUp(context, batch)) ??
        (await inTransaction(context.graph, BATCH_COLLECTIONS, (tx) => planAndWrite(context, tx, batch))),
    );
    return { ...counts, deadLetters: 0 };
  } catch (error) {
    if (error instanceof SubtreesInTheWay) {
      const total = await removePaths(context, error.paths, 'below them');
      addCounts(total, await commitLive(context, batch));
      return total;
    }
    if (!isItemError(error) || entries.length === 0) throw error;
    if (entries.length > 1) {
      // The error does not say which entry it is about, so the batch is halved until only that entry is left.
      const middle = Math.ceil(entries.length / 2);
      const total = await commitLive(context, { ...batch, entries: entries.slice(0, middle), end: undefined });
      addCounts(total, await commitLive(context, { ...batch, entries: entries.slice(middle) }));
      return total;
    }
    return sendToDeadLetters(context, entries[0] as LiveEntry, error.message, batch.end);
  }
}

/**
 * Commits a batch in one request, on the guess that nothing of it is stored. Returns undefined and writes nothing if
 * the guess is wrong or too unlikely, or if another writer was faster.
 */
async function commitAsGuessed(context: CommitContext, batch: LiveBatch): Promise<BatchCounts | undefined> {
  const { guess } = context;
  const { entries } = batch;
  const known = entries.length === 0 ? nothingKnown() : guess?.ofBatch(entries, (path) => keyOf(context, path));
  if (!known) return undefined;
  const writes = plannedBatch(context, batch, known, context.now());
  const folders = entries
    .filter((entry) => entry['.tag'] === 'folder')
    .map(({ path_lower }) => keyOf(context, path_lower));
  const guessed = {
    items: entries.map(({ id }) => id),
    empty: [...folders, ...replacingKeys(context, entries)],
    parents: Object.fromEntries([...known.parents].map(([key, { _key, ...parent }]) => [key, parent])),
  };
  if (await writeOnce(context, batch, { writes, known, guessed })) return writes.counts;
  guess?.forget();
  return undefined;
}

/**
 * Commits a batch that only adds and changes in two requests: the look-up, and one write that is a transaction of its
 * own. Returns undefined and writes nothing if another writer was faster, and for a batch that needs a transaction: one
 * that takes the path of another item, takes an entry's record away, or removes something.
 */
async function commitWithLookUp(context: CommitContext, batch: LiveBatch): Promise<BatchCounts | undefined> {
  const { entries, end, isConcurrent } = batch;
  const known = await readKnown(context, context.graph, entries);
  context.guess?.learn(known);
  if (replacesAnotherItem(entries, known) || known.occupied?.size) {
    if (isConcurrent) throw new ReplacesAnotherItem();
    return undefined;
  }
  const writes = plannedBatch(context, batch, known, context.now());
  if (isNothing(writes) && !end) return writes.counts;
  if (removesSomething(writes) || takesRecordAway(writes, known)) return undefined;
  return (await writeOnce(context, batch, { writes, known, guessed: nothingGuessed() })) ? writes.counts : undefined;
}

/** Writes a batch in one request, unless something that it was planned on has changed. */
async function writeOnce(
  { graph, namespace: { connectorId, namespaceId }, attempt, guess }: CommitContext,
  { end }: LiveBatch,
  { writes, known, guessed }: { writes: BatchWrites; known: Known; guessed: Seen['guessed'] },
): Promise<boolean> {
  const isWritten = await writeIfUnchanged(graph, writes, end, {
    connectorId,
    namespace: namespaceKey(connectorId, namespaceId),
    attempt: attempt ?? null,
    syncPoint: end?.syncPoint._key ?? null,
    cursor: end?.cursorBefore ?? null,
    revisions: revisionsOf(writes, known),
    guessed,
  });
  if (isWritten) guess?.stored(writes.entries);
  return isWritten;
}

/** The revisions in which the documents to be written were read, as far as they are stored already. */
function revisionsOf({ records, files, entries }: BatchWrites, known: Known): Revisions {
  const ofRecords = new Map<string, string | undefined>();
  const ofFiles = new Map<string, string | undefined>();
  for (const { recordKey, revision } of known.children) ofRecords.set(recordKey, revision);
  for (const { record, file } of known.records.values()) {
    ofRecords.set(record._key, record._rev);
    if (file) ofFiles.set(file._key, file._rev);
  }
  const revisions = (written: readonly { _key: string }[], of: (key: string) => string | undefined) =>
    Object.fromEntries(
      written.flatMap(({ _key }) => {
        const revision = of(_key);
        return revision === undefined ? [] : [[_key, revision]];
      }),
    );
  return {
    records: revisions(records, (key) => ofRecords.get(key)),
    files: revisions(files, (key) => ofFiles.get(key)),
    entries: revisions(entries, (key) => known.entries.get(key)?._rev),
  };
}

async function planAndWrite(context: CommitContext, tx: Transaction, batch: LiveBatch): Promise<BatchCounts> {
  const { entries, end, isConcurrent } = batch;
  const { connectorId, namespaceId } = context.namespace;
  const known = await readKnown(context, tx, entries);
  if (isConcurrent && replacesAnotherItem(entries, known)) throw new ReplacesAnotherItem();
  const replacedFolders = entries.filter((entry) => {
    const key = keyOf(context, entry.path_lower);
    const isFolder = known.entries.get(key)?.kind === 'folder' || known.occupied?.has(key);
    return isFolder && replacesFolder(entry, namespaceId);
  });
  // Dropbox says of such an entry: "If there's something else at the path, replace it and remove all its children". The
  // children may be more than fit into this transaction, so they are removed in others before it. A listing from the
  // start need not do so: the sweep at its end removes every entry that it has not seen.
  if (replacedFolders.length > 0 && context.generation === LIVE_GENERATION) {
    const paths = replacedFolders.map((entry) => entry.path_lower);
    for (const path of paths) {
      const [inside] = await readSubtree(tx, { connectorId, namespaceId, path }, { limit: 1 });
      if (inside) throw new SubtreesInTheWay(paths);
    }
  }
  const now = context.now();
  const writes = plannedBatch(context, batch, known, now);
  await repointReplaced(context, tx, known, { now, writes });
  if (!isNothing(writes) || end) await writeBatch(tx, writes, end);
  return writes.counts;
}

/** Plans a batch. Planning is pure, so any error in it is about one of the entries. */
function plannedBatch(
  context: CommitContext,
  { entries, fileMembers: { principals: explicit, vertexOf, due } }: LiveBatch,
  known: Known,
  now: number,
): BatchWrites {
  try {
    return planEntries(entries, known, { ...context, now, explicit, vertexOf, due });
  } catch (error) {
    throw new UnmappableEntry(error);
  }
}

/** Whether another item than the entry's own is stored at the path of an entry. */
function replacesAnotherItem(entries: readonly LiveEntry[], { entries: stored }: Known): boolean {
  if (stored.size === 0) return false;
  const itemAt = new Map(entries.map(({ id, path_lower }) => [path_lower, id]));
  return [...stored.values()].some(({ path, itemId }) => itemAt.get(path) !== itemId);
}

/** Whether an entry no longer points to the record that it pointed to. */
const takesRecordAway = (writes: BatchWrites, { entries: stored }: Known): boolean =>
  writes.entries.some(({ _key, recordKey }) => (stored.get(_key)?.recordKey ?? recordKey) !== recordKey);

/**
 * Reads what is stored of the entries of a batch, their records and their parent folders: everything that its plan
 * needs. @throws GraphConflict if another attempt has taken over the namespace
 */
export async function readKnown(context: KnownContext, graph: Graph, entries: LiveEntry[]): Promise<Known> {
  const { connectorId, namespaceId } = context.namespace;
  const entryKeys = entries.map((entry) => keyOf(context, entry.path_lower));
  const inBatch = new Set(entryKeys);
  const parents = new Set(entries.map(({ path_lower }) => parentPath(path_lower)).filter((path) => path !== ''));
  const parentKeys = new Set([...parents].map((path) => keyOf(context, path)).filter((key) => !inBatch.has(key)));
  const state = await readBatchState(graph, {
    connectorId,
    namespace: namespaceKey(connectorId, namespaceId),
    entryKeys,
    itemIds: entries.map(({ id }) => id),
    parentKeys: [...parentKeys],
    replacing: replacingKeys(context, entries),
    folders: entries.flatMap((entry, at) =>
      entry['.tag'] === 'folder' ? [{ key: entryKeys[at] ?? '', itemId: entry.id }] : [],
    ),
  });
  if (context.attempt !== undefined && state.attempt !== context.attempt) throw lostOwnership(namespaceId);
  const records = new Map<string, KnownRecord>();
  for (const record of state.records) {
    // Another program may have created several records of one item. The plan uses the one that an entry points to. If
    // there is none, it uses the first one, as PipesHub's own look-up does.
    const known = records.get(record.record.externalRecordId);
    if (!known || (known.entries.length === 0 && record.entries.length > 0))
      records.set(record.record.externalRecordId, record);
  }
  return {
    entries: new Map(state.entries.map((entry) => [entry._key, entry])),
    parents: new Map(state.parents.map((entry) => [entry._key, entry])),
    records,
    children: state.children,
    ...(state.occupied.length > 0 ? { occupied: new Set(state.occupied) } : {}),
  };
}

/**
 * Keys of the entries that leave nothing below their paths. None in a listing from the start, whose sweep removes what it
 * has not seen.
 */
const replacingKeys = (context: KnownContext, entries: readonly LiveEntry[]): string[] =>
  context.generation === LIVE_GENERATION
    ? entries
        .filter((entry) => replacesFolder(entry, context.namespace.namespaceId))
        .map(({ path_lower }) => keyOf(context, path_lower))
    : [];

/**
 * Stores a dead letter for an entry that can't be committed, so that the cursor can pass it. If an earlier version of
 * the item is stored, also at another path, its entry gets the generation of this listing: an item that exists is not
 * swept, and the listing does not count as short for it.
 */
async function sendToDeadLetters(
  context: CommitContext,
  entry: LiveEntry,
  reason: string,
  end: PageEnd | undefined,
): Promise<CommitCounts> {
  const { connectorId, namespaceId } = context.namespace;
  const failed = { kind: 'entry' as const, namespaceId, subject: entry.id, reason };
  const deadLetter = newDeadLetter(connectorId, failed, context.now());
  await inTransaction(context.graph, BATCH_COLLECTIONS, async (tx) => {
    await assertStillOwner(context, tx);
    const stored = await readEntriesOfItems(tx, connectorId, [entry.id]);
    const seen = stored.filter((one) => one.namespaceId === namespaceId && one.mark !== context.generation);
    const entries = seen.map((one) => ({ ...one, mark: context.generation }));
    await writeBatch(tx, { ...noWrites(), entries, deadLetters: [deadLetter] }, end);
  });
  return { ...noCommitCounts(), deadLetters: 1 };
}
