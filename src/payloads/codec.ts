import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { keyId } from '../secrets';

const ENCODING = 'binary/encrypted';
/** The length that NIST SP 800-38D recommends for GCM. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const bytes = z.base64().transform((text) => Buffer.from(text, 'base64'));
/** A payload as JSON, as Temporal's UI and command line send it to a codec server. */
export const payloadSchema = z.object({
  metadata: z.record(z.string(), bytes).default({}),
  data: bytes.default(() => Buffer.alloc(0)),
});

/** The form of `payloadSchema`. */
export const payloadJson = ({ metadata, data }: Payload): z.input<typeof payloadSchema> => ({
  metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
  data: base64(data ?? Buffer.alloc(0)),
});

const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64');
const textOf = (value: Uint8Array | undefined | null): string => (value ? Buffer.from(value).toString('utf8') : '');

/**
 * Encrypts what workflows, activities and clients send to Temporal, with AES-256-GCM. The first key encrypts, all of them
 * decrypt. Without a key nothing is encrypted. What is not encrypted is taken as it is, so that encryption can begin
 * under running workflows.
 */
export class EncryptionCodec implements PayloadCodec {
  private readonly keys: ReadonlyMap<string, KeyObject>;

  constructor(keys: readonly KeyObject[]) {
    this.keys = new Map(keys.map((key) => [keyId(key), key]));
  }

  async encode(payloads: Payload[]): Promise<Payload[]> {
    const [first] = this.keys;
    return first === undefined ? payloads : payloads.map((payload) => encrypted(payload, ...first));
  }

  /** @throws DropboxTeamsError SecretKeyWrong, which says what to do */
  async decode(payloads: Payload[]): Promise<Payload[]> {
    return payloads.map((payload) =>
      textOf(payload.metadata?.['encoding']) === ENCODING ? this.open(payload) : payload,
    );
  }

  private open({ metadata, data }: Payload): Payload {
    const id = textOf(metadata?.['encryption-key-id']);
    const key = this.keys.get(id);
    if (key === undefined) {
      throw new DropboxTeamsError(
        'SecretKeyWrong',
        `a payload in Temporal was encrypted with another key (id ${id}): set TEMPORAL_PAYLOAD_KEY to that key, or add it to TEMPORAL_PAYLOAD_KEY_PREVIOUS`,
      );
    }
    try {
      const sealed = Buffer.from(data ?? []);
      const nonce = sealed.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(authenticated(id));
      decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
      return payloadSchema.parse(JSON.parse(body.toString('utf8')));
    } catch (cause) {
      throw new DropboxTeamsError('SecretKeyWrong', 'an encrypted payload in Temporal was altered', { cause });
    }
  }
}

const authenticated = (id: string): Buffer => Buffer.from(`${ENCODING}:${id}`);

function encrypted(payload: Payload, id: string, key: KeyObject): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(authenticated(id));
  const body = Buffer.concat([cipher.update(JSON.stringify(payloadJson(payload)), 'utf8'), cipher.final()]);
  return {
    metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(id) },
    data: Buffer.concat([nonce, cipher.getAuthTag(), body]),
  };
}
