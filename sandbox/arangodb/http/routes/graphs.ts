import { ArangoFailure } from '../../errors';
import type { Transaction } from '../../storage/transaction';
import type { Doc } from '../../storage/types';
import { type EdgeDefinition, type GraphDefinition, vertexCollectionsOf } from '../../storage/view';
import { isPlainObject } from '../../values';
import { type Exchange, type Reply, success } from '../exchange';
import { collectionsFor, createElement, element } from './graphElements';

const GRAPHS = '_graphs';

/** `/_api/gharial`: named graphs, their definitions, their vertices and edges. */
export function graphs(exchange: Exchange): Reply | Promise<Reply> {
  const { method, path } = exchange;
  const [name, kind, collection, key] = path;
  if (path.length > 4) throw exchange.unknownPath();
  if (name === undefined) {
    if (method === 'GET')
      return success(200, {
        graphs: exchange.read((trx) => [...trx.scan(GRAPHS)].map((doc) => describeGraph(doc as unknown as GraphDoc))),
      });
    if (method === 'POST') return create(exchange);
    throw exchange.wrongMethod();
  }
  if (kind === undefined) {
    if (method === 'GET') return success(200, { graph: describeGraph(load(exchange, name)) });
    if (method === 'DELETE') return drop(exchange, name);
    throw exchange.wrongMethod();
  }
  const graph = load(exchange, name);
  if (kind !== 'vertex' && kind !== 'edge') throw exchange.unknownPath();
  if (method === 'GET' && collection === undefined) {
    return success(200, { collections: [...collectionsFor(exchange, name, kind)].sort() });
  }
  if (collection !== undefined) {
    const location = { graph: name, kind, collection } as const;
    if (key !== undefined) return element(exchange, location, key);
    if (method === 'POST') return createElement(exchange, location);
  }
  const change = kind === 'edge' ? changeEdges : changeOrphans;
  return change(exchange, name, graph, collection);
}

async function create(exchange: Exchange): Promise<Reply> {
  const input = exchange.json();
  if (!isPlainObject(input) || typeof input['name'] !== 'string' || input['name'] === '') throw new ArangoFailure(1922);
  const name = input['name'];
  const edgeDefinitions = definitionsOf(input['edgeDefinitions'] ?? []);
  const orphanCollections = namesOf(input['orphanCollections'] ?? [], new ArangoFailure(1943));
  const used = edgeDefinitions.map(({ collection }) => collection);
  const repeated = used.find((collection, i) => used.indexOf(collection) !== i);
  if (repeated !== undefined) throw new ArangoFailure(1920, `${repeated} is used more than once`);
  const graph = await write(exchange, (transaction) => {
    if (transaction.get(GRAPHS, name) !== undefined) throw new ArangoFailure(1925, 'graph already exists');
    checkOtherGraphs(transaction, name, edgeDefinitions);
    ensureCollections(exchange, { edgeDefinitions, orphanCollections });
    const doc = { _key: name, edgeDefinitions, orphanCollections };
    return transaction.insert(GRAPHS, doc, { returnNew: true }).new as GraphDoc;
  });
  const status = exchange.flag('waitForSync', false) ? 201 : 202;
  return success(status, { graph: describeGraph(graph) });
}

async function drop(exchange: Exchange, name: string): Promise<Reply> {
  const graph = load(exchange, name);
  await write(exchange, (transaction) => transaction.remove(GRAPHS, name));
  if (exchange.flag('dropCollections', false)) {
    for (const collection of new Set(collectionsOf(graph)))
      if (graphWith(exchange, collection) === undefined) exchange.database.drop(collection);
  }
  return success(202, { removed: true });
}

/** A graph that uses a collection. Such a collection cannot be dropped alone. */
export function graphWith({ state, database }: Exchange, collection: string): GraphDefinition | undefined {
  return state.engine.autocommit(database, (view) =>
    [...view.graphDefinitions()].find((graph) => collectionsOf(graph).includes(collection)),
  );
}

/** Changes a collection's name in the graphs that use it. */
export function renameInGraphs({ state, database }: Exchange, from: string, to: string): void {
  const renamed = (names: readonly string[]): string[] => names.map((name) => (name === from ? to : name));
  state.engine.autocommit(database, (transaction) => {
    for (const graph of [...transaction.graphDefinitions()].filter((each) => collectionsOf(each).includes(from))) {
      const edgeDefinitions = graph.edgeDefinitions.map((definition) => {
        const [collection] = renamed([definition.collection]);
        return { collection, from: renamed(definition.from), to: renamed(definition.to) };
      });
      transaction.update(GRAPHS, graph._key, { edgeDefinitions, orphanCollections: renamed(graph.orphanCollections) });
    }
  });
}

async function changeOrphans(
  exchange: Exchange,
  name: string,
  { edgeDefinitions, orphanCollections }: Definition,
  collection: string | undefined,
): Promise<Reply> {
  if (exchange.method === 'POST') {
    const input = exchange.json();
    const added = isPlainObject(input) ? input['collection'] : undefined;
    if (typeof added !== 'string') throw new ArangoFailure(10, 'collection name is missing');
    if (orphanCollections.includes(added)) throw new ArangoFailure(1938);
    if (edgeDefinitions.some(({ from, to }) => [...from, ...to].includes(added))) {
      throw new ArangoFailure(1929, `${added} collection already used in edge def`);
    }
    const existing = exchange.database.find(added);
    if (existing?.isEdge === true) throw new ArangoFailure(1927);
    if (existing === undefined && !exchange.flag('createCollection', true)) throw new ArangoFailure(1926);
    return store(exchange, name, { edgeDefinitions, orphanCollections: [...orphanCollections, added] });
  }
  if (exchange.method !== 'DELETE' || collection === undefined) throw exchange.wrongMethod();
  if (!orphanCollections.includes(collection)) throw new ArangoFailure(1928);
  const remaining = orphanCollections.filter((other) => other !== collection);
  return store(exchange, name, { edgeDefinitions, orphanCollections: remaining }, collection);
}

async function changeEdges(
  exchange: Exchange,
  name: string,
  graph: Definition,
  collection: string | undefined,
): Promise<Reply> {
  if (exchange.method === 'DELETE' && collection !== undefined) {
    if (!uses(graph, collection)) throw new ArangoFailure(1930);
    return store(exchange, name, withDefinition(graph, collection, undefined), collection);
  }
  if (exchange.method !== 'POST' && (exchange.method !== 'PUT' || collection === undefined))
    throw exchange.wrongMethod();
  const [definition] = definitionsOf([exchange.json()]) as [EdgeDefinition];
  if (exchange.method === 'PUT') {
    if (!uses(graph, definition.collection)) throw new ArangoFailure(1930);
    // An edge collection has the same definition in every graph of a database, so other graphs are changed too.
    await write(exchange, (transaction) => {
      for (const other of [...transaction.graphDefinitions()]) {
        if (!uses(other, definition.collection) || other._key === name) continue;
        transaction.update(GRAPHS, other._key, withDefinition(other, definition.collection, definition));
      }
    });
  } else {
    if (uses(graph, definition.collection)) throw new ArangoFailure(1920, `${definition.collection} is already used`);
    exchange.read((view) => checkOtherGraphs(view, name, [definition]));
  }
  return store(exchange, name, withDefinition(graph, definition.collection, definition));
}

const uses = (graph: Definition, edgeCollection: string): boolean =>
  graph.edgeDefinitions.some(({ collection }) => collection === edgeCollection);

/**
 * The graph after an edge collection's definition is replaced or removed. Vertex collections that no definition uses
 * any more become orphan collections.
 */
function withDefinition(graph: Definition, collection: string, definition: EdgeDefinition | undefined): Definition {
  const replaced = graph.edgeDefinitions.find((existing) => existing.collection === collection);
  const others = graph.edgeDefinitions.filter((existing) => existing !== replaced);
  const edgeDefinitions = definition === undefined ? others : [...others, definition];
  const used = new Set(edgeDefinitions.flatMap(({ from, to }) => [...from, ...to]));
  const candidates = [
    ...graph.orphanCollections,
    ...(replaced === undefined ? [] : [...replaced.from, ...replaced.to]),
  ];
  return { edgeDefinitions, orphanCollections: [...new Set(candidates)].filter((orphan) => !used.has(orphan)) };
}

type Definition = Omit<GraphDefinition, '_key'>;

async function store(exchange: Exchange, name: string, graph: Definition, toDrop?: string): Promise<Reply> {
  ensureCollections(exchange, graph);
  const doc = await write(
    exchange,
    (transaction) => transaction.update(GRAPHS, name, graph, { returnNew: true }).new as GraphDoc,
  );
  const drops = exchange.flag('dropCollections', exchange.flag('dropCollection', false));
  if (toDrop !== undefined && drops && graphWith(exchange, toDrop) === undefined) exchange.database.drop(toDrop);
  return success(202, { graph: describeGraph(doc) });
}

/** Throws 1921 if another graph has a different definition for one of the edge collections. */
function checkOtherGraphs(view: Transaction, name: string, edgeDefinitions: readonly EdgeDefinition[]): void {
  for (const other of view.graphDefinitions()) {
    if (other._key === name) continue;
    for (const existing of other.edgeDefinitions) {
      const added = edgeDefinitions.find(({ collection }) => collection === existing.collection);
      if (added === undefined || isSameDefinition(added, existing)) continue;
      throw new ArangoFailure(1921, `${added.collection} edge collection already used in edge def`);
    }
  }
}

function isSameDefinition(a: EdgeDefinition, b: EdgeDefinition): boolean {
  const sorted = ({ from, to }: EdgeDefinition): string =>
    JSON.stringify([[...new Set(from)].sort(), [...new Set(to)].sort()]);
  return sorted(a) === sorted(b);
}

/** Changes graph definitions. Throws 1653 in a stream transaction. */
function write<T>(exchange: Exchange, work: (transaction: Transaction) => T): Promise<T> {
  if (exchange.transactionId !== undefined) {
    throw new ArangoFailure(1653, 'graphs cannot be changed inside of a transaction');
  }
  return exchange.write([GRAPHS], work);
}

/** Creates the missing collections of a graph. Throws 1944 if an edge definition names a document collection. */
function ensureCollections({ database }: Exchange, graph: Definition): void {
  for (const { collection } of graph.edgeDefinitions) {
    const existing = database.find(collection);
    if (existing === undefined) database.create({ name: collection, type: 3 });
    else if (!existing.isEdge) throw new ArangoFailure(1944, `Collection: '${collection}' is not an EdgeCollection`);
  }
  for (const name of vertexCollectionsOf(graph)) if (database.find(name) === undefined) database.create({ name });
}

type GraphDoc = Doc & GraphDefinition;

function load(exchange: Exchange, name: string): GraphDoc {
  const doc = exchange.read((transaction) => transaction.get(GRAPHS, name));
  if (doc === undefined) throw new ArangoFailure(1924, `graph '${name}' not found`);
  return doc as unknown as GraphDoc;
}

const describeGraph = ({ _key, _id, _rev, edgeDefinitions, orphanCollections }: GraphDoc): object => ({
  name: _key,
  edgeDefinitions,
  orphanCollections,
  _key,
  _id,
  _rev,
});

const collectionsOf = (graph: Definition): string[] => [
  ...graph.edgeDefinitions.map(({ collection }) => collection),
  ...vertexCollectionsOf(graph),
];

function definitionsOf(input: unknown): EdgeDefinition[] {
  if (!Array.isArray(input)) throw new ArangoFailure(1923);
  return input.map((definition: unknown) => {
    if (!isPlainObject(definition)) throw new ArangoFailure(1923);
    const { collection, from, to } = definition;
    for (const [name, value] of Object.entries({ collection, from, to })) {
      if (value === undefined) throw new ArangoFailure(1941, `Attribute '${name}' missing in edge definition!`);
    }
    if (typeof collection !== 'string') throw new ArangoFailure(1941, 'edge definition is not a string!');
    const invalid = (side: string) => new ArangoFailure(1941, `Edge definition '${side}' is not an array of strings!`);
    return { collection, from: namesOf(from, invalid('from')), to: namesOf(to, invalid('to')) };
  });
}

function namesOf(value: unknown, failure: ArangoFailure): string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
  throw failure;
}
