/** What the storage exchanges with AQL queries and the HTTP API. */

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
export type IndexType = 'primary' | 'edge' | 'persistent';
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
  /** If this is false, the selectivity is left out of answers, unless the index is unique. */
  readonly estimates?: boolean;
  /** Distinct keys per entry, ArangoDB's selectivity estimate: 1 if all keys differ. A call puts the index in order. */
  readonly selectivity: () => number;
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

export type OverwriteMode = 'conflict' | 'ignore' | 'replace' | 'update';

export interface WriteOptions {
  /** Return the document before the write in `old`. Default false. */
  readonly returnOld?: boolean;
  /** Return the document after the write in `new`. Default false. */
  readonly returnNew?: boolean;
  /** Throw 1200 unless this is the stored revision. */
  readonly ifRev?: string | undefined;
  /** Keep attributes whose new value is null; false removes them. Default true. */
  readonly keepNull?: boolean;
  /** Merge objects attribute by attribute; false replaces them. Default true. */
  readonly mergeObjects?: boolean;
  /** What happens if the key of an insert exists. Default `conflict`, which throws 1210. */
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
