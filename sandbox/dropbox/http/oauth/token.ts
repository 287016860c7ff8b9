import { timingSafeEqual } from 'node:crypto';
import { oauthError } from '../errors';
import {
  challengeOf,
  type AccessToken,
  type AuthorizationCode,
  type Grant,
  type Grants,
  type LinkedTo,
} from './grants';
import { isScope, type Scope } from './scopes';

/** The ids of a linked account or team in the answer of the token endpoint. */
export interface LinkIdentity {
  uid: string;
  accountId?: string;
  teamId?: string;
}

export interface TokenRequest {
  /** Parameters of the query string and the form body together. The official JavaScript SDK uses the query string. */
  parameters: URLSearchParams;
  authorization: string | undefined;
}

export interface TokenAnswer {
  access_token: string;
  token_type: 'bearer';
  expires_in: number;
  scope?: string;
  uid?: string;
  account_id?: string;
  team_id?: string;
  refresh_token?: string;
}

const REFRESH_TOKEN_PATTERN = /^[A-Za-z0-9_-]{20,}$/;
const VERIFIER_PATTERN = /^[A-Za-z0-9._~-]{43,128}$/;

/** `/oauth2/token`: exchanges a code or a refresh token for an access token. Errors have OAuth's shape. */
export function exchangeToken(
  grants: Grants,
  request: TokenRequest,
  identify: (link: LinkedTo) => LinkIdentity,
): TokenAnswer {
  const grantType = request.parameters.get('grant_type');
  if (grantType === 'refresh_token') return refresh(grants, request);
  if (grantType === 'authorization_code') return exchangeCode(grants, request, identify);
  throw grantType === null
    ? oauthError('invalid_request', 'missing required field "grant_type"')
    : oauthError('unsupported_grant_type', 'grant_type must be one of "authorization_code", "refresh_token"');
}

function refresh(grants: Grants, request: TokenRequest): TokenAnswer {
  const withSecret = authenticateClient(grants, request, false);
  const refreshToken = required(request, 'refresh_token');
  if (!REFRESH_TOKEN_PATTERN.test(refreshToken)) throw oauthError('invalid_grant', 'refresh token is malformed');
  const grant = grants.findByRefreshToken(refreshToken);
  if (!grant) throw oauthError('invalid_grant', 'refresh token is invalid or revoked');
  if (grant.needsSecret && !withSecret) throw invalidSecret();
  const token = grants.issueAccessToken(grant, reducedScopes(grant, request.parameters.get('scope')));
  return { access_token: token.token, token_type: 'bearer', expires_in: grants.accessTokenLifetimeSeconds };
}

/** A refresh may ask for fewer scopes than were granted, but not for others. */
function reducedScopes(grant: Grant, wanted: string | null): ReadonlySet<Scope> {
  if (!wanted) return grant.scopes;
  const scopes = wanted.split(/[ +]+/).filter(Boolean);
  const refused = scopes.find((scope) => !isScope(scope) || !grant.scopes.has(scope));
  if (refused !== undefined) throw oauthError('invalid_scope', `scope "${refused}" was not granted`);
  return new Set(scopes.filter(isScope));
}

function exchangeCode(grants: Grants, request: TokenRequest, identify: (link: LinkedTo) => LinkIdentity): TokenAnswer {
  const value = required(request, 'code');
  const withSecret = authenticateClient(grants, request, true);
  const code = grants.takeCode(value);
  if (!code) throw oauthError('invalid_grant', "code doesn't exist or has expired");
  checkExchange(code, request, withSecret);
  const grant = grants.add(code.linkedTo, code.scopes, undefined, code.challenge === undefined);
  return describe(grants, grants.issueAccessToken(grant), code, identify(code.linkedTo));
}

function describe(grants: Grants, token: AccessToken, code: AuthorizationCode, identity: LinkIdentity): TokenAnswer {
  return {
    access_token: token.token,
    token_type: 'bearer',
    expires_in: grants.accessTokenLifetimeSeconds,
    scope: [...code.scopes].join(' '),
    uid: identity.uid,
    ...(identity.accountId === undefined ? {} : { account_id: identity.accountId }),
    ...(identity.teamId === undefined ? {} : { team_id: identity.teamId }),
    ...(code.offline ? { refresh_token: token.grant.refreshToken } : {}),
  };
}

/** Checks the exchange against the request to the consent page: same redirect URI and, for PKCE, the right verifier. */
function checkExchange(code: AuthorizationCode, request: TokenRequest, withSecret: boolean): void {
  const redirectUri = request.parameters.get('redirect_uri') ?? undefined;
  if (redirectUri !== code.redirectUri) throw oauthError('invalid_grant', 'redirect_uri mismatch');
  const verifier = request.parameters.get('code_verifier');
  if (code.challenge === undefined) {
    if (!withSecret) throw oauthError('invalid_client', 'client_secret is required');
    return;
  }
  if (verifier === null) throw oauthError('invalid_request', 'missing required field "code_verifier"');
  if (!VERIFIER_PATTERN.test(verifier) || challengeOf(verifier) !== code.challenge) {
    throw oauthError('invalid_grant', 'invalid code verifier');
  }
}

function required(request: TokenRequest, name: string): string {
  const value = request.parameters.get(name);
  if (!value) throw oauthError('invalid_request', `missing required field "${name}"`);
  return value;
}

/**
 * Checks the app key and secret, which may be parameters or Basic authorization. A PKCE client sends the key alone.
 * @returns whether the secret was given; a wrong secret is refused
 */
function authenticateClient(grants: Grants, request: TokenRequest, forCode: boolean): boolean {
  const basic = readBasic(request.authorization);
  const key = basic?.key ?? request.parameters.get('client_id');
  const secret = basic?.secret ?? request.parameters.get('client_secret');
  if (key !== grants.app.appKey) throw invalidSecret();
  if (secret !== null && !sameText(secret, grants.app.appSecret)) throw invalidSecret();
  if (secret === null && forCode && !request.parameters.has('code_verifier')) throw invalidSecret();
  return secret !== null;
}

const invalidSecret = () => oauthError('invalid_client', 'Invalid client_id or client_secret');

export function readBasic(authorization: string | undefined): { key: string; secret: string } | undefined {
  const encoded = /^Basic\s+([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [key = '', ...rest] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { key, secret: rest.join(':') };
}

export function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
