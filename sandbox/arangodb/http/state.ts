import type { Engine } from '../storage/engine';
import type { CollectionLocks } from '../storage/locks';
import type { StreamTransactions } from '../storage/streamTransactions';
import type { Authentication } from './authentication';
import type { Cursors } from './cursors';
import type { RunningQueries } from './runningQueries';

/** The state that all requests share. */
export interface ServerState {
  readonly engine: Engine;
  readonly locks: CollectionLocks;
  readonly transactions: StreamTransactions;
  readonly cursors: Cursors;
  readonly queries: RunningQueries;
  /** Whether the next write of a statement is to conflict with another client's. */
  readonly conflicts: () => boolean;
  readonly authentication: Authentication;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The ArangoDB release that is emulated, as reported to clients. */
export const SERVER_VERSION = '3.12.4';
