import { ArangoFailure } from '../errors';
import type { Collection } from './collection';
import type { Database } from './database';
import { checkRevision, documentOf, edgeEnds, hasContent, mergePatch, objectOf } from './documentInput';
import type { RevisionClock } from './keys';
import { inIndex } from './persistentIndex';
import type { Doc, DocInput, WriteOptions, WriteResult } from './types';
import { type Stamp, type Statement, type Version, Visibility } from './versions';
import { View } from './view';

/** What a transaction may access. Without `write`, it may write to every collection. */
export interface TransactionRules {
  /** Names of the collections that it has declared. */
  readonly read?: ReadonlySet<string>;
  /** Names of the collections that it has declared for writing or exclusive access. */
  readonly write?: ReadonlySet<string>;
  /** Reading undeclared collections is allowed. Default true. */
  readonly allowImplicit?: boolean;
  /** Maximum bytes that it may write. */
  readonly maxBytes?: number;
  /** Called once, after the commit or abort. */
  readonly onEnd?: () => void;
}

export const MAX_TRANSACTION_TEXT = 'Maximal transaction size limit is reached';

export type TransactionState = 'running' | 'committed' | 'aborted';

interface Write {
  readonly collection: Collection;
  readonly added?: Version;
  /** The version that was replaced or removed. */
  readonly ended?: Version | undefined;
}

/** What a transaction needs of the engine. */
export interface TransactionOwner {
  readonly revisions: RevisionClock;
  nextSequence(): number;
  /** Queues a version for the vacuum. Snapshots from `sequence` on do not see it; 0 for one that was rolled back. */
  retire(sequence: number, collection: Collection, version: Version): void;
  /** The oldest snapshot of the other transactions that are open. */
  oldestSnapshotBut(transaction: Transaction): number;
  close(transaction: Transaction, heldKeys: boolean): void;
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
  private writes: Write[] = [];
  private locked: { readonly collection: Collection; readonly key: string }[] = [];
  private statement: Statement;
  private readonly countChanges = new Map<Collection, number>();
  /** About as many bytes as ArangoDB counts for the writes so far. */
  bytesWritten = 0;

  constructor(
    private readonly engine: TransactionOwner,
    database: Database,
    snapshot: number,
    private readonly rules: TransactionRules,
  ) {
    const owner = {};
    super(
      database,
      new Visibility(snapshot, owner, Infinity),
      (collection) => this.checkReadable(collection.name),
      (collection) => this.countChanges.get(collection) ?? 0,
    );
    this.statement = { owner, number: 0 };
  }

  get snapshot(): number {
    return this.visibility.snapshot;
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
    const { owner, number } = this.statement;
    this.statement = { owner, number: number + 1 };
    const counts = new Map(this.countChanges);
    return new View(
      this.database,
      new Visibility(this.snapshot, owner, number + 1),
      (collection) => this.checkReadable(collection.name),
      (collection) => counts.get(collection) ?? 0,
    );
  }

  insert(name: string, input: unknown, options: WriteOptions = {}): WriteResult {
    const collection = this.writable(name);
    const attributes = objectOf(input);
    const given = attributes['_key'];
    const key = given === undefined ? collection.keyGenerator.next() : collection.keyGenerator.accept(given);
    const existing = this.changeableVersion(collection, key);
    if (existing !== undefined) {
      const mode = options.overwriteMode ?? 'conflict';
      if (mode === 'update' || mode === 'replace') return this.change(collection, existing, attributes, options, mode);
      this.lock(collection, key);
      if (mode === 'conflict') throw primaryViolation(key);
      return { key, id: existing.doc._id, rev: existing.doc._rev, ignored: true };
    }
    const ends = edgeEnds(collection, attributes);
    const doc = documentOf(collection, key, this.engine.revisions.next(), attributes, ends);
    collection.schema?.checkInsert(doc);
    this.write(collection, doc, undefined);
    return resultOf(doc, undefined, options);
  }

  update(name: string, key: string, patch: unknown, options: WriteOptions = {}): WriteResult {
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
    const old = existing.doc;
    checkRevision(old, options.ifRev);
    this.checkSize(collection, 1, 0);
    this.record({ collection, ended: existing });
    const result: WriteResult = { key, id: old._id, rev: old._rev };
    return options.returnOld === true ? { ...result, old } : result;
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
    for (const { collection, added, ended } of this.writes) {
      if (ended !== undefined) ended.end = undefined;
      if (added === undefined) continue;
      added.begin = undefined;
      this.engine.retire(0, collection, added);
    }
    this.finish('aborted');
  }

  private finish(state: TransactionState): void {
    this.state = state;
    const heldKeys = this.writes.length + this.locked.length > 0;
    this.writes = [];
    for (const { collection, key } of this.locked) collection.lockedKeys.delete(key);
    this.engine.close(this, heldKeys);
    this.rules.onEnd?.();
  }

  private publish(): void {
    const sequence = this.engine.nextSequence();
    for (const { collection, added, ended } of this.writes) {
      if (added !== undefined) added.begin = sequence;
      if (ended !== undefined) {
        ended.end = sequence;
        this.engine.retire(sequence, collection, ended);
      }
    }
    const oldest = this.engine.oldestSnapshotBut(this);
    for (const [collection, change] of this.countChanges) collection.commitCount(change, sequence, oldest);
  }

  private change(
    collection: Collection,
    existing: Version,
    attributes: DocInput,
    options: WriteOptions,
    operation: 'update' | 'replace',
  ): WriteResult {
    const old = existing.doc;
    checkRevision(old, options.ifRev);
    if (operation === 'update' && !hasContent(attributes)) {
      this.lock(collection, old._key);
      return resultOf(old, old, options);
    }
    let content: DocInput = attributes;
    if (operation === 'update') {
      const { keepNull = true, mergeObjects = true } = options;
      content = mergePatch(old, attributes, { keepNull, mergeObjects });
    }
    const ends = edgeEnds(collection, content);
    const doc = documentOf(collection, old._key, this.engine.revisions.next(), content, ends);
    collection.schema?.checkChange(doc, old);
    this.write(collection, doc, existing);
    return resultOf(doc, old, options);
  }

  private write(collection: Collection, doc: Doc, ended: Version | undefined): void {
    this.checkUnique(collection, doc);
    this.checkSize(collection, ended === undefined ? 1 : 2, byteLength(doc));
    this.record({ collection, added: collection.addVersion(doc, this.statement), ended });
  }

  /** Adds what is written to the size: documents or their removals, and the bytes of a document. Throws 32 if too large. */
  private checkSize({ indexes, isEdge }: Collection, documents: number, bytes: number): void {
    this.bytesWritten += bytes + documents * ENTRY_BYTES * (2 + indexes.size + (isEdge ? 2 : 0));
    if (this.bytesWritten > (this.rules.maxBytes ?? Infinity)) throw new ArangoFailure(32, MAX_TRANSACTION_TEXT);
  }

  private record(write: Write): void {
    if (write.ended !== undefined) write.ended.end = this.statement;
    this.writes.push(write);
    const change = (write.added === undefined ? 0 : 1) - (write.ended === undefined ? 0 : 1);
    if (change !== 0) this.countChanges.set(write.collection, (this.countChanges.get(write.collection) ?? 0) + change);
  }

  /**
   * The version of a key that this transaction may change, or undefined if the key does not exist. Throws 1200 if
   * another transaction has written the key and is still open, or was committed after this one began.
   */
  private changeableVersion(collection: Collection, key: string): Version | undefined {
    if (this.conflictsNext) {
      this.conflictsNext = false;
      throw writeConflict('primary', '_key', key);
    }
    const owner = collection.lockedKeys.get(key);
    if (owner !== undefined) this.checkConflict({ owner, number: 0 }, key, 'primary', '_key');
    let version = collection.newest(key);
    while (version !== undefined && version.begin === undefined) version = version.older;
    if (version === undefined) return undefined;
    this.checkConflict(version.begin, key, 'primary', '_key');
    this.checkConflict(version.end, key, 'primary', '_key');
    return version.end === undefined ? version : undefined;
  }

  private requireVersion(collection: Collection, key: string): Version {
    const version = this.changeableVersion(collection, key);
    if (version !== undefined) return version;
    this.lock(collection, key);
    throw new ArangoFailure(1202, 'document not found');
  }

  /** Locks a key that a write leaves as it is until the transaction ends, as ArangoDB does before it looks for it. */
  private lock(collection: Collection, key: string): void {
    collection.lockedKeys.set(key, this.statement.owner);
    this.locked.push({ collection, key });
  }

  /**
   * Throws 1200 if a version's `begin` or `end` comes from another open transaction, or from a commit after the
   * snapshot.
   */
  private checkConflict(beginOrEnd: Stamp | undefined, key: string, index: string, over: string): void {
    if (beginOrEnd === undefined) return;
    if (typeof beginOrEnd === 'number') {
      if (beginOrEnd > this.snapshot) throw writeConflict(index, over, key);
      return;
    }
    if (beginOrEnd.owner === this.statement.owner) return;
    this.hitLockedKey = true;
    throw new ArangoFailure(1200, `timeout waiting to lock key - ${inIndex(index, over, key)}`);
  }

  private checkUnique({ indexes }: Collection, doc: Doc): void {
    for (const index of indexes.values()) {
      if (!index.definition.unique || !index.isUniqueEntry(doc)) continue;
      for (const tuple of index.tuplesOf(doc)) {
        for (const { begin, end, doc: other } of index.withKey(tuple)) {
          // Other versions of the same document do not collide with it. Their conflicts are found by key.
          if (begin === undefined || other._key === doc._key) continue;
          const { over, definition } = index;
          this.checkConflict(begin, other._key, definition.name, over);
          if (end === undefined) throw index.violation(other._key);
          this.checkConflict(end, other._key, definition.name, over);
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

function resultOf(doc: Doc, old: Doc | undefined, { returnOld, returnNew }: WriteOptions): WriteResult {
  const result = { key: doc._key, id: doc._id, rev: doc._rev };
  if (old === undefined) return returnNew === true ? { ...result, new: doc } : result;
  return { ...result, oldRev: old._rev, ...(returnOld === true && { old }), ...(returnNew === true && { new: doc }) };
}

const writeConflict = (index: string, over: string, key: string): ArangoFailure =>
  new ArangoFailure(1200, `conflict, write-write conflict - ${inIndex(index, over, key)}`);

const primaryViolation = (key: string): ArangoFailure =>
  new ArangoFailure(1210, `unique constraint violated - ${inIndex('primary', '_key', key)}`);

/** For each entry in an index that is added or removed, ArangoDB counts three times its key, and 281 bytes. */
const ENTRY_BYTES = 500;

/** About as many bytes as a value takes as JSON. */
function byteLength(value: unknown): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value !== 'object' || value === null) return 8;
  let bytes = 2;
  for (const name in value) bytes += name.length + 4 + byteLength((value as Record<string, unknown>)[name]);
  return bytes;
}
