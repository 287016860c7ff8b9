import { createCipheriv, createDecipheriv, createHash, randomBytes, type KeyObject } from 'node:crypto';
import { failure } from './failures';

/** Names format and cipher, so that a later version can be distinguished. */
const FORMAT = 'aes-256-gcm.1';
/** The length that NIST SP 800-38D recommends for GCM. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Identifies a key without revealing it. */
function keyId(key: KeyObject): string {
  return createHash('sha256').update('dropbox-teams key id\0').update(key.export()).digest('hex').slice(0, 16);
}

/**
 * Encrypts a JSON value for storage: `<format>:<key id>:<base64 of nonce, tag and ciphertext>`. Format and key id are
 * authenticated together with the value.
 */
export function sealSecrets(value: unknown, key: KeyObject): string {
  const head = `${FORMAT}:${keyId(key)}`;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(head));
  const body = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()]);
  return `${head}:${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')}`;
}

/**
 * Decrypts a value that was sealed with one of these keys.
 * @throws SecretKeyWrong when none of the keys fits, or when the text was altered
 */
export function openSecrets(text: string, keys: readonly KeyObject[]): unknown {
  const [format, id, sealed] = text.split(':');
  const key = keys.find((candidate) => keyId(candidate) === id);
  if (format !== FORMAT || sealed === undefined || !key) {
    throw failure(
      'SecretKeyWrong',
      'the stored credentials were encrypted with another key: set CONNECTOR_SECRET_KEY to that key, or add it to CONNECTOR_SECRET_KEY_PREVIOUS',
    );
  }
  const bytes = Buffer.from(sealed, 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(`${format}:${id}`));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const body = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (cause) {
    throw failure('SecretKeyWrong', 'the stored credentials were altered: create or authorize the connector again', {
      cause,
    });
  }
}

/** Whether a value was sealed with this key. One that was sealed with an earlier key should be sealed again. */
export const isSealedBy = (text: string, key: KeyObject): boolean => text.startsWith(`${FORMAT}:${keyId(key)}:`);
