import { ArangoFailure } from '../errors';
import { typeRank } from '../values';
import { type Collection, PRIMARY_INDEX_ID } from './collection';
import type { Database } from './database';
import { countFirst } from './sortedEntries';
import type { CollectionType, Doc, EdgeDirection, IndexDescription, IndexLookup } from './types';
import type { Version, Visibility } from './versions';

/**
 * Reads the versions of a database that a visibility rule selects: a snapshot, or a transaction's snapshot with its
 * earlier writes. Methods throw 1203 for an unknown collection, and 1652 for an undeclared one in a transaction that
 * forbids implicit reads.
 */
export class View {
  constructor(
    protected readonly database: Database,
    protected readonly visibility: Visibility,
    /** Throws 1652 for reads that the transaction does not allow. */
    private readonly checkRead: (collection: Collection) => void,
    /** By how much the transaction's writes changed the number of documents. */
    private readonly ownCountChange: (collection: Collection) => number,
  ) {}

  get databaseName(): string {
    return this.database.name;
  }

  hasCollection(name: string): boolean {
    return this.database.find(name) !== undefined;
  }

  collectionType(name: string): CollectionType {
    return this.database.get(name).properties.type;
  }

  collectionSchema(name: string): object | null {
    return this.database.get(name).schema?.definition ?? null;
  }

  count(name: string): number {
    const collection = this.readable(name);
    return collection.countAt(this.visibility.snapshot) + this.ownCountChange(collection);
  }

  get(name: string, key: string): Doc | undefined {
    return this.find(this.readable(name), key);
  }

  /** All documents, roughly in the order of insertion. */
  *scan(name: string): Generator<Doc> {
    const { versions } = this.readable(name);
    // The scan does not see versions that are added while it runs, so its end is known now.
    const limit = versions.length;
    for (let slot = 0; slot < limit; slot++) {
      const version = versions[slot];
      if (version !== undefined && this.visibility.sees(version)) yield version.doc;
    }
  }

  indexes(name: string): readonly IndexDescription[] {
    return this.database.get(name).indexDescriptions();
  }

  /** Documents in the order of a persistent index, or of the primary index. That one takes a range of keys. */
  *lookup(name: string, indexId: string, what: IndexLookup): Generator<Doc> {
    const collection = this.readable(name);
    const index = collection.indexes.get(indexId);
    if (index !== undefined) {
      yield* this.visible(index.lookup(what));
      return;
    }
    if (indexId !== PRIMARY_INDEX_ID || what.equal.length > 0) throw new ArangoFailure(1212);
    for (const key of keysIn(collection.orderedKeys(), what)) {
      const doc = this.find(collection, key);
      if (doc !== undefined) yield doc;
    }
  }

  /** A vertex's outgoing or incoming edges, or both; a loop is returned once. */
  *edges(name: string, vertexId: string, direction: EdgeDirection): Generator<Doc> {
    const { edgeIndex } = this.readable(name);
    if (edgeIndex === undefined) return;
    if (direction !== 'in') yield* this.visible(edgeIndex._from.versionsAt(vertexId));
    if (direction === 'out') return;
    for (const edge of this.visible(edgeIndex._to.versionsAt(vertexId))) {
      if (direction === 'in' || edge._from !== vertexId) yield edge;
    }
  }

  /** About how many edges have the vertex at one end, without reading them. */
  edgeEstimate(name: string, vertexId: string, end: '_from' | '_to'): number {
    return this.readable(name).edgeIndex?.[end].countAt(vertexId) ?? 0;
  }

  graphEdgeCollections(graph: string): readonly string[] {
    return this.graphDefinition(graph).edgeDefinitions.map((definition) => definition.collection);
  }

  graphVertexCollections(graph: string): readonly string[] {
    return [...vertexCollectionsOf(this.graphDefinition(graph))];
  }

  /** All named graphs. */
  *graphDefinitions(): Generator<GraphDefinition> {
    for (const doc of this.scan('_graphs')) yield doc as unknown as GraphDefinition;
  }

  protected readable(name: string): Collection {
    const collection = this.database.get(name);
    this.checkRead(collection);
    return collection;
  }

  private graphDefinition(graph: string): GraphDefinition {
    const definition = this.find(this.database.get('_graphs'), graph);
    if (definition === undefined) throw new ArangoFailure(1924, `graph '${graph}' not found`);
    return definition as unknown as GraphDefinition;
  }

  private find(collection: Collection, key: string): Doc | undefined {
    let version = collection.newest(key);
    while (version !== undefined && !this.visibility.sees(version)) version = version.older;
    return version?.doc;
  }

  private *visible(versions: Iterable<Version>): Generator<Doc> {
    for (const version of versions) if (this.visibility.sees(version)) yield version.doc;
  }
}

/** The keys in a range, in the direction of a look-up. */
function* keysIn(keys: readonly string[], { lower, upper, reverse = false }: IndexLookup): Generator<string> {
  const from = lower === undefined ? 0 : firstKey(keys, lower.value, !lower.inclusive);
  const end = upper === undefined ? keys.length : firstKey(keys, upper.value, upper.inclusive);
  for (let i = 0; i < end - from; i++) yield keys[reverse ? end - 1 - i : from + i] as string;
}

/** The position of the first key that is above a value, or at it. Values of other types are below or above all keys. */
function firstKey(keys: readonly string[], value: unknown, above: boolean): number {
  if (typeof value !== 'string') return typeRank(value) < typeRank('') ? 0 : keys.length;
  return countFirst(keys, (key) => key < value || (above && key === value));
}

/** A named graph as it is stored in the system collection `_graphs`. */
export interface GraphDefinition {
  /** The graph's name. */
  readonly _key: string;
  readonly edgeDefinitions: readonly EdgeDefinition[];
  readonly orphanCollections: readonly string[];
}

/** The collections of a graph's vertices, including orphan collections. */
export const vertexCollectionsOf = (graph: Omit<GraphDefinition, '_key'>): Set<string> =>
  new Set([...graph.edgeDefinitions.flatMap(({ from, to }) => [...from, ...to]), ...graph.orphanCollections]);

export interface EdgeDefinition {
  readonly collection: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
}
