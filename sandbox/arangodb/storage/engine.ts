import { ArangoFailure } from '../errors';
import { ByteHeap } from './byteHeap';
import type { Collection, SharedStorage } from './collection';
import { Database } from './database';
import { DocumentCodec } from './documentCodec';
import { IndexKeys } from './indexKey';
import type { Journal } from './journal';
import { RevisionClock } from './revision';
import { Transaction, type TransactionRules } from './transaction';
import { DEAD, MAX_SEQUENCE } from './versions';

const LEGAL_DATABASE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
export const SYSTEM_DATABASE = '_system';
/** Versions taken out in one go; the rest follows after other work had its turn. */
const VACUUM_STEP = 20_000;

interface Retired {
  /** The commit that made the version invisible to later snapshots. */
  readonly sequence: number;
  readonly collection: Collection;
  readonly slot: number;
}

/**
 * The server's storage: its databases, the order of commits, and which transactions are open.
 *
 * Isolation is by versions. A commit gets the next sequence number; a transaction reads the versions that were
 * committed when it began. Its own versions carry marks that only it recognises, until the commit replaces them.
 * A version that no open snapshot can see any more is taken out (vacuum).
 */
export class Engine implements SharedStorage {
  readonly codec: DocumentCodec;
  readonly keys: IndexKeys;
  readonly revisions: RevisionClock;
  journal: Journal | undefined;
  private readonly heap = new ByteHeap();
  private readonly databases = new Map<string, Database>();
  private lastTick = 10_000;
  private lastSequence = 0;
  private lastMark = MAX_SEQUENCE;
  private readonly marks = new Map<number, Transaction>();
  private readonly open = new Set<Transaction>();
  private retired: Retired[] = [];
  private retiredFrom = 0;
  private pins = 0;
  private vacuumScheduled = false;
  private readonly dropped: Collection[] = [];
  private readonly closeWaiters: (() => void)[] = [];

  /** `now` is the clock in milliseconds that revisions follow. */
  constructor(now: () => number) {
    this.codec = new DocumentCodec(this.heap);
    this.keys = new IndexKeys(this.heap);
    this.revisions = new RevisionClock(now);
  }

  /** Bytes of documents and index keys. */
  get usedBytes(): number {
    return this.heap.usedBytes;
  }

  /** A number that was never given out before: ids of collections, indexes, transactions, generated keys. */
  tick(): number {
    return ++this.lastTick;
  }

  raiseTickTo(tick: number): void {
    if (tick > this.lastTick) this.lastTick = tick;
  }

  database(name: string): Database {
    const database = this.databases.get(name);
    if (database === undefined) throw new ArangoFailure(1228, 'database not found');
    return database;
  }

  databaseById(id: string): Database | undefined {
    return this.listDatabases().find((database) => database.id === id);
  }

  listDatabases(): Database[] {
    return [...this.databases.values()];
  }

  /** Creates a database with its system collections; 1207 exists, 1229 name. */
  createDatabase(name: unknown): Database {
    if (typeof name !== 'string' || !(name === SYSTEM_DATABASE || LEGAL_DATABASE_NAME.test(name))) {
      throw new ArangoFailure(1229, 'database name invalid');
    }
    if (this.databases.has(name)) throw new ArangoFailure(1207, 'duplicate name: duplicate database name');
    const id = name === SYSTEM_DATABASE ? '1' : String(this.tick());
    this.journal?.append([['create database', { id, name }]]);
    const database = this.addDatabase(id, name);
    database.create({ name: '_graphs', isSystem: true });
    return database;
  }

  /** Adds a database without collections and without writing it to the log. */
  addDatabase(id: string, name: string): Database {
    const database = new Database(id, name, this);
    this.databases.set(name, database);
    return database;
  }

  dropDatabase(name: string): void {
    if (name === SYSTEM_DATABASE) throw new ArangoFailure(11, 'the system database cannot be dropped');
    const database = this.database(name);
    this.databases.delete(name);
    this.journal?.append([['drop database', database.id]]);
    for (const collection of database.list()) {
      collection.dropped = true;
      this.discard(collection);
    }
  }

  /** A transaction that sees what is committed now. */
  begin(database: Database, rules: TransactionRules = {}): Transaction {
    const transaction = new Transaction(this, database, this.lastSequence, rules);
    this.open.add(transaction);
    return transaction;
  }

  /** Runs one statement as a transaction of its own: all of it is committed, or nothing. */
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

  /** Whether a collection may be emptied without leaving its versions to older readers. */
  get isIdle(): boolean {
    return this.open.size === 0 && this.pins === 0;
  }

  /** Empties a collection at once and for good. The caller has checked that the engine is idle. */
  clear(database: Database, collection: Collection): void {
    this.forget(collection);
    collection.clear();
    this.journal?.append([['truncate', database.id, collection.properties.id]]);
  }

  /** Gives a dropped collection's memory back as soon as no reader can stand in it. */
  discard(collection: Collection): void {
    this.forget(collection);
    if (this.isIdle) collection.clear();
    else this.dropped.push(collection);
  }

  /** Resolves when the next transaction that has written ends, or after the given time. */
  whenLocksChange(maxMilliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, maxMilliseconds);
      this.closeWaiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Keeps invisible versions in place while a reader's walk through an index pauses. */
  pin(): void {
    this.pins++;
  }

  unpin(): void {
    this.pins--;
    this.vacuum();
  }

  // What follows is for transactions only.

  nextMark(transaction: Transaction): number {
    const mark = ++this.lastMark;
    if (mark >= DEAD) throw new ArangoFailure(4, 'too many statements without an idle moment');
    this.marks.set(mark, transaction);
    return mark;
  }

  /** Marks given out later are at or above this. */
  get markLimit(): number {
    return this.lastMark + 1;
  }

  ownerOf(mark: number): Transaction | undefined {
    return this.marks.get(mark);
  }

  nextSequence(): number {
    if (this.lastSequence === MAX_SEQUENCE)
      throw new ArangoFailure(4, 'too many commits since the start of the server');
    return ++this.lastSequence;
  }

  /** A version is invisible to snapshots from this sequence on; 0 for one that was taken back. */
  retire(sequence: number, collection: Collection, slot: number): void {
    this.retired.push({ sequence, collection, slot });
  }

  /** Whether transactions other than this one are open. */
  hasOthers(transaction: Transaction): boolean {
    return this.open.size > (this.open.has(transaction) ? 1 : 0);
  }

  close(transaction: Transaction, marks: readonly number[]): void {
    this.open.delete(transaction);
    if (marks.length > 0) for (const wake of this.closeWaiters.splice(0)) wake();
    for (const mark of marks) this.marks.delete(mark);
    if (this.marks.size === 0 && this.open.size === 0) this.lastMark = MAX_SEQUENCE;
    this.vacuum();
  }

  private oldestSnapshot(): number {
    let oldest = this.lastSequence;
    for (const { snapshot } of this.open) if (snapshot < oldest) oldest = snapshot;
    return oldest;
  }

  private vacuum(): void {
    if (this.pins > 0) return;
    if (this.open.size === 0) for (const collection of this.dropped.splice(0)) collection.clear();
    if (this.retiredFrom === this.retired.length) return;
    const oldest = this.oldestSnapshot();
    const changed = new Set<Collection>();
    let steps = 0;
    for (; this.retiredFrom < this.retired.length; this.retiredFrom++) {
      const { sequence, collection, slot } = this.retired[this.retiredFrom] as Retired;
      if (sequence > oldest) break;
      if (++steps > VACUUM_STEP) {
        this.scheduleVacuum();
        break;
      }
      if (collection.dropped) continue;
      collection.removeVersion(slot);
      changed.add(collection);
    }
    for (const collection of changed) collection.forgetCountsUpTo(oldest);
    if (this.retiredFrom > 10_000 || this.retiredFrom === this.retired.length) {
      this.retired = this.retired.slice(this.retiredFrom);
      this.retiredFrom = 0;
    }
  }

  private scheduleVacuum(): void {
    if (this.vacuumScheduled) return;
    this.vacuumScheduled = true;
    setImmediate(() => {
      this.vacuumScheduled = false;
      this.vacuum();
    });
  }

  private forget(collection: Collection): void {
    this.retired = this.retired.slice(this.retiredFrom).filter((entry) => entry.collection !== collection);
    this.retiredFrom = 0;
  }
}
