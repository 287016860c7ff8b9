import { invalidArgument, type FunctionGroup, type Implementation } from './definition';

/** As in ArangoDB, numbers are unsigned 32-bit integers. */
const MAX_BITS = 32;

export function isWord(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** MAX_BITS;
}

function isCount(value: unknown): value is number {
  return isWord(value) && value <= MAX_BITS;
}

/** A function of unsigned 32-bit integers. Null and a warning for other arguments. */
const ofWords =
  (name: string, compute: (...words: number[]) => unknown): Implementation =>
  (context, ...args) =>
    args.every(isWord) ? compute(...args) : invalidArgument(context, name);

function masked(value: number, bits: number): number {
  return bits >= MAX_BITS ? value >>> 0 : (value & (2 ** bits - 1)) >>> 0;
}

const shift =
  (name: string, move: (value: number, by: number) => number): Implementation =>
  (context, value, by, bits) =>
    isWord(value) && isCount(by) && isCount(bits) ? masked(move(value, by), bits) : invalidArgument(context, name);

const construct: Implementation = (context, positions) => {
  if (!Array.isArray(positions) || !positions.every((position) => isWord(position) && position < MAX_BITS)) {
    return invalidArgument(context, 'BIT_CONSTRUCT');
  }
  return (positions as number[]).reduce((value, position) => (value | (1 << position)) >>> 0, 0);
};

function positionsIn(value: number): number[] {
  return Array.from({ length: MAX_BITS }, (_, position) => position).filter((position) => (value >>> position) & 1);
}

const fromText: Implementation = (context, text) =>
  typeof text === 'string' && /^[01]{1,32}$/.test(text)
    ? parseInt(text, 2)
    : invalidArgument(context, 'BIT_FROM_STRING');

const toBits: Implementation = (context, value, length) =>
  isWord(value) && isCount(length)
    ? masked(value, length).toString(2).padStart(length, '0')
    : invalidArgument(context, 'BIT_TO_STRING');

/** Functions of the bits of a number. */
export const bitFunctions: FunctionGroup = {
  BIT_NEGATE: [
    2,
    2,
    (context, value, bits) =>
      isWord(value) && isCount(bits) ? masked(~value, bits) : invalidArgument(context, 'BIT_NEGATE'),
  ],
  BIT_TEST: [
    2,
    2,
    (context, value, position) =>
      isWord(value) && isWord(position) && position < MAX_BITS
        ? ((value >>> position) & 1) === 1
        : invalidArgument(context, 'BIT_TEST'),
  ],
  BIT_POPCOUNT: [1, 1, ofWords('BIT_POPCOUNT', (value) => positionsIn(value).length)],
  BIT_SHIFT_LEFT: [3, 3, shift('BIT_SHIFT_LEFT', (value, by) => (by >= MAX_BITS ? 0 : value << by))],
  BIT_SHIFT_RIGHT: [3, 3, shift('BIT_SHIFT_RIGHT', (value, by) => (by >= MAX_BITS ? 0 : value >>> by))],
  BIT_CONSTRUCT: [1, 1, construct],
  BIT_DECONSTRUCT: [1, 1, ofWords('BIT_DECONSTRUCT', (value) => positionsIn(value))],
  BIT_TO_STRING: [2, 2, toBits],
  BIT_FROM_STRING: [1, 1, fromText],
};
