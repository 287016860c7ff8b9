import { ArangoFailure } from '../errors';
import type { Collection, IndexEntries } from './collection';
import type { Database } from './database';
import { checkRevision, documentOf, edgeEnds, hasContent, objectOf } from './documentInput';
import type { Engine } from './engine';
import { mergePatch } from './patch';
import { revisionText } from './revision';
import type { Doc, DocInput, InsertOptions, PatchOptions, Savepoint, WriteOptions, WriteResult } from './types';
import { DEAD, LIVE, MAX_SEQUENCE } from './versions';
import { View } from './view';
import { Visibility } from './visibility';

/** What a transaction may access. Without `write`, it may write to every collection. */
export interface TransactionRules {
  /** Names of the collections that it has declared. */
  readonly read?: ReadonlySet<string>;
  /** Names of the collections that it has declared for writing or exclusive access. */
  readonly write?: ReadonlySet<string>;
  /** Reading undeclared collections is allowed. Default true. */
  readonly allowImplicit?: boolean;
  /** Maximum bytes of documents that it may write. */
  readonly maxBytes?: number;
  /** Called once, after the commit or abort. */
  readonly onEnd?: () => void;
}

export const MAX_TRANSACTION_TEXT = 'aborting transaction because maximal transaction size limit is reached';

export type TransactionState = 'running' | 'committed' | 'aborted';

interface Write {
  readonly collection: Collection;
  /** The version that was added, or 0. */
  readonly added: number;
  /** The version that was replaced or removed, or 0. */
  readonly ended: number;
}

/**
 * A transaction over one database: a snapshot, and its own writes, which others see after the commit. A failed write has
 * no effect and throws ArangoFailure: 1200 conflict, 1202 document not found, 1203 unknown collection, 1210 unique
 * constraint, 1221 illegal key, 1227 not an object, 1233 invalid `_from` or `_to`, 1620 schema, 1652 collection not
 * declared for writing.
 */
export class Transaction extends View {
  state: TransactionState = 'running';
  /** A write failed because another open transaction has written the key. It can succeed after that one has ended. */
  hitLockedKey = false;
  /** The next write fails with a conflict, as if another client had just written its document. */
  conflictsNext = false;
  readonly snapshot: number;
  private writes: Write[] = [];
  private readonly statementIds: number[] = [];
  /** Id of the current statement; 0 before its first write. */
  private statementId = 0;
  private readonly countChanges = new Map<Collection, number>();
  /** Bytes of the documents that were written so far. */
  bytesWritten = 0;

  constructor(
    private readonly engine: Engine,
    database: Database,
    snapshot: number,
    private readonly rules: TransactionRules,
  ) {
    super(
      database,
      new Visibility(snapshot, (statementId) => engine.ownerOf(statementId) === this, LIVE),
      (collection) => this.checkReadable(collection.name),
      (collection) => this.countChanges.get(collection) ?? 0,
    );
    this.snapshot = snapshot;
  }

  get hasWrites(): boolean {
    return this.writes.length > 0;
  }

  /**
   * Must be called with all collections of a query before the query runs. Throws 1203 or 1652 even if the query would
   * not touch a document in them.
   */
  openCollections(read: readonly string[], write: readonly string[]): void {
    for (const name of [...read, ...write]) this.database.get(name);
    for (const name of write) this.checkWritable(name);
    for (const name of read) this.checkReadable(name);
  }

  /** A view of the current state, without later writes of this transaction: a query that writes reads from it. */
  frozen(): View {
    this.statementId = 0;
    const limit = this.engine.statementIdLimit;
    const counts = new Map(this.countChanges);
    return new View(
      this.database,
      new Visibility(this.snapshot, (statementId) => this.engine.ownerOf(statementId) === this, limit),
      (collection) => this.checkReadable(collection.name),
      (collection) => counts.get(collection) ?? 0,
    );
  }

  insert(name: string, input: unknown, options: InsertOptions = {}): WriteResult {
    const collection = this.writable(name);
    const attributes = objectOf(input);
    const given = attributes['_key'];
    const key = given === undefined ? collection.keyGenerator.next() : collection.keyGenerator.accept(given);
    const existing = this.changeableVersion(collection, key);
    if (existing !== 0) {
      const mode = options.overwriteMode ?? 'conflict';
      if (mode === 'update') return this.change(collection, existing, attributes, options, 'update');
      if (mode === 'replace') return this.change(collection, existing, attributes, options, 'replace');
      if (mode === 'conflict') throw primaryViolation(key);
      const rev = revisionText(collection.revision(existing));
      return { key, id: collection.idPrefix + key, rev, ignored: true };
    }
    const revision = this.engine.revisions.next();
    const doc = documentOf(collection, key, revision, attributes, edgeEnds(collection, attributes));
    collection.schema?.checkInsert(doc);
    this.write(collection, doc, revision, 0);
    const result: WriteResult = { key, id: doc._id, rev: doc._rev };
    return options.returnNew === true ? { ...result, new: doc } : result;
  }

  update(name: string, key: string, patch: unknown, options: PatchOptions = {}): WriteResult {
    const collection = this.writable(name);
    const attributes = objectOf(patch);
    return this.change(collection, this.requireVersion(collection, key), attributes, options, 'update');
  }

  replace(name: string, key: string, input: unknown, options: WriteOptions = {}): WriteResult {
    const collection = this.writable(name);
    const attributes = objectOf(input);
    return this.change(collection, this.requireVersion(collection, key), attributes, options, 'replace');
  }

  remove(name: string, key: string, options: WriteOptions = {}): WriteResult {
    const collection = this.writable(name);
    const existing = this.requireVersion(collection, key);
    const old = collection.load(existing);
    checkRevision(old, options.ifRev);
    this.endVersion(collection, existing);
    this.writes.push({ collection, added: 0, ended: existing });
    this.changeCount(collection, -1);
    const result: WriteResult = { key, id: old._id, rev: old._rev };
    return options.returnOld === true ? { ...result, old } : result;
  }

  savepoint(): Savepoint {
    return this.writes.length;
  }

  /** Rolls back every write since the savepoint. */
  rollbackTo(savepoint: Savepoint): void {
    while (this.writes.length > savepoint) {
      const { collection, added, ended } = this.writes.pop() as Write;
      if (added !== 0) {
        collection.versions.begin[added] = DEAD;
        this.engine.retire(0, collection, added);
      }
      if (ended !== 0) collection.versions.end[ended] = LIVE;
      this.changeCount(collection, (ended === 0 ? 0 : 1) - (added === 0 ? 0 : 1));
    }
  }

  /** Makes all writes visible to transactions that begin later. */
  commit(): void {
    if (this.state !== 'running') return;
    if (this.writes.length > 0) this.publish();
    this.finish('committed');
  }

  /** Rolls back all writes. */
  abort(): void {
    if (this.state !== 'running') return;
    this.rollbackTo(0);
    this.finish('aborted');
  }

  private finish(state: TransactionState): void {
    this.state = state;
    this.writes = [];
    this.engine.close(this, this.statementIds);
    this.rules.onEnd?.();
  }

  private publish(): void {
    const sequence = this.engine.nextSequence();
    for (const { collection, added, ended } of this.writes) {
      const { versions } = collection;
      if (added !== 0) versions.begin[added] = sequence;
      if (ended !== 0) {
        versions.end[ended] = sequence;
        this.engine.retire(sequence, collection, ended);
      }
    }
    const hasReaders = this.engine.hasOthers(this);
    for (const [collection, change] of this.countChanges) collection.commitCount(change, sequence, hasReaders);
  }

  private change(
    collection: Collection,
    existing: number,
    attributes: DocInput,
    options: PatchOptions,
    operation: 'update' | 'replace',
  ): WriteResult {
    const old = collection.load(existing);
    checkRevision(old, options.ifRev);
    const key = old._key;
    if (operation === 'update' && !hasContent(attributes)) {
      const same: WriteResult = { key, id: old._id, rev: old._rev, oldRev: old._rev };
      return {
        ...same,
        ...(options.returnOld === true ? { old } : {}),
        ...(options.returnNew === true ? { new: old } : {}),
      };
    }
    const revision = this.engine.revisions.next();
    let content: DocInput = attributes;
    if (operation === 'update') {
      const { keepNull = true, mergeObjects = true } = options;
      content = mergePatch(old, attributes, { keepNull, mergeObjects });
    }
    const doc = documentOf(collection, key, revision, content, edgeEnds(collection, content));
    collection.schema?.checkChange(doc, old);
    this.write(collection, doc, revision, existing);
    const result: WriteResult = { key, id: doc._id, rev: doc._rev, oldRev: old._rev };
    return {
      ...result,
      ...(options.returnOld === true ? { old } : {}),
      ...(options.returnNew === true ? { new: doc } : {}),
    };
  }

  private write(collection: Collection, doc: Doc, revision: number, replaced: number): void {
    const entries = collection.entriesOf(doc);
    this.checkUnique(collection, doc, entries);
    const added = collection.addVersion(doc, revision, entries, this.currentStatementId());
    if (replaced !== 0) this.endVersion(collection, replaced);
    else this.changeCount(collection, 1);
    this.writes.push({ collection, added, ended: replaced });
    this.bytesWritten += collection.byteLength(added);
    if (this.rules.maxBytes !== undefined && this.bytesWritten > this.rules.maxBytes) {
      this.rollbackTo(this.writes.length - 1);
      throw new ArangoFailure(32, MAX_TRANSACTION_TEXT);
    }
  }

  private endVersion(collection: Collection, slot: number): void {
    collection.versions.end[slot] = this.currentStatementId();
  }

  private currentStatementId(): number {
    if (this.statementId === 0) {
      this.statementId = this.engine.nextStatementId(this);
      this.statementIds.push(this.statementId);
    }
    return this.statementId;
  }

  private changeCount(collection: Collection, change: number): void {
    if (change !== 0) this.countChanges.set(collection, (this.countChanges.get(collection) ?? 0) + change);
  }

  /**
   * The version of a key that this transaction may change, or 0 if the key does not exist. Throws 1200 if another
   * transaction has written the key and is still open, or was committed after this one began.
   */
  private changeableVersion(collection: Collection, key: string): number {
    const { versions } = collection;
    if (this.conflictsNext) {
      this.conflictsNext = false;
      throw writeConflict('primary', '_key', key);
    }
    let slot = collection.newest(key);
    while (slot !== 0 && versions.begin[slot] === DEAD) slot = versions.older[slot] as number;
    if (slot === 0) return 0;
    const begin = versions.begin[slot] as number;
    const end = versions.end[slot] as number;
    this.checkConflict(begin, key, 'primary', '_key');
    if (end === LIVE) return slot;
    this.checkConflict(end, key, 'primary', '_key');
    return 0;
  }

  private requireVersion(collection: Collection, key: string): number {
    const slot = this.changeableVersion(collection, key);
    if (slot === 0) throw new ArangoFailure(1202, 'document not found');
    return slot;
  }

  /**
   * Throws 1200 if a version's `begin` or `end` comes from another open transaction, or from a commit after the
   * snapshot.
   */
  private checkConflict(beginOrEnd: number, key: string, index: string, over: string): void {
    if (beginOrEnd <= MAX_SEQUENCE) {
      if (beginOrEnd > this.snapshot) throw writeConflict(index, over, key);
      return;
    }
    if (this.engine.ownerOf(beginOrEnd) === this) return;
    this.hitLockedKey = true;
    throw new ArangoFailure(
      1200,
      `timeout waiting to lock key - in index ${index} of type ${typeOfIndex(index)} over '${over}'; conflicting key: ${key}`,
    );
  }

  private checkUnique(collection: Collection, doc: Doc, entries: IndexEntries): void {
    for (const { index, tuples } of entries) {
      if (!index.definition.unique || !index.isUniqueEntry(doc)) continue;
      for (const tuple of tuples) {
        for (const slot of index.withKey(tuple)) {
          const begin = collection.versions.begin[slot] as number;
          const end = collection.versions.end[slot] as number;
          // Other versions of the same document do not collide with it. Their conflicts are found by key.
          if (begin === DEAD || collection.key(slot) === doc._key) continue;
          const { name, fields } = index.definition;
          const over = fields.map((field) => field.text).join(', ');
          this.checkConflict(begin, collection.key(slot), name, over);
          if (end === LIVE) throw index.violation(collection.key(slot));
          this.checkConflict(end, collection.key(slot), name, over);
        }
      }
    }
  }

  private writable(name: string): Collection {
    const collection = this.database.get(name);
    this.checkWritable(name);
    return collection;
  }

  private checkWritable(name: string): void {
    this.checkRunning();
    const { write } = this.rules;
    if (write !== undefined && !write.has(name)) {
      throw new ArangoFailure(1652, `unregistered collection used in transaction: ${name} [write]`);
    }
  }

  private checkReadable(name: string): void {
    this.checkRunning();
    const { read, allowImplicit = true } = this.rules;
    if (!allowImplicit && read !== undefined && !read.has(name)) {
      throw new ArangoFailure(1652, `unregistered collection used in transaction: ${name} [read]`);
    }
  }

  private checkRunning(): void {
    if (this.state !== 'running') throw new ArangoFailure(1654, `transaction was already ${this.state}`);
  }
}

function writeConflict(index: string, over: string, key: string): ArangoFailure {
  return new ArangoFailure(
    1200,
    `conflict, write-write conflict - in index ${index} of type ${typeOfIndex(index)} over '${over}'; conflicting key: ${key}`,
  );
}

function typeOfIndex(name: string): string {
  return name === 'primary' ? 'primary' : 'persistent';
}

function primaryViolation(key: string): ArangoFailure {
  return new ArangoFailure(
    1210,
    `unique constraint violated - in index primary of type primary over '_key'; conflicting key: ${key}`,
  );
}
