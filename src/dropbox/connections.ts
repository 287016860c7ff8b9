import { deriveKey } from '../sync/keys';
import { SharedAuth } from './auth';
import { Budgets } from './budgets';
import { Caller, type CallObservation, type Connection } from './caller';
import { DropboxSession } from './session';
import { dropboxFetch, type DropboxAddress } from './transport';
import type { DropboxCredentials } from './types';

export interface DropboxOptions extends DropboxAddress {
  /** For one request, until its whole answer has arrived. Default 60 seconds: a page of 2,000 entries can take 20. */
  timeoutSeconds?: number;
  /** Concurrent calls per acting member, and for the team's own routes. Default 8. */
  concurrentCalls?: number;
  /** A Retry-After of up to this many seconds is waited out within the call. Default 5. */
  maxWaitSeconds?: number;
  /** How often a request is sent again within its call after a transient failure. Default 2. */
  retries?: number;
  /** Longest wait before the first of these. Each further one is up to four times as long. Default 300 milliseconds. */
  firstRetryMs?: number;
  /** Receives every request, for metrics. */
  observe?: (call: CallObservation) => void;
}

/** The connections of one process to Dropbox. All activities of a connector share its token and budgets. */
export class DropboxConnections {
  private readonly connections = new Map<string, { fingerprint: string; connection: Connection }>();

  constructor(readonly options: DropboxOptions = {}) {}

  /**
   * A session counts its own calls, and its signal cancels them. Changed credentials start with a new token.
   * `onWaiting` is called when all calls of the session begin or cease to wait for a rate limit. With a `teamId`, only
   * answers of that team are returned.
   */
  session(
    connectorId: string,
    credentials: DropboxCredentials,
    {
      signal,
      onWaiting,
      teamId = null,
    }: { signal?: AbortSignal; onWaiting?: (isWaiting: boolean) => void; teamId?: string | null } = {},
  ): DropboxSession {
    return new DropboxSession(new Caller(this.connection(connectorId, credentials), signal, onWaiting, teamId));
  }

  private connection(connectorId: string, credentials: DropboxCredentials): Connection {
    const { appKey, appSecret, refreshToken } = credentials;
    const fingerprint = deriveKey(appKey, appSecret, refreshToken);
    const known = this.connections.get(connectorId);
    if (known?.fingerprint === fingerprint) return known.connection;

    const {
      timeoutSeconds = 60,
      concurrentCalls = 8,
      maxWaitSeconds = 5,
      retries = 2,
      firstRetryMs = 300,
      observe,
    } = this.options;
    const fetch = dropboxFetch(this.options);
    const timeoutMs = timeoutSeconds * 1000;
    const connection: Connection = {
      connectorId,
      auth: new SharedAuth(credentials, fetch, timeoutMs),
      budgets: new Budgets({ concurrentCalls, maxWaitSeconds }),
      fetch,
      timeoutMs,
      retries: { limit: retries, firstMs: firstRetryMs, maxMs: maxWaitSeconds * 1000, factor: 4 },
      ...(observe ? { observe } : {}),
    };
    this.connections.set(connectorId, { fingerprint, connection });
    return connection;
  }
}
