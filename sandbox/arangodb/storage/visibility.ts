import type { Collection } from './collection';
import { LIVE, MAX_SEQUENCE } from './versions';

/** Which versions a reader sees: those committed up to its snapshot, and its transaction's up to a given statement. */
export class Visibility {
  constructor(
    readonly snapshot: number,
    /** Whether a statement belongs to the reader's transaction. */
    private readonly isOwnStatement: (statementId: number) => boolean,
    /** Writes of the reader's transaction by this statement or a later one are not seen. */
    private readonly statementIdLimit: number,
  ) {}

  sees(begin: number, end: number): boolean {
    if (begin > MAX_SEQUENCE ? !this.seesOwn(begin) : begin > this.snapshot) return false;
    if (end === LIVE) return true;
    return end > MAX_SEQUENCE ? !this.seesOwn(end) : end > this.snapshot;
  }

  /** The slot of the version that the reader sees of this key, or 0. */
  find(collection: Collection, key: string): number {
    const { versions } = collection;
    let slot = collection.newest(key);
    while (slot !== 0 && !this.sees(versions.begin[slot] as number, versions.end[slot] as number)) {
      slot = versions.older[slot] as number;
    }
    return slot;
  }

  seesSlot(collection: Collection, slot: number): boolean {
    return this.sees(collection.versions.begin[slot] as number, collection.versions.end[slot] as number);
  }

  private seesOwn(statementId: number): boolean {
    return statementId < this.statementIdLimit && this.isOwnStatement(statementId);
  }
}
