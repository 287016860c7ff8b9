import type { Name } from './schema';
import { isLocal } from './values';

/** A secret with fewer different bytes is a word or a placeholder. 32 random bytes have far more. */
const LEAST_DIFFERENT_BYTES = 8;
export const REPEATED = `is weak, with fewer than ${LEAST_DIFFERENT_BYTES} different bytes`;

/** The secrets with which this program itself encrypts or checks signatures, each with its encoding. */
const encodings = {
  CONNECTOR_SECRET_KEY: 'base64',
  CONNECTOR_SECRET_KEY_PREVIOUS: 'base64',
  TEMPORAL_PAYLOAD_KEY: 'base64',
  TEMPORAL_PAYLOAD_KEY_PREVIOUS: 'base64',
  PIPESHUB_JWT_SECRET: 'utf8',
  PIPESHUB_JWT_SECRET_PREVIOUS: 'utf8',
  PIPESHUB_SESSION_JWT_SECRET: 'utf8',
} as const satisfies Partial<Record<Name, BufferEncoding>>;

type Given = Readonly<Record<string, string>>;

/** The secrets, or lists of former ones, that have one with too few different bytes. */
export function weakSecrets(given: Given): Name[] {
  const names = Object.keys(encodings) as (keyof typeof encodings)[];
  return names.filter((name) => {
    const value = given[name];
    if (value === undefined) return false;
    const secrets = name.endsWith('_PREVIOUS') ? value.split(',') : [value];
    return secrets.some((secret) => isRepeated(secret.trim(), encodings[name]));
  });
}

const isRepeated = (secret: string, encoding: BufferEncoding): boolean =>
  new Set(Buffer.from(secret, encoding)).size < LEAST_DIFFERENT_BYTES;

/** A simulated team has nothing to protect, and its operator may have chosen a key by hand. */
export const acceptsWeakSecrets = (given: Given): boolean =>
  given['NODE_ENV'] !== 'production' && isLocal(given['DROPBOX_API_URL'] ?? '');
