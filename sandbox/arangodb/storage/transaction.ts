import { ArangoFailure } from '../errors';
import { isPlainObject } from '../values';
import type { Collection, IndexEntries } from './collection';
import type { Database } from './database';
import type { Engine } from './engine';
import type { JournalEntry } from './journal';
import { isLegalId } from './keys';
import { mergePatch } from './patch';
import { revisionText } from './revision';
import type {
  DataView,
  DataWriter,
  Doc,
  DocInput,
  InsertOptions,
  PatchOptions,
  Savepoint,
  WriteOptions,
  WriteResult,
} from './types';
import { DEAD, LIVE, MAX_SEQUENCE } from './versions';
import { View } from './view';
import { Visibility } from './visibility';

/** What a transaction may touch. Without `write` there is no restriction: a statement on its own. */
export interface TransactionRules {
  /** Collections declared for reading, writing or exclusively. */
  readonly read?: ReadonlySet<string>;
  /** Collections declared for writing or exclusively. */
  readonly write?: ReadonlySet<string>;
  /** Reading undeclared collections is allowed. Default true. */
  readonly allowImplicit?: boolean;
  /** Most bytes of documents that it may write. */
  readonly maxBytes?: number;
  /** Called once, after the commit or abort. */
  readonly onEnd?: () => void;
}

export type TransactionState = 'running' | 'committed' | 'aborted';

interface Write {
  readonly collection: Collection;
  /** The version that was added, or 0. */
  readonly added: number;
  /** The version that was replaced or removed, or 0. */
  readonly ended: number;
}

/** A transaction over one database: a snapshot, and versions of its own that others see after the commit. */
export class Transaction extends View implements DataWriter {
  state: TransactionState = 'running';
  /** A write met a version of another open transaction: it may succeed once that one has ended. */
  metLock = false;
  readonly snapshot: number;
  private writes: Write[] = [];
  private readonly marks: number[] = [];
  /** The mark of the current statement's versions; 0 before its first write. */
  private mark = 0;
  private readonly countChanges = new Map<Collection, number>();
  private bytesWritten = 0;

  constructor(
    private readonly engine: Engine,
    database: Database,
    snapshot: number,
    private readonly rules: TransactionRules,
  ) {
    super(
      database,
      new Visibility(snapshot, (mark) => engine.ownerOf(mark) === this, LIVE),
      (collection) => this.checkReadable(collection.name),
      (collection) => this.countChanges.get(collection) ?? 0,
    );
    this.snapshot = snapshot;
  }

  get hasWrites(): boolean {
    return this.writes.length > 0;
  }

  openCollections(read: readonly string[], write: readonly string[]): void {
    for (const name of [...read, ...write]) this.database.get(name);
    for (const name of write) this.checkWritable(name);
    for (const name of read) this.checkReadable(name);
  }

  frozen(): DataView {
    this.mark = 0;
    const limit = this.engine.markLimit;
    const counts = new Map(this.countChanges);
    return new View(
      this.database,
      new Visibility(this.snapshot, (mark) => this.engine.ownerOf(mark) === this, limit),
      (collection) => this.checkReadable(collection.name),
      (collection) => counts.get(collection) ?? 0,
    );
  }

  insert(name: string, input: unknown, options: InsertOptions = {}): WriteResult {
    const collection = this.writable(name);
    const attributes = objectOf(input);
    const given = attributes['_key'];
    const key = given === undefined ? collection.keyGenerator.next() : collection.keyGenerator.accept(given);
    const present = this.ownVersion(collection, key);
    if (present !== 0) {
      const mode = options.overwriteMode ?? 'conflict';
      if (mode === 'update') return this.change(collection, present, attributes, options, 'update');
      if (mode === 'replace') return this.change(collection, present, attributes, options, 'replace');
      if (mode === 'conflict') throw primaryViolation(key);
      const rev = revisionText(collection.revision(present));
      return { key, id: collection.idPrefix + key, rev, ignored: true };
    }
    const revision = this.engine.revisions.next();
    const doc = documentOf(collection, key, revision, attributes, edgeEnds(collection, attributes));
    if (options.skipDocumentValidation !== true) collection.schema?.checkInsert(doc);
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
    const present = this.requireVersion(collection, key);
    const old = collection.load(present);
    checkRevision(old, options.ifRev);
    this.end(collection, present);
    this.writes.push({ collection, added: 0, ended: present });
    this.changeCount(collection, -1);
    const result: WriteResult = { key, id: old._id, rev: old._rev };
    return options.returnOld === true ? { ...result, old } : result;
  }

  savepoint(): Savepoint {
    return this.writes.length;
  }

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

  /** Takes all writes back. */
  abort(): void {
    if (this.state !== 'running') return;
    this.rollbackTo(0);
    this.finish('aborted');
  }

  private finish(state: TransactionState): void {
    this.state = state;
    this.writes = [];
    this.engine.close(this, this.marks);
    this.rules.onEnd?.();
  }

  private publish(): void {
    const sequence = this.engine.nextSequence();
    const { journal } = this.engine;
    const entries: JournalEntry[] = [];
    for (const { collection, added, ended } of this.writes) {
      const { versions } = collection;
      if (added !== 0) versions.begin[added] = sequence;
      if (ended !== 0) {
        versions.end[ended] = sequence;
        this.engine.retire(sequence, collection, ended);
      }
    }
    if (journal !== undefined) {
      const { id: databaseId } = this.database;
      for (const { collection, added, ended } of this.writes) {
        if (collection.dropped) continue;
        const { id } = collection.properties;
        if (added === 0) entries.push(['remove', databaseId, id, collection.key(ended)]);
        else if (collection.versions.end[added] === LIVE) entries.push(['put', databaseId, id, collection.load(added)]);
      }
      if (entries.length > 0) journal.append(entries);
    }
    const hasReaders = this.engine.hasOthers(this);
    for (const [collection, change] of this.countChanges) collection.commitCount(change, sequence, hasReaders);
  }

  private change(
    collection: Collection,
    present: number,
    attributes: DocInput,
    options: PatchOptions,
    how: 'update' | 'replace',
  ): WriteResult {
    const old = collection.load(present);
    checkRevision(old, options.ifRev);
    const key = old._key;
    if (isOutdated(old, attributes, options.versionAttribute) || (how === 'update' && !hasContent(attributes))) {
      const same: WriteResult = { key, id: old._id, rev: old._rev, oldRev: old._rev };
      return {
        ...same,
        ...(options.returnOld === true ? { old } : {}),
        ...(options.returnNew === true ? { new: old } : {}),
      };
    }
    const revision = this.engine.revisions.next();
    let content: DocInput = attributes;
    if (how === 'update') {
      const { keepNull = true, mergeObjects = true } = options;
      content = mergePatch(old, attributes, { keepNull, mergeObjects });
    }
    const doc = documentOf(collection, key, revision, content, edgeEnds(collection, content));
    if (options.skipDocumentValidation !== true) collection.schema?.checkChange(doc, old);
    this.write(collection, doc, revision, present);
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
    const added = collection.addVersion(doc, revision, entries, this.currentMark());
    if (replaced !== 0) this.end(collection, replaced);
    else this.changeCount(collection, 1);
    this.writes.push({ collection, added, ended: replaced });
    this.bytesWritten += collection.byteLength(added);
    if (this.rules.maxBytes !== undefined && this.bytesWritten > this.rules.maxBytes) {
      this.rollbackTo(this.writes.length - 1);
      throw new ArangoFailure(32, 'aborting transaction because maximal transaction size limit is reached');
    }
  }

  private end(collection: Collection, slot: number): void {
    collection.versions.end[slot] = this.currentMark();
  }

  private currentMark(): number {
    if (this.mark === 0) {
      this.mark = this.engine.nextMark(this);
      this.marks.push(this.mark);
    }
    return this.mark;
  }

  private changeCount(collection: Collection, change: number): void {
    if (change !== 0) this.countChanges.set(collection, (this.countChanges.get(collection) ?? 0) + change);
  }

  /**
   * The version of a key that this transaction may change, or 0 if there is none. Throws 1200 if someone else has
   * written the key and not committed yet, or committed after this transaction began.
   */
  private ownVersion(collection: Collection, key: string): number {
    const { versions } = collection;
    let slot = collection.newest(key);
    while (slot !== 0 && versions.begin[slot] === DEAD) slot = versions.older[slot] as number;
    if (slot === 0) return 0;
    const begin = versions.begin[slot] as number;
    const end = versions.end[slot] as number;
    this.refuseForeign(begin, key, 'primary', '_key');
    if (end === LIVE) return slot;
    this.refuseForeign(end, key, 'primary', '_key');
    return 0;
  }

  private requireVersion(collection: Collection, key: string): number {
    const slot = this.ownVersion(collection, key);
    if (slot === 0) throw new ArangoFailure(1202, 'document not found');
    return slot;
  }

  /** Throws 1200 if a version's mark is another transaction's, or of a commit after the snapshot. */
  private refuseForeign(mark: number, key: string, index: string, over: string): void {
    if (mark <= MAX_SEQUENCE) {
      if (mark > this.snapshot) {
        throw new ArangoFailure(
          1200,
          `conflict, write-write conflict - in index ${index} of type ${typeOfIndex(index)} over '${over}'; conflicting key: ${key}`,
        );
      }
      return;
    }
    if (this.engine.ownerOf(mark) === this) return;
    this.metLock = true;
    throw new ArangoFailure(
      1200,
      `timeout waiting to lock key - in index ${index} of type ${typeOfIndex(index)} over '${over}'; conflicting key: ${key}`,
    );
  }

  private checkUnique(collection: Collection, doc: Doc, entries: IndexEntries): void {
    for (const { index, tuples } of entries) {
      if (!index.definition.unique || !index.isUniqueEntry(doc)) continue;
      index.refuseRepeated(tuples, doc._key);
      for (const tuple of tuples) {
        for (const slot of index.withKey(tuple)) {
          const begin = collection.versions.begin[slot] as number;
          const end = collection.versions.end[slot] as number;
          // Versions of the same key follow each other: the primary index watches over them.
          if (begin === DEAD || collection.key(slot) === doc._key) continue;
          const { name, fields } = index.definition;
          const over = fields.map((field) => field.text).join(', ');
          this.refuseForeign(begin, collection.key(slot), name, over);
          if (end === LIVE) throw index.violation(collection.key(slot));
          this.refuseForeign(end, collection.key(slot), name, over);
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

function typeOfIndex(name: string): string {
  return name === 'primary' ? 'primary' : 'persistent';
}

function primaryViolation(key: string): ArangoFailure {
  return new ArangoFailure(
    1210,
    `unique constraint violated - in index primary of type primary over '_key'; conflicting key: ${key}`,
  );
}

function objectOf(input: unknown): DocInput {
  if (!isPlainObject(input)) throw new ArangoFailure(1227, 'invalid document type');
  return input;
}

/** Whether a patch changes anything: `_key`, `_id` and `_rev` do not count. */
function hasContent(attributes: DocInput): boolean {
  for (const name of Object.keys(attributes)) if (name !== '_key' && name !== '_id' && name !== '_rev') return true;
  return false;
}

/** Whether a change carries a version that the stored document has reached already. */
function isOutdated(old: Doc, attributes: DocInput, versionAttribute: string | undefined): boolean {
  if (versionAttribute === undefined) return false;
  const stored = old[versionAttribute];
  const given = attributes[versionAttribute];
  return isVersion(stored) && isVersion(given) && given <= stored;
}

function isVersion(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function checkRevision(stored: Doc, expected: string | undefined): void {
  if (expected === undefined || expected === stored._rev) return;
  const { _id, _key, _rev } = stored;
  throw new ArangoFailure(1200, 'conflict, _rev values do not match', { _id, _key, _rev });
}

interface EdgeEnds {
  readonly _from: string;
  readonly _to: string;
}

/** An edge's ends (1233 unless both are legal ids); undefined in document collections. */
function edgeEnds(collection: Collection, attributes: DocInput): EdgeEnds | undefined {
  if (!collection.isEdge) return undefined;
  const { _from, _to } = attributes;
  if (!isLegalId(_from) || !isLegalId(_to)) throw new ArangoFailure(1233, 'edge attribute missing or invalid');
  return { _from, _to };
}

function documentOf(
  collection: Collection,
  key: string,
  revision: number,
  attributes: DocInput,
  ends: EdgeEnds | undefined,
): Doc {
  const doc: Record<string, unknown> = { _key: key, _id: collection.idPrefix + key, _rev: revisionText(revision) };
  if (ends !== undefined) {
    doc['_from'] = ends._from;
    doc['_to'] = ends._to;
  }
  for (const name of Object.keys(attributes)) {
    if (name === '_key' || name === '_id' || name === '_rev' || name === '_from' || name === '_to') continue;
    if (name === '__proto__')
      Object.defineProperty(doc, name, {
        value: attributes[name],
        enumerable: true,
        configurable: true,
        writable: true,
      });
    else doc[name] = attributes[name];
  }
  return doc as Doc;
}
