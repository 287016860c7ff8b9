import { createHash } from 'node:crypto';
import { ArangoFailure, errorText, notSupported } from '../../errors';
import type { Collection } from '../../storage/collection';
import type { Transaction } from '../../storage/transaction';
import { isPlainObject } from '../../values';
import { type Exchange, type Reply, success } from '../exchange';
import { graphWith, renameInGraphs } from './graphs';

const LOADED = 3;
const TYPE_NUMBERS = { document: 2, edge: 3 } as const;

/** `/_api/collection`: creating, describing, changing and dropping collections. */
export function collections(exchange: Exchange): Reply | Promise<Reply> {
  const { method, path, database } = exchange;
  const [name, aspect] = path;
  switch (method) {
    case 'POST': {
      const input = exchange.json();
      if (!isPlainObject(input) || typeof input['name'] !== 'string') throw new ArangoFailure(1208, 'illegal name');
      return success(200, propertiesOf(database.create(input)));
    }
    case 'GET':
      exchange.expect(path.length <= 2, 'GET /_api/collection/<collection-name>/<method>');
      if (name === undefined) return list(exchange);
      if (aspect === undefined) return success(200, descriptionOf(database.get(name)));
      return describe(exchange, database.get(name), aspect);
    case 'PUT':
      exchange.expect(path.length === 2, 'PUT /_api/collection/<collection-name>/<action>');
      return change(exchange, database.get(name ?? ''), aspect ?? '');
    case 'DELETE':
      exchange.expect(path.length === 1, 'DELETE /_api/collection/<collection-name>');
      return drop(exchange, database.get(name ?? ''));
    default:
      throw exchange.wrongMethod();
  }
}

async function drop(exchange: Exchange, { name, properties }: Collection): Promise<Reply> {
  const graph = graphWith(exchange, name);
  if (graph !== undefined) throw new ArangoFailure(1942, `${errorText(1942)}: '${name}' in graph '${graph._key}'`);
  if (properties.isSystem && !exchange.flag('isSystem', false)) {
    throw new ArangoFailure(11, 'not allowed to drop system collection');
  }
  const { id } = await exchange.withoutWriters(name, () => exchange.database.drop(name).properties);
  return success(200, { id });
}

function list(exchange: Exchange): Reply {
  const withoutSystem = exchange.flag('excludeSystem', false);
  const all = exchange.database.list().filter(({ properties }) => !withoutSystem || !properties.isSystem);
  return success(200, { result: all.map(descriptionOf) });
}

function describe(exchange: Exchange, collection: Collection, aspect: string): Reply {
  switch (aspect) {
    case 'properties':
      return success(200, propertiesOf(collection));
    case 'count':
      return success(200, { ...propertiesOf(collection), count: countOf(exchange, collection) });
    case 'revision':
      return success(200, { ...propertiesOf(collection), revision: newestRevision(exchange, collection) });
    case 'figures': {
      const indexes = { count: collection.indexDescriptions().length, size: 0 };
      const figures = { indexes, documentsSize: 0, cacheInUse: false };
      return success(200, { ...propertiesOf(collection), count: countOf(exchange, collection), figures });
    }
    case 'checksum': {
      const revision = newestRevision(exchange, collection);
      return success(200, { ...descriptionOf(collection), revision, checksum: checksumOf(exchange, collection) });
    }
    default:
      throw notSupported(`GET ${exchange.pathText}`);
  }
}

function change(exchange: Exchange, collection: Collection, aspect: string): Reply | Promise<Reply> {
  const { database } = exchange;
  switch (aspect) {
    case 'properties':
      return success(200, propertiesOf(database.changeProperties(collection.name, exchange.json())));
    case 'rename': {
      const { name } = collection;
      const body = exchange.json();
      database.rename(name, isPlainObject(body) ? body['name'] : undefined);
      renameInGraphs(exchange, name, collection.name);
      return success(200, descriptionOf(collection));
    }
    case 'truncate':
      return truncate(exchange, collection);
    case 'load':
      return success(200, { ...descriptionOf(collection), count: countOf(exchange, collection) });
    case 'unload':
    case 'compact':
      return success(200, descriptionOf(collection));
    case 'loadIndexesIntoMemory':
      return success(200, { result: true });
    case 'recalculateCount':
      return success(200, { result: true, count: countOf(exchange, collection) });
    default:
      throw notSupported(`PUT ${exchange.pathText}`);
  }
}

/** Outside of a transaction, it waits for all writers of the collection, and they wait for it. */
async function truncate(exchange: Exchange, collection: Collection): Promise<Reply> {
  const { name } = collection;
  const isCleared = exchange.transactionId === undefined && exchange.state.engine.clear(collection);
  if (!isCleared) await exchange.write([], (transaction) => removeAll(transaction, name), { exclusive: [name] });
  return success(200, descriptionOf(collection));
}

/** Removes all documents that the transaction sees. */
export function removeAll(transaction: Transaction, name: string): void {
  transaction.openCollections([], [name]);
  for (const doc of transaction.frozen().scan(name)) transaction.remove(name, doc._key);
}

const countOf = (exchange: Exchange, { name }: Collection): number =>
  exchange.read((transaction) => transaction.count(name));

function newestRevision(exchange: Exchange, collection: Collection): string {
  return exchange.read((transaction) => {
    let newest = '0';
    for (const { _rev } of transaction.scan(collection.name)) if (newest === '0' || _rev > newest) newest = _rev;
    return newest;
  });
}

/** The sum of the documents' hashes, so that the order of the documents does not matter. */
function checksumOf(exchange: Exchange, collection: Collection): string {
  const withRevisions = exchange.flag('withRevisions', false);
  const withData = exchange.flag('withData', false);
  return exchange.read((transaction) => {
    let sum = 0n;
    for (const doc of transaction.scan(collection.name)) {
      const { _rev, ...rest } = doc;
      const content = [doc._key, withRevisions ? _rev : null, withData ? rest : null];
      sum += createHash('sha1').update(JSON.stringify(content)).digest().readBigUInt64LE(0);
    }
    return BigInt.asUintN(64, sum).toString();
  });
}

function descriptionOf({ properties }: Collection): Record<string, unknown> {
  return {
    id: properties.id,
    name: properties.name,
    status: LOADED,
    type: TYPE_NUMBERS[properties.type],
    isSystem: properties.isSystem,
    globallyUniqueId: `h${properties.id}/${properties.id}`,
  };
}

function propertiesOf(collection: Collection): Record<string, unknown> {
  const { waitForSync, cacheEnabled, keyOptions } = collection.properties;
  return {
    ...descriptionOf(collection),
    statusString: 'loaded',
    waitForSync,
    cacheEnabled,
    keyOptions: { ...keyOptions, lastValue: collection.keyGenerator.lastValue },
    schema: collection.schema?.definition ?? null,
    computedValues: null,
    syncByRevision: true,
    writeConcern: 1,
  };
}
