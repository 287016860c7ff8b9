import { ArangoFailure } from '../../errors';
import { isPlainObject, isTrue, typeRank } from '../../values';
import { finite, toArray, toNumber, toText } from '../casts';
import { ANY_NUMBER, type FunctionGroup, type Implementation } from './definition';

const typeNames = ['null', 'bool', 'number', 'string', 'array', 'object'];

/** The name of a value's type, as TYPENAME returns it. */
export const typeName = (value: unknown): string => typeNames[typeRank(value)] ?? 'null';

const ofNumber =
  (compute: (x: number) => number): Implementation =>
  (_context, value) =>
    finite(compute(toNumber(value)));

const assertion: Implementation = (_context, condition, text) => {
  if (!isTrue(condition)) throw new ArangoFailure(1593, toText(text));
  return true;
};

const fail: Implementation = (_context, text) => {
  throw new ArangoFailure(1569, text === undefined ? 'FAIL(%s) called' : `FAIL(${toText(text)}) called`);
};

/** Functions of any value: types, numbers, and control of the query. */
export const valueFunctions: FunctionGroup = {
  IS_NULL: [1, 1, (_context, value) => value === null],
  IS_BOOL: [1, 1, (_context, value) => typeof value === 'boolean'],
  IS_NUMBER: [1, 1, (_context, value) => typeof value === 'number'],
  IS_STRING: [1, 1, (_context, value) => typeof value === 'string'],
  IS_ARRAY: [1, 1, (_context, value) => Array.isArray(value)],
  IS_OBJECT: [1, 1, (_context, value) => isPlainObject(value)],
  TYPENAME: [1, 1, (_context, value) => typeName(value)],
  TO_BOOL: [1, 1, (_context, value) => isTrue(value)],
  TO_NUMBER: [1, 1, (_context, value) => toNumber(value)],
  TO_STRING: [1, 1, (_context, value) => toText(value)],
  TO_ARRAY: [1, 1, (_context, value) => toArray(value)],
  NOT_NULL: [1, ANY_NUMBER, (_context, ...values) => values.find((value) => value !== null) ?? null],
  FLOOR: [1, 1, ofNumber(Math.floor)],
  CEIL: [1, 1, ofNumber(Math.ceil)],
  ROUND: [1, 1, ofNumber((x) => Math.floor(x + 0.5))],
  ABS: [1, 1, ofNumber(Math.abs)],
  RAND: [0, 0, () => Math.random(), { deterministic: false }],
  DATE_NOW: [0, 0, () => Date.now(), { deterministic: false }],
  ASSERT: [2, 2, assertion, { deterministic: false }],
  FAIL: [0, 1, fail, { deterministic: false }],
  NOOPT: [1, 1, (_context, value) => value, { deterministic: false }],
};
