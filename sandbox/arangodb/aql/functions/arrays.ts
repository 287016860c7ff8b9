import { compare, isPlainObject, isTrue, mapKey, type MapKey } from '../../values';
import { finite, toInteger, toText } from '../casts';
import { queryFailure } from '../failure';
import { ANY_NUMBER, arrayExpected, invalidArgument, type FunctionGroup, type Implementation } from './definition';

/** A function of one array. Null and a warning for other arguments. */
const ofArray =
  (
    name: string,
    compute: (items: readonly unknown[], ...rest: unknown[]) => unknown,
    refuse = arrayExpected,
  ): Implementation =>
  (context, items, ...rest) =>
    Array.isArray(items) ? compute(items, ...rest) : refuse(context, name);

/** A function of several arrays. Null and a warning for other arguments. */
const ofArrays =
  (
    name: string,
    compute: (lists: readonly (readonly unknown[])[]) => unknown,
    refuse = invalidArgument,
  ): Implementation =>
  (context, ...lists) =>
    lists.every((list) => Array.isArray(list)) ? compute(lists as unknown[][]) : refuse(context, name);

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
function characters(text: string): number {
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

function intersection([first = [], ...others]: readonly (readonly unknown[])[]): unknown[] {
  const keys = others.map((list) => new Set(list.map(mapKey)));
  return unordered(distinct(first).filter((item) => keys.every((inOther) => inOther.has(mapKey(item)))));
}

/** The order of a set is not defined. As in ArangoDB, it is not the order of the input. */
const unordered = (set: unknown[]): unknown[] => set.reverse();

/** Flattens nested arrays, up to a number of levels. */
function flatten(items: readonly unknown[], levels: number, into: unknown[] = []): unknown[] {
  for (const item of items) {
    if (levels > 0 && Array.isArray(item)) flatten(item, levels - 1, into);
    else into.push(item);
  }
  return into;
}

function slice(items: readonly unknown[], start: unknown, count: unknown): unknown[] {
  const from = toInteger(start);
  const first = from < 0 ? Math.max(0, items.length + from) : from;
  if (count === undefined || count === null) return items.slice(first);
  const taken = toInteger(count);
  return taken < 0 ? items.slice(first, Math.max(first, items.length + taken)) : items.slice(first, first + taken);
}

const count: Implementation = (_context, value) => length(value);

const append =
  (name: string): Implementation =>
  (context, items, more, unique) => {
    if (items === null) return more;
    if (!Array.isArray(items)) return invalidArgument(context, name);
    const joined = [...(items as unknown[]), ...(more === null ? [] : [more].flat(1))];
    return isTrue(unique) ? distinct(joined) : joined;
  };

/** Numbers from start to stop, inclusive, ascending or descending. */
export function* eachNumber(start: number, stop: number): Generator<number> {
  if (start <= stop) for (let value = start; value <= stop; value++) yield value;
  else for (let value = start; value >= stop; value--) yield value;
}

/** A range with more elements fails instead of filling the memory. */
const MAX_RANGE = 10_000_000;

/** The value of `from..to`. */
export function rangeOf(from: unknown, to: unknown): number[] {
  const start = toInteger(from);
  const stop = toInteger(to);
  if (Math.abs(stop - start) > MAX_RANGE)
    throw queryFailure(32, 'resource limit exceeded: range has too many elements', 'executing');
  return [...eachNumber(start, stop)];
}

/** The numbers of an array without its nulls, or undefined if it contains other values. */
function numbersOf(items: readonly unknown[]): number[] | undefined {
  const numbers = items.filter((item) => item !== null);
  return numbers.every((item) => typeof item === 'number') ? numbers : undefined;
}

/** The least or greatest element in the order of values. Nulls are skipped. */
function extreme(items: readonly unknown[], sign: 1 | -1): unknown {
  let best: unknown = null;
  for (const item of items) {
    if (item === null || item === undefined) continue;
    if (best === null || compare(item, best) * sign > 0) best = item;
  }
  return best;
}

const sum = (numbers: readonly number[]): number | null => finite(numbers.reduce((total, number) => total + number, 0));

const average = (numbers: readonly number[]): number | null =>
  numbers.length === 0 ? null : finite(numbers.reduce((total, number) => total + number, 0) / numbers.length);

/** Computes a value from numbers. Nulls are skipped; any other value makes the result null. */
const ofNumbers = (compute: (numbers: readonly number[]) => number | null) => (values: readonly unknown[]) => {
  const numbers = numbersOf(values);
  return numbers === undefined ? null : compute(numbers);
};
const sumOf = ofNumbers(sum);
const averageOf = ofNumbers(average);

/** Unlike SUM, it warns of an element that is not a number. */
const averageOfArray: Implementation = (context, items) =>
  Array.isArray(items) && numbersOf(items) ? averageOf(items) : arrayExpected(context, 'AVERAGE');

/** Functions of arrays. */
export const arrayFunctions: FunctionGroup = {
  LENGTH: [1, 1, count],
  COUNT: [1, 1, count],
  FIRST: [1, 1, ofArray('FIRST', (items) => items[0] ?? null)],
  LAST: [1, 1, ofArray('LAST', (items) => items.at(-1) ?? null)],
  APPEND: [2, 3, append('APPEND')],
  PUSH: [2, 2, (context, items, value) => append('PUSH')(context, items, [value])],
  UNION: [2, ANY_NUMBER, ofArrays('UNION', (lists) => lists.flat(1))],
  UNION_DISTINCT: [2, ANY_NUMBER, ofArrays('UNION_DISTINCT', (lists) => unordered(distinct(lists.flat(1))))],
  INTERSECTION: [2, ANY_NUMBER, ofArrays('INTERSECTION', intersection, arrayExpected)],
  UNIQUE: [1, 1, ofArray('UNIQUE', distinct)],
  SORTED: [1, 1, ofArray('SORTED', (items) => [...items].sort(compare))],
  SORTED_UNIQUE: [1, 1, ofArray('SORTED_UNIQUE', (items) => distinct(items).sort(compare))],
  FLATTEN: [1, 2, ofArray('FLATTEN', (items, depth = 1) => flatten(items, Math.max(1, toInteger(depth))))],
  SLICE: [2, 3, ofArray('SLICE', slice, invalidArgument)],
  RANGE: [2, 2, (_context, from, to) => rangeOf(from, to)],
  MIN: [1, 1, ofArray('MIN', (items) => extreme(items, -1))],
  MAX: [1, 1, ofArray('MAX', (items) => extreme(items, 1))],
  SUM: [1, 1, ofArray('SUM', sumOf)],
  AVERAGE: [1, 1, averageOfArray],
  AVG: [1, 1, averageOfArray],
};

const countAll = (values: readonly unknown[]): number => values.length;
const countDistinct = (values: readonly unknown[]): number => distinct(values).length;

/** The functions of AGGREGATE, by name: from a group's values to the result. */
export const aggregateFunctions: Readonly<Record<string, (values: readonly unknown[]) => unknown>> = {
  LENGTH: countAll,
  COUNT: countAll,
  MIN: (values) => extreme(values, -1),
  MAX: (values) => extreme(values, 1),
  // Without any row, the sum is null. With only nulls, it is 0.
  SUM: (values) => (values.length === 0 ? null : sumOf(values)),
  AVERAGE: averageOf,
  AVG: averageOf,
  UNIQUE: distinct,
  SORTED_UNIQUE: (values) => distinct(values).sort(compare),
  COUNT_DISTINCT: countDistinct,
  COUNT_UNIQUE: countDistinct,
  PUSH: (values) => values,
};
