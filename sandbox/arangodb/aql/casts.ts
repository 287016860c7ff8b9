import { isPlainObject } from '../values';

const NUMERIC = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number that arithmetic sees: null and false 0, true 1, numeric text, a one-element array's element, else 0. */
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

/** Bounds of ranges, offsets and the like: the number without its fraction. */
export function toInteger(value: unknown): number {
  return Math.trunc(toNumber(value));
}

/** null is "", arrays and objects are JSON text. */
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

/** null is [], an object gives its values, a scalar an array of one. */
export function toArray(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value === null || value === undefined) return [];
  return isPlainObject(value) ? Object.values(value) : [value];
}

/** NaN and infinity do not exist in JSON: they are null. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Sets an attribute; `__proto__` too becomes an ordinary one. */
export function setAttribute(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[name] = value;
  }
}
