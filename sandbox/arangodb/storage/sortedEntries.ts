import { compare } from '../values';
import type { Version } from './versions';

/** The values of an index's fields in one document, null for an absent one. */
export type KeyTuple = readonly unknown[];

export interface Entry {
  readonly key: KeyTuple;
  readonly version: Version;
}

/** Where a range begins or ends: before or after all entries whose first fields equal the prefix. */
export interface Boundary {
  readonly prefix: KeyTuple;
  readonly side: 'before' | 'after';
}

interface Position {
  readonly chunk: number;
  readonly index: number;
}

/** A chunk with more entries is split. Moving the entries of a small array is faster than walking down a tree. */
const CHUNK_SIZE = 512;

/** The entries of an index, ordered by key and then by slot. */
export class SortedEntries {
  /** None of them is empty. */
  private readonly chunks: Entry[][] = [];
  private changes = 0;
  private entryCount = 0;
  private distinctKeys = 0;

  get size(): number {
    return this.entryCount;
  }

  /** Distinct keys per entry: 1 if all keys differ. */
  get distinctShare(): number {
    return this.size === 0 ? 1 : this.distinctKeys / this.size;
  }

  /** Inserts entries that are in order: each is searched for from the place of the one before it. */
  insertAll(ordered: readonly Entry[]): void {
    this.changes++;
    let from = 0;
    for (const entry of ordered) {
      const position = this.positionOf(entry, from);
      this.insertAt(position, entry);
      from = position.chunk;
    }
  }

  remove(entry: Entry): void {
    this.changes++;
    this.removeAt(this.positionOf(entry), entry);
  }

  /**
   * Yields versions in order. Without `from` or `to`, the range begins or ends where the entries do. Entries may be
   * inserted and removed between two steps.
   */
  *walk(from: Boundary | undefined, to: Boundary | undefined, reverse = false): Generator<Version> {
    const isBelow = (entry: Entry): boolean => from !== undefined && isBefore(entry, from);
    const isWithin = (entry: Entry): boolean => to === undefined || isBefore(entry, to);
    let position = this.positionAfter(reverse ? isWithin : isBelow);
    if (reverse) position = this.before(position);
    for (let entry = this.at(position); entry !== undefined; entry = this.at(position)) {
      if (reverse ? isBelow(entry) : !isWithin(entry)) return;
      const { changes } = this;
      const current = entry;
      yield current.version;
      if (changes === this.changes) position = reverse ? this.before(position) : this.after(position);
      else if (reverse) position = this.before(this.positionOf(current));
      else position = this.positionAfter((other) => compareEntries(other, current) <= 0);
    }
  }

  /** Where an entry is, or would be. */
  private positionOf(entry: Entry, from = 0): Position {
    return this.positionAfter((other) => compareEntries(other, entry) < 0, from);
  }

  /** The position after all entries for which `precedes` holds: the first ones, at least up to the chunk `from`. */
  private positionAfter(precedes: (entry: Entry) => boolean, from = 0): Position {
    const { chunks } = this;
    const isPassed = (entries: Entry[]): boolean => precedes(entries[entries.length - 1] as Entry);
    let low = from;
    let high = chunks.length;
    // Entries that are inserted together are often close to each other.
    for (let near = from + 1; from > 0 && near < high; near += near - from) {
      if (isPassed(chunks[near] as Entry[])) low = near + 1;
      else high = near;
    }
    const chunk = countFirst(chunks, isPassed, low, high);
    return { chunk, index: countFirst(chunks[chunk] ?? [], precedes) };
  }

  private at({ chunk, index }: Position): Entry | undefined {
    return this.chunks[chunk]?.[index];
  }

  private before({ chunk, index }: Position): Position {
    if (index > 0) return { chunk, index: index - 1 };
    return { chunk: chunk - 1, index: (this.chunks[chunk - 1]?.length ?? 0) - 1 };
  }

  private after({ chunk, index }: Position): Position {
    return index + 1 < (this.chunks[chunk]?.length ?? 0) ? { chunk, index: index + 1 } : { chunk: chunk + 1, index: 0 };
  }

  /** The entry at a position, if it has this key. */
  private withKey(key: KeyTuple, position: Position): Entry | undefined {
    const entry = this.at(position);
    return entry !== undefined && comparePrefix(entry.key, key) === 0 ? entry : undefined;
  }

  private insertAt(position: Position, added: Entry): void {
    const { chunk, index } = position;
    const { key, version } = added;
    const equal = this.withKey(key, this.before(position)) ?? this.withKey(key, position);
    if (equal === undefined) this.distinctKeys++;
    this.entryCount++;
    const entry = equal === undefined ? added : { key: equal.key, version };
    const isLast = chunk === this.chunks.length;
    // Ascending keys fill the last chunk before they begin a new one.
    const target = isLast ? chunk - 1 : chunk;
    const entries = this.chunks[target];
    if (entries === undefined || (isLast && entries.length >= CHUNK_SIZE)) {
      this.chunks.push([entry]);
      return;
    }
    entries.splice(isLast ? entries.length : index, 0, entry);
    if (entries.length > CHUNK_SIZE) this.chunks.splice(target + 1, 0, entries.splice(CHUNK_SIZE / 2));
  }

  /** Removes the entry at a position, if it is this one. */
  private removeAt(position: Position, entry: Entry): void {
    const entries = this.chunks[position.chunk] ?? [];
    const found = entries[position.index];
    if (found === undefined || compareEntries(found, entry) !== 0) return;
    const { key } = entry;
    if (!this.withKey(key, this.before(position)) && !this.withKey(key, this.after(position))) this.distinctKeys--;
    this.entryCount--;
    entries.splice(position.index, 1);
    if (entries.length === 0) this.chunks.splice(position.chunk, 1);
  }
}

/** How many items `holds` is true for. It must be true for the first ones only: at least `from`, and at most `to`. */
export function countFirst<T>(items: readonly T[], holds: (item: T) => boolean, from = 0, to = items.length): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function comparePrefix(key: KeyTuple, prefix: KeyTuple): number {
  if (key === prefix) return 0;
  for (let i = 0; i < prefix.length; i++) {
    const order = compare(key[i], prefix[i]);
    if (order !== 0) return order;
  }
  return 0;
}

export const compareEntries = (a: Entry, b: Entry): number =>
  comparePrefix(a.key, b.key) || a.version.slot - b.version.slot;

function isBefore(entry: Entry, { prefix, side }: Boundary): boolean {
  const order = comparePrefix(entry.key, prefix);
  return side === 'before' ? order < 0 : order <= 0;
}
