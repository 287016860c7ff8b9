import { isPlainObject } from '../values';

const NUMERIC = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Cast to a number: true is 1, numeric text its value, an array of one element that element, all else is 0. */
export function toNumber(value: unknown): number {
  switch (typeof value) {
    case 'number':
      return value;
    case 'boolean':
      return value ? 1 : 0;
    case 'string': {
      const trimmed = value.trim();
      return NUMERIC.test(trimmed) ? Number(trimmed) : 0;
    }
    default:
      return Array.isArray(value) && value.length === 1 ? toNumber(value[0]) : 0;
  }
}

/** Cast to an integer, for bounds of ranges, offsets and the like. */
export const toInteger = (value: unknown): number => Math.trunc(toNumber(value));

/** Cast to text: null is "", arrays and objects are JSON. */
export function toText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    default:
      return value === null || value === undefined ? '' : JSON.stringify(value);
  }
}

/** Cast to an array: null is [], an object its values, a scalar an array of one element. */
export function toArray(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value === null || value === undefined) return [];
  return isPlainObject(value) ? Object.values(value) : [value];
}

/** Replaces NaN and infinity, which do not exist in JSON, by null. */
export const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
