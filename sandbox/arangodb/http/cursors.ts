import { ArangoFailure } from '../errors';
import type { Database } from '../storage/database';
import { Signal } from '../storage/signal';
import { takeRows } from './slices';

/** The rows of a query, computed in advance or on demand. */
export interface RowSource {
  readonly rows: Iterator<unknown>;
  /** The answer's `extra`. Complete after the last row. */
  extra(): object;
  /** Whether a client has killed the query. */
  readonly isKilled: () => boolean;
  /** Ends the query. `complete` if all its rows have been read: only then are its writes kept. Called exactly once. */
  end(complete: boolean): void;
}

export interface CursorSettings {
  readonly batchSize: number;
  /** Seconds after which an unused cursor is closed. */
  readonly ttl: number;
  /** Total number of rows, if the client asked for it. */
  readonly count: number | undefined;
  /** Only the last batch has `extra`, instead of every batch. */
  readonly isStream: boolean;
  /** The latest batch can be fetched again. */
  readonly allowRetry: boolean;
  readonly transactionId: string | undefined;
}

/** The answer with one batch: `result`, `extra` and so on. */
export type CursorBatch = Readonly<Record<string, unknown>> & { readonly hasMore: boolean };

class Cursor {
  /** Rows that have been read ahead, to know whether there are any. */
  readonly ahead: unknown[] = [];
  nextBatch = 1;
  /** The latest batch, kept for a retry. */
  latestBatch: CursorBatch | undefined;
  expiresAt = Infinity;
  isBusy = false;
  isEnded = false;

  constructor(
    readonly id: string,
    readonly database: Database,
    readonly source: RowSource,
    readonly settings: CursorSettings,
  ) {}
}

/** Query results that clients read in batches, over several requests. */
export class Cursors {
  private readonly cursors = new Map<string, Cursor>();
  private readonly closed = new Signal();

  constructor(
    private readonly nextId: () => string,
    private readonly now: () => number,
  ) {}

  /** Returns the first batch. The cursor is kept only if rows remain. */
  async open(database: Database, source: RowSource, settings: CursorSettings): Promise<CursorBatch> {
    const cursor = new Cursor(this.nextId(), database, source, settings);
    this.cursors.set(cursor.id, cursor);
    return this.advance(cursor, true);
  }

  /**
   * Returns the next batch, or the latest one again if retries are allowed. Throws 1600 for an unknown cursor or batch,
   * 400 for the latest one if they are not, 1601 if the cursor is in use.
   */
  async next(database: Database, id: string, batchId: string | undefined): Promise<CursorBatch> {
    const cursor = this.find(database, id);
    if (cursor.isBusy) throw new ArangoFailure(1601, 'cursor is busy');
    const { latestBatch } = cursor;
    if (latestBatch !== undefined && batchId === String(cursor.nextBatch - 1)) {
      if (cursor.settings.allowRetry) return latestBatch;
      throw new ArangoFailure(400, 'expecting allowRetry option to be true');
    }
    const isAtEnd = latestBatch !== undefined && !latestBatch.hasMore;
    if (isAtEnd || (batchId !== undefined && batchId !== String(cursor.nextBatch))) {
      throw new ArangoFailure(1600, 'batch id not found');
    }
    return this.advance(cursor, false);
  }

  /** Closes a cursor, at once or after the batch that is being read. */
  close(database: Database, id: string): void {
    const cursor = this.find(database, id);
    if (cursor.isBusy) this.cursors.delete(id);
    else this.finish(cursor, false);
  }

  /** Closes the cursors that were not used for their time to live. */
  expire(): void {
    const now = this.now();
    for (const cursor of this.cursors.values())
      if (!cursor.isBusy && cursor.expiresAt < now) this.finish(cursor, false);
  }

  closeAll(): void {
    for (const cursor of this.cursors.values()) this.finish(cursor, false);
  }

  /** Waits until no cursor of the transaction is open, or for the given time. */
  async whenTransactionFree(transactionId: string, maxSeconds: number): Promise<void> {
    const deadline = this.now() + maxSeconds * 1000;
    while (this.hasOpen(transactionId) && this.now() < deadline) await this.closed.wait(deadline - this.now());
  }

  /** Whether rows of a query of the transaction are still to be read. Nothing else can use the transaction meanwhile. */
  hasOpen(transactionId: string): boolean {
    return [...this.cursors.values()].some((one) => !one.isEnded && one.settings.transactionId === transactionId);
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
    const isEnded = (): boolean => source.isKilled() || cursor.isEnded;
    try {
      if (isEnded()) throw new ArangoFailure(1500, 'query killed');
      await takeRows(source.rows, cursor.ahead, settings.batchSize + 1, isEnded);
      const result = cursor.ahead.splice(0, settings.batchSize);
      const hasMore = cursor.ahead.length > 0;
      const batch = this.batchOf(cursor, result, hasMore);
      if (hasMore || settings.allowRetry) {
        cursor.latestBatch = batch;
        cursor.expiresAt = this.now() + settings.ttl * 1000;
      }
      if (!hasMore) this.finish(cursor, true, settings.allowRetry && !isFirst);
      else if (!this.cursors.has(cursor.id)) this.finish(cursor, false);
      return batch;
    } catch (error) {
      this.finish(cursor, false);
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

  /** Ends the query unless it has ended already. `keep` leaves the cursor in place for a retry of the last batch. */
  private finish(cursor: Cursor, complete: boolean, keep = false): void {
    if (!keep) this.cursors.delete(cursor.id);
    this.closed.notify();
    if (cursor.isEnded) return;
    cursor.isEnded = true;
    cursor.source.end(complete);
  }
}
