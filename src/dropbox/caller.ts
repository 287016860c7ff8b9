import { setTimeout as delay } from 'node:timers/promises';
import { Dropbox, type DropboxRequestOptions, type DropboxResponse } from 'dropbox';
import { failure } from '../failures';
import type { SharedAuth } from './auth';
import { withDeadline } from './deadline';
import { BucketClosed, type Bucket, type Budgets } from './budgets';
import {
  DEFAULT_RETRY_AFTER_SECONDS,
  errorAnswerOf,
  IncompleteAnswer,
  NetworkError,
  TokenError,
  translate,
  type CallContext,
} from './errors';
import type { Fetch } from './transport';
import type { Actor, CallCounts } from './types';

export interface CallObservation {
  route: string;
  outcome: 'ok' | 'failed';
  seconds: number;
}

/** Where a call goes: whose budget it uses, and which namespace its paths begin in. */
export interface CallTarget {
  actor?: Actor;
  /** Path-Root: any namespace that the actor can reach. */
  namespaceId?: string;
}

/** What all sessions of one connector share in this process. */
export interface Connection {
  connectorId: string;
  auth: SharedAuth;
  budgets: Budgets;
  fetch: Fetch;
  timeoutMs: number;
  /** Pauses before a call that met a passing trouble is sent again, milliseconds. */
  retryDelaysMs: readonly number[];
  observe?: (call: CallObservation) => void;
}

/** How often one call waits for a rate limit before it hands the waiting to the retry policy. */
const MAX_RATE_LIMIT_WAITS = 3;

/**
 * The one way to Dropbox: budget, token, timeout, and short retries for what passes by itself, so that an activity fails
 * only when trouble lasts. Longer waits are handed to Temporal as the failure's next retry delay.
 */
export class Caller {
  readonly calls: CallCounts = { total: 0, byRoute: {} };
  /** One SDK object for all actors: Select-User, Select-Admin and Path-Root are headers of each call. */
  readonly #client: Dropbox;

  constructor(
    readonly connection: Connection,
    readonly signal: AbortSignal | undefined,
  ) {
    this.#client = new Dropbox({ auth: connection.auth, fetch: connection.fetch });
  }

  /** Calls a route that answers JSON, and gives its result. */
  async call<T extends object>(
    route: string,
    target: CallTarget,
    request: (client: Dropbox, options: DropboxRequestOptions) => Promise<DropboxResponse<T>>,
  ): Promise<T> {
    return this.attempt(route, target, async () => {
      const { result } = await withDeadline(this.signal, this.connection.timeoutMs, (signal) =>
        request(this.#client, { extraHeaders: targetHeaders(target), signal }),
      );
      // The SDK hands on a body that is not JSON, such as half a document, as a string.
      if (typeof result !== 'object' || result === null)
        throw new IncompleteAnswer(`the answer to ${route} is not JSON`);
      return result;
    });
  }

  /**
   * Sends a request until it succeeds or its trouble is not one that passes quickly.
   * @throws the failures of errors.ts; the signal's reason when the caller gave up
   */
  async attempt<T>(
    route: string,
    target: CallTarget,
    send: () => Promise<T>,
    signal: AbortSignal | undefined = this.signal,
  ): Promise<T> {
    const { connectorId, budgets, retryDelaysMs } = this.connection;
    const context: CallContext = { route, connectorId, ...(target.actor ? { actor: target.actor } : {}) };
    const pauses = [...retryDelaysMs];
    let rateLimitWaits = MAX_RATE_LIMIT_WAITS;
    let mayReplaceToken = true;

    for (;;) {
      const outcome = await this.#once(route, target, send, signal);
      if ('value' in outcome) return outcome.value;
      const { error, token } = outcome;
      signal?.throwIfAborted();
      if (error instanceof BucketClosed) {
        throw failure('DropboxRateLimited', `Dropbox limits the rate of ${route}`, {
          details: { route, reason: 'waiting' },
          retryAfterSeconds: error.retryAfterSeconds,
        });
      }
      const answer = errorAnswerOf(error);
      const refusedToken = answer?.status === 401 && refusedTokenTags.has(answer.tags[0] ?? '');
      if (refusedToken && mayReplaceToken && !(error instanceof TokenError)) {
        mayReplaceToken = false;
        await this.connection.auth.replaceToken(token).catch((cause: unknown) => {
          throw translate(cause, context);
        });
        continue;
      }
      if (answer?.status === 429) {
        const wait = answer.retryAfterSeconds ?? DEFAULT_RETRY_AFTER_SECONDS;
        // The bucket was closed for that long: entering it again is the waiting.
        if (wait <= budgets.limits.maxWaitSeconds && rateLimitWaits-- > 0) continue;
      } else if (passesQuickly(error)) {
        const pause = pauses.shift();
        const asked = (answer?.retryAfterSeconds ?? 0) * 1000;
        if (pause !== undefined && asked <= budgets.limits.maxWaitSeconds * 1000) {
          // Spread, so that calls that failed together do not return together.
          await delay(Math.max(asked, pause * (0.5 + Math.random())), undefined, signal ? { signal } : {});
          continue;
        }
      }
      throw translate(error, context);
    }
  }

  async #once<T>(
    route: string,
    target: CallTarget,
    send: () => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<{ value: T } | { error: unknown; token: string | undefined }> {
    const { auth, budgets } = this.connection;
    let token: string | undefined;
    let started = 0;
    try {
      const value = await budgets.within(bucketOf(target), signal, async (bucket) => {
        try {
          await auth.checkAndRefreshAccessToken();
          token = auth.getAccessToken();
          started = performance.now();
          this.#count(route);
          return await send();
        } catch (error) {
          closeOnRateLimit(bucket, error);
          throw error;
        }
      });
      this.#observe(route, 'ok', started);
      return { value };
    } catch (error) {
      if (started > 0) this.#observe(route, 'failed', started);
      return { error, token };
    }
  }

  #count(route: string): void {
    this.calls.total += 1;
    this.calls.byRoute[route] = (this.calls.byRoute[route] ?? 0) + 1;
  }

  #observe(route: string, outcome: CallObservation['outcome'], started: number): void {
    this.connection.observe?.({ route, outcome, seconds: (performance.now() - started) / 1000 });
  }
}

/** A revoked token reads `invalid_access_token`: the refresh token may still be good, as after an app's token was rotated. */
const refusedTokenTags: ReadonlySet<string> = new Set(['expired_access_token', 'invalid_access_token']);

/**
 * The limit of Select-Admin calls is not documented; they are counted with those of the admin himself.
 * "Team-linked" calls with Select-User are limited per member, those on team/* and team_log/* per team.
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

function passesQuickly(error: unknown): boolean {
  const inner = error instanceof TokenError ? error.cause : error;
  if (inner instanceof NetworkError || inner instanceof IncompleteAnswer) return true;
  const answer = errorAnswerOf(inner);
  return answer !== undefined && (answer.status >= 500 || (answer.status === 409 && !answer.isJson));
}
