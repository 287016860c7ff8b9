import { createHash } from 'node:crypto';

/** A UUID derived from its parts, so that a repeated installation writes the same documents. */
export function derivedUuid(...parts: readonly string[]): string {
  const hex = digest(parts);
  const variant = ((parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

/** PipesHub's account service gives users ids of 24 hexadecimal digits. */
export function derivedUserId(email: string): string {
  return digest(['user', email]).slice(0, 24);
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
