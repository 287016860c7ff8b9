/** Type guards for values of unknown form. Workflow code imports this file. */

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Whether a value is a string that is not empty, and that can be stored: half of a surrogate pair has no UTF-8 form. Two
 * ids or paths that differ in nothing else would have one key.
 */
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.isWellFormed();

/** A string that is not empty; null for anything else. */
export const textOrNull = (value: unknown): string | null => (isText(value) ? value : null);
