import { foreignEdges, pipesHubEdges } from './collections';
import { collectionNames } from './database';
import { defineQuery, type Query } from './query';
import { chunks } from '../../chunks';
import type { Graph, StandaloneGraph } from './graph';

/** Vertices of one look-up. */
const VERTICES_PER_QUERY = 200;

/** One query for each collection that may hold edges of a vertex: a query names its collections. */
const touching = new Map<string, Query<{ vertices: string[] }, string>>(
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

/** The edge collections of this database that have to be swept when a vertex goes; a transaction declares them. */
export async function edgeCollections(graph: StandaloneGraph): Promise<string[]> {
  const existing = await collectionNames(graph.database);
  return [...touching.keys()].filter((name) => existing.has(name));
}

/** Removes every edge from or to these vertices in the named collections, and tells how many. */
export async function removeEdgesOf(
  graph: Graph,
  collections: readonly string[],
  vertices: readonly string[],
): Promise<number> {
  let removed = 0;
  for (const collection of collections) {
    const query = touching.get(collection);
    if (query === undefined) throw new Error(`${collection} is no edge collection that is swept`);
    for (const part of chunks(vertices, VERTICES_PER_QUERY)) {
      const keys = await graph.run(query, { vertices: part });
      if (keys.length > 0) removed += await graph.removeAll(collection, keys);
    }
  }
  return removed;
}
