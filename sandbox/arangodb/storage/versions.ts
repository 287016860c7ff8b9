/**
 * The versions of a collection's documents. A snapshot sees a version from the commit that wrote it (`begin`) until the
 * commit that replaced or removed it (`end`).
 *
 * Up to MAX_SEQUENCE, `begin` and `end` are sequence numbers of commits. Above it, they are ids of statements whose
 * transaction is still open, apart from the special values LIVE and DEAD.
 */

export const MAX_SEQUENCE = 0x7fffffff;
/** `end` of a version that has not been replaced or removed. */
export const LIVE = 0xffffffff;
/** `begin` of a version that was rolled back, and of a free slot. No reader sees it. */
export const DEAD = 0xfffffffe;

const FIRST_CAPACITY = 16;

/** Versions by slot number. Slots begin at 1; slot 0 means no version. */
export class Versions {
  /** The block with the document. */
  block = new Uint32Array(FIRST_CAPACITY);
  begin = new Uint32Array(FIRST_CAPACITY);
  end = new Uint32Array(FIRST_CAPACITY);
  /** The next older version of the same key, or 0. In a free slot: the next free slot. */
  older = new Uint32Array(FIRST_CAPACITY);
  private firstFree = 0;
  private top = 1;

  /** All slots in use are below this number. */
  get limit(): number {
    return this.top;
  }

  add(block: number, begin: number): number {
    let slot = this.firstFree;
    if (slot !== 0) {
      this.firstFree = this.older[slot] as number;
    } else {
      slot = this.top++;
      if (slot >= this.block.length) this.grow();
    }
    this.block[slot] = block;
    this.begin[slot] = begin;
    this.end[slot] = LIVE;
    this.older[slot] = 0;
    return slot;
  }

  release(slot: number): void {
    this.block[slot] = 0;
    this.begin[slot] = DEAD;
    this.older[slot] = this.firstFree;
    this.firstFree = slot;
  }

  private grow(): void {
    const capacity = Math.ceil(this.block.length * 1.6);
    this.block = grown(this.block, capacity);
    this.begin = grown(this.begin, capacity);
    this.end = grown(this.end, capacity);
    this.older = grown(this.older, capacity);
  }
}

export function grown(array: Uint32Array<ArrayBuffer>, capacity: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(capacity);
  larger.set(array);
  return larger;
}
