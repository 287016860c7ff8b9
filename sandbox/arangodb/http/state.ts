import type { Engine } from '../storage/engine';
import type { CollectionLocks } from '../storage/locks';
import type { StreamTransactions } from '../storage/streamTransactions';
import type { Authentication } from './authentication';
import type { Cursors } from './cursors';

/** What all requests share. */
export interface ServerState {
  readonly engine: Engine;
  readonly locks: CollectionLocks;
  readonly transactions: StreamTransactions;
  readonly cursors: Cursors;
  readonly authentication: Authentication;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The release of ArangoDB whose behaviour is imitated. */
export const SERVER_VERSION = '3.12.4';
