/** What a value of unknown form is. Workflow code imports this file. */

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether it is a text that says something: an empty one does not. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** A text that may be absent; null for anything else than one. */
export const textOrNull = (value: unknown): string | null => (isText(value) ? value : null);
