import type { IncomingHttpHeaders } from 'node:http';
import type { Account, Actor, ActorOptions } from '../model';
import { authError, BadRequest } from './errors';
import type { AccessToken } from './oauth/grants';
import type { Scope } from './oauth/scopes';
import { readBasic, sameText } from './oauth/token';
import { readArgument } from './requestBody';
import type { AdminMode, Route } from './route';
import { none, openUnion, string } from './schema';
import type { Simulator } from './simulator';

/** Headers and query of a request. Dropbox accepts a few headers as query parameters too. */
export interface RequestHead {
  headers: IncomingHttpHeaders;
  query: URLSearchParams;
}

function oneHeader(head: RequestHead, header: string, parameter?: string): string | undefined {
  const value = head.headers[header];
  const text = Array.isArray(value) ? value[0] : value;
  return text ?? (parameter === undefined ? undefined : (head.query.get(parameter) ?? undefined));
}

/** The member whom a request names to act as. */
const selected = (head: RequestHead, kind: 'user' | 'admin'): string | undefined =>
  oneHeader(head, `dropbox-api-select-${kind}`, `select_${kind}`);

const ACCESS_TOKEN_PATTERN = /^sl\.[A-Za-z0-9._-]{16,}$/;

/** The access token of the request. Throws 400 for a malformed token and 401 for an unknown or expired one. */
export function findToken(simulator: Simulator, head: RequestHead): AccessToken {
  const authorization = oneHeader(head, 'authorization', 'authorization');
  const text = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  // Dropbox says the same of a credential that is missing, empty or of another scheme.
  if (text === undefined) throw new BadRequest('Invalid authorization value in HTTP header/URL parameter');
  if (!ACCESS_TOKEN_PATTERN.test(text)) throw new BadRequest('The given OAuth 2 access token is malformed.');
  const token = simulator.grants.findAccessToken(text);
  if (!token) throw authError({ '.tag': 'invalid_access_token' });
  if (simulator.grants.isExpired(token)) throw authError({ '.tag': 'expired_access_token' });
  return token;
}

/** A scope that is off in the App Console is refused in another form than one that was not granted. */
export function requireScope({ grants }: Simulator, token: AccessToken, scope: Scope | undefined): void {
  if (scope === undefined || token.scopes.has(scope)) return;
  if (grants.appScopes.has(scope)) throw authError({ '.tag': 'missing_scope', required_scope: scope });
  throw new BadRequest(
    `Your app is not permitted to access this endpoint because it does not have the required scope '${scope}'. ` +
      'The owner of the app can enable the scope for the app using the Permissions tab on the App Console.',
  );
}

/** For check/app, which is authenticated with the app's key and secret. */
export function requireApp(simulator: Simulator, head: RequestHead): void {
  const given = readBasic(oneHeader(head, 'authorization', 'authorization'));
  const { appKey, appSecret } = simulator.grants.app;
  if (!given) {
    throw new BadRequest(
      'Invalid authorization value in HTTP header "Authorization".  Expecting "Basic <base64(app key:app secret)>".',
    );
  }
  if (!sameText(given.key, appKey) || !sameText(given.secret, appSecret)) {
    throw new BadRequest('Invalid app key or secret in HTTP header "Authorization".');
  }
}

/** For team routes: the admin who linked the app. Such a route acts as no member. */
export function teamAdmin(simulator: Simulator, token: AccessToken, head: RequestHead): Account {
  for (const kind of ['user', 'admin'] as const) {
    if (selected(head, kind) !== undefined) throw new BadRequest(`This API function does not support select_${kind}.`);
  }
  const { linkedTo } = token.grant;
  if (linkedTo.kind === 'user') {
    throw new BadRequest(
      'This API function operates on a Dropbox team, but the OAuth 2 access token you provided is for an individual ' +
        'Dropbox account.',
    );
  }
  const admin = simulator.company.memberById(linkedTo.adminMemberId);
  if (!admin) throw authError({ '.tag': 'invalid_access_token' });
  return admin;
}

const pathRootType = openUnion({ home: none, root: string(), namespace_id: string() });

/** For user routes: the acting account, its admin mode and its path root. */
export function actingMember(
  simulator: Simulator,
  token: AccessToken,
  route: Route & { auth: 'user' },
  head: RequestHead,
): Actor {
  const { account, admin } = resolveAccount(simulator, token, route, head);
  const header = oneHeader(head, 'dropbox-api-path-root');
  const options: ActorOptions = { ...(admin === undefined ? {} : { admin }) };
  if (header !== undefined) {
    options.pathRoot = readArgument(pathRootType, header, 'HTTP header "Dropbox-API-Path-Root"');
  }
  return simulator.company.actor(account, options);
}

interface ActingAccount {
  account: Account;
  admin?: AdminMode;
}

function resolveAccount(
  simulator: Simulator,
  token: AccessToken,
  route: Route & { auth: 'user' },
  head: RequestHead,
): ActingAccount {
  const user = selected(head, 'user');
  const admin = selected(head, 'admin');
  const { linkedTo } = token.grant;
  if (linkedTo.kind === 'user') {
    if (user !== undefined || admin !== undefined) {
      throw new BadRequest('Only an OAuth 2 access token for an entire team can select a user or an admin.');
    }
    return { account: activeMember(simulator, linkedTo.memberId, 'invalid_access_token') };
  }
  if (user !== undefined && admin !== undefined) {
    throw new BadRequest('Only one of "Dropbox-API-Select-User" and "Dropbox-API-Select-Admin" can be given.');
  }
  if (user !== undefined) return selectUser(simulator, token, user);
  if (admin !== undefined) return selectAdmin(simulator, token, route, admin);
  throw new BadRequest(
    'This API function operates on a single Dropbox account, but the OAuth 2 access token you provided is for an ' +
      'entire Dropbox Business team.  Since your API app key has team member file access permissions, you can operate ' +
      'on a team member\'s Dropbox by providing the "Dropbox-API-Select-User" HTTP header or "select_user" URL ' +
      'parameter to specify the exact user <https://www.dropbox.com/developers/documentation/http/teams>.',
  );
}

function selectUser(simulator: Simulator, token: AccessToken, memberId: string): ActingAccount {
  if (!memberId.startsWith('dbmid:')) throw new BadRequest('Invalid select user id format');
  requireScope(simulator, token, 'team_data.member');
  return { account: activeMember(simulator, memberId, 'invalid_select_user') };
}

function selectAdmin(
  simulator: Simulator,
  token: AccessToken,
  route: Route & { auth: 'user' },
  memberId: string,
): ActingAccount {
  if (!memberId.startsWith('dbmid:')) throw new BadRequest('Invalid select admin id format');
  if (route.admin === undefined) {
    throw new BadRequest('This API function does not support the "Dropbox-API-Select-Admin" HTTP header.');
  }
  requireScope(simulator, token, 'team_data.member');
  const account = activeMember(simulator, memberId, 'invalid_select_admin');
  if (account.role !== 'team_admin') throw authError({ '.tag': 'invalid_select_admin' });
  return { account, admin: route.admin };
}

function activeMember(
  simulator: Simulator,
  memberId: string,
  otherwise: 'invalid_access_token' | 'invalid_select_user' | 'invalid_select_admin',
): Account {
  const account = simulator.company.memberById(memberId);
  if (account?.status === 'suspended') throw authError({ '.tag': 'user_suspended' });
  if (account?.status !== 'active') throw authError({ '.tag': otherwise });
  return account;
}
