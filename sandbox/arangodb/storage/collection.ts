import { CollectionSchema } from '../schema/collectionSchema';
import { EdgeIndex } from './edgeIndex';
import type { IndexDefinition } from './indexDefinition';
import { KeyGenerator, type KeyOptions } from './keys';
import { PersistentIndex } from './persistentIndex';
import type { CollectionType, Doc, IndexDescription } from './types';
import { type Stamp, Version } from './versions';

/** Ids of the indexes that every collection (primary) or every edge collection (edge) has from the start. */
export const PRIMARY_INDEX_ID = '0';
export const EDGE_INDEX_ID = '1';

function systemIndex(id: string, type: 'primary' | 'edge', share: number, ...names: string[]): IndexDescription {
  const fields = names.map((name) => ({ text: name, path: [name] }));
  return { id, name: type, type, fields, unique: type === 'primary', sparse: false, selectivity: () => share };
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
}

/** A collection's document versions and the indexes over them. Transactions decide which version a reader sees. */
export class Collection {
  schema: CollectionSchema | undefined;
  dropped = false;
  readonly keyGenerator: KeyGenerator;
  /** All versions by their slots. A slot is used again after its version was removed. */
  versions: (Version | undefined)[] = [];
  readonly indexes = new Map<string, PersistentIndex>();
  /** The two halves of the edge index that every edge collection has. */
  edgeIndex: { readonly _from: EdgeIndex; readonly _to: EdgeIndex } | undefined;
  /** Keys that open transactions, by what stands for them, have locked without writing them. */
  readonly lockedKeys = new Map<string, object>();
  idPrefix: string;
  private freeSlots: number[] = [];
  /** The newest version of each key. */
  private byKey = new Map<string, Version>();
  private keyOrder: string[] | undefined;
  private committedCount = 0;
  /** Recent changes of the count, which readers with an older snapshot must subtract. */
  private countChanges: { readonly sequence: number; readonly change: number }[] = [];

  /** `tick` returns the server's next number, for generated keys. */
  constructor(
    public properties: CollectionProperties,
    tick: () => number,
  ) {
    this.schema = CollectionSchema.parse(properties.schema);
    this.keyGenerator = new KeyGenerator(properties.keyOptions, tick);
    this.idPrefix = `${properties.name}/`;
    this.edgeIndex = this.isEdge ? this.newEdgeIndex() : undefined;
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
    const isRenamed = properties.name !== this.name;
    this.properties = properties;
    this.idPrefix = `${properties.name}/`;
    if (!isRenamed) return;
    for (const version of this.versions) {
      if (version !== undefined) version.doc = { ...version.doc, _id: this.idPrefix + version.doc._key };
    }
  }

  /** The newest version of a key, committed or not. `older` leads to the older ones. */
  newest(key: string): Version | undefined {
    return this.byKey.get(key);
  }

  /** The keys of all versions and perhaps of removed ones, in the order of the primary index: by their bytes. */
  orderedKeys(): readonly string[] {
    // A key is ASCII, so the order of JavaScript's strings is that of bytes.
    this.keyOrder ??= [...this.byKey.keys()].sort();
    return this.keyOrder;
  }

  addVersion(doc: Doc, begin: Stamp): Version {
    const older = this.byKey.get(doc._key);
    const version = new Version(this.freeSlots.pop() ?? this.versions.length, doc, begin, older);
    this.versions[version.slot] = version;
    this.byKey.set(doc._key, version);
    if (older === undefined) this.keyOrder = undefined;
    for (const index of this.indexes.values()) index.add(version);
    this.edgeIndex?._from.add(version);
    this.edgeIndex?._to.add(version);
    return version;
  }

  /** Removes a version, which no reader may still see, from the storage and all indexes. */
  removeVersion(version: Version): void {
    for (const index of this.indexes.values()) index.remove(version);
    this.edgeIndex?._from.remove(version);
    this.edgeIndex?._to.remove(version);
    const key = version.doc._key;
    let newer = this.byKey.get(key);
    if (newer === version) {
      if (version.older === undefined) this.byKey.delete(key);
      else this.byKey.set(key, version.older);
    } else {
      while (newer !== undefined && newer.older !== version) newer = newer.older;
      if (newer !== undefined) newer.older = version.older;
    }
    this.versions[version.slot] = undefined;
    this.freeSlots.push(version.slot);
  }

  /** Removes all versions immediately. Allowed only while no transaction is open. */
  clear(): void {
    for (const { definition } of this.indexes.values()) this.indexes.set(definition.id, this.newIndex(definition));
    this.versions = [];
    this.freeSlots = [];
    this.byKey = new Map();
    this.keyOrder = undefined;
    this.edgeIndex = this.isEdge ? this.newEdgeIndex() : undefined;
    this.committedCount = 0;
    this.countChanges = [];
  }

  /** Builds an index over the stored documents. Throws 1210 if it is unique and two documents collide. */
  addIndex(definition: IndexDefinition): void {
    const index = this.newIndex(definition);
    for (const version of definition.unique ? this.versions : []) {
      if (!version?.isStored || !index.isUniqueEntry(version.doc)) continue;
      const sameKey = index.tuplesOf(version.doc).flatMap((tuple) => [...index.withKey(tuple)]);
      const conflicting = sameKey.find((other) => other.isStored && other.slot < version.slot);
      if (conflicting !== undefined) throw index.violation(conflicting.doc._key);
    }
    this.indexes.set(definition.id, index);
  }

  private newIndex(definition: IndexDefinition): PersistentIndex {
    return new PersistentIndex(definition, () => this.versions);
  }

  private newEdgeIndex(): NonNullable<Collection['edgeIndex']> {
    const stored = (): typeof this.versions => this.versions;
    return { _from: new EdgeIndex('_from', stored), _to: new EdgeIndex('_to', stored) };
  }

  /** All indexes: primary and edge first, then those that clients created. */
  indexDescriptions(): IndexDescription[] {
    const all: IndexDescription[] = [systemIndex(PRIMARY_INDEX_ID, 'primary', 1, '_key')];
    if (this.isEdge) all.push(systemIndex(EDGE_INDEX_ID, 'edge', 0.5, '_from', '_to'));
    for (const one of this.indexes.values()) all.push({ ...one.definition, selectivity: () => one.selectivity() });
    return all;
  }

  countAt(sequence: number): number {
    let count = this.committedCount;
    for (const { sequence: changedAt, change } of this.countChanges) if (changedAt > sequence) count -= change;
    return count;
  }

  /** `oldest`: the oldest snapshot that is open. Only changes after it are kept. */
  commitCount(change: number, sequence: number, oldest: number): void {
    if (change === 0) return;
    this.committedCount += change;
    this.countChanges.push({ sequence, change });
    this.countChanges = this.countChanges.filter((entry) => entry.sequence > oldest);
  }
}
