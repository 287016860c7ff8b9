import { ArangoFailure } from '../../errors';
import { type Exchange, type Reply, success } from '../exchange';

const MAX_LISTED = 100;
export const ASYNC_ID = 'x-arango-async-id';

/** `/_api/job`: the results of asynchronous requests. */
export function jobs(exchange: Exchange): Reply {
  const stored = exchange.state.jobs;
  const [id, action] = exchange.path;
  if (id === undefined || exchange.path.length > 2) throw exchange.unknownPath();
  switch (exchange.method) {
    case 'GET':
      if (id === 'done' || id === 'pending') {
        return { status: 200, body: stored.ids(id, numberIn(exchange, 'count') ?? MAX_LISTED) };
      }
      return resultOf(exchange, id, () => ({ status: 200 }));
    case 'PUT':
      if (action === 'cancel') {
        if (stored.state(id) === 'unknown') throw unknownJob();
        return success(200, { result: true });
      }
      if (action !== undefined) throw exchange.unknownPath();
      return resultOf(exchange, id, (reply) => {
        stored.remove(id);
        return { ...reply, headers: { ...reply.headers, [ASYNC_ID]: id } };
      });
    case 'DELETE':
      if (id === 'all') stored.removeBefore(Infinity);
      else if (id === 'expired') stored.removeBefore(numberIn(exchange, 'stamp') ?? missingStamp());
      else if (!stored.remove(id)) throw unknownJob();
      return success(200, { result: true });
    default:
      throw exchange.wrongMethod();
  }
}

function resultOf(exchange: Exchange, id: string, whenDone: (reply: Reply) => Reply): Reply {
  const state = exchange.state.jobs.state(id);
  if (state === 'unknown') throw unknownJob();
  return state === 'pending' ? { status: 204 } : whenDone(state);
}

function numberIn(exchange: Exchange, name: string): number | undefined {
  const text = exchange.query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new ArangoFailure(10, `expecting a number for <${name}>`);
  return value;
}

function missingStamp(): never {
  throw new ArangoFailure(400, 'missing value for <stamp>');
}

function unknownJob(): ArangoFailure {
  return new ArangoFailure(404, 'not found');
}
