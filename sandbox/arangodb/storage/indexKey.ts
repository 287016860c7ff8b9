import { compare, compareStrings, primaryWeight, typeRank } from '../values';
import type { BlockRef, ByteHeap } from './byteHeap';

/**
 * Index keys: tuples of values as bytes. They are compared where they are stored, in the order of values.ts.
 *
 * Neighbouring entries with equal keys share one block: u32 users | u32 byte length | fields. A field is a tag byte and
 * its payload.
 */

const TAG_NULL = 0;
const TAG_FALSE = 1;
const TAG_TRUE = 2;
/** f64. */
const TAG_NUMBER = 3;
/** u16 length and printable ASCII. */
const TAG_ASCII = 4;
/** u32 length and UTF-8. */
const TAG_TEXT = 5;
/** u32 length and JSON in UTF-8: an array or an object. */
const TAG_JSON = 6;

const HEADER_BYTES = 8;
const MAX_ASCII = 0xffff;

/** The values of an index's fields in one document, null for an absent one. */
export type KeyTuple = readonly unknown[];

function isPrintableAscii(text: string): boolean {
  if (text.length > MAX_ASCII) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code >= 0x7f) return false;
  }
  return true;
}

/** A tuple prepared for many comparisons. */
export class KeyProbe {
  private readonly ascii: readonly boolean[];
  private lastRef: BlockRef = 0;
  private lastOrder = 0;

  constructor(readonly values: KeyTuple) {
    this.ascii = values.map((value) => typeof value === 'string' && isPrintableAscii(value));
  }

  /** Begins a search. No stored key is freed during a search, so the last comparison can be reused. */
  begin(): void {
    this.lastRef = 0;
  }

  /** Compares during a search. Entries with the same key share its block, so one comparison serves all of them. */
  against(keys: IndexKeys, ref: BlockRef): number {
    if (ref === this.lastRef) return this.lastOrder;
    this.lastRef = ref;
    this.lastOrder = keys.compare(this, ref);
    return this.lastOrder;
  }

  isAscii(field: number): boolean {
    return this.ascii[field] === true;
  }
}

export class IndexKeys {
  constructor(private readonly heap: ByteHeap) {}

  /** Stores a key, with one user. */
  store(probe: KeyProbe): BlockRef {
    let length = HEADER_BYTES;
    const texts: (string | undefined)[] = [];
    probe.values.forEach((value, field) => {
      const text = typeof value === 'string' ? value : isObject(value) ? JSON.stringify(value) : undefined;
      texts.push(text);
      length += 1;
      if (text !== undefined) length += probe.isAscii(field) ? 2 + text.length : 4 + Buffer.byteLength(text);
      else if (typeof value === 'number') length += 8;
    });
    const ref = this.heap.allocate(length);
    const slab = this.heap.slab(ref);
    const unit = this.heap.unitOf(ref);
    slab.u32[unit * 2] = 1;
    slab.u32[unit * 2 + 1] = length;
    const bytes = slab.bytes;
    let at = unit * 8 + HEADER_BYTES;
    probe.values.forEach((value, field) => {
      const text = texts[field];
      if (text !== undefined && probe.isAscii(field)) {
        bytes[at] = TAG_ASCII;
        bytes.writeUInt16LE(text.length, at + 1);
        at += 3 + bytes.write(text, at + 3, 'latin1');
      } else if (text !== undefined) {
        bytes[at] = typeof value === 'string' ? TAG_TEXT : TAG_JSON;
        const written = bytes.write(text, at + 5, 'utf8');
        bytes.writeUInt32LE(written, at + 1);
        at += 5 + written;
      } else if (typeof value === 'number') {
        bytes[at] = TAG_NUMBER;
        bytes.writeDoubleLE(value, at + 1);
        at += 9;
      } else {
        bytes[at] = value === true ? TAG_TRUE : value === false ? TAG_FALSE : TAG_NULL;
        at += 1;
      }
    });
    return ref;
  }

  /** Adds a user to a key. */
  share(ref: BlockRef): BlockRef {
    const u32 = this.heap.slab(ref).u32;
    const word = this.heap.unitOf(ref) * 2;
    u32[word] = (u32[word] as number) + 1;
    return ref;
  }

  /** Removes a user from a key, and frees the key with its last user. */
  release(ref: BlockRef): void {
    const u32 = this.heap.slab(ref).u32;
    const word = this.heap.unitOf(ref) * 2;
    const users = (u32[word] as number) - 1;
    if (users === 0) this.heap.release(ref, u32[word + 1] as number);
    else u32[word] = users;
  }

  /** Compares the probe's values with the first fields of a stored key. */
  compare(probe: KeyProbe, ref: BlockRef): number {
    const bytes = this.heap.slab(ref).bytes;
    let at = this.heap.unitOf(ref) * 8 + HEADER_BYTES;
    const values = probe.values;
    for (let field = 0; field < values.length; field++) {
      const value = values[field];
      const tag = bytes[at] as number;
      let size: number;
      let order: number;
      if (tag === TAG_ASCII) {
        const length = (bytes[at + 1] as number) | ((bytes[at + 2] as number) << 8);
        size = 3 + length;
        if (typeof value !== 'string') order = typeRank(value) - 3;
        else if (probe.isAscii(field)) order = compareAscii(value, bytes, at + 3, length);
        else order = compareStrings(value, bytes.toString('latin1', at + 3, at + 3 + length));
      } else if (tag === TAG_NUMBER) {
        size = 9;
        if (typeof value !== 'number') order = typeRank(value) - 2;
        else {
          const stored = bytes.readDoubleLE(at + 1);
          order = value < stored ? -1 : value > stored ? 1 : 0;
        }
      } else if (tag <= TAG_TRUE) {
        size = 1;
        order = compare(value, tag === TAG_NULL ? null : tag === TAG_TRUE);
      } else {
        const length = bytes.readUInt32LE(at + 1);
        size = 5 + length;
        const text = bytes.toString('utf8', at + 5, at + 5 + length);
        order = compare(value, tag === TAG_TEXT ? text : (JSON.parse(text) as unknown));
      }
      if (order !== 0) return order;
      at += size;
    }
    return 0;
  }

  probeOf(ref: BlockRef): KeyProbe {
    return new KeyProbe(this.load(ref));
  }

  /** The values of a stored key. */
  load(ref: BlockRef): unknown[] {
    const slab = this.heap.slab(ref);
    const unit = this.heap.unitOf(ref);
    const bytes = slab.bytes;
    const end = unit * 8 + (slab.u32[unit * 2 + 1] as number);
    const values: unknown[] = [];
    for (let at = unit * 8 + HEADER_BYTES; at < end;) {
      const tag = bytes[at] as number;
      if (tag === TAG_ASCII) {
        const length = bytes.readUInt16LE(at + 1);
        values.push(bytes.toString('latin1', at + 3, at + 3 + length));
        at += 3 + length;
      } else if (tag === TAG_NUMBER) {
        values.push(bytes.readDoubleLE(at + 1));
        at += 9;
      } else if (tag <= TAG_TRUE) {
        values.push(tag === TAG_NULL ? null : tag === TAG_TRUE);
        at += 1;
      } else {
        const length = bytes.readUInt32LE(at + 1);
        const text = bytes.toString('utf8', at + 5, at + 5 + length);
        values.push(tag === TAG_TEXT ? text : (JSON.parse(text) as unknown));
        at += 5 + length;
      }
    }
    return values;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Like compareStrings, for two printable ASCII texts of which one is stored as bytes. */
function compareAscii(text: string, bytes: Buffer, start: number, length: number): number {
  const shorter = text.length < length ? text.length : length;
  let caseOrder = 0;
  for (let i = 0; i < shorter; i++) {
    const a = text.charCodeAt(i);
    const b = bytes[start + i] as number;
    if (a === b) continue;
    const order = (primaryWeight[a] as number) - (primaryWeight[b] as number);
    if (order !== 0) return order;
    // Upper case (the smaller character code) comes first, unless a later letter differs.
    if (caseOrder === 0) caseOrder = a - b;
  }
  return text.length !== length ? text.length - length : caseOrder;
}
