import { ArangoFailure, notSupported } from '../errors';
import { CollectionSchema } from '../schema/collectionSchema';
import { isPlainObject } from '../values';
import { Collection, type CollectionProperties } from './collection';
import { type IndexDefinition, isSameIndex, parseIndexDefinition } from './indexDefinition';
import { parseKeyOptions } from './keys';
import { newName } from './names';
import type { CollectionType } from './types';

/** A database: its collections by name. Collections are created and dropped immediately, outside transactions. */
export class Database {
  private readonly collections = new Map<string, Collection>();

  constructor(
    readonly id: string,
    readonly name: string,
    private readonly engine: { tick(): number; forget(collection: Collection): void },
  ) {}

  find(name: string): Collection | undefined {
    return this.collections.get(name);
  }

  get(name: string): Collection {
    const collection = this.collections.get(name);
    if (collection === undefined) throw new ArangoFailure(1203, `collection or view not found: ${name}`);
    return collection;
  }

  list(): Collection[] {
    return [...this.collections.values()];
  }

  /**
   * Creates a collection from a client's request. Throws 1207 if the name is taken, 1208 for an invalid name, 1621 for
   * an invalid schema, 1232 for invalid key options.
   */
  create(input: unknown): Collection {
    if (!isPlainObject(input)) throw new ArangoFailure(600, 'expecting a JSON object');
    refuseComputedValues(input);
    const name = newName(input['name'], 'collection', input['isSystem'] === true);
    if (this.collections.has(name)) throw new ArangoFailure(1207, 'duplicate name');
    const properties: CollectionProperties = {
      id: String(this.engine.tick()),
      name,
      type: typeOf(input['type']),
      isSystem: name.startsWith('_'),
      waitForSync: input['waitForSync'] === true,
      cacheEnabled: input['cacheEnabled'] === true,
      keyOptions: parseKeyOptions(input['keyOptions']),
      schema: CollectionSchema.parse(input['schema'])?.definition ?? null,
    };
    return this.add(properties);
  }

  /** Adds a collection whose properties are already validated. */
  add(properties: CollectionProperties): Collection {
    const collection = new Collection(properties, () => this.engine.tick());
    this.collections.set(properties.name, collection);
    return collection;
  }

  /** Changes the properties that can change after creation. Others in the input are ignored. */
  changeProperties(name: string, request: unknown): Collection {
    const input = isPlainObject(request) ? request : {};
    refuseComputedValues(input);
    const collection = this.get(name);
    const { properties } = collection;
    const schema = input['schema'];
    collection.change({
      ...properties,
      waitForSync: typeof input['waitForSync'] === 'boolean' ? input['waitForSync'] : properties.waitForSync,
      cacheEnabled: typeof input['cacheEnabled'] === 'boolean' ? input['cacheEnabled'] : properties.cacheEnabled,
      schema: schema === undefined ? properties.schema : (CollectionSchema.parse(schema)?.definition ?? null),
    });
    return collection;
  }

  rename(name: string, to: unknown): Collection {
    const collection = this.get(name);
    if (to === name) return collection;
    if (to === '') throw new ArangoFailure(10, '<name> must be non-empty');
    if (collection.properties.isSystem) throw new ArangoFailure(11, 'system collections cannot be renamed');
    const legal = newName(to, 'collection');
    if (this.collections.has(legal)) throw new ArangoFailure(1207, 'duplicate name');
    collection.change({ ...collection.properties, name: legal });
    this.collections.delete(name);
    this.collections.set(legal, collection);
    return collection;
  }

  drop(name: string): Collection {
    const collection = this.get(name);
    this.collections.delete(name);
    collection.dropped = true;
    this.engine.forget(collection);
    return collection;
  }

  /** Returns the requested index and whether it is new. An existing index with the same definition is reused. */
  ensureIndex(collectionName: string, input: unknown): { definition: IndexDefinition; isNew: boolean } {
    const collection = this.get(collectionName);
    const definition = parseIndexDefinition(input, String(this.engine.tick()));
    for (const { definition: existing } of collection.indexes.values()) {
      if (isSameIndex(existing, definition)) return { definition: existing, isNew: false };
    }
    for (const { definition: existing } of collection.indexes.values()) {
      if (existing.name === definition.name)
        throw new ArangoFailure(1005, `duplicate value for index name '${existing.name}'`);
    }
    if (definition.name === 'primary' || (collection.isEdge && definition.name === 'edge')) {
      throw new ArangoFailure(1005, `duplicate value for index name '${definition.name}'`);
    }
    collection.addIndex(definition);
    return { definition, isNew: true };
  }
}

/** As in ArangoDB 3.12, any other value means a document collection. */
const typeOf = (type: unknown): CollectionType => (type === 3 || type === 'edge' ? 'edge' : 'document');

function refuseComputedValues({ computedValues = null }: Record<string, unknown>): void {
  if (computedValues === null || (Array.isArray(computedValues) && computedValues.length === 0)) return;
  if (!Array.isArray(computedValues)) throw new ArangoFailure(10, 'computedValues must be an array');
  throw notSupported('computedValues');
}
