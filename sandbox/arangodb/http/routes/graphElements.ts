import { ArangoFailure, PreconditionFailure } from '../../errors';
import { isLegalId } from '../../storage/keys';
import type { Transaction } from '../../storage/transaction';
import type { WriteResult } from '../../storage/types';
import { isPlainObject } from '../../values';
import { type Exchange, type Reply, success } from '../exchange';
import { conflictDetails, metaOf, revisionIn, writeChecked } from './documents';

/** `/_api/gharial/{graph}/vertex` or `/edge`: which of the two, and in which graph and collection. */
export interface ElementPlace {
  readonly graph: string;
  readonly kind: 'vertex' | 'edge';
  readonly collection: string;
}

/**
 * `POST /_api/gharial/{graph}/vertex|edge/{collection}`. Unlike the document interface it takes only what belongs to
 * the graph: its own collections (1947, 1930), and edges between vertices that exist (1202).
 */
export async function createElement(exchange: Exchange, place: ElementPlace): Promise<Reply> {
  const { graph, kind, collection } = place;
  const body = objectIn(exchange);
  if (!collectionsFor(exchange, graph, kind).includes(collection))
    throw new ArangoFailure(kind === 'edge' ? 1930 : 1947);
  return changed(exchange, place, 201, (transaction) => {
    if (kind === 'edge') checkEnds(transaction, graph, body, true);
    return transaction.insert(collection, body, { returnNew: exchange.flag('returnNew', false) });
  });
}

/** The collections in which a graph has its vertices or edges. */
export function collectionsFor(exchange: Exchange, graph: string, kind: ElementPlace['kind']): readonly string[] {
  return exchange.read((view) =>
    kind === 'edge' ? view.graphEdgeCollections(graph) : view.graphVertexCollections(graph),
  );
}

/** `GET`, `PUT`, `PATCH` and `DELETE` of one vertex or edge; any collection will do, as in the server. */
export function element(exchange: Exchange, place: ElementPlace, key: string): Reply | Promise<Reply> {
  switch (exchange.method) {
    case 'GET':
      return readElement(exchange, place, key);
    case 'PUT':
    case 'PATCH':
      return changeElement(exchange, place, key);
    case 'DELETE':
      return removeElement(exchange, place, key);
    default:
      throw exchange.wrongMethod();
  }
}

function readElement(exchange: Exchange, { kind, collection }: ElementPlace, key: string): Reply {
  const doc = exchange.read((view) => view.get(collection, key));
  if (doc === undefined) throw new ArangoFailure(1202, 'document not found');
  const wanted = expectedRevision(exchange);
  if (wanted !== undefined && wanted !== doc._rev) throw new PreconditionFailure(conflictDetails(doc));
  const headers = { etag: doc._rev };
  if (revisionIn(exchange, 'if-none-match') === doc._rev) return { status: 304, headers };
  return { ...success(200, { [kind]: doc }), headers };
}

function changeElement(exchange: Exchange, place: ElementPlace, key: string): Promise<Reply> {
  const { graph, kind, collection } = place;
  const body = objectIn(exchange);
  const isPatch = exchange.method === 'PATCH';
  const options = {
    ...returned(exchange),
    keepNull: exchange.flag('keepNull', true),
    ifRev: expectedRevision(exchange),
  };
  return changed(exchange, place, 200, (transaction) => {
    if (kind === 'edge') checkEnds(transaction, graph, body, !isPatch);
    return isPatch
      ? transaction.update(collection, key, body, options)
      : transaction.replace(collection, key, body, options);
  });
}

/** Removes a vertex or edge, and all edges that touch it in any graph that uses its collection. */
async function removeElement(exchange: Exchange, { graph, collection }: ElementPlace, key: string): Promise<Reply> {
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

/** This graph's edge collections, and those of every graph's definitions in which the collection holds vertices. */
function attachedCollections(view: Transaction, graph: string, collection: string): string[] {
  const names = new Set(view.graphEdgeCollections(graph));
  for (const { edgeDefinitions } of view.graphDefinitions()) {
    for (const { collection: edges, from, to } of edgeDefinitions) {
      if (from.includes(collection) || to.includes(collection)) names.add(edges);
    }
  }
  return [...names];
}

/**
 * An edge's ends must be vertices of the graph's collections, and exist. A patch that does not name both is not
 * checked.
 */
function checkEnds(view: Transaction, graph: string, body: Record<string, unknown>, required: boolean): void {
  const { _from, _to } = body;
  if (typeof _from !== 'string' || typeof _to !== 'string') {
    if (required) throw new ArangoFailure(1233);
    return;
  }
  const vertexCollections = view.graphVertexCollections(graph);
  const ends = [
    { name: '_from', id: _from },
    { name: '_to', id: _to },
  ].map(({ name, id }) => {
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

async function changed(
  exchange: Exchange,
  { kind, collection }: ElementPlace,
  syncedStatus: number,
  work: (transaction: Transaction) => WriteResult,
): Promise<Reply> {
  const result = await writeChecked(exchange, [collection], work);
  const { old, new: written, ...meta } = metaOf(result);
  const status = exchange.isSynced(exchange.database.get(collection)) ? syncedStatus : 202;
  return { ...success(status, { [kind]: meta, old, new: written }), headers: { etag: result.rev } };
}

/** The revision that the client requires: If-Match, or else `rev` in the query string. */
function expectedRevision(exchange: Exchange): string | undefined {
  return revisionIn(exchange, 'if-match') ?? exchange.query.get('rev') ?? undefined;
}

function returned(exchange: Exchange): { returnOld: boolean; returnNew: boolean } {
  return { returnOld: exchange.flag('returnOld', false), returnNew: exchange.flag('returnNew', false) };
}

function objectIn(exchange: Exchange): Record<string, unknown> {
  const body = exchange.json();
  if (!isPlainObject(body)) throw new ArangoFailure(1227, 'invalid document type');
  return body;
}
