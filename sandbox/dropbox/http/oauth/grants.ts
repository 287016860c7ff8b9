import { createHash, randomBytes } from 'node:crypto';
import { ALL_SCOPES, needsTeamLink, type Scope } from './scopes';

/** What an app is linked with: the whole team, through one of its admins, or one member's account. */
export type LinkedTo = { kind: 'team'; adminMemberId: string } | { kind: 'user'; memberId: string };

/** What a member links the app with by approving the scopes; undefined when they may not approve team scopes. */
export function linkOf(
  scopes: ReadonlySet<Scope>,
  { memberId, isTeamAdmin }: { memberId: string; isTeamAdmin: boolean },
): LinkedTo | undefined {
  if (!needsTeamLink(scopes)) return { kind: 'user', memberId };
  return isTeamAdmin ? { kind: 'team', adminMemberId: memberId } : undefined;
}

/** One approval of the app. All its tokens are revoked together. */
export interface Grant {
  readonly linkedTo: LinkedTo;
  readonly refreshToken: string;
  /** Whether a refresh needs the app secret. A client that used PKCE has no secret. */
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

/** An authorization code that can be exchanged once. */
export interface AuthorizationCode {
  linkedTo: LinkedTo;
  scopes: ReadonlySet<Scope>;
  offline: boolean;
  redirectUri?: string;
  /** The PKCE challenge: SHA-256 of the verifier, in base64url. */
  challenge?: string;
  expiresAt: number;
}

export interface AppCredentials {
  appKey: string;
  appSecret: string;
  /** Refresh token of the team link that exists from the start. */
  refreshToken: string;
}

/** Dropbox's access tokens are valid for about four hours. */
const DEFAULT_LIFETIME_SECONDS = 14_400;
const CODE_LIFETIME_MS = 10 * 60_000;

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

export function newCredentials(): AppCredentials {
  return {
    appKey: randomBytes(8).toString('hex').slice(0, 15),
    appSecret: randomBytes(8).toString('hex').slice(0, 15),
    refreshToken: random(48),
  };
}

/** All approvals, tokens and codes of the one registered app. */
export class Grants {
  /** Lifetime of the access tokens that are issued from now on. */
  accessTokenLifetimeSeconds = DEFAULT_LIFETIME_SECONDS;
  /** What is switched on in the App Console: the most that a link can be granted from now on. */
  appScopes: ReadonlySet<Scope> = new Set(ALL_SCOPES);
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
    const issued = { token, grant, scopes, expiresAt: this.now() + this.accessTokenLifetimeSeconds * 1000 };
    this.accessTokens.set(token, issued);
    return issued;
  }

  /** The token's state; undefined for an unknown token and for one whose grant was revoked. */
  findAccessToken(token: string): AccessToken | undefined {
    const found = this.accessTokens.get(token);
    return found?.grant.revoked ? undefined : found;
  }

  isExpired(token: AccessToken): boolean {
    return token.expiresAt <= this.now();
  }

  /** Expires all issued access tokens. Refresh tokens stay valid. */
  expireAccessTokens(): void {
    for (const token of this.accessTokens.values()) token.expiresAt = this.now();
  }

  /** Disables a grant's refresh token and all its access tokens. */
  revoke(grant: Grant): void {
    grant.revoked = true;
  }

  issueCode(code: Omit<AuthorizationCode, 'expiresAt'>): string {
    const value = random(32);
    this.codes.set(value, { ...code, expiresAt: this.now() + CODE_LIFETIME_MS });
    return value;
  }

  takeCode(value: string): AuthorizationCode | undefined {
    const code = this.codes.get(value);
    this.codes.delete(value);
    return code && code.expiresAt > this.now() ? code : undefined;
  }
}

/** The S256 challenge of a PKCE verifier. */
export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url');
