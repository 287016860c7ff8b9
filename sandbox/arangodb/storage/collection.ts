import { CollectionSchema } from '../schema/collectionSchema';
import type { DocumentCodec } from './documentCodec';
import { EdgeIndex } from './edgeIndex';
import { HashTable } from './hashTable';
import type { IndexDefinition } from './indexDefinition';
import type { IndexKeys, KeyTuple } from './indexKey';
import { KeyGenerator, type KeyOptions } from './keys';
import { PersistentIndex } from './persistentIndex';
import type { CollectionType, Doc, IndexDescription, IndexField } from './types';
import { DEAD, LIVE, Versions } from './versions';

/** Ids of the indexes that every collection (primary) or every edge collection (edge) has from the start. */
export const PRIMARY_INDEX_ID = '0';
export const EDGE_INDEX_ID = '1';

function fieldsOf(...names: readonly string[]): IndexField[] {
  return names.map((name) => ({ text: name, path: [name] }));
}

/** A collection's settings: everything about it that survives a restart besides documents and indexes. */
export interface CollectionProperties {
  readonly id: string;
  readonly name: string;
  readonly type: CollectionType;
  readonly isSystem: boolean;
  readonly waitForSync: boolean;
  readonly cacheEnabled: boolean;
  readonly keyOptions: KeyOptions;
  /** As the client gave it, or null. */
  readonly schema: unknown;
  /** Null or an empty array: computed values are not supported. */
  readonly computedValues: unknown;
}

/** The entries of one version in the ordered indexes. */
export type IndexEntries = readonly { readonly index: PersistentIndex; readonly tuples: readonly KeyTuple[] }[];

/** The parts of the storage that all collections share. */
export interface SharedStorage {
  readonly codec: DocumentCodec;
  readonly keys: IndexKeys;
  tick(): number;
}

/** A collection's document versions and the indexes over them. Transactions decide which version a reader sees. */
export class Collection {
  schema: CollectionSchema | undefined;
  dropped = false;
  readonly keyGenerator: KeyGenerator;
  versions = new Versions();
  readonly indexes = new Map<string, PersistentIndex>();
  edgeIndex: EdgeIndex | undefined;
  idPrefix: string;
  private byKey: HashTable;
  private keyOrder: string[] | undefined;
  private committedCount = 0;
  /** Recent changes of the count, which readers with an older snapshot must subtract. */
  private countChanges: { readonly sequence: number; readonly change: number }[] = [];

  constructor(
    public properties: CollectionProperties,
    private readonly shared: SharedStorage,
  ) {
    this.schema = CollectionSchema.parse(properties.schema);
    this.keyGenerator = new KeyGenerator(properties.keyOptions, () => shared.tick());
    this.idPrefix = `${properties.name}/`;
    this.byKey = this.newKeyTable();
    this.edgeIndex = this.newEdgeIndex();
  }

  get name(): string {
    return this.properties.name;
  }

  get isEdge(): boolean {
    return this.properties.type === 'edge';
  }

  /** Replaces the properties. Throws 1621 for an invalid schema and then changes nothing. */
  change(properties: CollectionProperties): void {
    this.schema = CollectionSchema.parse(properties.schema);
    this.properties = properties;
    this.idPrefix = `${properties.name}/`;
  }

  /** The newest version of a key, committed or not, or 0. `versions.older` leads to the older ones. */
  newest(key: string): number {
    return this.byKey.find(key);
  }

  /** The keys of all versions and perhaps of removed ones, in the order of the primary index: by their bytes. */
  orderedKeys(): readonly string[] {
    if (this.keyOrder === undefined) {
      const keys = new Set<string>();
      for (let slot = 1; slot < this.versions.limit; slot++) {
        if (this.versions.begin[slot] !== DEAD) keys.add(this.key(slot));
      }
      // A key is ASCII, so the order of JavaScript's strings is that of bytes.
      this.keyOrder = [...keys].sort();
    }
    return this.keyOrder;
  }

  load(slot: number): Doc {
    return this.shared.codec.load(this.versions.block[slot] as number, this.idPrefix);
  }

  key(slot: number): string {
    return this.shared.codec.key(this.versions.block[slot] as number);
  }

  revision(slot: number): number {
    return this.shared.codec.revision(this.versions.block[slot] as number);
  }

  byteLength(slot: number): number {
    return this.shared.codec.byteLength(this.versions.block[slot] as number);
  }

  entriesOf(doc: Doc): IndexEntries {
    if (this.indexes.size === 0) return [];
    return Array.from(this.indexes.values(), (index) => ({ index, tuples: index.tuplesOf(doc) }));
  }

  addVersion(doc: Doc, revision: number, entries: IndexEntries, begin: number): number {
    const from = this.isEdge ? (doc._from ?? '') : '';
    const to = this.isEdge ? (doc._to ?? '') : '';
    const block = this.shared.codec.store({ key: doc._key, revision, from, to, attributes: doc });
    const slot = this.versions.add(block, begin);
    const older = this.byKey.set(doc._key, slot);
    this.versions.older[slot] = older;
    if (older === 0) this.keyOrder = undefined;
    this.edgeIndex?.add(slot, from, to);
    for (const { index, tuples } of entries) index.add(slot, tuples);
    return slot;
  }

  /** Removes a version, which no reader may still see, from the storage and all indexes. */
  removeVersion(slot: number): void {
    const { versions } = this;
    if (this.indexes.size > 0) {
      const doc = this.load(slot);
      for (const index of this.indexes.values()) index.remove(slot, doc);
    }
    this.edgeIndex?.remove(slot);
    const key = this.key(slot);
    const older = versions.older[slot] as number;
    let newer = this.byKey.find(key);
    if (newer === slot) {
      if (older === 0) this.byKey.delete(key);
      else this.byKey.set(key, older);
    } else {
      while (versions.older[newer] !== slot) newer = versions.older[newer] as number;
      versions.older[newer] = older;
    }
    this.shared.codec.release(versions.block[slot] as number);
    versions.release(slot);
  }

  /** Removes all versions immediately. Allowed only while no transaction is open. */
  clear(): void {
    const { versions, shared } = this;
    for (const index of this.indexes.values()) index.clear();
    for (let slot = 1; slot < versions.limit; slot++) {
      const block = versions.block[slot] as number;
      if (block !== 0) shared.codec.release(block);
    }
    this.versions = new Versions();
    this.byKey = this.newKeyTable();
    this.keyOrder = undefined;
    this.edgeIndex = this.newEdgeIndex();
    this.committedCount = 0;
    this.countChanges = [];
  }

  /** Builds an index over the stored documents. Throws 1210 if it is unique and two documents collide. */
  addIndex(definition: IndexDefinition): PersistentIndex {
    const index = new PersistentIndex(definition, this.shared.keys);
    const { versions } = this;
    for (let slot = 1; slot < versions.limit; slot++) {
      if (versions.begin[slot] === DEAD) continue;
      const doc = this.load(slot);
      const tuples = index.tuplesOf(doc);
      if (definition.unique && versions.end[slot] === LIVE && index.isUniqueEntry(doc)) {
        const conflicting = tuples.flatMap((tuple) => [...index.withKey(tuple)]).find((s) => versions.end[s] === LIVE);
        if (conflicting !== undefined) {
          index.clear();
          throw index.violation(this.key(conflicting));
        }
      }
      index.add(slot, tuples);
    }
    this.indexes.set(definition.id, index);
    return index;
  }

  /** All indexes: primary and edge first, then those that clients created. */
  indexDescriptions(): IndexDescription[] {
    const all: IndexDescription[] = [
      {
        id: PRIMARY_INDEX_ID,
        name: 'primary',
        type: 'primary',
        fields: fieldsOf('_key'),
        unique: true,
        sparse: false,
        selectivity: 1,
      },
    ];
    if (this.isEdge) {
      const fields = fieldsOf('_from', '_to');
      all.push({
        id: EDGE_INDEX_ID,
        name: 'edge',
        type: 'edge',
        fields,
        unique: false,
        sparse: false,
        selectivity: 0.5,
      });
    }
    for (const { definition, selectivity } of this.indexes.values()) {
      const { id, name, type, fields, unique, sparse } = definition;
      all.push({ id, name, type, fields, unique, sparse, selectivity });
    }
    return all;
  }

  dropIndex(id: string): void {
    this.indexes.get(id)?.clear();
    this.indexes.delete(id);
  }

  countAt(sequence: number): number {
    let count = this.committedCount;
    for (const { sequence: changedAt, change } of this.countChanges) if (changedAt > sequence) count -= change;
    return count;
  }

  commitCount(change: number, sequence: number, keepForReaders: boolean): void {
    if (change === 0) return;
    this.committedCount += change;
    if (keepForReaders) this.countChanges.push({ sequence, change });
    else this.countChanges = [];
  }

  /** Drops the changes that every open snapshot includes. */
  forgetCountsUpTo(sequence: number): void {
    if (this.countChanges.length === 0) return;
    this.countChanges = this.countChanges.filter((entry) => entry.sequence > sequence);
  }

  private newKeyTable(): HashTable {
    return new HashTable((slot, key) => this.shared.codec.keyIs(this.versions.block[slot] as number, key));
  }

  private newEdgeIndex(): EdgeIndex | undefined {
    return this.isEdge ? new EdgeIndex(this.versions, this.shared.codec) : undefined;
  }
}
