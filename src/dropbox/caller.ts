import { setTimeout as delay } from 'node:timers/promises';
import { Dropbox, type DropboxRequestOptions, type DropboxResponse } from 'dropbox';
import { backoff, type BackoffSettings } from '../backoff';
import { failure } from '../failures';
import { inSpan } from '../tracing';
import type { SharedAuth } from './auth';
import { BucketClosed, type Bucket, type Budgets, type Waiting } from './budgets';
import { withDeadline } from './deadline';
import {
  DEFAULT_RETRY_AFTER_SECONDS,
  errorAnswerOf,
  IncompleteAnswer,
  NetworkError,
  TokenError,
  translate,
  type CallContext,
} from './errors';
import { pages } from './paging';
import type { Fetch } from './transport';
import type { Actor, CallCounts } from './types';

export type Request<T> = (client: Dropbox, options: DropboxRequestOptions) => Promise<DropboxResponse<T>>;

/** A request that was sent once, or that was not sent. */
export interface CallObservation {
  connectorId: string;
  route: string;
  /** HTTP status; `none`: no answer came; `not sent`: a rate limit lasts longer than a call may wait. */
  status: string;
  /** How long the answer took, without the wait before the call. */
  seconds: number;
  /** How long the call waited for its budget. */
  waitedSeconds: number;
}

/** For whom a call is made, which decides its budget, and the namespace that its paths start in. */
export interface CallTarget {
  actor?: Actor;
  /** Path-Root: any namespace that the actor can access. */
  namespaceId?: string;
}

/** What all sessions of a connector share in this process. */
export interface Connection {
  connectorId: string;
  auth: SharedAuth;
  /** The team that Dropbox has named for an access token. */
  team?: { token: string | undefined; teamId: unknown };
  budgets: Budgets;
  fetch: Fetch;
  timeoutMs: number;
  /** How often, and after which wait, a call sends its request again after a transient failure. */
  retries: BackoffSettings & { limit: number };
  observe?: (call: CallObservation) => void;
}

/** How often one call waits for a rate limit before it leaves the wait to the retry policy. */
const MAX_RATE_LIMIT_WAITS = 3;

const TEAM_ROUTE = 'team/get_info';
/** How many access tokens one call is answered with before it fails. */
const MAX_TOKENS = 3;

/** A request to a route, which may be sent several times. */
interface Sending<T> {
  route: string;
  target: CallTarget;
  /** Sends it once. */
  request: () => Promise<T>;
  signal: AbortSignal | undefined;
}

/**
 * Every call of Dropbox passes here: budget, token, timeout, and a few quick retries of transient failures, so that an
 * activity fails only when a failure persists. A longer wait becomes the failure's next retry delay, so Temporal waits.
 */
export class Caller {
  readonly calls: CallCounts = { total: 0, byRoute: {} };
  /** Calls under way, and those of them that only wait: for a rate limit, or to send a request again. */
  private underWay = 0;
  private waiting = 0;
  private isWaiting = false;
  /** One SDK object for all actors: Select-User, Select-Admin and Path-Root are headers of each call. */
  private readonly client: Dropbox;

  constructor(
    readonly connection: Connection,
    readonly signal: AbortSignal | undefined,
    /** Called with true when all calls under way only wait, and with false when one of them no longer does. */
    private readonly onWaiting?: (isWaiting: boolean) => void,
    /** The team whose answers are wanted: see `isOfTeam`. */
    private readonly teamId: string | null = null,
  ) {
    this.client = new Dropbox({ auth: connection.auth, fetch: connection.fetch });
  }

  /** Requests another access token, for all calls from now on. @throws as a call whose token can't be requested */
  async replaceToken(token = this.connection.auth.getAccessToken()): Promise<void> {
    const { auth, connectorId } = this.connection;
    await auth.replaceToken(token).catch((cause: unknown) => {
      throw translate(cause, { route: 'oauth2/token', connectorId });
    });
  }

  /** Calls a route that answers with JSON, and returns its result. */
  async call<T extends object>(route: string, target: CallTarget, request: Request<T>): Promise<T> {
    return this.send({
      route,
      target,
      signal: this.signal,
      request: async () => {
        const { result } = await withDeadline(this.signal, this.connection.timeoutMs, (signal) =>
          request(this.client, { extraHeaders: targetHeaders(target), signal }),
        );
        // The SDK returns a body that is not JSON, such as a truncated document, as a string.
        if (typeof result !== 'object' || result === null)
          throw new IncompleteAnswer(`the answer to ${route} is not JSON`);
        return result;
      },
    });
  }

  /** All pages of a listing, read with one route and continued with another. */
  list<T extends { cursor?: string }>(
    target: CallTarget,
    route: string,
    first: Request<T>,
    nextRoute: string,
    next: (cursor: string) => Request<T>,
  ): AsyncGenerator<T> {
    return pages(
      route,
      () => this.call(route, target, first),
      (cursor) => this.call(nextRoute, target, next(cursor)),
    );
  }

  /**
   * Sends a request until it succeeds, or fails in a way that a quick retry does not fix.
   * @throws the failures of errors.ts; WrongTeam; the signal's reason when the caller cancelled
   */
  async send<T>(sending: Sending<T>): Promise<T> {
    this.count({ underWay: 1 });
    try {
      return await this.sendUntilAnswered(sending);
    } finally {
      this.count({ underWay: -1 });
    }
  }

  private async sendUntilAnswered<T>(sending: Sending<T>): Promise<T> {
    const { route, target, signal } = sending;
    const { connectorId, budgets, retries } = this.connection;
    const context: CallContext = { route, connectorId, ...(target.actor ? { actor: target.actor } : {}) };
    let retried = 0;
    let rateLimitWaits = MAX_RATE_LIMIT_WAITS;
    let mayReplaceToken = true;
    let tokens = 0;

    for (;;) {
      const outcome = await this.sendOnce(sending);
      const { token } = outcome;
      if ('value' in outcome) {
        tokens += 1;
        if (route === TEAM_ROUTE || (await this.isOfTeam(token, tokens))) return outcome.value;
        continue;
      }
      const { error } = outcome;
      signal?.throwIfAborted();
      if (error instanceof BucketClosed) {
        throw failure('DropboxRateLimited', `Dropbox limits the rate of ${route}`, {
          details: { route, reason: 'waiting' },
          retryAfterSeconds: error.retryAfterSeconds,
        });
      }
      const answer = errorAnswerOf(error);
      const isTokenRefused = answer?.status === 401 && refusedTokenTags.has(answer.tags[0] ?? '');
      if (isTokenRefused && mayReplaceToken && !(error instanceof TokenError)) {
        mayReplaceToken = false;
        await this.connection.auth.replaceToken(token).catch((cause: unknown) => {
          throw translate(cause, context);
        });
        continue;
      }
      if (answer?.status === 429) {
        const wait = answer.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS;
        // The 429 closed the bucket, so the next request waits when it enters it.
        if (wait <= budgets.limits.maxWaitSeconds && rateLimitWaits-- > 0) continue;
      } else if (isTransient(error) && retried < retries.limit) {
        retried += 1;
        const requestedMs = (answer?.retryAfterSeconds ?? 0) * 1000;
        if (requestedMs <= budgets.limits.maxWaitSeconds * 1000) {
          const waitMs = Math.max(requestedMs, backoff(retried, retries));
          await this.whileWaiting(() => delay(waitMs, undefined, signal ? { signal } : {}));
          continue;
        }
      }
      throw translate(error, context);
    }
  }

  /**
   * Whether an answer is of the wanted team, as Dropbox says of its access token. Each token is asked once: a run lasts
   * longer than a token, every worker has its own, and what another team answers would be written as one of this team.
   * @returns false if another token has taken its place, with which the request has to be sent again. @throws WrongTeam
   */
  private async isOfTeam(token: string | undefined, attempt: number): Promise<boolean> {
    const { connection, teamId } = this;
    if (teamId === null) return true;
    if (connection.team?.token !== token) {
      await this.call(TEAM_ROUTE, {}, (client, options) => client.teamGetInfo(options));
    }
    const { team } = connection;
    if (team?.token === token && team?.teamId === teamId) return true;
    if (attempt === MAX_TOKENS) {
      const message = `the access tokens of connector ${connection.connectorId} are not those of the team ${teamId}`;
      throw failure('WrongTeam', message);
    }
    // One answer may be wrong.
    if (team?.token === token) {
      delete connection.team;
      await this.replaceToken(token);
    }
    return false;
  }

  private async sendOnce<T>({
    route,
    target,
    request,
    signal,
  }: Sending<T>): Promise<({ value: T } | { error: unknown }) & { token: string | undefined }> {
    const { auth, budgets } = this.connection;
    let token: string | undefined;
    let started = 0;
    const asked = performance.now();
    let entered: number | undefined;
    const observe = (status: string): void => {
      const now = performance.now();
      const waitedSeconds = ((entered ?? now) - asked) / 1000;
      const seconds = started > 0 ? (now - started) / 1000 : 0;
      this.connection.observe?.({ connectorId: this.connection.connectorId, route, status, seconds, waitedSeconds });
    };
    try {
      const call = async (bucket: Bucket): Promise<T> => {
        entered = performance.now();
        try {
          await auth.checkAndRefreshAccessToken();
          token = auth.getAccessToken();
          started = performance.now();
          this.countCall(route);
          return await inSpan(`dropbox ${route}`, { 'dropbox.route': route }, request);
        } catch (error) {
          closeOnRateLimit(bucket, error);
          throw error;
        }
      };
      const value = await budgets.within(bucketOf(target), signal, call, this.whileWaiting);
      observe('200');
      if (route === TEAM_ROUTE) this.connection.team = { token, teamId: (value as { team_id?: unknown }).team_id };
      return { value, token };
    } catch (error) {
      if (error instanceof BucketClosed) observe('not sent');
      else if (started > 0) observe(String(errorAnswerOf(error)?.status ?? 'none'));
      return { error, token };
    }
  }

  private readonly whileWaiting: Waiting = async (wait) => {
    this.count({ waiting: 1 });
    try {
      await wait();
    } finally {
      this.count({ waiting: -1 });
    }
  };

  private count({ underWay = 0, waiting = 0 }: { underWay?: number; waiting?: number }): void {
    this.underWay += underWay;
    this.waiting += waiting;
    const isWaiting = this.waiting > 0 && this.waiting === this.underWay;
    if (isWaiting === this.isWaiting) return;
    this.isWaiting = isWaiting;
    this.onWaiting?.(isWaiting);
  }

  private countCall(route: string): void {
    this.calls.total += 1;
    this.calls.byRoute[route] = (this.calls.byRoute[route] ?? 0) + 1;
  }
}

/** A revoked token is reported as `invalid_access_token`. The refresh token may still work, as after a rotation. */
const refusedTokenTags: ReadonlySet<string> = new Set(['expired_access_token', 'invalid_access_token']);

/**
 * Dropbox limits calls with Select-User per member, and calls of team/* and team_log/* per team. The limit of calls
 * with Select-Admin is not documented, so they share the bucket of that admin's own calls.
 */
const bucketOf = ({ actor }: CallTarget): string => (actor ? `member ${actor.teamMemberId}` : 'team');

export function targetHeaders({ actor, namespaceId }: CallTarget): Record<string, string> {
  return {
    ...(actor
      ? { [actor.kind === 'member' ? 'Dropbox-API-Select-User' : 'Dropbox-API-Select-Admin']: actor.teamMemberId }
      : {}),
    ...(namespaceId === undefined
      ? {}
      : { 'Dropbox-API-Path-Root': JSON.stringify({ '.tag': 'namespace_id', namespace_id: namespaceId }) }),
  };
}

function closeOnRateLimit(bucket: Bucket, error: unknown): void {
  const answer = errorAnswerOf(error);
  if (answer?.status === 429) bucket.close(answer.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS);
}

function isTransient(error: unknown): boolean {
  const inner = error instanceof TokenError ? error.cause : error;
  if (inner instanceof NetworkError || inner instanceof IncompleteAnswer) return true;
  const answer = errorAnswerOf(inner);
  return answer !== undefined && (answer.status >= 500 || (answer.status === 409 && !answer.isJson));
}
