import { inTransaction, type StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';

/** Edges that one transaction removes: a few MB. The server's limit for a transaction is 128 MB. */
const EDGES_PER_TRANSACTION = 5000;

const edgesTouching = (collection: string) =>
  defineQuery<{ vertex: string; limit: number }, string>(
    `removeEdges.${collection}`,
    `FOR edge IN ${collection}
       FILTER edge._from == @vertex OR edge._to == @vertex
       LIMIT @limit
       RETURN edge._key`,
    { vertex: 'groups/key', limit: 10 },
  );
const queries = {
  permission: edgesTouching('permission'),
  inheritPermissions: edgesTouching('inheritPermissions'),
  belongsTo: edgesTouching('belongsTo'),
};

/** Removes the edges of one vertex in bounded transactions, and returns how many there were. */
export async function removeEdges(
  graph: StandaloneGraph,
  collection: keyof typeof queries,
  vertex: string,
): Promise<number> {
  let removed = 0;
  for (let found = EDGES_PER_TRANSACTION; found === EDGES_PER_TRANSACTION;) {
    removed += await inTransaction(graph, [collection], async (tx) => {
      const edges = await tx.run(queries[collection], { vertex, limit: EDGES_PER_TRANSACTION });
      found = edges.length;
      return tx.removeAll(collection, edges);
    });
  }
  return removed;
}
