import { createHash } from 'node:crypto';
import { SharedAuth } from './auth';
import { Budgets } from './budgets';
import { Caller, type CallObservation, type Connection } from './caller';
import { DropboxSession } from './session';
import { dropboxFetch } from './transport';
import type { DropboxCredentials } from './types';

export interface DropboxOptions {
  /** Replaces all of Dropbox's hosts; only for the simulator or a proxy. */
  apiUrl?: string | undefined;
  /** For one request, until its answer has arrived whole. Default 60 seconds: a page of 2,000 entries can take 20. */
  timeoutSeconds?: number;
  /** Calls in flight per acting member, and for the team's own routes. Default 4. */
  concurrentCalls?: number;
  /** A Retry-After up to this long is waited for inside the call. Default 5 seconds. */
  maxWaitSeconds?: number;
  /** Pauses before the same request is sent again after a passing trouble. Default two: 200 ms and 800 ms. */
  retryDelaysMs?: readonly number[];
  /** Told of every request, for metrics. */
  observe?: (call: CallObservation) => void;
}

/** The connections to Dropbox of one process: token and budgets are shared by all activities of a connector. */
export class DropboxConnections {
  readonly #connections = new Map<string, { fingerprint: string; connection: Connection }>();

  constructor(private readonly options: DropboxOptions = {}) {}

  /** A session counts its own calls; its signal ends them. Credentials that changed begin with a new token. */
  session(
    connectorId: string,
    credentials: DropboxCredentials,
    { signal }: { signal?: AbortSignal } = {},
  ): DropboxSession {
    return new DropboxSession(new Caller(this.#connection(connectorId, credentials), signal));
  }

  #connection(connectorId: string, credentials: DropboxCredentials): Connection {
    const { appKey, appSecret, refreshToken } = credentials;
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([appKey, appSecret, refreshToken]))
      .digest('hex');
    const known = this.#connections.get(connectorId);
    if (known?.fingerprint === fingerprint) return known.connection;

    const {
      apiUrl,
      timeoutSeconds = 60,
      concurrentCalls = 4,
      maxWaitSeconds = 5,
      retryDelaysMs = [200, 800],
      observe,
    } = this.options;
    const fetch = dropboxFetch(apiUrl);
    const timeoutMs = timeoutSeconds * 1000;
    const connection: Connection = {
      connectorId,
      auth: new SharedAuth(credentials, fetch, timeoutMs),
      budgets: new Budgets({ concurrentCalls, maxWaitSeconds }),
      fetch,
      timeoutMs,
      retryDelaysMs,
      ...(observe ? { observe } : {}),
    };
    this.#connections.set(connectorId, { fingerprint, connection });
    return connection;
  }
}
