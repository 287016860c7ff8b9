import { chunks } from '../../chunks';
import { foreignEdges, pipesHubEdges } from './collections';
import { collectionNames } from './database';
import { inTransaction, type StandaloneGraph, type Transaction } from './graph';
import { defineQuery, type Query } from './query';

/** Vertices in one look-up. */
const VERTICES_PER_QUERY = 200;
/** Edges that one transaction removes at most: a few MB. The server's limit is 128 MB. */
export const EDGES_PER_TRANSACTION = 5000;

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
           RETURN edge._key`,
      { vertices: ['records/key'], limit: 10 },
    ),
  ]),
);

/** The existing collections that may hold edges of a vertex. A transaction that removes a vertex declares them. */
export async function edgeCollections(graph: StandaloneGraph): Promise<string[]> {
  const existing = await collectionNames(graph.database);
  return [...edgesTouching.keys()].filter((name) => existing.has(name));
}

export interface EdgesRemoved {
  edges: number;
  /** Those of them that are permissions. */
  permissions: number;
  /** Whether none is left. Otherwise the vertices have to stay, so that the next transaction finds the rest by them. */
  isAll: boolean;
}

/** Removes the edges from or to these vertices in the named collections: not more than one transaction may remove. */
export async function removeEdgesOf(
  tx: Transaction,
  collections: readonly string[],
  vertices: readonly string[],
): Promise<EdgesRemoved> {
  const removed = { edges: 0, permissions: 0 };
  let room = EDGES_PER_TRANSACTION;
  for (const collection of collections) {
    const query = edgesTouching.get(collection);
    if (query === undefined) throw new Error(`no query finds the edges of a vertex in ${collection}`);
    for (const part of chunks(vertices, VERTICES_PER_QUERY)) {
      const keys = await tx.run(query, { vertices: part, limit: room });
      // An edge between two of the vertices is found twice.
      const count = await tx.removeAll(collection, [...new Set(keys)]);
      removed.edges += count;
      if (collection === 'permission') removed.permissions += count;
      room -= keys.length;
      if (room <= 0) return { ...removed, isAll: false };
    }
  }
  return { ...removed, isAll: true };
}

interface RemoveUnless {
  /** Whether the document has to stay, asked in each transaction. */
  isNeeded: (tx: Transaction) => Promise<boolean>;
  /** The collections that the answer depends on: no one else writes them meanwhile. */
  exclusive: readonly string[];
}

/**
 * Removes a document and its edges in the named collections, in bounded transactions. The document is removed in the
 * same transaction as its last edges, so that another writer can't leave an edge to a missing document. A repeat
 * continues where the last call stopped.
 */
export async function removeWithEdges(
  graph: StandaloneGraph,
  collection: 'groups' | 'recordGroups',
  key: string,
  edgesIn: readonly string[],
  unless?: RemoveUnless,
): Promise<{ permissions: number; documents: number }> {
  const removed = { permissions: 0, documents: 0 };
  const removeNext = async (tx: Transaction) => {
    if (await unless?.isNeeded(tx)) return { permissions: 0, documents: 0, isLast: true };
    const { permissions, isAll } = await removeEdgesOf(tx, edgesIn, [`${collection}/${key}`]);
    return { permissions, documents: isAll ? await tx.removeAll(collection, [key]) : 0, isLast: isAll };
  };
  for (let isLast = false; !isLast;) {
    const part = await inTransaction(graph, [collection, ...edgesIn], removeNext, unless?.exclusive);
    removed.permissions += part.permissions;
    removed.documents += part.documents;
    ({ isLast } = part);
  }
  return removed;
}
