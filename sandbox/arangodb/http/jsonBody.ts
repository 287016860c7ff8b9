import { isUtf8 } from 'node:buffer';
import { ArangoFailure, notSupported } from '../errors';

/** ArangoDB's limit is "slightly below 200" levels of arrays and objects. */
const MAX_NESTING = 195;

/**
 * Parses a request body as strictly as ArangoDB does. Throws 600 for whatever JSON.parse rejects, and also for invalid
 * UTF-8, a duplicate attribute name in an object, a number that exceeds a double and too many levels.
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
  // A duplicate name makes these counts differ. Only then is the slower search needed: a string can contain `":` too.
  if (countNames(value) !== countNameEnds(text) && repeatsName(text)) throw corrupted('Duplicate attribute name');
  return value;
}

const corrupted = (reason: string): ArangoFailure => new ArangoFailure(600, `VPackError error: ${reason}`);

/** Number of attributes at any depth. Throws for a number that overflowed or lost digits, and for too many levels. */
function countNames(value: unknown, level = 1): number {
  if (value === Infinity || value === -Infinity) throw corrupted('Number out of range');
  // ArangoDB keeps all digits of an integer of 64 bits.
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(Number(value)) < 2 ** 64)
    throw notSupported('an integer beyond 2^53');
  if (typeof value !== 'object' || value === null) return 0;
  if (level > MAX_NESTING) throw corrupted('Too deep nesting in Array/Object');
  let count = Array.isArray(value) ? 0 : Object.keys(value).length;
  for (const item of Array.isArray(value) ? (value as unknown[]) : Object.values(value))
    count += countNames(item, level + 1);
  return count;
}

/** Number of colons after a quotation mark: one for each attribute name, and possibly some inside strings. */
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
