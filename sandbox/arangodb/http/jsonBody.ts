import { isUtf8 } from 'node:buffer';
import { ArangoFailure } from '../errors';

/**
 * Reads a request's body as strictly as the server does: beside what JSON.parse refuses, it takes no text that is not
 * UTF-8, no attribute that is named twice in one object, and no number beyond a double. Throws 600.
 */
export function parseBody(content: Buffer): unknown {
  if (!isUtf8(content)) throw corrupted('Invalid UTF-8 sequence');
  const text = content.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch (error) {
    throw corrupted(error instanceof Error ? error.message : 'invalid JSON');
  }
  // Names that are left after parsing against places that look like names: only a difference asks for a closer look.
  if (countNames(value) !== countNameEnds(text) && repeatsName(text)) throw corrupted('Duplicate attribute name');
  return value;
}

function corrupted(reason: string): ArangoFailure {
  return new ArangoFailure(600, `VPackError error: ${reason}`);
}

/** Attributes of all objects within a value; refuses numbers that became infinite. */
function countNames(value: unknown): number {
  if (typeof value === 'number' && !Number.isFinite(value)) throw corrupted('Number out of range');
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countNames(item);
    return count;
  }
  for (const name of Object.keys(value)) count += 1 + countNames((value as Record<string, unknown>)[name]);
  return count;
}

/** Colons behind a quotation mark: the end of each name, and perhaps some within texts. */
function countNameEnds(text: string): number {
  let count = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    let before = at - 1;
    while (before >= 0 && text.charCodeAt(before) <= 0x20) before--;
    if (text[before] === '"') count++;
  }
  return count;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}:]/g;

function repeatsName(text: string): boolean {
  const open: Set<string>[] = [];
  let last = '';
  for (const [token] of text.matchAll(TOKENS)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (token !== ':') last = token;
    else {
      const names = open.at(-1);
      const name = JSON.parse(last) as string;
      if (names?.has(name) === true) return true;
      names?.add(name);
    }
  }
  return false;
}
