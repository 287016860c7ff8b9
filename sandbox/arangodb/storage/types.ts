/** The border between storage and what reads and writes through it: AQL queries and the HTTP interface. */

/** A stored document. What storage hands out is never changed by anyone: copy before you edit. */
export interface Doc {
  readonly _key: string;
  readonly _id: string;
  readonly _rev: string;
  /** Edges only. */
  readonly _from?: string;
  /** Edges only. */
  readonly _to?: string;
  readonly [attribute: string]: unknown;
}

/** What a client sends in place of a document: any JSON object. */
export type DocInput = Readonly<Record<string, unknown>>;

export type CollectionType = 'document' | 'edge';
export type IndexType = 'primary' | 'edge' | 'persistent' | 'ttl';
export type EdgeDirection = 'out' | 'in' | 'any';

/** One indexed attribute: the way from the document's root, and where an array is expanded (`a.b[*].c`). */
export interface IndexField {
  /** As the client wrote it, such as `tags[*].name`. */
  readonly text: string;
  /** Attribute names from the root to the array or, without expansion, to the value. */
  readonly path: readonly string[];
  /** Present if the value at `path` is an array whose elements are indexed one by one: the names below an element. */
  readonly expanded?: readonly string[];
}

export interface IndexDescription {
  /** Number as text, without the collection's name. */
  readonly id: string;
  readonly name: string;
  readonly type: IndexType;
  readonly fields: readonly IndexField[];
  readonly unique: boolean;
  /** Documents with an indexed attribute absent or null are not in the index. */
  readonly sparse: boolean;
  /** Average share of documents that one value tuple singles out, 1 for unique ones. */
  readonly selectivity: number;
}

/** One end of a range on the index field that follows the equality prefix. */
export interface RangeBound {
  readonly value: unknown;
  readonly inclusive: boolean;
}

/** What to look up. Absent attributes are indexed as null, so `equal: [null]` finds absent and null alike. */
export interface IndexLookup {
  /** Values of the first fields; may be shorter than the index's fields, or empty. */
  readonly equal: readonly unknown[];
  /** Lower end on the field after the prefix. */
  readonly lower?: RangeBound;
  /** Upper end on the field after the prefix. */
  readonly upper?: RangeBound;
  /** Greatest first. */
  readonly reverse?: boolean;
}

/**
 * What a query reads: a snapshot, or a transaction's snapshot with its own earlier writes.
 * Every method throws ArangoFailure 1203 for an unknown collection, save hasCollection,
 * and 1652 in a transaction that forbids implicit reads of undeclared collections.
 */
export interface DataView {
  readonly databaseName: string;
  hasCollection(name: string): boolean;
  collectionNames(): string[];
  collectionType(name: string): CollectionType;
  /** The collection's schema as set by the client, or null. */
  collectionSchema(name: string): object | null;
  count(collection: string): number;
  get(collection: string, key: string): Doc | undefined;
  /** All documents, roughly in the order of their writing. */
  scan(collection: string): Iterable<Doc>;
  indexes(collection: string): readonly IndexDescription[];
  /**
   * Documents in index order. The primary index takes one equality value, a key or an id; the edge index one
   * equality value, compared with `_from`. An index with array expansion gives a document once for each matching
   * element, unless the same element repeats.
   */
  lookup(collection: string, indexId: string, what: IndexLookup): Iterable<Doc>;
  /** Edges that leave, enter or touch a vertex; a loop comes once. The collection must be an edge collection. */
  edges(collection: string, vertexId: string, direction: EdgeDirection): Iterable<Doc>;
  /** About how many edges `edges` would give, without reading them. */
  edgeEstimate(collection: string, vertexId: string, direction: EdgeDirection): number;
  /** Names of the graph's edge collections; throws 1924 for an unknown graph. */
  graphEdgeCollections(graph: string): readonly string[];
  /** Names of the graph's vertex collections, orphans included; throws 1924 for an unknown graph. */
  graphVertexCollections(graph: string): readonly string[];
}

export type OverwriteMode = 'conflict' | 'ignore' | 'replace' | 'update';

export interface WriteOptions {
  /** Hand the document as it was before in `old`. Default false. */
  readonly returnOld?: boolean;
  /** Hand the document as it is now in `new`. Default false. */
  readonly returnNew?: boolean;
  /** The stored revision must be this one, else 1200. */
  readonly ifRev?: string | undefined;
  /** Do not check the collection's schema. Default false. */
  readonly skipDocumentValidation?: boolean;
  /**
   * A number in the document that only grows: a change of an existing document is left out, and still a success, if
   * both have it and the new one is not greater.
   */
  readonly versionAttribute?: string | undefined;
}

export interface PatchOptions extends WriteOptions {
  /** Keep attributes whose new value is null; false removes them. Default true. */
  readonly keepNull?: boolean;
  /** Merge objects attribute by attribute; false replaces them whole. Default true. */
  readonly mergeObjects?: boolean;
}

export interface InsertOptions extends PatchOptions {
  /** What happens if the key exists. Default `conflict`, which throws 1210. */
  readonly overwriteMode?: OverwriteMode;
}

export interface WriteResult {
  readonly key: string;
  readonly id: string;
  /** Revision now stored; for a removal the removed one. */
  readonly rev: string;
  /** The former revision, if the write changed a document that was there. */
  readonly oldRev?: string;
  /** An insert in mode `ignore` met an existing key: nothing was written. */
  readonly ignored?: true;
  readonly old?: Doc;
  readonly new?: Doc;
}

/** A moment in a transaction to which its writes can be taken back. */
export type Savepoint = number & { readonly kind?: 'savepoint' };

/**
 * A transaction: its snapshot, its own writes, and writing. A write either happens whole or throws ArangoFailure
 * and leaves nothing: 1200 conflict, 1202 absent, 1203, 1210 unique, 1221 key, 1227 no object, 1233 edge ends,
 * 1620 schema, 1652 collection not declared for writing.
 */
export interface DataWriter extends DataView {
  /**
   * Must be called with all collections of a query before it runs: refuses unknown ones (1203) and those that the
   * transaction has not declared (1652), even if no row is ever written.
   */
  openCollections(read: readonly string[], write: readonly string[]): void;
  /**
   * The state at this moment, own earlier writes included, later ones not: what the reads of a query that also
   * writes must see.
   */
  frozen(): DataView;
  insert(collection: string, doc: unknown, options?: InsertOptions): WriteResult;
  update(collection: string, key: string, patch: unknown, options?: PatchOptions): WriteResult;
  replace(collection: string, key: string, doc: unknown, options?: WriteOptions): WriteResult;
  remove(collection: string, key: string, options?: WriteOptions): WriteResult;
  savepoint(): Savepoint;
  /** Takes back every write since the savepoint. */
  rollbackTo(savepoint: Savepoint): void;
}
