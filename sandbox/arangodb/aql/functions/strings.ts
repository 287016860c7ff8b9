import { notSupported } from '../../errors';
import { isTrue } from '../../values';
import { toInteger, toText } from '../casts';
import { ANY_NUMBER, invalidArgument, type FunctionGroup, type Implementation } from './definition';

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

const WHITE_SPACE = ' \t\r\n\f\v\u00a0';

const trim: Implementation = (_context, value, characterSet) => {
  if (typeof characterSet === 'number') throw notSupported('the type of TRIM()');
  const removed = characterSet === undefined ? WHITE_SPACE : toText(characterSet);
  const points = [...toText(value)];
  const isKept = (point: string): boolean => !removed.includes(point);
  return points.slice(Math.max(0, points.findIndex(isKept)), points.findLastIndex(isKept) + 1).join('');
};

const split: Implementation = (context, value, separator, limit) => {
  if (value === null) return [];
  const text = toText(value);
  const maximum = limit === undefined || limit === null ? -1 : toInteger(limit);
  if (maximum === 0) return [];
  if (limit !== undefined && limit !== null && maximum < 0) return invalidArgument(context, 'SPLIT');
  if (separator === undefined || separator === null) return [text];
  const separators = (Array.isArray(separator) ? separator : [separator]).map(toText);
  const parts = separators.includes('') ? [...text] : text.split(new RegExp(separators.map(literal).join('|')));
  return maximum < 0 ? parts : parts.slice(0, maximum);
};

const substitute: Implementation = (context, value, search, replacement = null) => {
  if (typeof search !== 'string') return invalidArgument(context, 'SUBSTITUTE');
  return search === '' ? toText(value) : toText(value).replaceAll(search, () => toText(replacement));
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
function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

const like: Implementation = (_context, value, pattern, ignoreCase) => {
  if (typeof value !== 'string' || typeof pattern !== 'string') return false;
  return likePattern(pattern, isTrue(ignoreCase) ? 'iu' : 'u').test(value);
};

const reverse: Implementation = (_context, value) =>
  Array.isArray(value) ? [...(value as unknown[])].reverse() : [...toText(value)].reverse().join('');

/** Functions of texts. */
export const stringFunctions: FunctionGroup = {
  CONCAT: [1, ANY_NUMBER, concat],
  CONCAT_SEPARATOR: [2, ANY_NUMBER, concatSeparator],
  LOWER: [1, 1, ofText((text) => text.toLowerCase())],
  UPPER: [1, 1, ofText((text) => text.toUpperCase())],
  TRIM: [1, 2, trim],
  SPLIT: [1, 3, split],
  SUBSTITUTE: [2, 3, substitute],
  CONTAINS: [2, 2, contains],
  STARTS_WITH: [2, 2, startsWith],
  LIKE: [2, 3, like],
  REVERSE: [1, 1, reverse],
};
