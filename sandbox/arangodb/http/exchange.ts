import type { IncomingHttpHeaders } from 'node:http';
import { ArangoFailure } from '../errors';
import type { Collection } from '../storage/collection';
import type { Database } from '../storage/database';
import type { Transaction } from '../storage/transaction';
import { parseBody } from './jsonBody';
import type { ServerState } from './state';

/** What a route answers. Without a body the answer is empty. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Route = (exchange: Exchange) => Reply | Promise<Reply>;

/** Seconds that a statement outside of a transaction waits for a key that an open transaction has written. */
const KEY_LOCK_SECONDS = 1;
const COLLECTION_LOCK_SECONDS = 900;

/** One request, as the routes see it. */
export class Exchange {
  constructor(
    readonly state: ServerState,
    readonly database: Database,
    readonly method: string,
    /** Decoded path segments after `/_db/<name>/_api/<area>`. */
    readonly path: readonly string[],
    /** The path as asked for, for messages. */
    readonly pathText: string,
    readonly query: URLSearchParams,
    readonly headers: IncomingHttpHeaders,
    private readonly content: Buffer,
  ) {}

  get text(): string {
    return this.content.toString('utf8');
  }

  /** The body as JSON, undefined if it is empty; 600 if it is none. */
  json(): unknown {
    return this.content.length === 0 ? undefined : parseBody(this.content);
  }

  flag(name: string, otherwise: boolean): boolean {
    const text = this.query.get(name);
    if (text === null) return otherwise;
    return /^(true|1|yes|on|y)$/i.test(text);
  }

  /** The id in the transaction header, if the request belongs to one. */
  get transactionId(): string | undefined {
    const id = this.headers['x-arango-trx-id'];
    return typeof id === 'string' ? id : undefined;
  }

  /** Reads in the request's transaction, or in a snapshot of its own. */
  read<T>(work: (transaction: Transaction) => T): T {
    const id = this.transactionId;
    if (id !== undefined) return work(this.state.transactions.use(this.database, id));
    return this.state.engine.autocommit(this.database, work);
  }

  /**
   * Writes in the request's transaction, or as a statement of its own that waits for exclusive holders of the
   * collections, and for a while for keys that are being written. A statement that throws leaves nothing.
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
        const rest = deadline - this.state.now();
        if (!hitLockedKey || rest <= 0) throw error;
        await engine.whenLocksChange(rest);
      } finally {
        locks.release(holder);
      }
    }
  }

  /** Whether a write answers as synced to the disk: asked for by the request or set on the collection. */
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

/** The usual successful answer: the payload's attributes beside `error` and `code`. */
export function success(status: number, payload: object): Reply {
  return { status, body: { ...payload, error: false, code: status } };
}
