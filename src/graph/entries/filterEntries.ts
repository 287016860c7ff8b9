import type { EntryDocument } from '../../sync/documents';
import { planOrphan } from '../../sync/hierarchyEdges';
import { noWrites } from '../../sync/planTypes';
import { inTransaction } from '../driver/graph';
import { BATCH_COLLECTIONS, writeBatch } from './batch';
import type { CommitContext, CommitCounts } from './commitContext';
import { readRecords } from './entries';

/**
 * Takes the records away from entries that changed filters refuse, which orphans the records. The entries stay, so that
 * a later change of the filters needs no listing to find them. A repeat changes nothing.
 */
export async function dropRecords(context: CommitContext, entries: readonly EntryDocument[]): Promise<CommitCounts> {
  const { graph, namespace, runId } = context;
  const keys = new Set(entries.map(({ _key }) => _key));
  const counts = await inTransaction(graph, BATCH_COLLECTIONS, async (tx) => {
    const writes = noWrites();
    const records = await readRecords(tx, [...new Set(entries.flatMap(({ recordKey }) => recordKey ?? []))]);
    for (const known of records) planOrphan(known, keys, { namespace, now: context.now(), runId }, writes);
    writes.entries.push(...entries.map((entry) => ({ ...entry, recordKey: null })));
    await writeBatch(tx, writes);
    return writes.counts;
  });
  context.onBatch();
  return { ...counts, deadLetters: 0 };
}
