import { hostname } from 'node:os';
import { ArangoFailure, notSupported } from '../../errors';
import { isPlainObject } from '../../values';
import { type Exchange, type Reply, success } from '../exchange';
import type { RequestCounts } from '../requestCounts';
import { SERVER_VERSION } from '../state';

/** `/_api/version`, with any method. */
export function version(exchange: Exchange): Reply {
  const basic = { server: 'arango', license: 'community', version: SERVER_VERSION };
  if (!exchange.flag('details', false)) return { status: 200, body: basic };
  const details = { mode: 'server', 'server-version': SERVER_VERSION, platform: process.platform, host: hostname() };
  return { status: 200, body: { ...basic, details } };
}

/** `/_api/engine`. */
export function engine(exchange: Exchange): Reply {
  requireGet(exchange);
  if (exchange.path.length > 0) throw exchange.unknownPath();
  const supports = {
    dfdb: false,
    indexes: ['primary', 'edge', 'persistent', 'ttl'],
    aliases: { indexes: { hash: 'persistent', skiplist: 'persistent' } },
  };
  return { status: 200, body: { name: 'rocksdb', supports } };
}

/** `/_admin`: availability and statistics of the server. */
export function administration(exchange: Exchange, counts: RequestCounts): Reply {
  requireGet(exchange);
  switch (exchange.path.join('/')) {
    case 'server/availability':
      return success(200, { mode: 'default' });
    case 'server/role':
      return success(200, { role: 'SINGLE', mode: 'default' });
    case 'time':
      return success(200, { time: exchange.state.now() / 1000 });
    case 'statistics':
      return success(200, { time: exchange.state.now() / 1000, enabled: true, http: counts.statistics() });
    default:
      throw notSupported(`the path ${exchange.pathText}`);
  }
}

/** `/_open`: tokens for user and password. */
export function login(exchange: Exchange): Reply {
  if (exchange.method !== 'POST') throw exchange.wrongMethod();
  const { authentication } = exchange.state;
  const [area, action] = exchange.path;
  if (area !== 'auth' || exchange.path.length > 2) throw exchange.unknownPath();
  if (action === 'renew') {
    const jwt = authentication.renew(exchange.headers);
    return { status: 200, body: jwt === undefined ? {} : { jwt } };
  }
  if (action !== undefined) throw exchange.unknownPath();
  const input = exchange.json();
  if (!isPlainObject(input)) throw new ArangoFailure(10, 'invalid credentials');
  return { status: 200, body: { jwt: authentication.login(input['username'], input['password']) } };
}

function requireGet(exchange: Exchange): void {
  if (exchange.method !== 'GET') throw exchange.wrongMethod();
}
