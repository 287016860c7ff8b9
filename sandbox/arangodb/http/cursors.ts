import { ArangoFailure } from '../errors';
import type { Database } from '../storage/database';

/** A query's rows, computed ahead or on demand. */
export interface RowSource {
  readonly rows: Iterator<unknown>;
  /** The answer's `extra`, known once all rows were taken. */
  extra(): object;
  /** Ends the query before its last row, or after it: called exactly once, with whether all went well. */
  end(succeeded: boolean): void | Promise<void>;
}

export interface CursorSettings {
  readonly batchSize: number;
  /** Seconds after which an unused cursor is closed. */
  readonly ttl: number;
  /** Rows in all, if the client asked for it. */
  readonly count: number | undefined;
  /** `extra` comes with the last batch instead of with each. */
  readonly isStream: boolean;
  /** The last batch can be read again. */
  readonly allowRetry: boolean;
  readonly transactionId: string | undefined;
}

/** One answer: a batch and what comes after it. */
export interface CursorBatch {
  readonly result: readonly unknown[];
  readonly hasMore: boolean;
  readonly id?: string;
  readonly nextBatchId?: string;
  readonly count?: number;
  readonly cached: false;
  readonly extra?: object;
}

interface Cursor {
  readonly id: string;
  readonly database: Database;
  readonly source: RowSource;
  readonly settings: CursorSettings;
  /** One row read ahead, to know whether more follow. */
  ahead: IteratorResult<unknown>;
  nextBatch: number;
  /** The last answer, kept for a retry. */
  last: CursorBatch | undefined;
  expiresAt: number;
  isBusy: boolean;
}

/** Results that are read over several requests. */
export class Cursors {
  private readonly cursors = new Map<string, Cursor>();
  private freeWaiters: (() => void)[] = [];

  constructor(
    private readonly nextId: () => string,
    private readonly now: () => number,
  ) {}

  /** The first batch; a cursor is kept only if rows remain. */
  async open(database: Database, source: RowSource, settings: CursorSettings): Promise<CursorBatch> {
    const cursor: Cursor = {
      id: this.nextId(),
      database,
      source,
      settings,
      ahead: { done: true, value: undefined },
      nextBatch: 1,
      last: undefined,
      expiresAt: Infinity,
      isBusy: false,
    };
    this.cursors.set(cursor.id, cursor);
    return this.advance(cursor, true);
  }

  /** The next batch, or with allowRetry the last one again; 1600 unknown cursor or batch, 1601 in use. */
  async next(database: Database, id: string, batchId: string | undefined): Promise<CursorBatch> {
    const cursor = this.find(database, id);
    if (cursor.isBusy) throw new ArangoFailure(1601, 'cursor is busy');
    const current = String(cursor.nextBatch - 1);
    if (cursor.settings.allowRetry && cursor.last !== undefined && batchId === current) return cursor.last;
    const isAtEnd = cursor.last !== undefined && !cursor.last.hasMore;
    if (isAtEnd || (batchId !== undefined && batchId !== String(cursor.nextBatch))) {
      throw new ArangoFailure(1600, 'cursor not found');
    }
    return this.advance(cursor, false);
  }

  async close(database: Database, id: string): Promise<void> {
    await this.finish(this.find(database, id), true);
  }

  /** Ends cursors that nobody used for their time to live. */
  expire(): void {
    const now = this.now();
    for (const cursor of this.cursors.values()) if (!cursor.isBusy && cursor.expiresAt < now) this.drop(cursor);
  }

  /** Ends the cursors that read in a transaction. */
  closeOfTransaction(transactionId: string): void {
    for (const cursor of this.cursors.values()) if (cursor.settings.transactionId === transactionId) this.drop(cursor);
  }

  closeAll(): void {
    for (const cursor of this.cursors.values()) this.drop(cursor);
  }

  /** Resolves once no cursor reads in the transaction, or after the given time. */
  async whenTransactionFree(transactionId: string, maxSeconds: number): Promise<void> {
    const deadline = this.now() + maxSeconds * 1000;
    while (this.isReading(transactionId) && this.now() < deadline) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, deadline - this.now());
        this.freeWaiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  private isReading(transactionId: string): boolean {
    for (const cursor of this.cursors.values()) if (cursor.settings.transactionId === transactionId) return true;
    return false;
  }

  private find(database: Database, id: string): Cursor {
    const cursor = this.cursors.get(id);
    if (cursor === undefined || cursor.database !== database || cursor.expiresAt < this.now()) {
      throw new ArangoFailure(1600, 'cursor not found');
    }
    return cursor;
  }

  private async advance(cursor: Cursor, isFirst: boolean): Promise<CursorBatch> {
    const { source, settings } = cursor;
    cursor.isBusy = true;
    try {
      if (isFirst) cursor.ahead = source.rows.next();
      const result: unknown[] = [];
      while (cursor.ahead.done !== true && result.length < settings.batchSize) {
        result.push(cursor.ahead.value);
        cursor.ahead = source.rows.next();
      }
      const hasMore = cursor.ahead.done !== true;
      const batch = this.batchOf(cursor, result, hasMore);
      if (hasMore || settings.allowRetry) {
        cursor.last = batch;
        cursor.expiresAt = this.now() + settings.ttl * 1000;
      }
      if (!hasMore) await this.finish(cursor, true, settings.allowRetry && !(isFirst && !hasMore));
      return batch;
    } catch (error) {
      await this.finish(cursor, false);
      throw error;
    } finally {
      cursor.isBusy = false;
    }
  }

  private batchOf(cursor: Cursor, result: readonly unknown[], hasMore: boolean): CursorBatch {
    const { settings } = cursor;
    cursor.nextBatch++;
    return {
      result,
      hasMore,
      ...(hasMore ? { id: cursor.id, nextBatchId: String(cursor.nextBatch) } : {}),
      ...(settings.count === undefined ? {} : { count: settings.count }),
      cached: false,
      ...(settings.isStream && hasMore ? {} : { extra: cursor.source.extra() }),
    };
  }

  private readonly ended = new WeakSet<Cursor>();

  /** Ends the query once; the cursor stays for a retry if asked. */
  private async finish(cursor: Cursor, succeeded: boolean, keep = false): Promise<void> {
    if (!keep) this.cursors.delete(cursor.id);
    for (const wake of this.freeWaiters.splice(0)) wake();
    if (this.ended.has(cursor)) return;
    this.ended.add(cursor);
    await cursor.source.end(succeeded);
  }

  private drop(cursor: Cursor): void {
    void this.finish(cursor, false);
  }
}
