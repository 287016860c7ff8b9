import { compare, isTrue } from '../../values';
import { finite } from '../casts';
import { isWord } from './bits';
import { invalidArgument, type FunctionGroup, type Implementation } from './definition';

function areNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}

/** A function of two arrays of numbers with the same length. Null and a warning for other arguments. */
const ofVectors =
  (name: string, compute: (a: readonly number[], b: readonly number[]) => number): Implementation =>
  (context, a, b) =>
    areNumbers(a) && areNumbers(b) && a.length === b.length ? finite(compute(a, b)) : invalidArgument(context, name);

const product = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((total, item, i) => total + item * (b[i] as number), 0);

const inRange: Implementation = (_context, value, low, high, includeLow, includeHigh) => {
  const fromLow = compare(value, low);
  const fromHigh = compare(value, high);
  return (isTrue(includeLow) ? fromLow >= 0 : fromLow > 0) && (isTrue(includeHigh) ? fromHigh <= 0 : fromHigh < 0);
};

const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = new RegExp(`^${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}$`);

function octetsOf(text: unknown): number[] | undefined {
  const found = typeof text === 'string' ? IPV4.exec(text) : null;
  return found === null ? undefined : found.slice(1).map(Number);
}

/** Functions of vectors, ranges and IP addresses. */
export const distanceFunctions: FunctionGroup = {
  IN_RANGE: [5, 5, inRange],
  COSINE_SIMILARITY: [
    2,
    2,
    ofVectors('COSINE_SIMILARITY', (a, b) => product(a, b) / Math.sqrt(product(a, a) * product(b, b))),
  ],
  L1_DISTANCE: [
    2,
    2,
    ofVectors('L1_DISTANCE', (a, b) => a.reduce((total, item, i) => total + Math.abs(item - (b[i] as number)), 0)),
  ],
  L2_DISTANCE: [2, 2, ofVectors('L2_DISTANCE', (a, b) => Math.hypot(...a.map((item, i) => item - (b[i] as number))))],
  IS_IPV4: [1, 1, (_context, text) => octetsOf(text) !== undefined],
  IPV4_TO_NUMBER: [
    1,
    1,
    (context, text) =>
      octetsOf(text)?.reduce((total, octet) => total * 256 + octet, 0) ?? invalidArgument(context, 'IPV4_TO_NUMBER'),
  ],
  IPV4_FROM_NUMBER: [
    1,
    1,
    (context, value) =>
      isWord(value)
        ? [24, 16, 8, 0].map((by) => (value >>> by) & 255).join('.')
        : invalidArgument(context, 'IPV4_FROM_NUMBER'),
  ],
};
