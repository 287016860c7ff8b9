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

interface RemovedVertex {
  permissions: number;
  documents: number;
}

/**
 * Removes a document and its edges in the named collections, in bounded transactions. The document goes with the last
 * edges, in one transaction: another writer can't leave an edge to nothing.
 */
export async function removeWithEdges(
  graph: StandaloneGraph,
  collection: 'groups' | 'recordGroups',
  key: string,
  edgesIn: readonly (keyof typeof queries)[],
): Promise<RemovedVertex> {
  const removed = { permissions: 0, documents: 0 };
  for (;;) {
    const part = await inTransaction(graph, [collection, ...edgesIn], async (tx) => {
      let permissions = 0;
      let room = EDGES_PER_TRANSACTION;
      for (const name of edgesIn) {
        const edges = await tx.run(queries[name], { vertex: `${collection}/${key}`, limit: room });
        const number = await tx.removeAll(name, edges);
        if (name === 'permission') permissions = number;
        room -= edges.length;
        if (room === 0) return { permissions, isLast: false, documents: 0 };
      }
      return { permissions, isLast: true, documents: await tx.removeAll(collection, [key]) };
    });
    removed.permissions += part.permissions;
    removed.documents += part.documents;
    if (part.isLast) return removed;
  }
}
