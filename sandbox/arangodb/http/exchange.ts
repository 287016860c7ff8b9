import type { IncomingHttpHeaders } from 'node:http';
import { ArangoFailure } from '../errors';
import type { Collection } from '../storage/collection';
import type { Database } from '../storage/database';
import type { Transaction } from '../storage/transaction';
import { parseBody } from './jsonBody';
import type { ServerState } from './state';

/** A route's answer. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Route = (exchange: Exchange) => Reply | Promise<Reply>;

/** How long a write outside a transaction waits for a key that an open transaction has written. */
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

  /**
   * Writes in the request's transaction, or else in a new one. A new transaction waits until the collections are not
   * locked exclusively, and for KEY_LOCK_SECONDS if another transaction has written a key. If `work` throws, none of
   * its writes remain.
   */
  async write<T>(collections: readonly string[], work: (transaction: Transaction) => T): Promise<T> {
    const id = this.transactionId;
    if (id !== undefined) {
      const transaction = this.state.transactions.use(this.database, id);
      const savepoint = transaction.savepoint();
      try {
        return work(transaction);
      } catch (error) {
        transaction.rollbackTo(savepoint);
        throw error;
      }
    }
    const shared = collections.map((name) => this.database.get(name).properties.id);
    const deadline = this.state.now() + KEY_LOCK_SECONDS * 1000;
    for (;;) {
      const holder = {};
      const request = { shared, exclusive: [] };
      const { locks, engine } = this.state;
      if (!locks.tryAcquire(holder, request)) await locks.acquire(holder, request, COLLECTION_LOCK_SECONDS);
      let hitLockedKey = false;
      try {
        return engine.autocommit(this.database, (transaction) => {
          try {
            return work(transaction);
          } finally {
            hitLockedKey = transaction.hitLockedKey;
          }
        });
      } catch (error) {
        const remaining = deadline - this.state.now();
        if (!hitLockedKey || remaining <= 0) throw error;
        await engine.whenLocksChange(remaining);
      } finally {
        locks.release(holder);
      }
    }
  }

  /** Whether a write is answered as synced to disk, because the request or the collection has `waitForSync`. */
  isSynced(collection: Collection): boolean {
    return collection.properties.waitForSync || this.flag('waitForSync', false);
  }

  unknownPath(): ArangoFailure {
    return new ArangoFailure(404, `unknown path '${this.pathText}'`);
  }

  wrongMethod(): ArangoFailure {
    return new ArangoFailure(405, 'method not supported');
  }
}

/** The usual successful answer: the payload's attributes, `error` and `code`. */
export function success(status: number, payload: object): Reply {
  return { status, body: { ...payload, error: false, code: status } };
}
