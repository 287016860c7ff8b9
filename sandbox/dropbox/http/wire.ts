import { randomBytes } from 'node:crypto';

/**
 * JSON that may stand in an HTTP header: every UTF-16 unit from U+007F upward becomes a lowercase `\uXXXX` escape, so a
 * character outside the basic plane becomes two.
 */
export function headerSafeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** One-second resolution in UTC, as every timestamp of Dropbox but a group's `created`. */
export function timestampText(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

export function newRequestId(): string {
  return randomBytes(16).toString('hex');
}

interface Tagged {
  readonly '.tag'?: unknown;
  readonly [key: string]: unknown;
}

/** The tags of an error from the outside inwards: `path`, `conflict`, `file`. */
function tagPath(error: Tagged): string[] {
  const tag = error['.tag'];
  if (typeof tag !== 'string') return [];
  // A struct inside a union is flattened; the one field in which errors go on inside a struct is called `reason`.
  const inner = error[tag] ?? error.reason;
  return inner !== null && typeof inner === 'object' ? [tag, ...tagPath(inner as Tagged)] : [tag];
}

/**
 * The envelope around every JSON error. Dropbox ends the summary in a run of dots of random length, so that nobody comes
 * to depend on it.
 * @param depth how many tags the summary names: a polymorphic struct inside the error has a `.tag` that is no error's
 */
export function errorEnvelope(error: object, depth = Infinity): { error_summary: string; error: object } {
  const summary = tagPath(error as Tagged).slice(0, depth);
  return { error_summary: `${summary.join('/')}/${'.'.repeat(Math.floor(Math.random() * 4))}`, error };
}
