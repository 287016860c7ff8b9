import { collectionsOf, executeQuery, type QueryOptions } from '../../aql';
import { ArangoFailure } from '../../errors';
import type { Transaction } from '../../storage/transaction';
import { isPlainObject } from '../../values';
import type { CursorSettings, RowSource } from '../cursors';
import { type Exchange, type Reply, success } from '../exchange';

const DEFAULT_BATCH_SIZE = 1000;
const DEFAULT_TTL_SECONDS = 30;

/** `/_api/cursor`: running queries and reading their results in batches. */
export async function cursor(exchange: Exchange): Promise<Reply> {
  const { method, path, state, database } = exchange;
  const [id, batchId] = path;
  if (path.length > 2) throw exchange.unknownPath();
  if (id === undefined) {
    if (method === 'PUT' || method === 'DELETE') {
      throw new ArangoFailure(400, `expecting ${method} /_api/cursor/<cursor-id>`);
    }
    if (method !== 'POST') throw exchange.wrongMethod();
    return run(exchange);
  }
  if (method === 'POST' || (method === 'PUT' && batchId === undefined)) {
    return success(200, await state.cursors.next(database, id, batchId));
  }
  if (method !== 'DELETE' || batchId !== undefined) throw exchange.wrongMethod();
  await state.cursors.close(database, id);
  return success(202, { id });
}

interface QueryRequest {
  readonly query: string;
  readonly bindVars: unknown;
  readonly options: QueryOptions & { readonly stream: boolean };
  readonly settings: Omit<CursorSettings, 'count'> & { readonly wantsCount: boolean };
}

async function run(exchange: Exchange): Promise<Reply> {
  const request = requestOf(exchange);
  const { state, database } = exchange;
  const { write } = exchange.read((view) => collectionsOf(view, request.query, request.bindVars));
  // A query that writes is never streamed: it would keep its keys locked while the client reads.
  const isStreamed = request.options.stream && write.length === 0;
  const source = isStreamed ? openStream(exchange, request) : await runToEnd(exchange, request, write);
  const { wantsCount, ...settings } = request.settings;
  const count = wantsCount && source.count !== undefined ? source.count : undefined;
  return success(201, await state.cursors.open(database, source, { ...settings, count }));
}

/** Computes all rows of a query before the first batch is sent. */
async function runToEnd(
  exchange: Exchange,
  request: QueryRequest,
  write: readonly string[],
): Promise<RowSource & { count: number }> {
  const { query, bindVars, options } = request;
  const execute = (transaction: Transaction): { rows: readonly unknown[]; extra: object } => {
    const result = executeQuery(transaction, query, bindVars, options);
    return { rows: [...result.rows], extra: result.extra() };
  };
  const { rows, extra } = write.length === 0 ? exchange.read(execute) : await exchange.write(write, execute);
  return { rows: rows[Symbol.iterator](), count: rows.length, extra: () => extra, end: () => undefined };
}

/**
 * Computes rows as the client reads them. The transaction (the request's, or one that ends with the cursor) keeps its
 * snapshot, and the vacuum is stopped so that index scans can continue.
 */
function openStream(exchange: Exchange, request: QueryRequest): RowSource & { count?: undefined } {
  const { state, database, transactionId } = exchange;
  const { engine, transactions } = state;
  const { query, bindVars, options } = request;
  const cursorTransaction = transactionId === undefined ? engine.begin(database) : undefined;
  const transaction = cursorTransaction ?? transactions.use(database, transactionId ?? '');
  let release = (): void => undefined;
  try {
    const result = executeQuery(transaction, query, bindVars, options);
    if (transactionId !== undefined) release = transactions.holdForCursor(database, transactionId);
    engine.pin();
    return {
      rows: result.rows[Symbol.iterator](),
      extra: () => result.extra(),
      end: (succeeded) => {
        release();
        engine.unpin();
        if (succeeded) cursorTransaction?.commit();
        else cursorTransaction?.abort();
      },
    };
  } catch (error) {
    cursorTransaction?.abort();
    throw error;
  }
}

function requestOf(exchange: Exchange): QueryRequest {
  const body = exchange.json();
  if (!isPlainObject(body)) throw new ArangoFailure(1502, 'query is empty');
  const { query, bindVars } = body;
  if (typeof query !== 'string' || query === '') throw new ArangoFailure(1502, 'query is empty');
  if (bindVars !== undefined && bindVars !== null && !isPlainObject(bindVars)) {
    throw new ArangoFailure(17, 'expecting object for <bindVars>');
  }
  const options = body['options'] ?? {};
  if (!isPlainObject(options)) throw new ArangoFailure(17, 'expecting object for <options>');
  const batchSize = numberOf(body['batchSize'], 'batchSize') ?? DEFAULT_BATCH_SIZE;
  if (batchSize === 0) throw new ArangoFailure(17, 'expecting non-zero value for <batchSize>');
  const stream = body['stream'] === true || options['stream'] === true;
  const profile = options['profile'];
  return {
    query,
    bindVars: bindVars ?? {},
    options: {
      stream,
      fullCount: options['fullCount'] === true,
      memoryLimit: numberOf(body['memoryLimit'] ?? options['memoryLimit'], 'memoryLimit'),
      maxRuntime: numberOf(options['maxRuntime'], 'maxRuntime'),
      failOnWarning: options['failOnWarning'] === true,
      maxWarningCount: numberOf(options['maxWarningCount'], 'maxWarningCount'),
      profile: typeof profile === 'number' || typeof profile === 'boolean' ? profile : undefined,
    },
    settings: {
      batchSize,
      ttl: numberOf(body['ttl'], 'ttl') || DEFAULT_TTL_SECONDS,
      wantsCount: body['count'] === true && !stream,
      isStream: stream,
      allowRetry: options['allowRetry'] === true,
      transactionId: exchange.transactionId,
    },
  };
}

function numberOf(value: unknown, name: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || value < 0)
    throw new ArangoFailure(17, `expecting a non-negative number for <${name}>`);
  return value;
}
