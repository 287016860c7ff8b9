import { explainQuery } from '../../aql';
import { ArangoFailure, notSupported } from '../../errors';
import { isPlainObject } from '../../values';
import { type Exchange, type Reply, success } from '../exchange';
import { checkOptimizer } from './cursor';

/** `/_api/explain`: the plan of a query, without running it. */
export function explain(exchange: Exchange): Reply {
  if (exchange.path.length > 0) throw exchange.unknownPath();
  if (exchange.method !== 'POST') throw exchange.wrongMethod();
  const body = exchange.object(600, 'expecting a JSON object');
  const { query, bindVars, options } = body;
  const failOnWarning = isPlainObject(options) && options['failOnWarning'] === true;
  checkOptimizer(options);
  const { plan, ...rest } = withoutPrefix(() =>
    exchange.read((view) => explainQuery(view, query, bindVars, failOnWarning)),
  );
  // Only one plan is made for a query. A client that asks for all plans gets a list with this one.
  if (isPlainObject(options) && options['allPlans'] === true) return success(200, { plans: [plan], ...rest });
  return success(200, { plan, ...rest });
}

/** `/_api/query`: the queries that are running. */
export function query(exchange: Exchange): Reply {
  const { method, path, database, state } = exchange;
  const [aspect] = path;
  if (exchange.flag('all', false)) throw notSupported("the parameter 'all' of queries");
  if (method === 'GET' && aspect === 'current') return { status: 200, body: state.queries.list(database) };
  if (method !== 'DELETE' || aspect === undefined || aspect === 'slow') {
    throw notSupported(`${method} ${exchange.pathText}`);
  }
  state.queries.kill(database, aspect);
  return success(200, {});
}

/** Throws an error of a query as ArangoDB reports it where no query runs: without the prefix of its text. */
function withoutPrefix<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ArangoFailure)) throw error;
    throw new ArangoFailure(error.errorNum, error.message.replace(/^AQL: /, ''), error.details);
  }
}
