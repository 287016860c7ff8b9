import { chunks } from '../../chunks';
import { foreignEdges, pipesHubEdges } from './collections';
import { collectionNames } from './database';
import { inTransaction, type StandaloneGraph, type Transaction } from './graph';
import { defineQuery, type Query } from './query';

/** Vertices in one look-up. */
const VERTICES_PER_QUERY = 200;
/** Edges that one transaction of `removeAllEdgesOf` removes: a few MB. The server's limit is 128 MB. */
const EDGES_PER_TRANSACTION = 5000;

interface Vars extends Record<string, unknown> {
  vertices: string[];
  limit: number;
}

/** One query for each collection that may hold edges of a vertex, since a query names its collections. */
const edgesTouching = new Map<string, Query<Vars, string>>(
  [...pipesHubEdges, ...foreignEdges].map((collection) => [
    collection,
    defineQuery<Vars, string>(
      `edges.touching.${collection}`,
      `FOR vertex IN @vertices
         FOR edge IN ${collection}
           FILTER edge._from == vertex OR edge._to == vertex
           LIMIT @limit
           RETURN DISTINCT edge._key`,
      { vertices: ['records/key'], limit: 10 },
    ),
  ]),
);

/** The existing collections that may hold edges of a vertex. A transaction that removes a vertex declares them. */
export async function edgeCollections(graph: StandaloneGraph): Promise<string[]> {
  const existing = await collectionNames(graph.database);
  return [...edgesTouching.keys()].filter((name) => existing.has(name));
}

/** Removes the edges from or to these vertices in the named collections, and returns how many there were. */
export async function removeEdgesOf(
  tx: Transaction,
  collections: readonly string[],
  vertices: readonly string[],
  limit = Number.MAX_SAFE_INTEGER,
): Promise<number> {
  let removed = 0;
  for (const collection of collections) {
    const query = edgesTouching.get(collection);
    if (query === undefined) throw new Error(`no query finds the edges of a vertex in ${collection}`);
    for (const part of chunks(vertices, VERTICES_PER_QUERY)) {
      const keys = await tx.run(query, { vertices: part, limit });
      removed += await tx.removeAll(collection, keys);
    }
  }
  return removed;
}

/** Removes all edges of one vertex in bounded transactions, and returns how many there were. */
export async function removeAllEdgesOf(graph: StandaloneGraph, collection: string, vertex: string): Promise<number> {
  let removed = 0;
  const limit = EDGES_PER_TRANSACTION;
  for (let last = limit; last === limit; removed += last) {
    last = await inTransaction(graph, [collection], (tx) => removeEdgesOf(tx, [collection], [vertex], limit));
  }
  return removed;
}
