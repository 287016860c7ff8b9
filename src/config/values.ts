import { createSecretKey } from 'node:crypto';
import { z } from 'zod';

export const wholeNumber = (least: number, most: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most));

/** Fewer different bytes are a word, or a placeholder. 32 random bytes have far more. */
const LEAST_DIFFERENT_BYTES = 8;
const isVaried = (bytes: Buffer): boolean => new Set(bytes).size >= LEAST_DIFFERENT_BYTES;
const REPEATED = `is weak, with fewer than ${LEAST_DIFFERENT_BYTES} different bytes`;

export const secretKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/)
  .refine((text) => isVaried(Buffer.from(text, 'base64')), REPEATED)
  .transform((text) => createSecretKey(text, 'base64'));

/** A key of HS256 signatures, which needs 32 bytes (RFC 7518, 3.2). */
export const sharedSecret = z
  .string()
  .refine((text) => Buffer.byteLength(text) >= 32, 'is weak, with less than 32 bytes')
  .refine((text) => isVaried(Buffer.from(text)), REPEATED);

export const list = <T>(item: z.ZodType<T, string>): z.ZodType<T[], string> =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1));

export const httpUrl = z.url({ protocol: /^https?$/ });

export function isEncryptedOrLocal(url: string): boolean {
  // Another rule refuses it.
  if (!URL.canParse(url)) return true;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(hostname);
}

export const flag = () => z.enum(['true', 'false']).default('false');
