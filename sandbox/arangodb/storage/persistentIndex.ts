import { ArangoFailure } from '../errors';
import { compare, isPlainObject, ownValue } from '../values';
import { BPlusTree, type Boundary } from './bPlusTree';
import type { IndexDefinition } from './indexDefinition';
import { type IndexKeys, KeyProbe, type KeyTuple } from './indexKey';
import type { Doc, IndexField, IndexLookup } from './types';

/**
 * An ordered index over one or more attributes. It contains all versions of a document; readers skip
 * the versions that they do not see.
 */
export class PersistentIndex {
  private readonly tree: BPlusTree;

  constructor(
    readonly definition: IndexDefinition,
    keys: IndexKeys,
  ) {
    this.tree = new BPlusTree(keys);
  }

  /** Distinct keys per entry: 1 if all keys differ. */
  get selectivity(): number {
    return this.definition.unique ? 1 : this.tree.distinctShare;
  }

  add(slot: number, tuples: readonly KeyTuple[]): void {
    for (const tuple of tuples) this.tree.insert(new KeyProbe(tuple), slot);
  }

  remove(slot: number, doc: Doc): void {
    for (const tuple of this.tuplesOf(doc)) this.tree.remove(new KeyProbe(tuple), slot);
  }

  clear(): void {
    this.tree.clear();
  }

  /** Slots of all versions with this key. */
  withKey(tuple: KeyTuple): Iterable<number> {
    const probe = new KeyProbe(tuple);
    return this.tree.walk({ probe, side: 'before' }, { probe, side: 'after' });
  }

  lookup(what: IndexLookup): Iterable<number> {
    const { equal, lower, upper } = what;
    const prefix = equal.length === 0 ? undefined : new KeyProbe(equal);
    let from: Boundary | undefined = prefix && { probe: prefix, side: 'before' };
    let to: Boundary | undefined = prefix && { probe: prefix, side: 'after' };
    if (lower !== undefined) {
      from = { probe: new KeyProbe([...equal, lower.value]), side: lower.inclusive ? 'before' : 'after' };
    }
    if (upper !== undefined) {
      to = { probe: new KeyProbe([...equal, upper.value]), side: upper.inclusive ? 'after' : 'before' };
    }
    if (from !== undefined && to !== undefined && isEmptyRange(from, to)) return [];
    return this.tree.walk(from, to, what.reverse === true);
  }

  /** The keys of a document: none, one, or one for each element of an expanded array. */
  tuplesOf(doc: Doc): readonly KeyTuple[] {
    const { fields, sparse } = this.definition;
    const expandedAt = fields.findIndex((field) => field.expanded !== undefined);
    const tuple = fields.map((field) => (field.expanded === undefined ? valueAt(doc, field.path) : null));
    if (expandedAt < 0) return sparse && tuple.includes(null) ? [] : [tuple];
    const field = fields[expandedAt] as IndexField;
    const array = valueAt(doc, field.path);
    let elements = Array.isArray(array) ? array.map((item) => valueAt(item, field.expanded ?? [])) : [];
    elements = distinct(elements);
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

  violation(conflictingKey: string): ArangoFailure {
    const { name, fields } = this.definition;
    const over = fields.map((field) => field.text).join(', ');
    return new ArangoFailure(
      1210,
      `unique constraint violated - in index ${name} of type persistent over '${over}'; conflicting key: ${conflictingKey}`,
    );
  }
}

function isEmptyRange(from: Boundary, to: Boundary): boolean {
  const a = from.probe.values;
  const b = to.probe.values;
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const order = compare(a[i], b[i]);
    if (order !== 0) return order > 0;
  }
  return a.length === b.length && (from.side === 'after' || to.side === 'before') && a.length > 0;
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
