/** The interface of the storage, which AQL queries and the HTTP API use. */

/** A stored document. Never modify one that the storage returned: copy it first. */
export interface Doc {
  readonly _key: string;
  readonly _id: string;
  readonly _rev: string;
  /** Only in edges. */
  readonly _from?: string;
  /** Only in edges. */
  readonly _to?: string;
  readonly [attribute: string]: unknown;
}

/** A document as a client sends it: any JSON object. */
export type DocInput = Readonly<Record<string, unknown>>;

export type CollectionType = 'document' | 'edge';
export type IndexType = 'primary' | 'edge' | 'persistent' | 'ttl';
export type EdgeDirection = 'out' | 'in' | 'any';

/** One indexed attribute: its path in the document, and where an array is expanded (`a.b[*].c`). */
export interface IndexField {
  /** As the client wrote it, such as `tags[*].name`. */
  readonly text: string;
  /** Attribute names from the root to the array, or to the value if no array is expanded. */
  readonly path: readonly string[];
  /** Present if each element of the array at `path` is indexed: attribute names from an element to the value. */
  readonly expanded?: readonly string[];
}

export interface IndexDescription {
  /** A number as text, without the collection's name. */
  readonly id: string;
  readonly name: string;
  readonly type: IndexType;
  readonly fields: readonly IndexField[];
  readonly unique: boolean;
  /** The index leaves out documents in which an indexed attribute is absent or null. */
  readonly sparse: boolean;
  /** Distinct keys per entry, ArangoDB's selectivity estimate: 1 if all keys differ. */
  readonly selectivity: number;
}

/** One end of a range on the index field that follows the equality prefix. */
export interface RangeBound {
  readonly value: unknown;
  readonly inclusive: boolean;
}

/** What to look up in an index. Absent attributes are indexed as null, so `equal: [null]` finds both. */
export interface IndexLookup {
  /** Values of the first fields. May have fewer values than the index has fields, or none. */
  readonly equal: readonly unknown[];
  /** Lower bound of the field after the prefix. */
  readonly lower?: RangeBound;
  /** Upper bound of the field after the prefix. */
  readonly upper?: RangeBound;
  /** Descending order. */
  readonly reverse?: boolean;
}

/**
 * What a query reads: a snapshot, or a transaction's snapshot with the transaction's earlier writes. All methods but
 * hasCollection throw ArangoFailure 1203 for an unknown collection. In a transaction that forbids implicit reads, they
 * throw 1652 for an undeclared collection.
 */
export interface DataView {
  readonly databaseName: string;
  hasCollection(name: string): boolean;
  collectionNames(): string[];
  collectionType(name: string): CollectionType;
  /** The collection's schema as the client set it, or null. */
  collectionSchema(name: string): object | null;
  count(collection: string): number;
  get(collection: string, key: string): Doc | undefined;
  /** All documents, roughly in the order of insertion. */
  scan(collection: string): Iterable<Doc>;
  indexes(collection: string): readonly IndexDescription[];
  /**
   * Documents in index order. The primary index takes one equality value, a key or an id, or a range of keys. The edge index takes one
   * equality value, compared with `_from`. An index with array expansion returns a document once for each distinct
   * matching element.
   */
  lookup(collection: string, indexId: string, what: IndexLookup): Iterable<Doc>;
  /** A vertex's outgoing or incoming edges, or both; a loop is returned once. A document collection has no edges. */
  edges(collection: string, vertexId: string, direction: EdgeDirection): Iterable<Doc>;
  /** About how many edges `edges` would return, without reading them. */
  edgeEstimate(collection: string, vertexId: string, direction: EdgeDirection): number;
  /** Names of the graph's edge collections; throws 1924 for an unknown graph. */
  graphEdgeCollections(graph: string): readonly string[];
  /** Names of the graph's vertex collections, including orphan collections; throws 1924 for an unknown graph. */
  graphVertexCollections(graph: string): readonly string[];
}

export type OverwriteMode = 'conflict' | 'ignore' | 'replace' | 'update';

export interface WriteOptions {
  /** Return the document before the write in `old`. Default false. */
  readonly returnOld?: boolean;
  /** Return the document after the write in `new`. Default false. */
  readonly returnNew?: boolean;
  /** Throw 1200 unless this is the stored revision. */
  readonly ifRev?: string | undefined;
  /** Do not validate against the collection's schema. Default false. */
  readonly skipDocumentValidation?: boolean;
  /**
   * Attribute with a version number. A change of an existing document is skipped, and still succeeds, if both have the
   * attribute and the new value is not greater.
   */
  readonly versionAttribute?: string | undefined;
}

export interface PatchOptions extends WriteOptions {
  /** Keep attributes whose new value is null; false removes them. Default true. */
  readonly keepNull?: boolean;
  /** Merge objects attribute by attribute; false replaces them. Default true. */
  readonly mergeObjects?: boolean;
}

export interface InsertOptions extends PatchOptions {
  /** What happens if the key exists. Default `conflict`, which throws 1210. */
  readonly overwriteMode?: OverwriteMode;
}

export interface WriteResult {
  readonly key: string;
  readonly id: string;
  /** The stored revision; for a removal, the removed one. */
  readonly rev: string;
  /** The previous revision, if the write changed an existing document. */
  readonly oldRev?: string;
  /** An insert in mode `ignore` found an existing key and wrote nothing. */
  readonly ignored?: true;
  readonly old?: Doc;
  readonly new?: Doc;
}

/** A point in a transaction to which its writes can be rolled back. */
export type Savepoint = number & { readonly kind?: 'savepoint' };

/**
 * A transaction that reads and writes. A failed write has no effect and throws ArangoFailure: 1200 conflict, 1202
 * document not found, 1203 unknown collection, 1210 unique constraint, 1221 illegal key, 1227 not an object, 1233
 * invalid `_from` or `_to`, 1620 schema, 1652 collection not declared for writing.
 */
export interface DataWriter extends DataView {
  /**
   * Must be called with all collections of a query before the query runs. Throws 1203 for an unknown collection and
   * 1652 for an undeclared one, even if the query would not touch a document in it.
   */
  openCollections(read: readonly string[], write: readonly string[]): void;
  /**
   * A view of the current state: it includes the transaction's earlier writes but not its later ones. A query that
   * writes reads from such a view.
   */
  frozen(): DataView;
  insert(collection: string, doc: unknown, options?: InsertOptions): WriteResult;
  update(collection: string, key: string, patch: unknown, options?: PatchOptions): WriteResult;
  replace(collection: string, key: string, doc: unknown, options?: WriteOptions): WriteResult;
  remove(collection: string, key: string, options?: WriteOptions): WriteResult;
  savepoint(): Savepoint;
  /** Rolls back every write since the savepoint. */
  rollbackTo(savepoint: Savepoint): void;
}
