import type { Account, Actor, Company } from '../model';
import type { Simulator } from './simulator';
import type { AccessToken } from './oauth/grants';
import type { Scope } from './oauth/scopes';
import type { RequestBody } from './requestBody';
import type { Infer, Type } from './schema';

/** What every handler may use. */
interface Call {
  simulator: Simulator;
  company: Company;
  /** Pages and cursors handed out in this call belong to this reader only. */
  reader: string;
}

export interface TeamCall extends Call {
  /** The admin who linked the app. */
  admin: Account;
}

export interface UserCall extends Call {
  actor: Actor;
  token: AccessToken;
  /** Address at which the client reached the simulator, for the links that it hands out. */
  baseUrl: string;
}

export interface UploadCall extends UserCall {
  body: RequestBody;
}

export interface AnonymousCall extends Call {
  /** Aborted when the client is gone or the simulator stops. */
  closed: AbortSignal;
}

/** Bytes beside the result of a download route. */
export interface Download<R> {
  result: R;
  content: { size: number; read(start: number, end: number): Buffer };
  /** Without quotes. */
  etag: string;
}

/** How an admin may call a user route for the whole team; a route without a mode refuses Select-Admin. */
export type AdminMode = 'whole_team' | 'team_admin';

type Answer<R> = R | Promise<R>;

interface RouteFields {
  name: string;
  scope: Scope | undefined;
  /** Refuses what does not fit; the result goes to `run`. */
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

/** Column of the routing table: Select-Admin mode. */
const MODES = { W: 'whole_team', A: 'team_admin', '-': undefined } as const;
export type AdminColumn = keyof typeof MODES;

// Each function makes one row of the table. The argument's type flows from the validator to the handler, so that a
// handler can't be put beside the wrong validator.

export function team<S extends Type<unknown>>(
  name: string,
  scope: Scope,
  argument: S,
  run: (call: TeamCall, argument: Infer<S>) => Answer<unknown>,
): Route {
  return {
    auth: 'team',
    style: 'rpc',
    name,
    scope,
    argument,
    run: run,
  };
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
