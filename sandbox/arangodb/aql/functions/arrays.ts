import { compare, equals, isPlainObject, isTrue, mapKey, type MapKey } from '../../values';
import { finite, toInteger, toNumber, toText } from '../casts';
import {
  ANY_NUMBER,
  invalidArgument,
  type FunctionContext,
  type FunctionGroup,
  type Implementation,
} from './definition';

/** A function of one array. Null and a warning for other arguments. */
const ofArray =
  (name: string, compute: (items: readonly unknown[], ...rest: unknown[]) => unknown): Implementation =>
  (context, items, ...rest) =>
    Array.isArray(items) ? compute(items, ...rest) : invalidArgument(context, name);

/** A function of several arrays. Null and a warning for other arguments. */
const ofArrays =
  (name: string, compute: (lists: readonly (readonly unknown[])[]) => unknown): Implementation =>
  (context, ...lists) =>
    lists.every((list) => Array.isArray(list)) ? compute(lists as unknown[][]) : invalidArgument(context, name);

/** The distinct values, in the order of their first appearance. */
export function distinct(items: Iterable<unknown>): unknown[] {
  const seen = new Set<MapKey>();
  const result: unknown[] = [];
  for (const item of items) {
    const key = mapKey(item);
    if (seen.has(key)) continue;
    seen.add(key);
    result.push(item);
  }
  return result;
}

/** Characters of a text or of a number's text, attributes of an object; true is 1, false and null are 0. */
export function length(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  switch (typeof value) {
    case 'string':
      return characters(value);
    case 'number':
      return toText(value).length;
    case 'boolean':
      return value ? 1 : 0;
    default:
      return isPlainObject(value) ? Object.keys(value).length : 0;
  }
}

/** Number of code points. */
export function characters(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdbff) {
      count--;
      i++;
    }
  }
  return count;
}

function countEach(lists: readonly (readonly unknown[])[]): Map<MapKey, { value: unknown; lists: number }> {
  const counts = new Map<MapKey, { value: unknown; lists: number }>();
  for (const list of lists) {
    for (const value of distinct(list)) {
      const key = mapKey(value);
      const entry = counts.get(key);
      if (entry === undefined) counts.set(key, { value, lists: 1 });
      else entry.lists++;
    }
  }
  return counts;
}

function inLists(lists: readonly (readonly unknown[])[], accepts: (count: number) => boolean): unknown[] {
  return unordered([...countEach(lists).values()].filter((entry) => accepts(entry.lists)).map(({ value }) => value));
}

/** The order of a set is not defined. As in ArangoDB, it is not the order of the input. */
function unordered(set: unknown[]): unknown[] {
  return set.reverse();
}

function without(items: readonly unknown[], excluded: Iterable<unknown>): unknown[] {
  const keys = new Set<MapKey>();
  for (const value of excluded) keys.add(mapKey(value));
  return items.filter((item) => !keys.has(mapKey(item)));
}

function removeValue(items: readonly unknown[], value: unknown, limit: unknown): unknown[] {
  let left = limit === undefined || limit === null || toInteger(limit) === -1 ? Infinity : toInteger(limit);
  return items.filter((item) => !(left > 0 && equals(item, value) && left-- > 0));
}

function flatten(items: readonly unknown[], levels: number, into: unknown[] = []): unknown[] {
  for (const item of items) {
    if (levels > 0 && Array.isArray(item)) flatten(item, levels - 1, into);
    else into.push(item);
  }
  return into;
}

/** Flattens an array: one level for `[**]`, two for `[***]`. */
export function flattenLevels(items: readonly unknown[], levels: number): unknown[] {
  return flatten(items, levels);
}

function slice(items: readonly unknown[], start: unknown, count: unknown): unknown[] {
  const from = toInteger(start);
  const first = from < 0 ? Math.max(0, items.length + from) : from;
  if (count === undefined || count === null) return items.slice(first);
  const taken = toInteger(count);
  return taken < 0 ? items.slice(first, Math.max(first, items.length + taken)) : items.slice(first, first + taken);
}

const position = ofArray('POSITION', (items, search, returnIndex) => {
  const index = items.findIndex((item) => equals(item, search));
  return isTrue(returnIndex) ? index : index >= 0;
});

const count: Implementation = (_context, value) => length(value);

const append: Implementation = (context, items, more, unique) => {
  if (items === null) return more;
  if (!Array.isArray(items)) return invalidArgument(context, 'APPEND');
  const joined = [
    ...(items as unknown[]),
    ...(Array.isArray(more) ? (more as unknown[]) : more === null ? [] : [more]),
  ];
  return isTrue(unique) ? distinct(joined) : joined;
};

const addElement =
  (name: string, add: (items: unknown[], value: unknown) => unknown[]): Implementation =>
  (context, items, value, unique) => {
    if (items === null) return [value];
    if (!Array.isArray(items)) return invalidArgument(context, name);
    if (isTrue(unique) && items.some((item) => equals(item, value))) return items as unknown[];
    return add(items as unknown[], value);
  };

const withoutEnd =
  (name: string, take: (items: unknown[]) => unknown[]): Implementation =>
  (context, items) => {
    if (items === null) return null;
    return Array.isArray(items) ? take(items as unknown[]) : invalidArgument(context, name);
  };

/** Numbers from start to stop, inclusive, ascending or descending. */
export function range(start: number, stop: number, step = start <= stop ? 1 : -1): number[] {
  const result: number[] = [];
  if (step > 0) for (let value = start; value <= stop; value += step) result.push(value);
  else for (let value = start; value >= stop; value += step) result.push(value);
  return result;
}

/** A range with more elements is an invalid argument, so that it cannot fill the memory. */
const MAX_RANGE = 10_000_000;

const rangeFunction: Implementation = (context, from, to, by) => {
  const start = by === undefined ? toInteger(from) : toNumber(from);
  const stop = by === undefined ? toInteger(to) : toNumber(to);
  const step = by === undefined ? (start <= stop ? 1 : -1) : toNumber(by);
  const backwards = (start < stop && step < 0) || (start > stop && step > 0);
  if (step === 0 || backwards || Math.abs((stop - start) / step) > MAX_RANGE) return invalidArgument(context, 'RANGE');
  return range(start, stop, step);
};

function nth(items: readonly unknown[], index: unknown): unknown {
  const at = toInteger(index);
  return at < 0 ? null : (items[at] ?? null);
}

/** The numbers of an array without its nulls, or undefined if it contains other values. */
function numbersOf(items: readonly unknown[]): number[] | undefined {
  const numbers = items.filter((item) => item !== null);
  return numbers.every((item) => typeof item === 'number') ? numbers : undefined;
}

const ofNumbers =
  (name: string, compute: (numbers: number[]) => number | null): Implementation =>
  (context, items) => {
    const numbers = Array.isArray(items) ? numbersOf(items) : undefined;
    return numbers === undefined ? invalidArgument(context, name) : compute(numbers);
  };

/** The least or greatest element in the order of values. Nulls are skipped. */
function extreme(items: readonly unknown[], sign: 1 | -1): unknown {
  let best: unknown = null;
  for (const item of items) {
    if (item === null || item === undefined) continue;
    if (best === null || compare(item, best) * sign > 0) best = item;
  }
  return best;
}

export function sum(numbers: readonly number[]): number | null {
  return finite(numbers.reduce((total, number) => total + number, 0));
}

export function average(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : finite(numbers.reduce((total, number) => total + number, 0) / numbers.length);
}

/** Variance with n (population) or n-1 (sample) degrees of freedom. Null unless they are above zero. */
export function variance(numbers: readonly number[], correction: 0 | 1): number | null {
  const mean = average(numbers);
  const degrees = numbers.length - correction;
  if (mean === null || degrees <= 0) return null;
  return finite(numbers.reduce((total, number) => total + (number - mean) ** 2, 0) / degrees);
}

export function deviation(numbers: readonly number[], correction: 0 | 1): number | null {
  const squared = variance(numbers, correction);
  return squared === null ? null : Math.sqrt(squared);
}

function median(numbers: readonly number[]): number | null {
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

function percentile(context: FunctionContext, items: unknown, share: unknown, method: unknown): unknown {
  const numbers = Array.isArray(items) ? numbersOf(items) : undefined;
  const percent = toNumber(share);
  if (numbers === undefined || percent <= 0 || percent > 100) return invalidArgument(context, 'PERCENTILE');
  if (numbers.length === 0) return null;
  const sorted = numbers.sort((a, b) => a - b);
  const last = sorted.length - 1;
  if (method === 'interpolation') {
    const rank = (percent / 100) * (sorted.length + 1);
    if (rank >= sorted.length) return sorted[last];
    const lowerRank = Math.floor(rank);
    if (lowerRank < 1) return sorted[0];
    const lower = sorted[lowerRank - 1] as number;
    return lower + (rank - lowerRank) * ((sorted[lowerRank] as number) - lower);
  }
  return sorted[Math.min(last, Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1))];
}

const bits =
  (name: string, start: number, join: (left: number, right: number) => number): Implementation =>
  (context, first, second) => {
    if (second !== undefined) {
      if (typeof first !== 'number' || typeof second !== 'number') return invalidArgument(context, name);
      return join(first, second) >>> 0;
    }
    const numbers = Array.isArray(first) ? numbersOf(first) : undefined;
    if (numbers === undefined) return invalidArgument(context, name);
    return numbers.length === 0 ? null : numbers.reduce(join, start) >>> 0;
  };

/** Functions of arrays. */
export const arrayFunctions: FunctionGroup = {
  LENGTH: [1, 1, count],
  COUNT: [1, 1, count],
  COUNT_DISTINCT: [1, 1, ofArray('COUNT_DISTINCT', (items) => distinct(items).length)],
  COUNT_UNIQUE: [1, 1, ofArray('COUNT_UNIQUE', (items) => distinct(items).length)],
  FIRST: [1, 1, ofArray('FIRST', (items) => items[0] ?? null)],
  LAST: [1, 1, ofArray('LAST', (items) => items.at(-1) ?? null)],
  NTH: [2, 2, ofArray('NTH', nth)],
  APPEND: [2, 3, append],
  PUSH: [2, 3, addElement('PUSH', (items, value) => [...items, value])],
  UNSHIFT: [2, 3, addElement('UNSHIFT', (items, value) => [value, ...items])],
  POP: [1, 1, withoutEnd('POP', (items) => items.slice(0, -1))],
  SHIFT: [1, 1, withoutEnd('SHIFT', (items) => items.slice(1))],
  UNION: [2, ANY_NUMBER, ofArrays('UNION', (lists) => lists.flat(1))],
  UNION_DISTINCT: [2, ANY_NUMBER, ofArrays('UNION_DISTINCT', (lists) => unordered(distinct(lists.flat(1))))],
  INTERSECTION: [2, ANY_NUMBER, ofArrays('INTERSECTION', (lists) => inLists(lists, (n) => n === lists.length))],
  OUTERSECTION: [2, ANY_NUMBER, ofArrays('OUTERSECTION', (lists) => inLists(lists, (n) => n === 1))],
  MINUS: [
    2,
    ANY_NUMBER,
    ofArrays('MINUS', ([first, ...rest]) => unordered(distinct(without(first ?? [], rest.flat(1))))),
  ],
  UNIQUE: [1, 1, ofArray('UNIQUE', distinct)],
  SORTED: [1, 1, ofArray('SORTED', (items) => [...items].sort(compare))],
  SORTED_UNIQUE: [1, 1, ofArray('SORTED_UNIQUE', (items) => distinct(items).sort(compare))],
  FLATTEN: [
    1,
    2,
    ofArray('FLATTEN', (items, depth) => flatten(items, depth === undefined ? 1 : Math.max(1, toInteger(depth)))),
  ],
  SLICE: [2, 3, ofArray('SLICE', slice)],
  POSITION: [2, 3, position],
  CONTAINS_ARRAY: [2, 3, position],
  REMOVE_VALUE: [
    2,
    3,
    (context, items, value, limit) =>
      items === null
        ? []
        : Array.isArray(items)
          ? removeValue(items, value, limit)
          : invalidArgument(context, 'REMOVE_VALUE'),
  ],
  REMOVE_VALUES: [
    2,
    2,
    (context, items, values) =>
      items === null
        ? []
        : values === null
          ? items
          : Array.isArray(items) && Array.isArray(values)
            ? without(items, values)
            : invalidArgument(context, 'REMOVE_VALUES'),
  ],
  REMOVE_NTH: [
    2,
    2,
    ofArray('REMOVE_NTH', (items, index) => {
      const at = toInteger(index) < 0 ? items.length + toInteger(index) : toInteger(index);
      return items.filter((_item, i) => i !== at);
    }),
  ],
  REPLACE_NTH: [
    3,
    4,
    (context, items, index, value, fill) => {
      if (!Array.isArray(items)) return invalidArgument(context, 'REPLACE_NTH');
      const at = toInteger(index) < 0 ? Math.max(0, items.length + toInteger(index)) : toInteger(index);
      if (at > items.length && fill === undefined) return invalidArgument(context, 'REPLACE_NTH');
      const copy: unknown[] = [...(items as unknown[])];
      while (copy.length < at) copy.push(fill);
      copy[at] = value;
      return copy;
    },
  ],
  INTERLEAVE: [
    2,
    ANY_NUMBER,
    ofArrays('INTERLEAVE', (lists) => {
      const result: unknown[] = [];
      const longest = Math.max(...lists.map((list) => list.length));
      for (let i = 0; i < longest; i++) for (const list of lists) if (i < list.length) result.push(list[i]);
      return result;
    }),
  ],
  JACCARD: [
    2,
    2,
    ofArrays('JACCARD', (lists) => {
      const counts = [...countEach(lists).values()];
      return counts.length === 0 ? 1 : counts.filter((entry) => entry.lists === 2).length / counts.length;
    }),
  ],
  RANGE: [2, 3, rangeFunction],
  MIN: [1, 1, ofArray('MIN', (items) => extreme(items, -1))],
  MAX: [1, 1, ofArray('MAX', (items) => extreme(items, 1))],
  SUM: [1, 1, ofNumbers('SUM', sum)],
  PRODUCT: [1, 1, ofNumbers('PRODUCT', (numbers) => finite(numbers.reduce((product, number) => product * number, 1)))],
  AVERAGE: [1, 1, ofNumbers('AVERAGE', average)],
  AVG: [1, 1, ofNumbers('AVG', average)],
  MEDIAN: [1, 1, ofNumbers('MEDIAN', median)],
  PERCENTILE: [2, 3, percentile],
  VARIANCE_POPULATION: [1, 1, ofNumbers('VARIANCE_POPULATION', (numbers) => variance(numbers, 0))],
  VARIANCE_SAMPLE: [1, 1, ofNumbers('VARIANCE_SAMPLE', (numbers) => variance(numbers, 1))],
  VARIANCE: [1, 1, ofNumbers('VARIANCE', (numbers) => variance(numbers, 0))],
  STDDEV_POPULATION: [1, 1, ofNumbers('STDDEV_POPULATION', (numbers) => deviation(numbers, 0))],
  STDDEV_SAMPLE: [1, 1, ofNumbers('STDDEV_SAMPLE', (numbers) => deviation(numbers, 1))],
  STDDEV: [1, 1, ofNumbers('STDDEV', (numbers) => deviation(numbers, 0))],
  BIT_AND: [1, 2, bits('BIT_AND', 0xffffffff, (left, right) => left & right)],
  BIT_OR: [1, 2, bits('BIT_OR', 0, (left, right) => left | right)],
  BIT_XOR: [1, 2, bits('BIT_XOR', 0, (left, right) => left ^ right)],
};
