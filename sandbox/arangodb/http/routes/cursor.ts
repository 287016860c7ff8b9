import { writesOf, executeQuery, type QueryOptions } from '../../aql';
import { ArangoFailure, notSupported } from '../../errors';
import type { Transaction } from '../../storage/transaction';
import { isPlainObject, numberOf } from '../../values';
import type { RowSource } from '../cursors';
import { type Exchange, type Reply, success } from '../exchange';
import { takeRows } from '../slices';

const DEFAULT_BATCH_SIZE = 1000;
const DEFAULT_TTL_SECONDS = 30;

/** `/_api/cursor`: running queries and reading their results in batches. */
export async function cursor(exchange: Exchange): Promise<Reply> {
  const { method, path, state, database } = exchange;
  const [id = '', batchId] = path;
  switch (method) {
    case 'POST':
      if (path.length === 0) return run(exchange);
      exchange.expect(path.length <= 2, 'POST /_api/cursor/<cursor-id>/<batch-id>');
      return success(200, await state.cursors.next(database, id, batchId));
    case 'PUT':
      exchange.expect(path.length === 1, 'POST /_api/cursor/<cursor-id>');
      return success(200, await state.cursors.next(database, id, undefined));
    case 'DELETE':
      exchange.expect(path.length === 1, 'DELETE /_api/cursor/<cursor-id>');
      state.cursors.close(database, id);
      return success(202, { id });
    default:
      throw exchange.wrongMethod();
  }
}

type QueryRequest = ReturnType<typeof requestOf>;

async function run(exchange: Exchange): Promise<Reply> {
  const request = requestOf(exchange);
  const { state, database } = exchange;
  const writes = exchange.read((view) => writesOf(view, request.query, request.bindVars));
  const source = await (request.options.stream ? openStream : runToEnd)(exchange, request, writes);
  const { wantsCount, ...settings } = request.settings;
  const count = wantsCount && source.count !== undefined ? source.count : undefined;
  return success(201, await state.cursors.open(database, source, { ...settings, count }));
}

/** Computes all rows of a query before the first batch is sent. */
async function runToEnd(
  exchange: Exchange,
  request: QueryRequest,
  { write, exclusive }: ReturnType<typeof writesOf>,
): Promise<RowSource & { count: number }> {
  const { queries } = exchange.state;
  const { query, bindVars, options } = request;
  const handle = queries.start(exchange.database, query, bindVars, false, write.length > 0);
  const execute = async (transaction: Transaction): Promise<{ rows: readonly unknown[]; extra: object }> => {
    const result = executeQuery(transaction, query, bindVars, options);
    const rows: unknown[] = [];
    await takeRows(result.rows, rows, Infinity, handle.isKilled);
    return { rows, extra: result.extra() };
  };
  try {
    const { rows, extra } = await (write.length === 0
      ? exchange.readLong(execute)
      : exchange.write(write, execute, { conflicts: exchange.state.conflicts(), exclusive }));
    return {
      rows: rows[Symbol.iterator](),
      count: rows.length,
      extra: () => extra,
      isKilled: () => false,
      end: () => undefined,
    };
  } finally {
    handle.end();
  }
}

/**
 * Computes rows as the client reads them. The transaction (the request's, or one that ends with the cursor) keeps its
 * snapshot and its locks.
 */
async function openStream(
  exchange: Exchange,
  request: QueryRequest,
  { write, exclusive }: ReturnType<typeof writesOf>,
): Promise<RowSource & { count?: undefined }> {
  const { state, database, transactionId } = exchange;
  const { engine, transactions } = state;
  const { query, bindVars, options } = request;
  let cursorTransaction: Transaction | undefined;
  if (transactionId === undefined) {
    cursorTransaction = write.length === 0 ? engine.begin(database) : await exchange.beginWrite(write, exclusive);
    cursorTransaction.conflictsNext = state.conflicts();
  }
  const transaction = cursorTransaction ?? transactions.use(database, transactionId ?? '');
  try {
    const result = executeQuery(transaction, query, bindVars, options);
    const handle = state.queries.start(database, query, bindVars, true, write.length > 0);
    return {
      rows: result.rows,
      extra: () => result.extra(),
      isKilled: handle.isKilled,
      end: (complete) => {
        handle.end();
        if (complete) cursorTransaction?.commit();
        else cursorTransaction?.abort();
      },
    };
  } catch (error) {
    cursorTransaction?.abort();
    throw error;
  }
}

function requestOf(exchange: Exchange) {
  const body = exchange.json();
  if (!isPlainObject(body)) throw new ArangoFailure(1502, 'query is empty');
  if (Object.keys(body).length === 0) throw new ArangoFailure(600);
  const { query, bindVars } = body;
  if (typeof query !== 'string' || query === '') throw new ArangoFailure(1502, 'query is empty');
  const options = isPlainObject(body['options']) ? body['options'] : {};
  const batchSize = numberOf(body['batchSize']) ?? DEFAULT_BATCH_SIZE;
  if (batchSize <= 0) throw new ArangoFailure(17, 'expecting positive value for <batchSize>');
  const stream = body['stream'] === true || options['stream'] === true;
  const { profile } = options;
  checkOptimizer(options);
  if (numberOf(options['memoryLimit']) ?? numberOf(body['memoryLimit'])) throw notSupported("option 'memoryLimit'");
  return {
    query,
    bindVars,
    options: {
      stream,
      fullCount: options['fullCount'] === true,
      maxRuntime: Math.max(numberOf(options['maxRuntime']) ?? 0, 0),
      writeLimits: exchange.transactionId === undefined ? writeLimits(options) : undefined,
      failOnWarning: options['failOnWarning'] === true,
      maxWarningCount: numberOf(options['maxWarningCount']),
      profile: profile === 1 || profile === true,
    },
    settings: {
      batchSize: Math.max(Math.floor(batchSize), 1),
      ttl: Math.max(numberOf(body['ttl']) ?? 0, 0) || DEFAULT_TTL_SECONDS,
      wantsCount: body['count'] === true && !stream,
      isStream: stream,
      allowRetry: options['allowRetry'] === true,
      transactionId: exchange.transactionId,
    },
  };
}

/** ArangoDB's defaults: a commit after a million documents or 512 MB. */
function writeLimits(options: Record<string, unknown>): QueryOptions['writeLimits'] {
  return {
    intermediateCommitCount: numberOf(options['intermediateCommitCount']) ?? 1_000_000,
    intermediateCommitSize: numberOf(options['intermediateCommitSize']) ?? 512 * 1024 * 1024,
    maxTransactionSize: numberOf(options['maxTransactionSize']) ?? Infinity,
  };
}

/** Throws 9 if a query's options ask for a profile of its steps, or switch optimizer rules off. */
export function checkOptimizer(options: unknown): void {
  const { optimizer, profile } = isPlainObject(options) ? options : {};
  if (typeof profile === 'number' && profile > 1) throw notSupported(`option 'profile' with the value ${profile}`);
  const { rules } = isPlainObject(optimizer) ? optimizer : {};
  if (!Array.isArray(rules)) return;
  for (const rule of rules)
    if (String(rule).startsWith('-')) throw notSupported('switching off rules of the optimizer');
}
