import { planOrphan } from '../../sync/hierarchyEdges';
import { noWrites, type BatchCounts } from '../../sync/planTypes';
import type { EntryDocument } from '../../sync/syncDocuments';
import { inTransaction, type Transaction } from '../driver/graph';
import { BATCH_COLLECTIONS, writeBatch, type PageEnd } from './batch';
import {
  addCounts,
  assertStillOwner,
  keyOf,
  noCommitCounts,
  reported,
  type CommitContext,
  type CommitCounts,
} from './commitContext';
import { readEntries, readRecords, readSubtree } from './entries';
import { repoint } from './repoint';

/**
 * Removes the entries at paths and below them, in transactions of at most `batchSize` entries, and writes `end` in the
 * last of them. A deleted entry "may or may not be followed by deletions of its descendants", so it stands for its
 * whole subtree.
 */
export async function removePaths(
  context: CommitContext,
  paths: readonly string[],
  what: 'with their roots' | 'below them',
  end?: PageEnd,
): Promise<CommitCounts> {
  const total = noCommitCounts();
  const rootKeys = what === 'with their roots' ? paths.map((path) => keyOf(context, path)) : [];
  let pending = rootKeys.length > 0 ? await readEntries(context.graph, rootKeys) : [];
  let isEndWritten = end === undefined;
  for (let at = 0; at < paths.length || pending.length > 0;) {
    while (at < paths.length && pending.length <= context.batchSize) {
      const below = await belowPath(context, paths[at] ?? '', pending);
      pending.push(...below.entries);
      if (below.more) break;
      at += 1;
    }
    const batch = pending.slice(0, context.batchSize);
    pending = pending.slice(context.batchSize);
    const isLast = at >= paths.length && pending.length === 0;
    addCounts(total, await removeEntries(context, batch, isLast ? end : undefined));
    isEndWritten ||= isLast;
  }
  if (!isEndWritten) await removeEntries(context, [], end);
  return total;
}

async function belowPath(
  context: CommitContext,
  path: string,
  pending: EntryDocument[],
): Promise<{ entries: EntryDocument[]; more: boolean }> {
  const { connectorId, namespaceId } = context.namespace;
  const pendingKeys = new Set(pending.map(({ _key }) => _key));
  const limit = context.batchSize + pendingKeys.size + 1;
  const found = await readSubtree(context.graph, { connectorId, namespaceId, path }, { limit });
  return { entries: found.filter(({ _key }) => !pendingKeys.has(_key)), more: found.length === limit };
}

/** Removes entries in one transaction, and orphans the records that only they pointed to. */
export async function removeEntries(
  context: CommitContext,
  entries: readonly Pick<EntryDocument, '_key' | 'recordKey' | 'path'>[],
  end?: PageEnd,
): Promise<CommitCounts> {
  if (entries.length === 0 && !end) return noCommitCounts();
  const { graph, namespace, runId } = context;
  const keys = new Set(entries.map(({ _key }) => _key));
  const remove = async (tx: Transaction): Promise<BatchCounts> => {
    await assertStillOwner(context, tx);
    const writes = noWrites();
    const now = context.now();
    const recordKeys = new Set(entries.flatMap(({ recordKey }) => recordKey ?? []));
    const records = recordKeys.size > 0 ? await readRecords(tx, [...recordKeys]) : [];
    for (const known of records) {
      const staying = known.entries.filter(({ _key }) => !keys.has(_key));
      if (staying.length === 0) planOrphan(known, keys, { namespace, now, runId }, writes);
      else await repoint(context, tx, known, { leaving: entries, staying }, { now, writes });
    }
    writes.remove.entries.push(...keys);
    await writeBatch(tx, writes, end);
    return writes.counts;
  };
  const counts = await reported(context.onBatch, entries.length, () => inTransaction(graph, BATCH_COLLECTIONS, remove));
  return { ...counts, deadLetters: 0 };
}
