import { isPlainObject, isTrue, typeRank } from '../../values';
import { toArray, toNumber, toText } from '../casts';
import { ANY_NUMBER, type FunctionGroup, type Implementation } from './definition';

const typeNames = ['null', 'bool', 'number', 'string', 'array', 'object'];

const ISO_DATE =
  /^[+-]?\d{4,}(-\d{1,2}(-\d{1,2}([T ]\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?(Z|[+-]\d{1,2}:\d{2})?)?)?)?Z?$/i;

export function isDateText(value: unknown): value is string {
  return typeof value === 'string' && ISO_DATE.test(value.trim());
}

const firstThat =
  (accepts: (value: unknown) => boolean): Implementation =>
  (_context, ...values) =>
    values.find(accepts) ?? null;

/** Functions that test and convert types. */
export const typeFunctions: FunctionGroup = {
  IS_NULL: [1, 1, (_context, value) => value === null],
  IS_BOOL: [1, 1, (_context, value) => typeof value === 'boolean'],
  IS_NUMBER: [1, 1, (_context, value) => typeof value === 'number'],
  IS_STRING: [1, 1, (_context, value) => typeof value === 'string'],
  IS_ARRAY: [1, 1, (_context, value) => Array.isArray(value)],
  IS_LIST: [1, 1, (_context, value) => Array.isArray(value)],
  IS_OBJECT: [1, 1, (_context, value) => isPlainObject(value)],
  IS_DOCUMENT: [1, 1, (_context, value) => isPlainObject(value)],
  IS_DATESTRING: [1, 1, (_context, value) => isDateText(value)],
  IS_KEY: [1, 1, (_context, value) => typeof value === 'string' && /^[\w\-.@()+,=;$!*'%:]{1,254}$/.test(value)],
  TYPENAME: [1, 1, (_context, value) => typeNames[typeRank(value)] ?? 'null'],
  TO_BOOL: [1, 1, (_context, value) => isTrue(value)],
  TO_NUMBER: [1, 1, (_context, value) => toNumber(value)],
  TO_STRING: [1, 1, (_context, value) => toText(value)],
  TO_ARRAY: [1, 1, (_context, value) => toArray(value)],
  TO_LIST: [1, 1, (_context, value) => toArray(value)],
  NOT_NULL: [1, ANY_NUMBER, firstThat((value) => value !== null)],
  FIRST_LIST: [1, ANY_NUMBER, firstThat(Array.isArray)],
  FIRST_DOCUMENT: [1, ANY_NUMBER, firstThat(isPlainObject)],
};
