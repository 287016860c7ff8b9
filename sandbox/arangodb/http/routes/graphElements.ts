import { ArangoFailure, preconditionFailed } from '../../errors';
import { isLegalId } from '../../storage/keys';
import type { Transaction } from '../../storage/transaction';
import type { WriteResult } from '../../storage/types';
import { type Exchange, type Reply, success } from '../exchange';
import { conflictDetails, metaOf, revisionIn, writeChecked } from './documents';

/** Where a vertex or an edge is: in `/_api/gharial/{graph}/{kind}/{collection}`. */
export interface ElementLocation {
  readonly graph: string;
  readonly kind: 'vertex' | 'edge';
  readonly collection: string;
}

/**
 * `POST /_api/gharial/{graph}/vertex|edge/{collection}`. Unlike the document API, it checks that the collection belongs
 * to the graph (1947, 1930) and that an edge's vertices exist (1202).
 */
export async function createElement(exchange: Exchange, location: ElementLocation): Promise<Reply> {
  const { graph, kind, collection } = location;
  const body = exchange.object(1227, 'invalid document type');
  if (!collectionsFor(exchange, graph, kind).includes(collection))
    throw new ArangoFailure(kind === 'edge' ? 1930 : 1947);
  return writeElement(exchange, location, 201, (transaction) => {
    if (kind === 'edge') checkEnds(transaction, graph, body, true);
    return transaction.insert(collection, body, { returnNew: exchange.flag('returnNew', false) });
  });
}

/** The vertex or edge collections of a graph. */
export function collectionsFor(exchange: Exchange, graph: string, kind: ElementLocation['kind']): readonly string[] {
  return exchange.read((view) =>
    kind === 'edge' ? view.graphEdgeCollections(graph) : view.graphVertexCollections(graph),
  );
}

/** `GET`, `PUT`, `PATCH` and `DELETE` of a vertex or edge. As in ArangoDB, the collection need not be in the graph. */
export function element(exchange: Exchange, location: ElementLocation, key: string): Reply | Promise<Reply> {
  const { method } = exchange;
  if (method === 'GET') return readElement(exchange, location, key);
  if (method === 'PUT' || method === 'PATCH') return changeElement(exchange, location, key);
  if (method === 'DELETE') return removeElement(exchange, location, key);
  throw exchange.wrongMethod();
}

function readElement(exchange: Exchange, { kind, collection }: ElementLocation, key: string): Reply {
  const doc = exchange.read((view) => view.get(collection, key));
  if (doc === undefined) throw new ArangoFailure(1202, 'document not found');
  const expected = expectedRevision(exchange);
  if (expected !== undefined && expected !== doc._rev) throw preconditionFailed(conflictDetails(doc));
  const headers = { etag: doc._rev };
  if (revisionIn(exchange, 'if-none-match') === doc._rev) return { status: 304, headers };
  return { ...success(200, { [kind]: doc }), headers };
}

function changeElement(exchange: Exchange, location: ElementLocation, key: string): Promise<Reply> {
  const { graph, kind, collection } = location;
  const body = exchange.object(1227, 'invalid document type');
  const isPatch = exchange.method === 'PATCH';
  const options = {
    returnOld: exchange.flag('returnOld', false),
    returnNew: exchange.flag('returnNew', false),
    keepNull: exchange.flag('keepNull', true),
    ifRev: expectedRevision(exchange),
  };
  return writeElement(exchange, location, 200, (transaction) => {
    if (kind === 'edge') checkEnds(transaction, graph, body, !isPatch);
    return isPatch
      ? transaction.update(collection, key, body, options)
      : transaction.replace(collection, key, body, options);
  });
}

/** Removes a vertex or edge, and all edges attached to it in every graph that uses its collection. */
async function removeElement(exchange: Exchange, { graph, collection }: ElementLocation, key: string): Promise<Reply> {
  const edgeCollections = exchange.read((view) => attachedCollections(view, graph, collection));
  const written = [...new Set([collection, ...edgeCollections])];
  const options = { returnOld: exchange.flag('returnOld', false), ifRev: expectedRevision(exchange) };
  const removed = await writeChecked(exchange, written, (transaction) => {
    transaction.openCollections([], written);
    const result = transaction.remove(collection, key, options);
    for (const name of edgeCollections) {
      for (const edge of [...transaction.edges(name, result.id, 'any')]) transaction.remove(name, edge._key);
    }
    return result;
  });
  const isSynced = exchange.isSynced(exchange.database.get(collection));
  return success(isSynced ? 200 : 202, { removed: true, old: removed.old });
}

/** The edge collections of this graph, and those of other graphs in which the collection is a vertex collection. */
function attachedCollections(view: Transaction, graph: string, collection: string): string[] {
  const names = new Set(view.graphEdgeCollections(graph));
  for (const { edgeDefinitions } of view.graphDefinitions()) {
    for (const { collection: edges, from, to } of edgeDefinitions) {
      if (from.includes(collection) || to.includes(collection)) names.add(edges);
    }
  }
  return [...names];
}

/** Checks that an edge's vertices are in the graph's collections and exist. A patch need not contain both. */
function checkEnds(view: Transaction, graph: string, body: Record<string, unknown>, required: boolean): void {
  const vertexCollections = view.graphVertexCollections(graph);
  const given = ['_from', '_to'].filter((name) => required || body[name] !== undefined);
  const ends = given.map((name) => {
    const id = body[name];
    if (!isLegalId(id)) throw new ArangoFailure(1233);
    const [collection = '', key = ''] = id.split('/');
    return { name, collection, key };
  });
  for (const { name, collection } of ends) {
    if (vertexCollections.includes(collection)) continue;
    throw new ArangoFailure(1947, `referenced ${name} collection '${collection}' is not part of the graph`);
  }
  for (const { collection, key } of ends) {
    if (view.get(collection, key) === undefined) throw new ArangoFailure(1202, 'document not found');
  }
}

async function writeElement(
  exchange: Exchange,
  { kind, collection }: ElementLocation,
  syncedStatus: number,
  work: (transaction: Transaction) => WriteResult,
): Promise<Reply> {
  const result = await writeChecked(exchange, [collection], work);
  const { old, new: written, ...meta } = metaOf(result);
  const status = exchange.isSynced(exchange.database.get(collection)) ? syncedStatus : 202;
  return { ...success(status, { [kind]: meta, old, new: written }), headers: { etag: result.rev } };
}

/** The revision that the client requires: If-Match, or else `rev` in the query string. */
const expectedRevision = (exchange: Exchange): string | undefined =>
  revisionIn(exchange, 'if-match') ?? exchange.query.get('rev') ?? undefined;
