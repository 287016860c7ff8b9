import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { createSigner, createVerifier } from 'fast-jwt';
import { ArangoFailure, notAuthenticated } from '../errors';

/** A token is renewed if it expires sooner than this. */
const RENEW_BELOW_SECONDS = 150;
const ISSUER = 'arangodb';

interface Claims {
  readonly preferred_username: string;
  readonly exp: number;
}

/** Authenticates the only user, root. Without a password, every request is accepted. */
export class Authentication {
  private readonly secret = randomBytes(32);
  private readonly verify: (token: string) => Claims;
  private readonly sign: (claims: object) => string;

  constructor(
    private readonly password: string | undefined,
    tokenSeconds: number,
  ) {
    const key = this.secret;
    this.verify = createVerifier({ key, algorithms: ['HS256'], allowedIss: ISSUER }) as (token: string) => Claims;
    this.sign = createSigner({ key, algorithm: 'HS256', expiresIn: tokenSeconds * 1000 });
  }

  /** Throws 11 unless the request has the right password or a valid token. */
  check(headers: IncomingHttpHeaders): void {
    if (this.password === undefined) return;
    const [scheme = '', credentials = ''] = (headers.authorization ?? '').split(' ');
    if (scheme.toLowerCase() === 'basic') {
      const text = Buffer.from(credentials, 'base64').toString('utf8');
      const colon = text.indexOf(':');
      if (colon >= 0 && this.isUser(text.slice(0, colon), text.slice(colon + 1))) return;
    } else if (scheme.toLowerCase() === 'bearer' && this.claims(credentials) !== undefined) return;
    throw notAuthenticated();
  }

  /** Returns a token for these credentials. Throws 401 if they are wrong. */
  login(username: unknown, password: unknown): string {
    if (typeof username !== 'string' || typeof password !== 'string') {
      throw new ArangoFailure(10, 'invalid credentials: username and password must be strings');
    }
    if (this.password !== undefined && !this.isUser(username, password)) {
      throw new ArangoFailure(401, 'Wrong credentials');
    }
    return this.sign({ preferred_username: username, iss: ISSUER });
  }

  /** Returns a new token if the request's token expires soon, otherwise undefined. */
  renew(headers: IncomingHttpHeaders): string | undefined {
    const [, token = ''] = (headers.authorization ?? '').split(' ');
    const claims = this.claims(token);
    if (claims === undefined) throw notAuthenticated();
    if (claims.exp - Date.now() / 1000 > RENEW_BELOW_SECONDS) return undefined;
    return this.sign({ preferred_username: claims.preferred_username, iss: ISSUER });
  }

  private claims(token: string): Claims | undefined {
    try {
      return this.verify(token);
    } catch {
      return undefined;
    }
  }

  private isUser(username: string, password: string): boolean {
    const actual = Buffer.from(`${username}:${password}`);
    const expected = Buffer.from(`root:${this.password ?? ''}`);
    return actual.length === expected.length && timingSafeEqual(actual, expected);
  }
}
