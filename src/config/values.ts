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

/**
 * The URL of a server, without a login: fetch refuses one with it, in an error that shows the password, and logs show the
 * URLs of servers.
 */
export const serverUrl = httpUrl.refine((url) => {
  const { username, password } = URL.canParse(url) ? new URL(url) : { username: '', password: '' };
  return username === '' && password === '';
}, 'has a user or a password in it');

/** A secret that is sent in a header. An error about another character would show the secret. */
export const headerSecret = z
  .string()
  .refine((text) => /^[\x20-\x7e]*$/.test(text), 'has a line break, or another character that no header can have');

/**
 * What no secret has, but a file of several lines, one with a byte order mark, and one in UTF-16. With it, a login is
 * refused for no visible reason.
 */
export const hasUnprintable = (secret: string): boolean => /[\u0000-\u001f\u007f\ufeff\ufffd]/.test(secret);

export function isEncryptedOrLocal(url: string): boolean {
  // Another rule refuses it.
  if (!URL.canParse(url)) return true;
  return new URL(url).protocol === 'https:' || isLocal(url);
}

export function isLocal(url: string): boolean {
  return URL.canParse(url) && /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(new URL(url).hostname);
}

export const flag = () => z.enum(['true', 'false']).default('false');
