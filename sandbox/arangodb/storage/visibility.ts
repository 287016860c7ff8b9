import type { Collection } from './collection';
import { LIVE, MAX_SEQUENCE } from './versions';

/** Which versions a reader sees: those committed up to its snapshot, and its own transaction's up to a statement. */
export class Visibility {
  constructor(
    readonly snapshot: number,
    /** Whether this mark belongs to the reader's own transaction. */
    private readonly isOwnMark: (mark: number) => boolean,
    /** Own writes with this mark or a later one are not seen. */
    private readonly ownLimit: number,
  ) {}

  sees(begin: number, end: number): boolean {
    if (begin > MAX_SEQUENCE ? !this.seesOwn(begin) : begin > this.snapshot) return false;
    if (end === LIVE) return true;
    return end > MAX_SEQUENCE ? !this.seesOwn(end) : end > this.snapshot;
  }

  /** The slot of the version of this key that the reader sees, or 0. */
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

  private seesOwn(mark: number): boolean {
    return mark < this.ownLimit && this.isOwnMark(mark);
  }
}
