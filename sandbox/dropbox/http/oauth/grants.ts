import { createHash, randomBytes } from 'node:crypto';
import { ALL_SCOPES, needsTeamLink, type Scope } from './scopes';

/** Whom an app was linked with: the whole team, by one of its admins, or one member's account. */
export type LinkedTo = { kind: 'team'; adminMemberId: string } | { kind: 'user'; memberId: string };

/** What a person links an app with by approving these scopes; undefined: they are the team's, and he is no admin. */
export function linkOf(
  scopes: ReadonlySet<Scope>,
  { memberId, isTeamAdmin }: { memberId: string; isTeamAdmin: boolean },
): LinkedTo | undefined {
  if (!needsTeamLink(scopes)) return { kind: 'user', memberId };
  return isTeamAdmin ? { kind: 'team', adminMemberId: memberId } : undefined;
}

/** One approval of the app. Its tokens die together. */
export interface Grant {
  readonly linkedTo: LinkedTo;
  readonly refreshToken: string;
  /** Whether the app must show its secret to refresh; a client that used PKCE has none. */
  readonly needsSecret: boolean;
  scopes: ReadonlySet<Scope>;
  revoked: boolean;
}

export interface AccessToken {
  readonly token: string;
  readonly grant: Grant;
  readonly scopes: ReadonlySet<Scope>;
  expiresAt: number;
}

/** What the browser brought back from the consent page, waiting to be exchanged. Works once. */
export interface AuthorizationCode {
  linkedTo: LinkedTo;
  scopes: ReadonlySet<Scope>;
  offline: boolean;
  redirectUri?: string;
  /** base64url of the SHA-256 of the verifier that the exchange must bring. */
  challenge?: string;
  expiresAt: number;
}

export interface AppCredentials {
  appKey: string;
  appSecret: string;
  /** The team link that exists from the start. */
  refreshToken: string;
}

/** Dropbox's access tokens live about four hours. */
const DEFAULT_LIFE_SECONDS = 14_400;
const CODE_LIFE_MS = 10 * 60_000;

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

export function newCredentials(): AppCredentials {
  return {
    appKey: randomBytes(8).toString('hex').slice(0, 15),
    appSecret: randomBytes(8).toString('hex').slice(0, 15),
    refreshToken: random(48),
  };
}

/** Every approval, token and code of the one registered app. */
export class Grants {
  /** Life of the access tokens issued from now on. */
  accessTokenLifeSeconds = DEFAULT_LIFE_SECONDS;
  private readonly byRefreshToken = new Map<string, Grant>();
  private readonly accessTokens = new Map<string, AccessToken>();
  private readonly codes = new Map<string, AuthorizationCode>();

  constructor(
    readonly app: AppCredentials,
    firstAdminMemberId: string,
    private readonly now: () => number = Date.now,
  ) {
    this.add({ kind: 'team', adminMemberId: firstAdminMemberId }, new Set(ALL_SCOPES), app.refreshToken);
  }

  add(linkedTo: LinkedTo, scopes: ReadonlySet<Scope>, refreshToken = random(48), needsSecret = true): Grant {
    const grant: Grant = { linkedTo, refreshToken, needsSecret, scopes, revoked: false };
    this.byRefreshToken.set(refreshToken, grant);
    return grant;
  }

  all(): Grant[] {
    return [...this.byRefreshToken.values()].filter((grant) => !grant.revoked);
  }

  findByRefreshToken(refreshToken: string): Grant | undefined {
    const grant = this.byRefreshToken.get(refreshToken);
    return grant?.revoked ? undefined : grant;
  }

  issueAccessToken(grant: Grant, scopes: ReadonlySet<Scope> = grant.scopes): AccessToken {
    const token = `sl.${random(64)}`;
    const issued = { token, grant, scopes, expiresAt: this.now() + this.accessTokenLifeSeconds * 1000 };
    this.accessTokens.set(token, issued);
    return issued;
  }

  /** The token's state, or undefined for a string that was never a token or was revoked with its grant. */
  findAccessToken(token: string): AccessToken | undefined {
    const found = this.accessTokens.get(token);
    return found?.grant.revoked ? undefined : found;
  }

  isExpired(token: AccessToken): boolean {
    return token.expiresAt <= this.now();
  }

  /** Ends the life of every access token that is out there; refresh tokens stay good. */
  expireAccessTokens(): void {
    for (const token of this.accessTokens.values()) token.expiresAt = this.now();
  }

  /** Disables a grant's refresh token and all its access tokens. */
  revoke(grant: Grant): void {
    grant.revoked = true;
  }

  issueCode(code: Omit<AuthorizationCode, 'expiresAt'>): string {
    const value = random(32);
    this.codes.set(value, { ...code, expiresAt: this.now() + CODE_LIFE_MS });
    return value;
  }

  takeCode(value: string): AuthorizationCode | undefined {
    const code = this.codes.get(value);
    this.codes.delete(value);
    return code && code.expiresAt > this.now() ? code : undefined;
  }
}

/** The S256 challenge that belongs to a PKCE verifier. */
export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');
