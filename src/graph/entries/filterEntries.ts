import { planOrphan } from '../../sync/hierarchyEdges';
import { noWrites, type BatchCounts } from '../../sync/planTypes';
import type { EntryDocument } from '../../sync/syncDocuments';
import { inTransaction, type Transaction } from '../driver/graph';
import { BATCH_COLLECTIONS, writeBatch } from './batch';
import { reported, type CommitContext, type CommitCounts } from './commitContext';
import { readRecords } from './entries';

/**
 * Takes the records away from entries that changed filters refuse, which orphans the records. The entries stay, so that
 * a later change of the filters needs no listing to find them. A repeat changes nothing.
 */
export async function dropRecords(context: CommitContext, entries: readonly EntryDocument[]): Promise<CommitCounts> {
  const { graph, namespace, runId } = context;
  const keys = new Set(entries.map(({ _key }) => _key));
  const drop = async (tx: Transaction): Promise<BatchCounts> => {
    const writes = noWrites();
    const records = await readRecords(tx, [...new Set(entries.flatMap(({ recordKey }) => recordKey ?? []))]);
    for (const known of records) planOrphan(known, keys, { namespace, now: context.now(), runId }, writes);
    writes.entries.push(...entries.map((entry) => ({ ...entry, recordKey: null })));
    await writeBatch(tx, writes);
    return writes.counts;
  };
  const counts = await reported(context.onBatch, entries.length, () => inTransaction(graph, BATCH_COLLECTIONS, drop));
  return { ...counts, deadLetters: 0 };
}
