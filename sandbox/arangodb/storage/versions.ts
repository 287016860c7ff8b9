import type { Doc } from './types';

/** A part of an open transaction: all its writes between two calls of `frozen`. */
export interface Statement {
  /** Stands for the transaction. */
  readonly owner: object;
  /** Increases within a transaction. */
  readonly number: number;
}

/** When something was written: the sequence number of a commit, or a statement whose transaction is still open. */
export type Stamp = number | Statement;

/** One version of a document. A snapshot sees it from the write that added it until the write that ended it. */
export class Version {
  /** When it was replaced or removed. */
  end: Stamp | undefined;

  constructor(
    /** Its place in the collection. */
    readonly slot: number,
    public doc: Doc,
    /** When it was added; undefined after it was rolled back. */
    public begin: Stamp | undefined,
    /** The next older version of the same key. */
    public older: Version | undefined,
  ) {}

  /** Neither rolled back nor replaced nor removed. */
  get isStored(): boolean {
    return this.begin !== undefined && this.end === undefined;
  }
}

/** Which versions a reader sees: those committed up to its snapshot, and its transaction's up to a given statement. */
export class Visibility {
  constructor(
    readonly snapshot: number,
    private readonly owner: object,
    /** Writes of the reader's transaction by the statement with this number or a later one are not seen. */
    private readonly statementLimit: number,
  ) {}

  sees({ begin, end }: Version): boolean {
    return this.includes(begin) && !this.includes(end);
  }

  private includes(stamp: Stamp | undefined): boolean {
    if (typeof stamp === 'number') return stamp <= this.snapshot;
    return stamp?.owner === this.owner && stamp.number < this.statementLimit;
  }
}
