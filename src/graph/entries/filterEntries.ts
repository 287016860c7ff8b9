import type { EntryDocument } from '../../sync/documents';
import { planOrphan } from '../../sync/hierarchyEdges';
import { subtreeRange } from '../../sync/keys';
import { noWrites } from '../../sync/planTypes';
import { inTransaction, type Graph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { BATCH_COLLECTIONS, writeBatch } from './batch';
import type { CommitContext, CommitCounts } from './commitContext';
import { readRecords } from './entries';

const entryPage = defineQuery<
  { connectorId: string; namespaceId: string; lower: string; upper: string; after: string; limit: number },
  EntryDocument
>(
  'filterEntries.page',
  `
FOR e IN dropboxEntries
  FILTER e.connectorId == @connectorId AND e.namespaceId == @namespaceId
  FILTER e.position > @after AND e.position >= @lower AND e.position < @upper
  SORT e.position
  LIMIT @limit
  RETURN UNSET(e, "_id", "_rev")`,
  { connectorId: 'c', namespaceId: '1', lower: '2f', upper: '30', after: '', limit: 1000 },
);

const PAGE = 1000;

/** All entries of a namespace, sorted by path, in pages. */
export async function* walkEntries(
  graph: Graph,
  connectorId: string,
  namespaceId: string,
): AsyncGenerator<EntryDocument[]> {
  for (let after = ''; ;) {
    const page = await graph.run(entryPage, { connectorId, namespaceId, ...subtreeRange(''), after, limit: PAGE });
    const last = page.at(-1);
    if (!last) return;
    yield page;
    if (page.length < PAGE) return;
    after = last.position;
  }
}

/**
 * Orphans the records of entries that the filters no longer accept, in one transaction. The entries stay, so that
 * filters that change later are applied to them without a listing. A repeat changes nothing.
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
