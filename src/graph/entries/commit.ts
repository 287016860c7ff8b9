import { ArangoError } from 'arangojs/errors';
import { namespaceKey } from '../../sync/keys';
import { planEntries } from '../../sync/plan';
import type { Segment } from '../../sync/segments';
import { inTransaction, type Graph, type Transaction } from '../driver/graph';
import { newDeadLetter } from '../state/deadLetters';
import { BATCH_COLLECTIONS, isNothing, writeBatch, type PageEnd } from './batch';
import {
  addCounts,
  assertStillOwner,
  keyOf,
  lostOwnership,
  noCommitCounts,
  type BatchOwner,
  type CommitContext,
  type CommitCounts,
} from './commitContext';
import { readBatchState, readEntries, readSubtree } from './entries';
import type { FileMembers } from './fileMembers';
import { removePaths } from './removal';
import { repointReplaced } from './repoint';
import {
  LIVE_GENERATION,
  noWrites,
  type BatchCounts,
  type BatchWrites,
  type Known,
  type KnownRecord,
} from '../../sync/planTypes';
import { parentPath, replacesFolder, type LiveEntry } from '../../sync/folderEntries';

export { addCounts, assertStillOwner, noCommitCounts, type CommitContext, type CommitCounts } from './commitContext';
export { removeEntries, removePaths } from './removal';

/** Thrown inside a transaction to leave it: something must be committed before this batch. */
class ClearFirst extends Error {
  constructor(readonly paths: string[]) {
    super('what lies below these paths has to go first');
  }
}

/** Thrown inside a transaction to leave it: the batch has to come after those beside it. */
class ReplacesAnotherItem extends Error {}

/**
 * Commits one segment of a page, in transactions of at most `batchSize` items; `end` is written in the last of them.
 * Committing the same segment again writes nothing but `end`.
 */
export async function commitSegment(
  context: CommitContext,
  segment: Segment,
  fileMembers: FileMembers,
  end?: PageEnd,
): Promise<CommitCounts> {
  return segment.kind === 'live'
    ? commitLive(context, segment.entries, fileMembers, end)
    : removePaths(context, segment.paths, 'with their roots', end);
}

/**
 * Commits entries while other batches of the same page are being committed. Without a result nothing is done: one of
 * them takes the place of something else, and what is to become of that shows only after the other batches.
 */
export async function commitConcurrently(
  context: CommitContext,
  segment: Segment,
  fileMembers: FileMembers,
): Promise<CommitCounts | undefined> {
  if (segment.kind !== 'live') return undefined;
  try {
    return await commitLive({ ...context, concurrent: true }, segment.entries, fileMembers);
  } catch (error) {
    if (error instanceof ReplacesAnotherItem) return undefined;
    throw error;
  }
}

/** Writes only the end of a page that has nothing else to write. */
export async function commitEnd(context: CommitContext, end: PageEnd): Promise<void> {
  await inTransaction(context.graph, BATCH_COLLECTIONS, async (tx) => {
    await assertStillOwner(context, tx);
    await writeBatch(tx, noWrites(), end);
  });
}

async function commitLive(
  context: CommitContext,
  entries: LiveEntry[],
  fileMembers: FileMembers,
  end?: PageEnd,
): Promise<CommitCounts> {
  try {
    const counts = await inTransaction(context.graph, BATCH_COLLECTIONS, (tx) =>
      planAndWrite(context, tx, entries, fileMembers, end),
    );
    context.onBatch();
    return { ...counts, deadLetters: 0 };
  } catch (error) {
    if (error instanceof ClearFirst) {
      const total = await removePaths(context, error.paths, 'below them');
      addCounts(total, await commitLive(context, entries, fileMembers, end));
      return total;
    }
    if (!isRefusalOfAnItem(error)) throw error;
    if (entries.length > 1) {
      const middle = Math.ceil(entries.length / 2);
      const total = await commitLive(context, entries.slice(0, middle), fileMembers);
      addCounts(total, await commitLive(context, entries.slice(middle), fileMembers, end));
      return total;
    }
    return sendToDeadLetters(context, entries[0] as LiveEntry, error.message, end);
  }
}

/** Thrown inside a transaction to leave it: what Dropbox says of an item can't be made into a record. */
class CannotBePlanned extends Error {
  constructor(cause: unknown) {
    super(`it can't be made into a record (${cause instanceof Error ? cause.message : String(cause)})`, { cause });
  }
}

/** Error numbers that speak of one document: key, type, schema, unique value. The rest speaks of the server. */
const ITEM_ERRORS = new Set([1210, 1216, 1221, 1226, 1227, 1233, 1620]);
const isRefusalOfAnItem = (error: unknown): error is ArangoError | CannotBePlanned =>
  error instanceof CannotBePlanned || (error instanceof ArangoError && ITEM_ERRORS.has(error.errorNum));

async function planAndWrite(
  context: CommitContext,
  tx: Transaction,
  entries: LiveEntry[],
  { principals, vertexOf }: FileMembers,
  end: PageEnd | undefined,
): Promise<BatchCounts> {
  const known = await readKnown(context, tx, entries);
  if (context.concurrent && replacesAnotherItem(context, entries, known)) throw new ReplacesAnotherItem();
  const covered = entries.filter((entry) => {
    const stored = known.entries.get(keyOf(context, entry.path_lower));
    return stored?.kind === 'folder' && replacesFolder(entry, context.namespace.namespaceId);
  });
  // "If there's something else at the path, replace it and remove all its children": a subtree may be larger than a batch.
  // A listing from the start sweeps what it has not seen when it has seen everything.
  if (covered.length > 0 && context.generation === LIVE_GENERATION) {
    const paths = covered.map((entry) => entry.path_lower ?? '');
    for (const path of paths) if (await hasChildren(context, tx, path)) throw new ClearFirst(paths);
  }
  const now = context.now();
  const writes = planned(entries, known, { ...context, now, explicit: principals, vertexOf });
  await repointReplaced(context, tx, known, now, writes);
  if (!isNothing(writes) || end) await writeBatch(tx, writes, end);
  return writes.counts;
}

/** Pure, so whatever it throws is about the entries: a batch of them is halved until the one is found. */
function planned(...args: Parameters<typeof planEntries>): BatchWrites {
  try {
    return planEntries(...args);
  } catch (error) {
    throw new CannotBePlanned(error);
  }
}

const replacesAnotherItem = (context: CommitContext, entries: LiveEntry[], { entries: stored }: Known): boolean =>
  entries.some(({ id, path_lower }) => (stored.get(keyOf(context, path_lower))?.itemId ?? id) !== id);

async function hasChildren(context: CommitContext, tx: Transaction, path: string): Promise<boolean> {
  const { connectorId, namespaceId } = context.namespace;
  return (await readSubtree(tx, connectorId, namespaceId, path, 1)).length > 0;
}

/** Everything stored that a batch touches, as its plan needs it. */
export async function readKnown(context: BatchOwner, graph: Graph, entries: LiveEntry[]): Promise<Known> {
  const { connectorId } = context.namespace;
  const entryKeys = entries.map((entry) => keyOf(context, entry.path_lower));
  const inBatch = new Set(entryKeys);
  const parentKeys = new Set<string>();
  for (const entry of entries) {
    const parent = parentPath(entry.path_lower ?? '');
    const key = keyOf(context, parent);
    if (parent !== '' && !inBatch.has(key)) parentKeys.add(key);
  }
  const state = await readBatchState(graph, {
    connectorId,
    entryKeys,
    itemIds: entries.map(({ id }) => id),
    parentKeys: [...parentKeys],
    folders: entries.flatMap((entry, at) =>
      entry['.tag'] === 'folder' ? [{ key: entryKeys[at] ?? '', itemId: entry.id }] : [],
    ),
    namespace: namespaceKey(connectorId, context.namespace.namespaceId),
  });
  if (context.attempt !== undefined && state.attempt !== context.attempt)
    throw lostOwnership(context.namespace.namespaceId);
  const records = new Map<string, KnownRecord>();
  for (const record of state.records) {
    // Of doubles, which another program may have made, the one that an entry points to stays. Where none does it is the
    // first one, as in PipesHub's own look-up.
    const known = records.get(record.record.externalRecordId);
    if (!known || (known.entries.length === 0 && record.entries.length > 0))
      records.set(record.record.externalRecordId, record);
  }
  return {
    entries: new Map(state.entries.map((entry) => [entry._key, entry])),
    parents: new Map(state.parents.map((entry) => [entry._key, entry])),
    records,
    children: state.children,
  };
}

/**
 * An item that can't be stored goes to the dead letters in the transaction that lets the cursor pass it. What is stored of
 * it was seen by this listing all the same: no sweep takes it.
 */
async function sendToDeadLetters(
  context: CommitContext,
  entry: LiveEntry,
  reason: string,
  end: PageEnd | undefined,
): Promise<CommitCounts> {
  const { connectorId, namespaceId } = context.namespace;
  const letter = newDeadLetter(connectorId, { kind: 'entry', namespaceId, subject: entry.id, reason }, context.now());
  await inTransaction(context.graph, BATCH_COLLECTIONS, async (tx) => {
    await assertStillOwner(context, tx);
    const stored = await readEntries(tx, [keyOf(context, entry.path_lower)]);
    const seen = stored.filter(({ itemId, mark }) => itemId === entry.id && mark !== context.generation);
    const entries = seen.map((one) => ({ ...one, mark: context.generation }));
    await writeBatch(tx, { ...noWrites(), entries, deadLetters: [letter] }, end);
  });
  return { ...noCommitCounts(), deadLetters: 1 };
}
