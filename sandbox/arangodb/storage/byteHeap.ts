/**
 * Memory outside the JavaScript heap for document bodies and index keys.
 *
 * As JavaScript objects, millions of documents would take several times the memory and make each garbage collection
 * take seconds. Here they are blocks in large buffers. A block is named by a 32-bit number that counts units of 8
 * bytes, so 32 GB can be addressed. A freed block is reused only for a block of the same size, which suits collections
 * of similar documents.
 */

const UNIT_BYTES = 8;
const SLAB_UNIT_BITS = 19;
const SLAB_UNITS = 1 << SLAB_UNIT_BITS;
/** 4 MB: small enough that an empty server stays small. */
const SLAB_BYTES = SLAB_UNITS * UNIT_BYTES;
const UNIT_MASK = SLAB_UNITS - 1;
/** A larger block gets a slab to itself. */
const MAX_SHARED_UNITS = SLAB_UNITS / 2;

/** Names a block. 0 means no block. */
export type BlockRef = number;

export interface Slab {
  readonly bytes: Buffer;
  readonly u32: Uint32Array;
  readonly f64: Float64Array;
}

function slabOf(byteLength: number): Slab {
  const bytes = Buffer.allocUnsafeSlow(byteLength);
  return { bytes, u32: new Uint32Array(bytes.buffer), f64: new Float64Array(bytes.buffer) };
}

export class ByteHeap {
  private readonly slabs: (Slab | undefined)[] = [];
  /** Free blocks by their size in units. */
  private readonly free = new Map<number, BlockRef[]>();
  private current = -1;
  private nextUnit = SLAB_UNITS;
  private used = 0;

  /** Bytes in blocks that are in use. */
  get usedBytes(): number {
    return this.used * UNIT_BYTES;
  }

  /** Returns a block of at least this many bytes. Its content is undefined. */
  allocate(byteLength: number): BlockRef {
    const units = (byteLength + UNIT_BYTES - 1) >>> 3;
    this.used += units;
    const reusable = this.free.get(units)?.pop();
    if (reusable !== undefined) return reusable;
    if (units > MAX_SHARED_UNITS) return this.allocateLarge(units);
    if (this.nextUnit + units > SLAB_UNITS) {
      this.current = this.slabs.push(slabOf(SLAB_BYTES)) - 1;
      // The first unit of the heap stays unused, so that no block has the number 0.
      this.nextUnit = this.current === 0 ? 1 : 0;
    }
    const ref = this.current * SLAB_UNITS + this.nextUnit;
    this.nextUnit += units;
    return ref;
  }

  /** `byteLength` must be the length that the block was allocated with. */
  release(ref: BlockRef, byteLength: number): void {
    const units = (byteLength + UNIT_BYTES - 1) >>> 3;
    this.used -= units;
    if (units > MAX_SHARED_UNITS) {
      this.slabs[ref >>> SLAB_UNIT_BITS] = undefined;
      return;
    }
    const list = this.free.get(units);
    if (list === undefined) this.free.set(units, [ref]);
    else list.push(ref);
  }

  slab(ref: BlockRef): Slab {
    return this.slabs[ref >>> SLAB_UNIT_BITS] as Slab;
  }

  /** Where the block begins in its slab, in units of 8 bytes. */
  unitOf(ref: BlockRef): number {
    return ref & UNIT_MASK;
  }

  /** A large block's memory is returned to the system when the block is released. */
  private allocateLarge(units: number): BlockRef {
    const index = this.slabs.push(slabOf((units + 1) * UNIT_BYTES)) - 1;
    return index === 0 ? 1 : index * SLAB_UNITS;
  }
}
