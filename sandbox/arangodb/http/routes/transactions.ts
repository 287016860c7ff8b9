import { ArangoFailure, notSupported } from '../../errors';
import { type Exchange, type Reply, success } from '../exchange';

/** How long a commit waits for a streaming cursor that reads in the transaction. */
const CURSOR_WAIT_SECONDS = 2;

/** `/_api/transaction`: stream transactions. */
export async function transactions(exchange: Exchange): Promise<Reply> {
  const { method, path, state, database } = exchange;
  const [id] = path;
  if (path.length > 1) throw exchange.unknownPath();
  if (id === undefined) {
    if (method === 'GET') return { status: 200, body: { transactions: state.transactions.list(database) } };
    if (method === 'POST') throw notSupported('a JavaScript transaction');
    throw exchange.wrongMethod();
  }
  if (id === 'begin') {
    if (method !== 'POST') throw exchange.wrongMethod();
    if (exchange.transactionId !== undefined) throw new ArangoFailure(1651, 'nested transactions detected');
    return success(201, { result: await state.transactions.begin(database, exchange.json()) });
  }
  if (method === 'GET') return success(200, { result: state.transactions.status(database, id) });
  if (method === 'PUT') {
    const isFree = await state.cursors.whenTransactionFree(id, CURSOR_WAIT_SECONDS);
    return success(200, { result: state.transactions.commit(database, id, isFree) });
  }
  if (method !== 'DELETE') throw exchange.wrongMethod();
  state.cursors.closeOfTransaction(id);
  return success(200, { result: state.transactions.abort(database, id) });
}
