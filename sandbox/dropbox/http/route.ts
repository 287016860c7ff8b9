import type { Account, Actor, Company } from '../model';
import type { AccessToken } from './oauth/grants';
import type { Scope } from './oauth/scopes';
import type { RequestBody } from './requestBody';
import type { Infer, Type } from './schema';
import type { Simulator } from './simulator';

/** What every handler receives. */
interface Call {
  simulator: Simulator;
  company: Company;
  /** Identifies the caller. Pagination cursors that this call issues are valid only for the same reader. */
  reader: string;
}

export interface TeamCall extends Call {
  /** The admin who linked the app. */
  admin: Account;
}

export interface UserCall extends Call {
  actor: Actor;
  token: AccessToken;
  /** Base URL at which the client reached the simulator, for links in the answer. */
  baseUrl: string;
}

export interface UploadCall extends UserCall {
  body: RequestBody;
}

export interface AnonymousCall extends Call {
  /** Aborted when the client disconnects or the simulator stops. */
  closed: AbortSignal;
}

/** The result of a download route and its bytes. */
export interface Download<R> {
  result: R;
  content: { size: number; read(start: number, end: number): Buffer };
  /** Without quotes. */
  etag: string;
}

/** The access of an admin who calls a user route with Select-Admin. A route without a mode refuses the header. */
export type AdminMode = 'whole_team' | 'team_admin';

type Answer<R> = R | Promise<R>;

interface RouteFields {
  name: string;
  scope: Scope | undefined;
  /** Validates the argument; the result is passed to `run`. */
  argument: Type<unknown>;
}

export type Route = RouteFields &
  (
    | { auth: 'team'; style: 'rpc'; run(call: TeamCall, argument: unknown): Answer<unknown> }
    | {
        auth: 'user';
        admin: AdminMode | undefined;
        style: 'rpc';
        run(call: UserCall, argument: unknown): Answer<unknown>;
      }
    | {
        auth: 'user';
        admin: AdminMode | undefined;
        style: 'upload';
        run(call: UploadCall, argument: unknown): Answer<unknown>;
      }
    | {
        auth: 'user';
        admin: AdminMode | undefined;
        style: 'download';
        run(call: UserCall, argument: unknown): Answer<Download<unknown>>;
      }
    | { auth: 'app' | 'none'; style: 'rpc'; run(call: AnonymousCall, argument: unknown): Answer<unknown> }
  );

/** The Select-Admin column of the routing table. */
const MODES = { W: 'whole_team', A: 'team_admin', '-': undefined } as const;
export type AdminColumn = keyof typeof MODES;

// Each of these functions makes one row of the routing table. The type of the argument is inferred from the validator,
// so a handler with the wrong validator does not compile.

export function team<S extends Type<unknown>>(
  name: string,
  scope: Scope,
  argument: S,
  run: (call: TeamCall, argument: Infer<S>) => Answer<unknown>,
): Route {
  const erased = run as (call: TeamCall, argument: unknown) => unknown;
  return { auth: 'team', style: 'rpc', name, scope, argument, run: erased };
}

/** A row whose argument and result are those of an operation that the admin who linked the app carries out. */
export function manage<S extends Type<unknown>>(
  name: string,
  scope: Scope,
  argument: S,
  operation: (company: Company) => (argument: Infer<S>, by: Account) => unknown,
): Route {
  return team(name, scope, argument, (call, arg) => operation(call.company)(arg, call.admin));
}

export function user<S extends Type<unknown>>(
  name: string,
  admin: AdminColumn,
  scope: Scope | undefined,
  argument: S,
  run: (call: UserCall, argument: Infer<S>) => Answer<unknown>,
): Route {
  const erased = run as (call: UserCall, argument: unknown) => unknown;
  return { auth: 'user', style: 'rpc', name, admin: MODES[admin], scope, argument, run: erased };
}

/** A row whose argument and result are those of an operation that the actor carries out. */
export function act<S extends Type<unknown>>(
  name: string,
  admin: AdminColumn,
  scope: Scope,
  argument: S,
  operation: (company: Company) => (actor: Actor, argument: Infer<S>) => unknown,
): Route {
  return user(name, admin, scope, argument, (call, arg) => operation(call.company)(call.actor, arg));
}

export function upload<S extends Type<unknown>>(
  name: string,
  admin: AdminColumn,
  scope: Scope,
  argument: S,
  run: (call: UploadCall, argument: Infer<S>) => Answer<unknown>,
): Route {
  const erased = run as (call: UploadCall, argument: unknown) => unknown;
  return { auth: 'user', style: 'upload', name, admin: MODES[admin], scope, argument, run: erased };
}

export function download<S extends Type<unknown>>(
  name: string,
  admin: AdminColumn,
  scope: Scope,
  argument: S,
  run: (call: UserCall, argument: Infer<S>) => Answer<Download<unknown>>,
): Route {
  const erased = run as (call: UserCall, argument: unknown) => Download<unknown>;
  return { auth: 'user', style: 'download', name, admin: MODES[admin], scope, argument, run: erased };
}

export function anonymous<S extends Type<unknown>>(
  auth: 'app' | 'none',
  name: string,
  argument: S,
  run: (call: AnonymousCall, argument: Infer<S>) => Answer<unknown>,
): Route {
  const erased = run as (call: AnonymousCall, argument: unknown) => unknown;
  return { auth, style: 'rpc', name, scope: undefined, argument, run: erased };
}
