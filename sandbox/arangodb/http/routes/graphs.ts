import { ArangoFailure } from '../../errors';
import type { Transaction } from '../../storage/transaction';
import type { Doc } from '../../storage/types';
import type { EdgeDefinition } from '../../storage/view';
import { isPlainObject } from '../../values';
import { type Exchange, type Reply, success } from '../exchange';

const GRAPHS = '_graphs';

/** `/_api/gharial`: definitions of named graphs. Their vertices and edges are written as documents. */
export function graphs(exchange: Exchange): Reply | Promise<Reply> {
  const { method, path } = exchange;
  const [name, kind, collection] = path;
  if (path.length > 3) throw new ArangoFailure(9, 'vertices and edges are written as documents of their collections');
  if (name === undefined) {
    if (method === 'GET') return success(200, { graphs: exchange.read((trx) => [...trx.scan(GRAPHS)].map(shown)) });
    if (method === 'POST') return create(exchange);
    throw exchange.wrongMethod();
  }
  if (kind === undefined) {
    if (method === 'GET') return success(200, { graph: shown(load(exchange, name)) });
    if (method === 'DELETE') return drop(exchange, name);
    throw exchange.wrongMethod();
  }
  if (kind !== 'vertex' && kind !== 'edge') throw exchange.unknownPath();
  if (method === 'GET' && collection === undefined) {
    const names = exchange.read((trx) => {
      return kind === 'edge' ? trx.graphEdgeCollections(name) : trx.graphVertexCollections(name);
    });
    return success(200, { collections: [...names].sort() });
  }
  if (method === 'POST' && collection !== undefined) {
    throw new ArangoFailure(9, 'vertices and edges are written as documents of their collections');
  }
  return kind === 'edge' ? changeEdges(exchange, name, collection) : changeOrphans(exchange, name, collection);
}

async function create(exchange: Exchange): Promise<Reply> {
  const input = exchange.json();
  if (!isPlainObject(input) || typeof input['name'] !== 'string' || input['name'] === '') {
    throw new ArangoFailure(1208, 'graph name is missing');
  }
  const name = input['name'];
  const edgeDefinitions = definitionsOf(input['edgeDefinitions'] ?? []);
  const orphanCollections = namesOf(input['orphanCollections'] ?? []);
  const used = new Set<string>();
  for (const { collection } of edgeDefinitions) {
    if (used.has(collection)) throw new ArangoFailure(1920, `${collection} is used more than once`);
    used.add(collection);
  }
  const graph = await write(exchange, (transaction) => {
    if (transaction.get(GRAPHS, name) !== undefined) throw new ArangoFailure(1925, 'graph already exists');
    ensureCollections(exchange, edgeDefinitions, orphanCollections);
    return newDoc(
      transaction.insert(GRAPHS, { _key: name, edgeDefinitions, orphanCollections }, { returnNew: true }).new,
    );
  });
  const status = exchange.flag('waitForSync', false) ? 201 : 202;
  return success(status, { graph: shown(graph) });
}

async function drop(exchange: Exchange, name: string): Promise<Reply> {
  const graph = definitionOf(load(exchange, name));
  await write(exchange, (transaction) => transaction.remove(GRAPHS, name));
  if (exchange.flag('dropCollections', false)) {
    const usedElsewhere = new Set(
      exchange.read((transaction) => [...transaction.scan(GRAPHS)].flatMap((doc) => collectionsOf(definitionOf(doc)))),
    );
    for (const collection of new Set(collectionsOf(graph))) {
      if (!usedElsewhere.has(collection) && exchange.database.find(collection) !== undefined) {
        exchange.database.drop(collection);
      }
    }
  }
  return success(exchange.flag('waitForSync', false) ? 200 : 202, { removed: true });
}

async function changeOrphans(exchange: Exchange, name: string, collection: string | undefined): Promise<Reply> {
  const { edgeDefinitions, orphanCollections } = definitionOf(load(exchange, name));
  if (exchange.method === 'POST') {
    const input = exchange.json();
    const added = isPlainObject(input) ? input['collection'] : undefined;
    if (typeof added !== 'string') throw new ArangoFailure(10, 'collection name is missing');
    const present = collectionsOf({ edgeDefinitions, orphanCollections });
    if (present.includes(added)) throw new ArangoFailure(1938, `${added} is already used in the graph`);
    return store(exchange, name, { edgeDefinitions, orphanCollections: [...orphanCollections, added] });
  }
  if (exchange.method !== 'DELETE' || collection === undefined) throw exchange.wrongMethod();
  if (!orphanCollections.includes(collection)) {
    const isUsed = edgeDefinitions.some(({ from, to }) => [...from, ...to].includes(collection));
    throw isUsed ? new ArangoFailure(1928, `${collection} is no orphan`) : new ArangoFailure(1926);
  }
  const rest = orphanCollections.filter((other) => other !== collection);
  return store(exchange, name, { edgeDefinitions, orphanCollections: rest }, collection);
}

async function changeEdges(exchange: Exchange, name: string, collection: string | undefined): Promise<Reply> {
  const { edgeDefinitions, orphanCollections } = definitionOf(load(exchange, name));
  const others = edgeDefinitions.filter((definition) => definition.collection !== collection);
  if (exchange.method === 'DELETE' && collection !== undefined) {
    if (others.length === edgeDefinitions.length) throw new ArangoFailure(1930);
    return store(exchange, name, { edgeDefinitions: others, orphanCollections }, collection);
  }
  if (exchange.method !== 'POST' && (exchange.method !== 'PUT' || collection === undefined))
    throw exchange.wrongMethod();
  const [definition] = definitionsOf([exchange.json()]) as [EdgeDefinition];
  const isNew = !edgeDefinitions.some((present) => present.collection === definition.collection);
  if (exchange.method === 'POST' && !isNew) throw new ArangoFailure(1920, `${definition.collection} is already used`);
  if (exchange.method === 'PUT' && isNew) throw new ArangoFailure(1930);
  const changed = edgeDefinitions.filter((present) => present.collection !== definition.collection);
  const within = new Set([...definition.from, ...definition.to]);
  const orphans = orphanCollections.filter((orphan) => !within.has(orphan));
  return store(exchange, name, { edgeDefinitions: [...changed, definition], orphanCollections: orphans });
}

interface Definition {
  readonly edgeDefinitions: readonly EdgeDefinition[];
  readonly orphanCollections: readonly string[];
}

async function store(exchange: Exchange, name: string, graph: Definition, toDrop?: string): Promise<Reply> {
  ensureCollections(exchange, graph.edgeDefinitions, graph.orphanCollections);
  const doc = await write(exchange, (transaction) =>
    newDoc(transaction.update(GRAPHS, name, graph, { returnNew: true }).new),
  );
  if (toDrop !== undefined && exchange.flag('dropCollections', exchange.flag('dropCollection', false))) {
    exchange.database.drop(toDrop);
  }
  return success(exchange.flag('waitForSync', false) ? 201 : 202, { graph: shown(doc) });
}

/** Definitions change at once, outside of any transaction. */
function write<T>(exchange: Exchange, work: (transaction: Transaction) => T): Promise<T> {
  if (exchange.transactionId !== undefined) {
    throw new ArangoFailure(1653, 'graphs cannot be changed inside of a transaction');
  }
  return exchange.write([GRAPHS], work);
}

/** Creates what the graph names and the database lacks; 1939 if an edge collection is none. */
function ensureCollections(
  exchange: Exchange,
  edgeDefinitions: readonly EdgeDefinition[],
  orphanCollections: readonly string[],
): void {
  const { database } = exchange;
  for (const { collection } of edgeDefinitions) {
    const present = database.find(collection);
    if (present === undefined) database.create({ name: collection, type: 3 });
    else if (!present.isEdge) throw new ArangoFailure(1939, `${collection} is not an edge collection`);
  }
  for (const name of new Set([...edgeDefinitions.flatMap(({ from, to }) => [...from, ...to]), ...orphanCollections])) {
    if (database.find(name) === undefined) database.create({ name });
  }
}

function load(exchange: Exchange, name: string): Doc {
  const doc = exchange.read((transaction) => transaction.get(GRAPHS, name));
  if (doc === undefined) throw new ArangoFailure(1924, `graph '${name}' not found`);
  return doc;
}

function newDoc(doc: Doc | undefined): Doc {
  if (doc === undefined) throw new ArangoFailure(4, 'the written graph was not returned');
  return doc;
}

function definitionOf(doc: Doc): Definition {
  return doc as unknown as Definition;
}

function shown(doc: Doc): object {
  const { edgeDefinitions, orphanCollections } = definitionOf(doc);
  return { name: doc._key, edgeDefinitions, orphanCollections, _key: doc._key, _id: doc._id, _rev: doc._rev };
}

function collectionsOf({ edgeDefinitions, orphanCollections }: Definition): string[] {
  return [...edgeDefinitions.flatMap(({ collection, from, to }) => [collection, ...from, ...to]), ...orphanCollections];
}

function definitionsOf(input: unknown): EdgeDefinition[] {
  if (!Array.isArray(input)) throw new ArangoFailure(1935, 'edgeDefinitions must be an array');
  return input.map((definition: unknown) => {
    if (!isPlainObject(definition) || typeof definition['collection'] !== 'string') {
      throw new ArangoFailure(1935, 'an edge definition needs a collection');
    }
    const { collection, from, to } = definition;
    return { collection: collection, from: namesOf(from), to: namesOf(to) };
  });
}

function namesOf(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) {
    throw new ArangoFailure(1935, 'expecting an array of collection names');
  }
  return value;
}
