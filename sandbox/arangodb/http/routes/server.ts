import { hostname } from 'node:os';
import { notSupported } from '../../errors';
import { type Exchange, type Reply, SERVER_VERSION, success } from '../exchange';

/** `/_api/version`, with any method. */
export function version(exchange: Exchange): Reply {
  const basic = { server: 'arango', license: 'community', version: SERVER_VERSION };
  if (!exchange.flag('details', false)) return { status: 200, body: basic };
  const server = { mode: 'server', architecture: '64bit', platform: process.platform, host: hostname() };
  return { status: 200, body: { ...basic, details: { ...server, 'server-version': SERVER_VERSION } } };
}

/** `/_api/engine`. */
export function engine(exchange: Exchange): Reply {
  if (exchange.method !== 'GET') throw exchange.wrongMethod();
  if (exchange.path.length > 0) throw exchange.unknownPath();
  const aliases = { indexes: { hash: 'persistent', skiplist: 'persistent' } };
  const supports = { indexes: ['primary', 'edge', 'persistent', 'ttl'], aliases };
  return { status: 200, body: { name: 'rocksdb', endianness: 'little', supports } };
}

/** `/_admin`: availability and statistics of the server. */
export function administration(exchange: Exchange, counts: RequestCounts): Reply {
  switch (`${exchange.method} ${exchange.path.join('/')}`) {
    case 'GET server/availability':
      return success(200, { mode: 'default' });
    case 'GET server/role':
      return success(200, { role: 'SINGLE', mode: 'default' });
    case 'GET time':
      return success(200, { time: exchange.state.now() / 1000 });
    case 'GET statistics':
      return success(200, { time: exchange.state.now() / 1000, enabled: true, http: counts.statistics() });
    default:
      throw notSupported(`${exchange.method} ${exchange.pathText}`);
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
  const input = exchange.object(10, 'invalid credentials');
  return { status: 200, body: { jwt: authentication.login(input['username'], input['password']) } };
}

/** The methods that ArangoDB has, in the order in which it lists them. */
export const METHODS: readonly string[] = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** Counts requests since the start, for `/_admin/statistics`. */
export class RequestCounts {
  private total = 0;
  private readonly byMethod = new Map<string, number>();

  add(method: string): void {
    this.total += 1;
    this.byMethod.set(method, (this.byMethod.get(method) ?? 0) + 1);
  }

  statistics(): Record<string, number> {
    const counts: Record<string, number> = { requestsTotal: this.total, requestsAsync: 0, requestsOther: 0 };
    for (const method of METHODS)
      counts[`requests${method.charAt(0)}${method.slice(1).toLowerCase()}`] = this.byMethod.get(method) ?? 0;
    return counts;
  }
}
