import { ArangoFailure, notSupported } from '../../errors';
import { type Exchange, type Reply, success } from '../exchange';

/** How long a commit or abort waits for a cursor of the transaction. */
const CURSOR_WAIT_SECONDS = 2;

/** `/_api/transaction`: stream transactions. */
export async function transactions(exchange: Exchange): Promise<Reply> {
  const { method, path, state, database } = exchange;
  const [id] = path;
  if (method === 'POST' && id === undefined) throw notSupported('a JavaScript transaction');
  if (method === 'POST' && id === 'begin' && path.length === 1) {
    if (exchange.transactionId !== undefined)
      throw new ArangoFailure(10, 'unexpected transaction ID received in begin transaction request');
    return success(201, { result: await state.transactions.begin(database, exchange.json()) });
  }
  if (!['GET', 'PUT', 'DELETE', 'POST'].includes(method)) throw exchange.wrongMethod();
  if (method === 'GET' && id === undefined) {
    return { status: 200, body: { transactions: state.transactions.list(database) } };
  }
  if (id === undefined || path.length > 1 || method === 'POST') throw new ArangoFailure(10);
  if (method === 'GET') return success(200, { result: state.transactions.status(database, id) });
  if (id === 'write') throw notSupported('aborting all transactions that write');
  await state.cursors.whenTransactionFree(id, CURSOR_WAIT_SECONDS);
  return success(200, { result: state.transactions[method === 'PUT' ? 'commit' : 'abort'](database, id) });
}
