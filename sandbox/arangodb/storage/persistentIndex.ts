import { ArangoFailure } from '../errors';
import { compare, isPlainObject, ownValue } from '../values';
import type { IndexDefinition } from './indexDefinition';
import { type Boundary, compareEntries, type Entry, type KeyTuple, SortedEntries } from './sortedEntries';
import type { Doc, IndexField, IndexLookup } from './types';
import type { Version } from './versions';

/**
 * An ordered index over one or more attributes. It contains all versions of a document; readers skip the versions that
 * they do not see. What is added during a scan may not be found by it: no snapshot that has begun sees it.
 */
export class PersistentIndex {
  /** Absent until something is stored when they are read: many indexes are written, but never read. */
  private entries: SortedEntries | undefined;
  /** Versions that wait for the next reader. Entering many of them in their order takes less time than each by itself. */
  private readonly waiting = new Set<Version>();

  /** `stored` returns all versions of the collection. */
  constructor(
    readonly definition: IndexDefinition,
    private readonly stored: () => Iterable<Version | undefined>,
  ) {}

  /** Distinct keys per entry: 1 if all keys differ. An estimate, as ArangoDB's: recent changes may not be counted. */
  selectivity(): number {
    if (this.definition.unique) return 1;
    const { waiting, entries } = this;
    return (entries === undefined || waiting.size > entries.size ? this.complete() : entries).distinctShare;
  }

  add(version: Version): void {
    if (this.entries !== undefined) this.waiting.add(version);
  }

  remove(version: Version): void {
    if (this.entries === undefined || this.waiting.delete(version)) return;
    for (const key of this.tuplesOf(version.doc)) this.entries.remove({ key, version });
  }

  /** The entries of all versions. */
  private complete(): SortedEntries {
    const { waiting, entries = new SortedEntries() } = this;
    if (this.entries !== undefined && waiting.size === 0) return entries;
    const added: Entry[] = [];
    let last: KeyTuple = [];
    for (const version of this.entries === undefined ? this.stored() : waiting) {
      if (version === undefined) continue;
      this.entries = entries;
      for (const tuple of this.tuplesOf(version.doc)) {
        // Equal strings are compared fastest if they are one object.
        const before = last;
        last = tuple.map((value, i) => (value === before[i] ? before[i] : value));
        added.push({ key: last, version });
      }
    }
    waiting.clear();
    entries.insertAll(added.sort(compareEntries));
    return entries;
  }

  /** All versions with this key. */
  withKey(prefix: KeyTuple): Iterable<Version> {
    return this.complete().walk({ prefix, side: 'before' }, { prefix, side: 'after' });
  }

  lookup({ equal, lower, upper, reverse = false }: IndexLookup): Iterable<Version> {
    let from: Boundary | undefined = equal.length === 0 ? undefined : { prefix: equal, side: 'before' };
    let to: Boundary | undefined = equal.length === 0 ? undefined : { prefix: equal, side: 'after' };
    if (lower !== undefined) from = { prefix: [...equal, lower.value], side: lower.inclusive ? 'before' : 'after' };
    if (upper !== undefined) to = { prefix: [...equal, upper.value], side: upper.inclusive ? 'after' : 'before' };
    return this.complete().walk(from, to, reverse);
  }

  /** The keys of a document: none, one, or one for each element of an expanded array. */
  tuplesOf(doc: Doc): readonly KeyTuple[] {
    const { fields, sparse } = this.definition;
    const expandedAt = fields.findIndex((field) => field.expanded !== undefined);
    const tuple = fields.map((field) => (field.expanded === undefined ? valueAt(doc, field.path) : null));
    if (expandedAt < 0) return sparse && tuple.includes(null) ? [] : [tuple];
    const field = fields[expandedAt] as IndexField;
    const array = valueAt(doc, field.path);
    let elements = distinct(Array.isArray(array) ? array.map((item) => valueAt(item, field.expanded ?? [])) : []);
    // A document whose array is absent or empty must still be found by the other fields.
    if (elements.length === 0) elements = [null];
    const tuples = elements.map((element) => tuple.map((value, i) => (i === expandedAt ? element : value)));
    return sparse ? tuples.filter((values) => !values.includes(null)) : tuples;
  }

  /** Whether a document's entry must be unique. The entry of an absent or empty array need not be. */
  isUniqueEntry(doc: Doc): boolean {
    const field = this.definition.fields.find((candidate) => candidate.expanded !== undefined);
    if (field === undefined) return true;
    const array = valueAt(doc, field.path);
    return Array.isArray(array) && array.length > 0;
  }

  /** The indexed attributes, for error texts. */
  get over(): string {
    return this.definition.fields.map((field) => field.text).join(', ');
  }

  violation(conflictingKey: string): ArangoFailure {
    const place = inIndex(this.definition.name, this.over, conflictingKey);
    return new ArangoFailure(1210, `unique constraint violated - ${place}`);
  }
}

/** The end of an error's text: the index and the key of the other document. */
export function inIndex(index: string, over: string, key: string): string {
  const type = index === 'primary' ? 'primary' : 'persistent';
  return `in index ${index} of type ${type} over '${over}'; conflicting key: ${key}`;
}

/** The value at a path of attribute names, or null if the path does not exist. */
function valueAt(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (!isPlainObject(current)) return null;
    current = ownValue(current, name);
  }
  return current ?? null;
}

function distinct(values: readonly unknown[]): unknown[] {
  const sorted = [...values].sort(compare);
  return sorted.filter((value, i) => i === 0 || compare(value, sorted[i - 1]) !== 0);
}
