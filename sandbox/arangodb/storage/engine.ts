import { ArangoFailure } from '../errors';
import type { Collection } from './collection';
import { Database } from './database';
import { RevisionClock } from './keys';
import { newName } from './names';
import { Signal } from './signal';
import { Transaction, type TransactionOwner, type TransactionRules } from './transaction';
import type { Version } from './versions';

export const SYSTEM_DATABASE = '_system';
/** Versions that one vacuum step removes. The next step runs after other pending work. */
const VACUUM_STEP = 20_000;

interface Retired {
  /** The commit that made the version invisible to later snapshots. */
  readonly sequence: number;
  readonly collection: Collection;
  readonly version: Version;
}

/**
 * The storage of a server: its databases, the order of commits and the open transactions.
 *
 * Transactions have snapshot isolation by multiversion concurrency control. A commit gets the next sequence number; a
 * transaction reads the versions that were committed when it began. The versions that it writes carry its
 * statements, which the commit replaces by its sequence number. Versions that no open snapshot can see are removed
 * (vacuum).
 */
export class Engine implements TransactionOwner {
  readonly revisions: RevisionClock;
  private readonly databases = new Map<string, Database>();
  private lastTick = 10_000;
  private lastSequence = 0;
  private readonly open = new Set<Transaction>();
  private retired: Retired[] = [];
  /** Notified when a transaction with writes ends. */
  readonly locksChanged = new Signal();

  /** `now` is the clock, in milliseconds, from which revisions are derived. */
  constructor(now: () => number) {
    this.revisions = new RevisionClock(now);
  }

  /** Returns a number that was never returned before. Used for ids and generated keys. */
  tick(): number {
    return ++this.lastTick;
  }

  database(name: string): Database {
    const database = this.databases.get(name);
    if (database === undefined) throw new ArangoFailure(1228, 'database not found');
    return database;
  }

  listDatabases(): Database[] {
    return [...this.databases.values()];
  }

  /** Creates a database with its system collections. Throws 1207 if it exists, 1208 for an invalid name. */
  createDatabase(input: unknown): Database {
    const name = input === SYSTEM_DATABASE ? SYSTEM_DATABASE : newName(input, 'database');
    if (this.databases.has(name)) throw new ArangoFailure(1207, 'duplicate name: duplicate database name');
    const id = name === SYSTEM_DATABASE ? '1' : String(this.tick());
    const database = this.addDatabase(id, name);
    database.create({ name: '_graphs', isSystem: true });
    return database;
  }

  /** Adds a database without collections. */
  addDatabase(id: string, name: string): Database {
    const database = new Database(id, name, this);
    this.databases.set(name, database);
    return database;
  }

  dropDatabase(name: string): void {
    if (name === SYSTEM_DATABASE) throw new ArangoFailure(11, 'the system database cannot be dropped');
    const database = this.database(name);
    this.databases.delete(name);
    for (const collection of database.list()) {
      collection.dropped = true;
      this.forget(collection);
    }
  }

  /** Begins a transaction that sees what is committed now, or what an open transaction sees, without its writes. */
  begin(database: Database, rules: TransactionRules = {}, snapshot = this.lastSequence): Transaction {
    const transaction = new Transaction(this, database, snapshot, rules);
    this.open.add(transaction);
    return transaction;
  }

  /** Runs `work` in a new transaction: everything that it writes is committed, or nothing. */
  autocommit<T>(database: Database, work: (transaction: Transaction) => T): T {
    const transaction = this.begin(database);
    try {
      const result = work(transaction);
      transaction.commit();
      return result;
    } catch (error) {
      transaction.abort();
      throw error;
    }
  }

  /** Removes all documents of a collection at once. Returns false, and does nothing, while a transaction is open. */
  clear(collection: Collection): boolean {
    if (this.open.size > 0) return false;
    this.forget(collection);
    collection.clear();
    return true;
  }

  /** Takes a collection's versions out of the vacuum's queue. */
  forget(collection: Collection): void {
    this.retired = this.retired.filter((entry) => entry.collection !== collection);
  }

  nextSequence(): number {
    return ++this.lastSequence;
  }

  retire(sequence: number, collection: Collection, version: Version): void {
    this.retired.push({ sequence, collection, version });
  }

  oldestSnapshotBut(transaction?: Transaction): number {
    let oldest = Infinity;
    for (const other of this.open) if (other !== transaction && other.snapshot < oldest) oldest = other.snapshot;
    return oldest;
  }

  close(transaction: Transaction, heldKeys: boolean): void {
    this.open.delete(transaction);
    if (heldKeys) this.locksChanged.notify();
    this.vacuum();
  }

  private vacuum(): void {
    const oldest = this.oldestSnapshotBut();
    const next = this.retired.findIndex(({ sequence }) => sequence > oldest);
    const due = next < 0 ? this.retired.length : next;
    for (const { collection, version } of this.retired.splice(0, Math.min(due, VACUUM_STEP))) {
      if (!collection.dropped) collection.removeVersion(version);
    }
    if (due > VACUUM_STEP) setImmediate(() => this.vacuum());
  }
}
