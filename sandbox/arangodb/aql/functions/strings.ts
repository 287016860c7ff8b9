import { isPlainObject, isTrue } from '../../values';
import { toInteger, toText } from '../casts';
import { ANY_NUMBER, arrayExpected, invalidArgument, type FunctionGroup, type Implementation } from './definition';

const isText = (value: unknown): value is string => typeof value === 'string';

const ofText =
  (compute: (text: string) => unknown): Implementation =>
  (_context, value) =>
    compute(toText(value));

/** The values to join: the arguments, or the elements if the only argument is an array. Nulls are skipped. */
function joinable(values: readonly unknown[]): readonly unknown[] {
  const [only] = values;
  const items = values.length === 1 && Array.isArray(only) ? (only as unknown[]) : values;
  return items.filter((item) => item !== null);
}

const concat: Implementation = (_context, ...values) => joinable(values).map(toText).join('');

const concatSeparator: Implementation = (_context, separator, ...values) =>
  joinable(values).map(toText).join(toText(separator));

const WHITE_SPACE = ' \t\r\n';

/** The second argument is the characters to remove, or where to remove white space: 1 is the start, 2 the end. */
const trim: Implementation = (_context, value, option) => {
  const removed = typeof option === 'string' ? option : WHITE_SPACE;
  const side = typeof option === 'number' ? Math.trunc(option) : 0;
  const points = [...toText(value)];
  const isKept = (point: string): boolean => !removed.includes(point);
  const first = side === 2 ? 0 : points.findIndex(isKept);
  return first < 0 ? '' : points.slice(first, side === 1 ? undefined : points.findLastIndex(isKept) + 1).join('');
};

const split: Implementation = (context, value, separator, limit) => {
  if (limit !== undefined && typeof limit !== 'number') return invalidArgument(context, 'SPLIT');
  const maximum = limit === undefined ? Infinity : Math.trunc(limit);
  if (maximum < 0) return null;
  if (maximum === 0) return [];
  if (isPlainObject(separator)) return invalidArgument(context, 'SPLIT');
  if (separator === undefined) return [value];
  const text = toText(value);
  if (separator === null) return [text];
  // In an array, everything but a text counts as the empty text, which separates all characters.
  const separators = Array.isArray(separator) ? separator.map((one) => (isText(one) ? one : '')) : [toText(separator)];
  const parts = separators.includes('') ? [...text] : text.split(new RegExp(separators.map(literal).join('|')));
  return parts.slice(0, maximum);
};

/** Replaces the texts that are searched by those at the same places; a single text replaces all of them. */
const substitute: Implementation = (context, value, search, replacement, limit) => {
  if (isPlainObject(search)) {
    return substitute(context, value, Object.keys(search), Object.values(search), replacement);
  }
  const searched: unknown[] = [search].flat(1);
  const by = replacement === undefined ? '' : replacement;
  const isValid = isText(by) || (Array.isArray(by) && by.every((one) => one === null || isText(one)));
  if (!isValid || !searched.every(isText)) return invalidArgument(context, 'SUBSTITUTE');
  const patterns = searched.filter((pattern) => pattern !== '').map(literal);
  if (patterns.length === 0) return toText(value);
  let left = limit === undefined ? Infinity : toInteger(limit);
  return toText(value).replace(new RegExp(patterns.join('|'), 'gu'), (found) => {
    if (left === 0) return found;
    left--;
    return isText(by) ? by : toText(by[searched.indexOf(found)]);
  });
};

const contains: Implementation = (_context, value, search) => {
  const searched = toText(search);
  return searched !== '' && toText(value).includes(searched);
};

const startsWith: Implementation = (context, value, prefix) => {
  if (typeof value !== 'string') return false;
  if (typeof prefix === 'string') return value.startsWith(prefix);
  if (!Array.isArray(prefix)) return invalidArgument(context, 'STARTS_WITH');
  return prefix.some((one) => typeof one === 'string' && value.startsWith(one));
};

/** Compiled patterns of LIKE. A query usually applies the same few patterns to every row. */
const compiled = new Map<string, RegExp>();
const MAX_COMPILED = 500;

/**
 * The regular expression of a LIKE pattern, which must match the complete text. `%` matches any characters, `_` exactly
 * one; a backslash escapes both and itself.
 */
function likePattern(pattern: string, flags: string): RegExp {
  const key = `${flags}:${pattern}`;
  let expression = compiled.get(key);
  if (expression !== undefined) return expression;
  if (compiled.size >= MAX_COMPILED) compiled.clear();
  const source = pattern.replace(/\\([%_\\])|[%_]|[^%_]/g, (part, escaped: string | undefined) =>
    escaped !== undefined ? literal(escaped) : part === '%' ? '[^]*' : part === '_' ? '[^]' : literal(part),
  );
  expression = new RegExp(`^${source}$`, flags);
  compiled.set(key, expression);
  return expression;
}

/** The text as a part of a regular expression. */
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

const like: Implementation = (_context, value, pattern, ignoreCase) => {
  return likePattern(toText(pattern), isTrue(ignoreCase) ? 'iu' : 'u').test(toText(value));
};

const reverse: Implementation = (context, value) => {
  if (isText(value)) return [...value].reverse().join('');
  return Array.isArray(value) ? [...(value as unknown[])].reverse() : arrayExpected(context, 'REVERSE');
};

/** Functions of texts. */
export const stringFunctions: FunctionGroup = {
  CONCAT: [1, ANY_NUMBER, concat],
  CONCAT_SEPARATOR: [2, ANY_NUMBER, concatSeparator],
  LOWER: [1, 1, ofText((text) => text.toLowerCase())],
  UPPER: [1, 1, ofText((text) => text.toUpperCase())],
  TRIM: [1, 2, trim],
  SPLIT: [1, 3, split],
  SUBSTITUTE: [2, 4, substitute],
  CONTAINS: [2, 2, contains],
  STARTS_WITH: [2, 2, startsWith],
  LIKE: [2, 3, like],
  REVERSE: [1, 1, reverse],
};
