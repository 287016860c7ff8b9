import type { IncomingHttpHeaders } from 'node:http';
import { ArangoFailure } from '../errors';
import type { Collection } from '../storage/collection';
import type { Database } from '../storage/database';
import type { Engine } from '../storage/engine';
import type { CollectionLocks } from '../storage/locks';
import type { StreamTransactions } from '../storage/streamTransactions';
import type { Transaction } from '../storage/transaction';
import { isPlainObject } from '../values';
import type { Authentication } from './authentication';
import type { Cursors } from './cursors';
import { parseBody } from './jsonBody';
import type { RunningQueries } from './runningQueries';
import { whenArrived } from './slices';

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

/** A route's answer. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Route = (exchange: Exchange) => Reply | Promise<Reply>;

/** How long the write of a single document waits for a key that an open transaction has written. */
const KEY_LOCK_SECONDS = 1;
const COLLECTION_LOCK_SECONDS = 900;

/** One request, as routes see it. */
export class Exchange {
  constructor(
    readonly state: ServerState,
    readonly database: Database,
    readonly method: string,
    /** Decoded path segments after `/_db/<name>/_api/<area>`. */
    readonly path: readonly string[],
    /** The path as received, for error messages. */
    readonly pathText: string,
    readonly query: URLSearchParams,
    readonly headers: IncomingHttpHeaders,
    private readonly content: Buffer,
  ) {}

  get text(): string {
    return this.content.toString('utf8');
  }

  /** The body as JSON, or undefined if it is empty. Throws 600 if it is not valid JSON. */
  json(): unknown {
    return this.content.length === 0 ? undefined : parseBody(this.content);
  }

  /** The body as a JSON object. Throws the given error for anything else. */
  object(errorNum: number, text?: string): Record<string, unknown> {
    const body = this.json();
    if (!isPlainObject(body)) throw new ArangoFailure(errorNum, text);
    return body;
  }

  flag(name: string, defaultValue: boolean): boolean {
    const text = this.query.get(name);
    if (text === null) return defaultValue;
    return /^(true|1|yes|on|y)$/i.test(text);
  }

  /** The id of the stream transaction to which the request belongs. */
  get transactionId(): string | undefined {
    const id = this.headers['x-arango-trx-id'];
    return typeof id === 'string' ? id : undefined;
  }

  /** Reads in the request's transaction, or else in a new snapshot. */
  read<T>(work: (transaction: Transaction) => T): T {
    const id = this.transactionId;
    if (id !== undefined) return work(this.state.transactions.use(this.database, id));
    return this.state.engine.autocommit(this.database, work);
  }

  /** Like `read`, for work during which other requests are processed. */
  async readLong<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { engine, transactions } = this.state;
    const id = this.transactionId;
    if (id !== undefined) return transactions.run(this.database, id, work);
    const transaction = engine.begin(this.database);
    try {
      return await work(transaction);
    } finally {
      transaction.abort();
    }
  }

  /** Begins a transaction for writing, once the collections are not locked by others. It must be ended. */
  async beginWrite(collections: readonly string[], exclusive: readonly string[] = []): Promise<Transaction> {
    const { locks, engine } = this.state;
    const holder = {};
    const idOf = (name: string): string => this.database.get(name).properties.id;
    const request = { shared: collections.map(idOf), exclusive: exclusive.map(idOf) };
    await locks.acquire(holder, request, COLLECTION_LOCK_SECONDS);
    return engine.begin(this.database, { onEnd: () => locks.release(holder) });
  }

  /** Runs `work` when no transaction writes the collection. Others that want to write it wait. */
  async withoutWriters<T>(collection: string, work: () => T): Promise<T> {
    const lock = await this.beginWrite([], [collection]);
    try {
      return work();
    } finally {
      lock.abort();
    }
  }

  /**
   * Writes in the request's transaction, or else in a new one, which conflicts with others that are open at the same
   * time, and is rolled back if `work` throws. With `conflicts`, its first write fails with a conflict. Without
   * `keepsSnapshot`, as for a single document, it waits for the key, and then changes its latest version.
   */
  async write<T>(
    collections: readonly string[],
    work: (transaction: Transaction) => T | Promise<T>,
    { conflicts = false, keepsSnapshot = true, exclusive = [] as readonly string[] } = {},
  ): Promise<T> {
    const { engine, transactions } = this.state;
    const id = this.transactionId;
    if (id !== undefined) {
      return transactions.run(this.database, id, (transaction) => {
        transaction.conflictsNext = this.state.conflicts();
        return work(transaction);
      });
    }
    const first = await this.beginWrite(collections, exclusive);
    // Statements that arrive together have the same snapshot, so they conflict if they write the same document.
    if (keepsSnapshot) await whenArrived();
    const deadline = this.state.now() + KEY_LOCK_SECONDS * 1000;
    try {
      for (;;) {
        const attempt = engine.begin(this.database, {}, keepsSnapshot ? first.snapshot : undefined);
        attempt.conflictsNext = conflicts;
        try {
          const result = await work(attempt);
          attempt.commit();
          return result;
        } catch (error) {
          attempt.abort();
          const remaining = deadline - this.state.now();
          if (keepsSnapshot || !attempt.hitLockedKey || remaining <= 0) throw error;
          await engine.locksChanged.wait(remaining);
        }
      }
    } finally {
      first.abort();
    }
  }

  /** Whether a write is answered as synced to disk, because the request or the collection has `waitForSync`. */
  isSynced(collection: Collection): boolean {
    return collection.properties.waitForSync || this.flag('waitForSync', false);
  }

  /** Throws 400 unless a path has as many segments as the call takes. */
  expect(isValid: boolean, call: string): void {
    if (!isValid) throw new ArangoFailure(400, `expecting ${call}`);
  }

  unknownPath(): ArangoFailure {
    return new ArangoFailure(404, `unknown path '${this.pathText}'`);
  }

  wrongMethod(): ArangoFailure {
    return new ArangoFailure(405, 'method not supported');
  }
}

/** The usual successful answer: the payload's attributes, `error` and `code`. */
export const success = (status: number, payload: object): Reply => ({
  status,
  body: { ...payload, error: false, code: status },
});
