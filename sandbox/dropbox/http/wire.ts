import { randomBytes } from 'node:crypto';

/**
 * JSON that is safe in an HTTP header: every UTF-16 unit from U+007F upwards becomes a lowercase `\uXXXX` escape, so a
 * character outside the basic plane becomes two of them.
 */
export function headerSafeJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** UTC with one-second resolution, like every timestamp of Dropbox except `created` of a group. */
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

/** The tags of an error from the outermost to the innermost, for example `path`, `conflict`, `file`. */
function tagPath(error: Tagged): string[] {
  const tag = error['.tag'];
  if (typeof tag !== 'string') return [];
  // Structs are flattened into the union. The only field of such a struct that holds a further error is `reason`.
  // The value of `metadata` is no error: it describes a link that exists already.
  const inner = tag === 'metadata' ? undefined : (error[tag] ?? error.reason);
  return inner !== null && typeof inner === 'object' ? [tag, ...tagPath(inner as Tagged)] : [tag];
}

/**
 * The envelope of every JSON error. Dropbox ends the summary with a random number of dots, so that clients do not parse
 * it.
 * @param depth maximum number of tags in the summary, because the `.tag` of a polymorphic struct is not an error tag
 */
export function errorEnvelope(error: object, depth = Infinity): { error_summary: string; error: object } {
  const summary = tagPath(error as Tagged).slice(0, depth);
  return { error_summary: `${summary.join('/')}/${'.'.repeat(Math.floor(Math.random() * 4))}`, error };
}
