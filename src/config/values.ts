import { createSecretKey } from 'node:crypto';
import { z } from 'zod';

/**
 * A name, an address or a path. A blank at its end, as many a file of variables has one, would make another name of it:
 * requests would wait on a task queue that no worker serves.
 */
export const unpadded = z.string().refine((text) => text === text.trim(), 'has blanks before or after it');

export const wholeNumber = (least: number, most: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number)
    .pipe(z.int().min(least).max(most));

export const secretKey = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/)
  .transform((text) => createSecretKey(text, 'base64'));

/** A key of HS256 signatures, which needs 32 bytes (RFC 7518, 3.2). */
export const sharedSecret = z
  .string()
  .refine((text) => Buffer.byteLength(text) >= 32, 'is weak, with less than 32 bytes');

export const list = <T>(item: z.ZodType<T, string>): z.ZodType<T[], string> =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1));

export const httpUrl = z.url({ protocol: /^https?$/ });

export function isEncryptedOrLocal(url: string): boolean {
  // Another rule refuses it.
  if (!URL.canParse(url)) return true;
  return new URL(url).protocol === 'https:' || isLocal(url);
}

export function isLocal(url: string): boolean {
  return URL.canParse(url) && /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(new URL(url).hostname);
}

export const flag = () => z.enum(['true', 'false']).default('false');
