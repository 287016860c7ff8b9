import { createCipheriv, createDecipheriv, createHash, randomBytes, type KeyObject } from 'node:crypto';
import { failure } from './failures';

/** Names format and cipher, so that a later version can be distinguished. */
const FORMAT = 'aes-256-gcm.2';
/** The former format, which is not bound to an owner. It can still be opened, and is sealed again (`sealedAgain`). */
const UNBOUND_FORMAT = 'aes-256-gcm.1';
/** The length that NIST SP 800-38D recommends for GCM. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Identifies a key without revealing it. */
export function keyId(key: KeyObject): string {
  return createHash('sha256').update('dropbox-teams key id\0').update(key.export()).digest('hex').slice(0, 16);
}

/** Ids of what a sealed value belongs to. */
export type SecretOwner = readonly string[];

const authenticated = (head: string, owner: SecretOwner): Buffer =>
  Buffer.from(head.startsWith(UNBOUND_FORMAT) ? head : JSON.stringify([head, ...owner]));

/**
 * Encrypts a JSON value for storage: `<format>:<key id>:<base64 of nonce, tag and ciphertext>`. Format, key id and
 * owner are authenticated together with the value: copied to another owner, it can't be opened.
 */
export function sealSecrets(value: unknown, owner: SecretOwner, key: KeyObject): string {
  const head = `${FORMAT}:${keyId(key)}`;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticated(head, owner));
  const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return `${head}:${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')}`;
}

/**
 * Decrypts a value that was sealed for this owner with one of these keys.
 * @throws SecretKeyWrong when none of the keys fits, when the text was altered, or when it belongs to another owner
 */
export function openSecrets(text: string, owner: SecretOwner, keys: readonly KeyObject[]): unknown {
  const [format, id, sealed] = text.split(':');
  const key = keyOf(text, keys);
  if ((format !== FORMAT && format !== UNBOUND_FORMAT) || sealed === undefined || !key) {
    throw failure(
      'SecretKeyWrong',
      'the stored credentials were encrypted with another key: set CONNECTOR_SECRET_KEY to that key, or add it to CONNECTOR_SECRET_KEY_PREVIOUS',
    );
  }
  const bytes = Buffer.from(sealed, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(authenticated(`${format}:${id}`, owner));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const body = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (cause) {
    throw failure(
      'SecretKeyWrong',
      'the stored credentials were altered, or belong to another connector: remove the connector and create it again',
      {
        cause,
      },
    );
  }
}

/** Whether a value was sealed with this key. One that was sealed with an earlier key should be sealed again. */
export const isSealedBy = (text: string, key: KeyObject): boolean => text.startsWith(`${FORMAT}:${keyId(key)}:`);

/** The value of a former format, sealed for its owner with the same key; undefined if it is not of a former format. */
export function sealedAgain(text: string, owner: SecretOwner, keys: readonly KeyObject[]): string | undefined {
  const key = keyOf(text, keys);
  if (!text.startsWith(`${UNBOUND_FORMAT}:`) || !key) return undefined;
  return sealSecrets(openSecrets(text, owner, keys), owner, key);
}

function keyOf(text: string, keys: readonly KeyObject[]): KeyObject | undefined {
  const id = text.split(':')[1];
  return keys.find((candidate) => keyId(candidate) === id);
}
