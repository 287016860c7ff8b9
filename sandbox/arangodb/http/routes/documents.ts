import { ArangoFailure, notSupported, preconditionFailed } from '../../errors';
import { checkRevision } from '../../storage/documentInput';
import type { Transaction } from '../../storage/transaction';
import type { Doc, WriteOptions, OverwriteMode, WriteResult } from '../../storage/types';
import { isPlainObject } from '../../values';
import type { Exchange, Reply } from '../exchange';

const MODES: readonly string[] = ['conflict', 'ignore', 'replace', 'update'];

/** `/_api/document`: reads and writes documents, one or many per request. */
export function documents(exchange: Exchange): Reply | Promise<Reply> {
  const { method, path } = exchange;
  checkPath(exchange);
  const [name = exchange.query.get('collection') ?? '', key] = path;
  if (key !== undefined) {
    if (method === 'GET' || method === 'HEAD') return readOne(exchange, name, key);
    if (method === 'PUT' || method === 'PATCH') return changeOne(exchange, name, key);
    if (method === 'DELETE') return removeOne(exchange, name, key);
    throw exchange.wrongMethod();
  }
  if (method === 'POST') return insert(exchange, name);
  if (method === 'PUT' && exchange.query.has('onlyget')) return readMany(exchange, name);
  if (method === 'PUT' || method === 'PATCH') return changeMany(exchange, name);
  if (method === 'DELETE') return removeMany(exchange, name);
  throw exchange.wrongMethod();
}

/** By method: the least and the greatest number of segments, and the errors for fewer and for more. */
const segments: Readonly<Record<string, readonly [number, number, number, number]>> = {
  GET: [2, 2, 1203, 601],
  HEAD: [2, 2, 400, 400],
  POST: [1, 1, 1204, 601],
  PUT: [1, 2, 400, 400],
  PATCH: [1, 2, 400, 400],
  DELETE: [1, 2, 400, 400],
};

/** Throws an error of a malformed path. A collection in the query string counts as a segment. */
function checkPath({ method, path, query }: Exchange): void {
  const [least, most, fewer, more] = segments[method] ?? [0, Infinity, 0, 0];
  const isRead = method === 'PUT' && query.has('onlyget');
  const takesParameter = path.length === 0 && ['POST', 'PUT', 'PATCH'].includes(method) && !isRead;
  const count = takesParameter && query.get('collection') ? 1 : path.length;
  const expected = `expecting ${method} /_api/document/<collection>${least === 2 ? '/<key>' : ''}`;
  if (count < least) throw new ArangoFailure(fewer, expected);
  if (path.length > (isRead ? 1 : most)) throw new ArangoFailure(more, expected);
}

function readOne(exchange: Exchange, name: string, key: string): Reply {
  const doc = exchange.read((transaction) => transaction.get(name, key));
  if (doc === undefined) throw new ArangoFailure(1202, 'document not found');
  const headers = { etag: `"${doc._rev}"` };
  if (revisionIn(exchange, 'if-none-match') === doc._rev) return { status: 304, headers };
  const expected = revisionIn(exchange, 'if-match');
  if (expected !== undefined && expected !== doc._rev) throw preconditionFailed(conflictDetails(doc));
  return { status: 200, body: doc, headers };
}

function readMany(exchange: Exchange, name: string): Reply {
  const selectors = exchange.json();
  if (isPlainObject(selectors)) return readOne(exchange, name, keyOf(selectors, exchange.database.get(name).idPrefix));
  if (!Array.isArray(selectors)) throw new ArangoFailure(1227);
  return exchange.read((transaction) => {
    const { idPrefix } = exchange.database.get(name);
    const batch = forEachInput(selectors, (selector) => {
      const doc = transaction.get(name, keyOf(selector, idPrefix));
      if (doc === undefined) throw new ArangoFailure(1202, 'document not found');
      const rev = isPlainObject(selector) && !exchange.flag('ignoreRevs', true) ? selector['_rev'] : undefined;
      checkRevision(doc, textOf(rev));
      return doc;
    });
    return { status: 200, body: batch.items, headers: batch.headers };
  });
}

function insert(exchange: Exchange, name: string): Promise<Reply> {
  const body = exchange.json();
  const options = insertOptions(exchange);
  const work = (transaction: Transaction, doc: unknown): WriteResult => transaction.insert(name, doc, options);
  if (Array.isArray(body)) return writeMany(exchange, name, body, 201, work);
  return writeOne(exchange, name, 201, (transaction) => work(transaction, body));
}

function changeOne(exchange: Exchange, name: string, key: string): Promise<Reply> {
  const body = exchange.json();
  const options = { ...writeOptions(exchange), ifRev: expectedRevision(exchange, body) };
  return writeOne(exchange, name, 201, (transaction) =>
    exchange.method === 'PUT'
      ? transaction.replace(name, key, body, options)
      : transaction.update(name, key, body, options),
  );
}

function changeMany(exchange: Exchange, name: string): Promise<Reply> {
  const body = exchange.json();
  if (!Array.isArray(body)) throw new ArangoFailure(1227, 'invalid document type');
  const options = writeOptions(exchange);
  const ignoreRevs = exchange.flag('ignoreRevs', true);
  return writeMany(exchange, name, body, 201, (transaction, item) => {
    if (!isPlainObject(item)) throw new ArangoFailure(1227, 'invalid document type');
    const key = keyOf(item, exchange.database.get(name).idPrefix);
    const withRev = { ...options, ifRev: ignoreRevs ? undefined : textOf(item['_rev']) };
    return exchange.method === 'PUT'
      ? transaction.replace(name, key, item, withRev)
      : transaction.update(name, key, item, withRev);
  });
}

function removeOne(exchange: Exchange, name: string, key: string): Promise<Reply> {
  const options = { ...writeOptions(exchange), ifRev: revisionIn(exchange, 'if-match') };
  return writeOne(exchange, name, 200, (transaction) => transaction.remove(name, key, options));
}

function removeMany(exchange: Exchange, name: string): Promise<Reply> {
  const body = exchange.json();
  const options = writeOptions(exchange);
  const ignoreRevs = exchange.flag('ignoreRevs', true);
  const work = (transaction: Transaction, item: unknown): WriteResult => {
    const { idPrefix } = exchange.database.get(name);
    // Unlike a read or a change, a removal does not find a document of another collection.
    if (typeof item === 'string' && item.includes('/') && !item.startsWith(idPrefix)) throw new ArangoFailure(1202);
    const key = keyOf(item, idPrefix);
    const ifRev = !ignoreRevs && isPlainObject(item) ? textOf(item['_rev']) : undefined;
    return transaction.remove(name, key, { ...options, ifRev });
  };
  if (Array.isArray(body)) return writeMany(exchange, name, body, 200, work);
  // An object selects a single document.
  if (!isPlainObject(body)) throw new ArangoFailure(400, 'Request body not parseable');
  return writeOne(exchange, name, 200, (transaction) => work(transaction, body));
}

async function writeOne(
  exchange: Exchange,
  name: string,
  syncedStatus: number,
  work: (transaction: Transaction) => WriteResult,
): Promise<Reply> {
  const collection = exchange.database.get(name);
  const result = await writeChecked(exchange, [name], work);
  const status = exchange.isSynced(collection) ? syncedStatus : 202;
  if (exchange.flag('silent', false)) return { status, body: {} };
  const path = [exchange.database.name, '_api', 'document', name, result.key].map(encodeURIComponent).join('/');
  return { status, headers: { etag: `"${result.rev}"`, location: `/_db/${path}` }, body: metaOf(result) };
}

/** Writes for a request that names a single document: a revision conflict is answered with 412. */
export async function writeChecked<T>(
  exchange: Exchange,
  collections: readonly string[],
  work: (transaction: Transaction) => T,
): Promise<T> {
  try {
    return await exchange.write(collections, work, { keepsSnapshot: false });
  } catch (error) {
    if (error instanceof ArangoFailure && error.errorNum === 1200 && error.details['_rev'] !== undefined) {
      throw preconditionFailed(error.details);
    }
    throw error;
  }
}

async function writeMany(
  exchange: Exchange,
  name: string,
  items: readonly unknown[],
  syncedStatus: number,
  work: (transaction: Transaction, item: unknown) => WriteResult,
): Promise<Reply> {
  const collection = exchange.database.get(name);
  const batch = await exchange.write([name], (transaction) => {
    transaction.openCollections([], [name]);
    return forEachInput(items, (item) => metaOf(work(transaction, item)));
  });
  const removedNothing = syncedStatus === 200 && items.length > 0 && batch.failed.length === items.length;
  const status = exchange.isSynced(collection) && !removedNothing ? syncedStatus : 202;
  if (!exchange.flag('silent', false)) return { status, headers: batch.headers, body: batch.items };
  return { status, headers: batch.headers, body: batch.failed.length === 0 ? {} : batch.failed };
}

export const conflictDetails = ({ _id, _key, _rev }: Doc): Record<string, unknown> => ({ _id, _key, _rev });

export function metaOf(result: WriteResult): Record<string, unknown> {
  const meta: Record<string, unknown> = { _id: result.id, _key: result.key, _rev: result.rev };
  if (result.oldRev !== undefined) meta['_oldRev'] = result.oldRev;
  if (result.old !== undefined) meta['old'] = result.old;
  if (result.new !== undefined) meta['new'] = result.new;
  return meta;
}

function writeOptions(exchange: Exchange, keepNull = true) {
  if (exchange.flag('skipDocumentValidation', false)) throw notSupported('skipDocumentValidation');
  if (exchange.query.get('versionAttribute')) throw notSupported('versionAttribute');
  return {
    returnOld: exchange.flag('returnOld', false),
    returnNew: exchange.flag('returnNew', false),
    keepNull: exchange.flag('keepNull', keepNull),
    mergeObjects: exchange.flag('mergeObjects', true),
  };
}

function insertOptions(exchange: Exchange): WriteOptions {
  const mode = exchange.query.get('overwriteMode');
  const overwriteMode: OverwriteMode =
    mode !== null && MODES.includes(mode)
      ? (mode as OverwriteMode)
      : exchange.flag('overwrite', false)
        ? 'replace'
        : 'conflict';
  // Unlike an update, an insert with overwriteMode `update` removes null attributes by default.
  return { ...writeOptions(exchange, false), overwriteMode };
}

/** The revision in an If-Match or If-None-Match header, without its quotation marks. */
export function revisionIn(exchange: Exchange, header: 'if-match' | 'if-none-match'): string | undefined {
  const value = exchange.headers[header];
  return value === undefined ? undefined : value.replace(/^"(.*)"$/, '$1');
}

/** The revision that the client requires: If-Match, or else `_rev` in the body if ignoreRevs is false. */
function expectedRevision(exchange: Exchange, body: unknown): string | undefined {
  const header = revisionIn(exchange, 'if-match');
  if (header !== undefined || exchange.flag('ignoreRevs', true) || !isPlainObject(body)) return header;
  return textOf(body['_rev']);
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The key of a selector: a key, an id, or an object with `_key` or `_id`. */
function keyOf(selector: unknown, idPrefix: string): string {
  const text = isPlainObject(selector) ? (selector['_key'] ?? selector['_id']) : selector;
  if (typeof text !== 'string') throw new ArangoFailure(isPlainObject(selector) ? 1221 : 1205);
  const slash = text.indexOf('/');
  if (slash < 0) return text;
  if (!text.startsWith(idPrefix)) throw new ArangoFailure(1213, 'cross collection request not allowed');
  return text.slice(idPrefix.length);
}

/** The result of a request with many documents. A failed item is reported at its position; the others are kept. */
interface Batch {
  readonly items: readonly unknown[];
  readonly failed: readonly object[];
  /** `x-arango-error-codes`: how often each error number occurred. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Runs `work` for each input. An ArangoFailure becomes that input's result. */
function forEachInput(inputs: readonly unknown[], work: (input: unknown) => unknown): Batch {
  const items: unknown[] = [];
  const failed: object[] = [];
  const counts: Record<string, number> = {};
  for (const input of inputs) {
    try {
      items.push(work(input));
    } catch (error) {
      if (!(error instanceof ArangoFailure) || failsRequest(error)) throw error;
      const item = { error: true, errorNum: error.errorNum, errorMessage: error.message };
      items.push(item);
      failed.push(item);
      counts[error.errorNum] = (counts[error.errorNum] ?? 0) + 1;
    }
  }
  return { items, failed, headers: failed.length === 0 ? {} : { 'x-arango-error-codes': JSON.stringify(counts) } };
}

/** Whether an error concerns the collection, the transaction or its limits, and thus the complete request. */
const failsRequest = (failure: ArangoFailure): boolean =>
  [4, 18, 28, 32, 1203, 1652, 1653, 1654, 1655].includes(failure.errorNum);
