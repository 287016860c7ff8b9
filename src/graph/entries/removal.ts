import type { EntryDocument } from '../../sync/documents';
import { planOrphan, touched } from '../../sync/hierarchyEdges';
import { inTransaction } from '../driver/graph';
import { BATCH_COLLECTIONS, writeBatch, type PageEnd } from './batch';
import {
  addCounts,
  assertStillOwner,
  keyOf,
  noCommitCounts,
  type CommitContext,
  type CommitCounts,
} from './commitContext';
import { readEntries, readRecords, readSubtree } from './entries';
import { describedByAny, repoint } from './repoint';
import { noWrites } from '../../sync/planTypes';

/**
 * Removes the entries at or below paths. A deleted entry "may or may not be followed by deletions of its descendants",
 * so each stands for its whole subtree. Records that nothing points to any more wait in dropboxDetached.
 */
export async function removePaths(
  context: CommitContext,
  paths: readonly string[],
  what: 'with their roots' | 'below them',
  end?: PageEnd,
): Promise<CommitCounts> {
  const total = noCommitCounts();
  const roots =
    what === 'with their roots'
      ? await readEntries(
          context.graph,
          paths.map((path) => keyOf(context, path)),
        )
      : [];
  let pending: EntryDocument[] = roots;
  let ended = end === undefined;
  for (let at = 0; at < paths.length || pending.length > 0;) {
    while (at < paths.length && pending.length <= context.batchSize) {
      const below = await belowPath(context, paths[at] ?? '', pending);
      pending.push(...below.entries);
      if (below.more) break;
      at += 1;
    }
    const chunk = pending.slice(0, context.batchSize);
    pending = pending.slice(context.batchSize);
    const isLast = at >= paths.length && pending.length === 0;
    addCounts(total, await removeEntries(context, chunk, isLast ? end : undefined));
    ended ||= isLast;
  }
  if (!ended) await removeEntries(context, [], end);
  return total;
}

/** The next entries below a path that are not pending already. */
async function belowPath(
  context: CommitContext,
  path: string,
  pending: EntryDocument[],
): Promise<{ entries: EntryDocument[]; more: boolean }> {
  const { connectorId, namespaceId } = context.namespace;
  const held = new Set(pending.map(({ _key }) => _key));
  const limit = context.batchSize + held.size + 1;
  const found = await readSubtree(context.graph, connectorId, namespaceId, path, limit);
  return { entries: found.filter(({ _key }) => !held.has(_key)), more: found.length === limit };
}

/** Removes these entries in one transaction, and lets go of the records that only they pointed to. */
export async function removeEntries(
  context: CommitContext,
  entries: readonly Pick<EntryDocument, '_key' | 'recordKey' | 'path'>[],
  end?: PageEnd,
): Promise<CommitCounts> {
  if (entries.length === 0 && !end) return noCommitCounts();
  const { graph, namespace, runId } = context;
  const keys = new Set(entries.map(({ _key }) => _key));
  const counts = await inTransaction(graph, BATCH_COLLECTIONS, async (tx) => {
    await assertStillOwner(context, tx);
    const writes = noWrites();
    const now = context.now();
    const recordKeys = new Set(entries.flatMap(({ recordKey }) => (recordKey === null ? [] : [recordKey])));
    const records = recordKeys.size > 0 ? await readRecords(tx, [...recordKeys]) : [];
    for (const known of records) {
      const others = known.entries.filter(({ _key }) => !keys.has(_key));
      if (others.length === 0) planOrphan(known, keys, { namespace, now, runId }, writes);
      else {
        writes.records.push(touched(known.record._key, now));
        if (describedByAny(known, entries, namespace)) await repoint(context, tx, known, others, now, writes);
      }
    }
    writes.remove.entries.push(...keys);
    await writeBatch(tx, writes, end);
    return writes.counts;
  });
  context.onBatch();
  return { ...counts, deadLetters: 0 };
}
