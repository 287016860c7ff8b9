import { ArangoFailure } from '../errors';
import { isPlainObject, numberOf } from '../values';
import type { Database } from './database';
import type { Engine } from './engine';
import type { CollectionLocks } from './locks';
import type { Transaction, TransactionState } from './transaction';

export interface TransactionLimits {
  /** Seconds without an operation after which an open transaction is aborted. */
  readonly idleSeconds: number;
  /** Maximum bytes that one transaction may write, with all entries in indexes. */
  readonly maxBytes: number;
}

const DEFAULT_LOCK_TIMEOUT_SECONDS = 900;
/** The status of a finished transaction can be read for this long. */
const REMEMBER_SECONDS = 300;

class Entry {
  expired = false;
  /** Error 1654 has been returned, which happens once for an expired transaction. */
  expiryReported = false;
  /** A query is running in the transaction. */
  isBusy = false;
  endedAt = 0;

  constructor(
    readonly id: string,
    readonly database: Database,
    readonly transaction: Transaction,
    public lastUse: number,
  ) {}
}

export interface TransactionStatus {
  readonly id: string;
  readonly status: TransactionState;
}

/** The stream transactions, by id: transactions that a client controls over several requests. */
export class StreamTransactions {
  private readonly entries = new Map<string, Entry>();

  /** `now` in milliseconds. */
  constructor(
    private readonly engine: Engine,
    private readonly locks: CollectionLocks,
    private readonly limits: TransactionLimits,
    private readonly now: () => number,
    /** Whether a client still reads rows of a query of the transaction. */
    private readonly hasCursor: (id: string) => boolean,
  ) {}

  /**
   * Begins a transaction from a client's request body. Throws 10 for an invalid body, 1203 for an unknown collection,
   * 18 if an exclusive lock is not granted in time.
   */
  async begin(database: Database, body: unknown): Promise<TransactionStatus> {
    const declared = isPlainObject(body) ? body['collections'] : undefined;
    if (!isPlainObject(body) || !isPlainObject(declared)) throw new ArangoFailure(10, "missing 'collections'");
    const [read, write, exclusive] = [declared['read'], declared['write'], declared['exclusive']].map(namesOf) as Names;
    const lockTimeout = numberOf(body['lockTimeout']) ?? DEFAULT_LOCK_TIMEOUT_SECONDS;
    if (lockTimeout < 0) throw new ArangoFailure(10, '<lockTimeout> needs to be positive');
    const maxBytes = numberOf(body['maxTransactionSize']) ?? Infinity;
    const idOf = (name: string): string => database.get(name).properties.id;
    read.forEach(idOf);
    const request = { shared: write.map(idOf), exclusive: exclusive.map(idOf) };
    const holder = {};
    await this.locks.acquire(holder, request, lockTimeout > 0 ? lockTimeout : DEFAULT_LOCK_TIMEOUT_SECONDS);
    const transaction = this.engine.begin(database, {
      read: new Set([...read, ...write, ...exclusive]),
      write: new Set([...write, ...exclusive]),
      allowImplicit: body['allowImplicit'] !== false,
      maxBytes: Math.min(maxBytes > 0 ? maxBytes : Infinity, this.limits.maxBytes),
      onEnd: () => this.locks.release(holder),
    });
    const id = String(this.engine.tick());
    this.entries.set(id, new Entry(id, database, transaction, this.now()));
    return { id, status: 'running' };
  }

  /**
   * The open transaction for a request's operation. Restarts its idle time. Throws 1655 if it is not running, 28 if a
   * query is running in it or a cursor is open.
   */
  use(database: Database, id: string): Transaction {
    return this.running(database, id).transaction;
  }

  /**
   * Runs an operation in the transaction, which no other request can use meanwhile. What it has written before it fails
   * stays in the transaction: ArangoDB has no savepoint for a query, so its client has to abort.
   */
  async run<T>(database: Database, id: string, work: (transaction: Transaction) => T | Promise<T>): Promise<T> {
    const entry = this.running(database, id);
    entry.isBusy = true;
    try {
      return await work(entry.transaction);
    } finally {
      entry.isBusy = false;
      entry.lastUse = this.now();
    }
  }

  private running(database: Database, id: string): Entry {
    const entry = this.find(database, id);
    if (entry === undefined || entry.transaction.state !== 'running') {
      throw new ArangoFailure(1655, `transaction '${id}' not found`);
    }
    this.checkFree(entry);
    entry.lastUse = this.now();
    return entry;
  }

  private checkFree({ id, isBusy }: Entry): void {
    if (isBusy || this.hasCursor(id)) throw new ArangoFailure(28, `transaction '${id}' is already in use`);
  }

  status(database: Database, id: string): TransactionStatus {
    const entry = this.require(database, id);
    return { id, status: entry.transaction.state };
  }

  /**
   * Commits; repeating it succeeds. Throws 28 unless the transaction is free of cursors and queries, 1653 after an
   * abort. For a transaction that was aborted because it was idle, throws 1654 the first time and 1653 after that.
   */
  commit(database: Database, id: string): TransactionStatus {
    const entry = this.require(database, id, 'commit');
    const { transaction } = entry;
    if (transaction.state === 'aborted') {
      if (!entry.expired) throw new ArangoFailure(1653, 'transaction was already aborted');
      if (entry.expiryReported) throw new ArangoFailure(1653, 'transaction was already expired');
      entry.expiryReported = true;
      throw new ArangoFailure(1654, 'transaction was aborted because it was idle for too long');
    }
    if (transaction.state === 'running') {
      this.checkFree(entry);
      transaction.commit();
      entry.endedAt = this.now();
    }
    return { id, status: 'committed' };
  }

  abort(database: Database, id: string): TransactionStatus {
    const entry = this.require(database, id, 'abort');
    if (entry.transaction.state === 'committed') throw new ArangoFailure(1653, 'transaction was already committed');
    if (entry.transaction.state === 'running') this.checkFree(entry);
    entry.transaction.abort();
    entry.endedAt ||= this.now();
    return { id, status: 'aborted' };
  }

  list(database: Database): { id: string; state: TransactionState }[] {
    this.expire();
    return [...this.entries.values()]
      .filter((entry) => entry.database === database && entry.transaction.state === 'running')
      .map((entry) => ({ id: entry.id, state: entry.transaction.state }));
  }

  /** Aborts transactions that were idle for too long, and forgets those that ended long ago. */
  expire(): void {
    const now = this.now();
    for (const entry of this.entries.values()) {
      this.expireOne(entry, now);
      if (entry.endedAt !== 0 && now - entry.endedAt > REMEMBER_SECONDS * 1000) this.entries.delete(entry.id);
    }
  }

  /** Aborts every open transaction. */
  abortAll(): void {
    for (const entry of this.entries.values()) entry.transaction.abort();
  }

  private expireOne(entry: Entry, now: number): void {
    if (entry.transaction.state !== 'running' || entry.isBusy) return;
    if (now - entry.lastUse <= this.limits.idleSeconds * 1000) return;
    entry.transaction.abort();
    entry.expired = true;
    entry.endedAt = now;
  }

  private find(database: Database, id: string): Entry | undefined {
    if (!/^[1-9]\d*$/.test(id)) throw new ArangoFailure(10, 'bad transaction ID');
    const entry = this.entries.get(id);
    if (entry === undefined || entry.database !== database) return undefined;
    this.expireOne(entry, this.now());
    return entry;
  }

  private require(database: Database, id: string, operation?: 'commit' | 'abort'): Entry {
    const entry = this.find(database, id);
    if (entry !== undefined) return entry;
    throw new ArangoFailure(1655, operation && `transaction ${id} not found on ${operation} operation`);
  }
}

type Names = [read: string[], write: string[], exclusive: string[]];

function namesOf(value: unknown): string[] {
  const names: unknown = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  if (Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')) return names as string[];
  throw new ArangoFailure(10, "invalid 'collections' attribute");
}
