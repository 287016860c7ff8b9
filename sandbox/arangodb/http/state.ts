import type { Engine } from '../storage/engine';
import type { CollectionLocks } from '../storage/locks';
import type { StreamTransactions } from '../storage/streamTransactions';
import type { Authentication } from './authentication';
import type { Cursors } from './cursors';
import type { Jobs } from './jobs';

/** What all requests share. */
export interface ServerState {
  readonly engine: Engine;
  readonly locks: CollectionLocks;
  readonly transactions: StreamTransactions;
  readonly cursors: Cursors;
  readonly jobs: Jobs;
  /** How queries are to be tracked; what clients have not changed is as in QUERY_TRACKING. */
  readonly queryTracking: Record<string, unknown>;
  readonly authentication: Authentication;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The settings of query tracking that exist, as they are at first. */
export const QUERY_TRACKING = {
  enabled: true,
  trackSlowQueries: true,
  trackBindVars: true,
  maxSlowQueries: 64,
  slowQueryThreshold: 10,
  slowStreamingQueryThreshold: 10,
  maxQueryStringLength: 4096,
};

/** The release of ArangoDB whose behaviour is imitated. */
export const SERVER_VERSION = '3.12.4';
