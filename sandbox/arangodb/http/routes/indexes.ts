import { ArangoFailure } from '../../errors';
import { type Collection, EDGE_INDEX_ID, PRIMARY_INDEX_ID } from '../../storage/collection';
import type { IndexDescription } from '../../storage/types';
import { type Exchange, type Reply, success } from '../exchange';

/** `/_api/index`: the indexes of a collection. */
export function indexes(exchange: Exchange): Reply | Promise<Reply> {
  const { method, path, database } = exchange;
  if (!['GET', 'POST', 'DELETE'].includes(method)) throw exchange.wrongMethod();
  const call = method === 'POST' ? '?collection=<collection-name>' : '/<collection-name>/<index-identifier>';
  const isOfCollection = method === 'POST' || (method === 'GET' && path.length === 0);
  exchange.expect(path.length === (isOfCollection ? 0 : 2), `${method} /_api/index${call}`);
  if (isOfCollection) {
    const name = exchange.query.get('collection');
    if (name === null) throw new ArangoFailure(1203, 'collection or view not found');
    if (method === 'GET') return list(database.get(name));
    return exchange.withoutWriters(name, () => {
      const { definition, isNew } = database.ensureIndex(name, exchange.json());
      const collection = database.get(name);
      const created = collection.indexDescriptions().find(({ id }) => id === definition.id) as IndexDescription;
      return success(isNew ? 201 : 200, { ...describeIndex(collection, created), isNewlyCreated: isNew });
    });
  }
  const [name = '', idOrName] = path;
  const collection = database.get(name);
  const found = collection.indexDescriptions().find(({ id, name: text }) => id === idOrName || text === idOrName);
  if (found === undefined) throw new ArangoFailure(1212, 'index not found');
  if (method === 'GET') return success(200, describeIndex(collection, found));
  if (found.id === PRIMARY_INDEX_ID || found.id === EDGE_INDEX_ID) throw new ArangoFailure(11, 'forbidden');
  collection.indexes.delete(found.id);
  return success(200, { id: `${name}/${found.id}` });
}

function list(collection: Collection): Reply {
  const all = collection.indexDescriptions().map((index) => describeIndex(collection, index));
  const identifiers = Object.fromEntries(all.map((index) => [String(index['id']), index]));
  return success(200, { indexes: all, identifiers });
}

function describeIndex(collection: Collection, index: IndexDescription): Record<string, unknown> {
  const { id, fields, selectivity, ...rest } = index;
  return {
    ...rest,
    id: `${collection.name}/${id}`,
    fields: fields.map((field) => field.text),
    ...((index.estimates !== false || index.unique) && { selectivityEstimate: selectivity() }),
    ...(collection.indexes.has(id) && { deduplicate: true }),
  };
}
