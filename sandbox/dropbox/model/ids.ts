import { createHash } from 'node:crypto';

const SAFE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** URL-safe text of a fixed length that depends only on `parts`, so opaque ids need not be stored. */
export function opaque(length: number, ...parts: (string | number)[]): string {
  let text = '';
  for (let round = 0; text.length < length; round++) {
    text += createHash('sha256')
      .update(`${round}|${parts.join('|')}`)
      .digest('base64url');
  }
  return text.slice(0, length);
}

/** A number in [0, 1) that depends only on `parts`, so seeded randomness needs no state. */
export function chance(...parts: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    const text = typeof part === 'number' ? part.toString(36) : part;
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x7c, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  hash ^= hash >>> 16;
  return (hash >>> 0) / 4294967296;
}

/** All pairs of URL-safe characters. Every entry of a listing has an id, so ids are encoded twelve bits at a time. */
const PAIRS = Array.from({ length: 4096 }, (_, at) => SAFE.charAt(at >> 6) + SAFE.charAt(at & 63));

/** Encodes a non-negative integer below 2^48 as eight URL-safe characters. */
function eightChars(value: number): string {
  const low = value % 16_777_216;
  const high = (value - low) / 16_777_216;
  return pair(high >> 12) + pair(high & 4095) + pair(low >> 12) + pair(low & 4095);
}

function pair(bits: number): string {
  return PAIRS[bits] ?? '';
}

/** Encodes item numbers as item ids: `id:` and 22 URL-safe characters. */
export class ItemIds {
  private readonly prefix: string;

  constructor(seed: string) {
    this.prefix = `id:${opaque(14, 'item', seed)}`;
  }

  encode(number: number): string {
    return this.prefix + eightChars(number);
  }

  /** The item's number; undefined for an id that this company never issued. */
  decode(id: string): number | undefined {
    if (id.length !== 25 || !id.startsWith(this.prefix)) return undefined;
    let value = 0;
    for (let at = 17; at < 25; at++) {
      const digit = SAFE.indexOf(id.charAt(at));
      if (digit < 0) return undefined;
      value = value * 64 + digit;
    }
    return value;
  }
}

const VERSIONS = 0x10000;

/** A rev encodes the file's number and its version, so no table from rev to file is needed. */
export function revOf(number: number, version: number): string {
  return (number * VERSIONS + version).toString(16).padStart(14, '0');
}

export function decodeRev(rev: string): { number: number; version: number } | undefined {
  if (!/^[0-9a-f]{9,14}$/.test(rev)) return undefined;
  const value = parseInt(rev, 16);
  return { number: Math.floor(value / VERSIONS), version: value % VERSIONS };
}
