import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { NotAuthenticated } from '../errors';

/** Authenticates the only user, root, by its password. Without a password, every request is accepted. */
export class Authentication {
  constructor(private readonly password: string | undefined) {}

  /** Throws 11 unless the request has the right password. */
  check(headers: IncomingHttpHeaders): void {
    if (this.password === undefined) return;
    const [scheme = '', credentials = ''] = (headers.authorization ?? '').split(' ');
    const actual = Buffer.from(credentials, 'base64');
    const expected = Buffer.from(`root:${this.password}`);
    const isEqual = actual.length === expected.length && timingSafeEqual(actual, expected);
    if (scheme.toLowerCase() !== 'basic' || !isEqual) throw new NotAuthenticated();
  }
}
