import { chunks } from '../../chunks';
import { foreignEdges, pipesHubEdges } from './collections';
import { collectionNames } from './database';
import type { StandaloneGraph, Transaction } from './graph';
import { defineQuery, type Query } from './query';

/** Vertices in one look-up. */
const VERTICES_PER_QUERY = 200;

/** One query for each collection that may hold edges of a vertex, since a query names its collections. */
const edgesTouching = new Map<string, Query<{ vertices: string[] }, string>>(
  [...pipesHubEdges, ...foreignEdges].map((collection) => [
    collection,
    defineQuery<{ vertices: string[] }, string>(
      `edges.touching.${collection}`,
      `FOR vertex IN @vertices
         FOR edge IN ${collection}
           FILTER edge._from == vertex OR edge._to == vertex
           RETURN DISTINCT edge._key`,
      { vertices: ['records/key'] },
    ),
  ]),
);

/**
 * The edge collections of this database that may hold edges of a vertex. A transaction that removes a vertex declares
 * them.
 */
export async function edgeCollections(graph: StandaloneGraph): Promise<string[]> {
  const existing = await collectionNames(graph.database);
  return [...edgesTouching.keys()].filter((name) => existing.has(name));
}

/** Removes every edge from or to these vertices in the named collections, and returns how many there were. */
export async function removeEdgesOf(
  tx: Transaction,
  collections: readonly string[],
  vertices: readonly string[],
): Promise<number> {
  let removed = 0;
  for (const collection of collections) {
    const query = edgesTouching.get(collection);
    if (query === undefined) throw new Error(`no query finds the edges of a vertex in ${collection}`);
    for (const part of chunks(vertices, VERTICES_PER_QUERY)) {
      const keys = await tx.run(query, { vertices: part });
      if (keys.length > 0) removed += await tx.removeAll(collection, keys);
    }
  }
  return removed;
}
