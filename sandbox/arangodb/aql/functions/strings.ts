import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { isPlainObject, isTrue } from '../../values';
import { toInteger, toText } from '../casts';
import { characters } from './arrays';
import {
  ANY_NUMBER,
  invalidArgument,
  type FunctionContext,
  type FunctionGroup,
  type Implementation,
} from './definition';
import { likeFunction, regexMatches, regexReplace, regexSplit, regexTest } from './patterns';

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

const concat: Implementation = (_context, ...values) => {
  let text = '';
  if (values.length === 1 && Array.isArray(values[0])) for (const item of values[0]) text += toText(item);
  else for (const value of values) text += toText(value);
  return text;
};

function substring(value: unknown, offset: unknown, count: unknown): string {
  const text = toText(value);
  const start = toInteger(offset);
  const maximum = count === undefined ? undefined : toInteger(count);
  if (characters(text) === text.length) {
    const first = start < 0 ? Math.max(0, text.length + start) : start;
    return maximum === undefined ? text.slice(first) : text.slice(first, first + Math.max(0, maximum));
  }
  const points = [...text];
  const first = start < 0 ? Math.max(0, points.length + start) : start;
  return points.slice(first, maximum === undefined ? undefined : first + Math.max(0, maximum)).join('');
}

const WHITE_SPACE = ' \t\r\n\f\v\u00a0';

function trim(text: string, characterSet: string, side: 'both' | 'left' | 'right'): string {
  const points = [...text];
  let start = 0;
  let end = points.length;
  if (side !== 'right') while (start < end && characterSet.includes(points[start] as string)) start++;
  if (side !== 'left') while (end > start && characterSet.includes(points[end - 1] as string)) end--;
  return points.slice(start, end).join('');
}

const trimFunction: Implementation = (_context, value, how) => {
  if (typeof how === 'number')
    return trim(toText(value), WHITE_SPACE, how === 1 ? 'left' : how === 2 ? 'right' : 'both');
  return trim(toText(value), how === undefined ? WHITE_SPACE : toText(how), 'both');
};

const split: Implementation = (context, value, separator, limit) => {
  if (value === null) return [];
  const text = toText(value);
  const maximum = limit === undefined || limit === null ? -1 : toInteger(limit);
  if (maximum === 0) return [];
  if (limit !== undefined && limit !== null && maximum < 0) return invalidArgument(context, 'SPLIT');
  if (separator === undefined || separator === null) return [text];
  const separators = (Array.isArray(separator) ? separator : [separator]).map(toText);
  const parts = separators.includes('')
    ? [...text]
    : text.split(new RegExp(separators.map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')));
  return maximum < 0 ? parts : parts.slice(0, maximum);
};

const substitute: Implementation = (context, value, search, replacement, limit) => {
  let pairs: [string, string][];
  let maximum: unknown = limit;
  if (isPlainObject(search)) {
    pairs = Object.entries(search).map(([from, to]) => [from, toText(to)]);
    maximum = replacement;
  } else if (Array.isArray(search)) {
    const to = replacement;
    pairs = search.map((from, i) => [toText(from), Array.isArray(to) ? toText(to[i] ?? null) : toText(to ?? null)]);
  } else if (typeof search === 'string') {
    pairs = [[search, toText(replacement ?? null)]];
  } else {
    return invalidArgument(context, 'SUBSTITUTE');
  }
  const by = new Map(pairs.filter(([from]) => from !== ''));
  if (by.size === 0) return toText(value);
  const pattern = [...by.keys()].map((one) => one.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');
  let left = maximum === undefined || maximum === null ? Infinity : toInteger(maximum);
  return toText(value).replace(new RegExp(pattern, 'g'), (found) => (left-- > 0 ? (by.get(found) ?? found) : found));
};

/** The code point index of a UTF-16 position. -1 stays -1. */
function pointIndex(text: string, at: number): number {
  return at <= 0 ? at : characters(text.slice(0, at));
}

const contains: Implementation = (_context, value, search, returnIndex) => {
  const text = toText(value);
  const searched = toText(search);
  const at = searched === '' ? -1 : text.indexOf(searched);
  return isTrue(returnIndex) ? pointIndex(text, at) : at >= 0;
};

const find =
  (last: boolean): Implementation =>
  (_context, value, search, start, end) => {
    const points = [...toText(value)];
    const from = start === undefined || start === null ? 0 : toInteger(start);
    const to = end === undefined || end === null ? points.length - 1 : toInteger(end);
    if (from < 0 || to < from) return -1;
    const part = points.slice(from, to + 1).join('');
    const at = last ? part.lastIndexOf(toText(search)) : part.indexOf(toText(search));
    return at < 0 ? -1 : pointIndex(part, at) + from;
  };

const startsWith: Implementation = (context, value, prefix, minimum) => {
  if (typeof value !== 'string') return false;
  if (typeof prefix === 'string') return value.startsWith(prefix);
  if (!Array.isArray(prefix)) return invalidArgument(context, 'STARTS_WITH');
  const matches = prefix.filter((one) => typeof one === 'string' && value.startsWith(one)).length;
  return matches >= (minimum === undefined ? 1 : toInteger(minimum));
};

const hash = (algorithm: string) => ofText((text) => createHash(algorithm).update(text, 'utf8').digest('hex'));

function parseJson(context: FunctionContext, value: unknown): unknown {
  if (typeof value !== 'string') return invalidArgument(context, 'JSON_PARSE');
  try {
    return JSON.parse(value) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return invalidArgument(context, 'JSON_PARSE');
  }
}

function levenshtein(left: readonly string[], right: readonly string[]): number {
  let row = right.map((_character, i) => i + 1);
  for (const [i, a] of left.entries()) {
    let diagonal = i;
    let before = i + 1;
    row = row.map((above, j) => {
      const cost = Math.min(above + 1, before + 1, diagonal + (a === right[j] ? 0 : 1));
      diagonal = above;
      before = cost;
      return cost;
    });
  }
  return row.at(-1) ?? left.length;
}

const tokenAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Functions of texts. */
export const stringFunctions: FunctionGroup = {
  CONCAT: [1, ANY_NUMBER, concat],
  CONCAT_SEPARATOR: [
    2,
    ANY_NUMBER,
    (_context, separator, ...values) => joinable(values).map(toText).join(toText(separator)),
  ],
  LOWER: [1, 1, ofText((text) => text.toLowerCase())],
  UPPER: [1, 1, ofText((text) => text.toUpperCase())],
  SUBSTRING: [2, 3, (_context, value, offset, count) => substring(value, offset, count)],
  LEFT: [2, 2, (_context, value, count) => substring(value, 0, Math.max(0, toInteger(count)))],
  RIGHT: [
    2,
    2,
    (_context, value, count) => {
      const points = [...toText(value)];
      return points.slice(Math.max(0, points.length - Math.max(0, toInteger(count)))).join('');
    },
  ],
  TRIM: [1, 2, trimFunction],
  LTRIM: [1, 2, (_context, value, set) => trim(toText(value), set === undefined ? WHITE_SPACE : toText(set), 'left')],
  RTRIM: [1, 2, (_context, value, set) => trim(toText(value), set === undefined ? WHITE_SPACE : toText(set), 'right')],
  SPLIT: [1, 3, split],
  SUBSTITUTE: [2, 4, substitute],
  CONTAINS: [2, 3, contains],
  FIND_FIRST: [2, 4, find(false)],
  FIND_LAST: [2, 4, find(true)],
  STARTS_WITH: [2, 3, startsWith],
  LIKE: [2, 3, likeFunction],
  REGEX_TEST: [2, 3, regexTest],
  REGEX_MATCHES: [2, 3, regexMatches],
  REGEX_SPLIT: [2, 4, regexSplit],
  REGEX_REPLACE: [3, 4, regexReplace],
  CHAR_LENGTH: [1, 1, ofText(characters)],
  REPEAT: [
    2,
    3,
    (context, value, times, separator) => {
      const count = toInteger(times);
      if (count < 0 || count > 1_000_000) return invalidArgument(context, 'REPEAT');
      return new Array<string>(count).fill(toText(value)).join(separator === undefined ? '' : toText(separator));
    },
  ],
  REVERSE: [
    1,
    1,
    (_context, value) =>
      Array.isArray(value) ? [...(value as unknown[])].reverse() : [...toText(value)].reverse().join(''),
  ],
  MD5: [1, 1, hash('md5')],
  SHA1: [1, 1, hash('sha1')],
  SHA256: [1, 1, hash('sha256')],
  SHA512: [1, 1, hash('sha512')],
  TO_BASE64: [1, 1, ofText((text) => Buffer.from(text, 'utf8').toString('base64'))],
  TO_HEX: [1, 1, ofText((text) => Buffer.from(text, 'utf8').toString('hex'))],
  TO_CHAR: [1, 1, (_context, code) => String.fromCodePoint(Math.min(0x10ffff, Math.max(0, toInteger(code))))],
  ENCODE_URI_COMPONENT: [1, 1, ofText((text) => encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8')))],
  JSON_STRINGIFY: [1, 1, (_context, value) => JSON.stringify(value)],
  JSON_PARSE: [1, 1, parseJson],
  LEVENSHTEIN_DISTANCE: [2, 2, (_context, left, right) => levenshtein([...toText(left)], [...toText(right)])],
  UUID: [0, 0, () => randomUUID(), { deterministic: false }],
  RANDOM_TOKEN: [
    1,
    1,
    (context, length) => {
      const count = toInteger(length);
      if (count < 0 || count > 65536) return invalidArgument(context, 'RANDOM_TOKEN');
      return Array.from(randomBytes(count), (byte) => tokenAlphabet[byte % tokenAlphabet.length]).join('');
    },
    { deterministic: false },
  ],
};
