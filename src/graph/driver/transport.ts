import { isUtf8 } from 'node:buffer';
import http from 'node:http';
import https from 'node:https';
import type { Database } from 'arangojs';
import { FetchFailedError, ResponseTimeoutError } from 'arangojs/errors';
import { FinalTimeout, ForeignAnswer } from './errors';

/** What the driver hands to a host for one request. */
interface HostRequest {
  method: string;
  pathname: string;
  search?: URLSearchParams | Record<string, string>;
  headers: Headers;
  body?: unknown;
  timeout?: number;
}

/** What the driver reads of an answer. */
export type HostAnswer = Pick<Response, 'status' | 'headers' | 'json' | 'text' | 'clone'> & {
  body: unknown;
  request: Request;
};

export type Send = (request: HostRequest) => Promise<HostAnswer>;

interface Host {
  fetch: Send;
  close(): void;
}

/** Longest answer that is read, in bytes. A batch of a query's rows has some 20 MB. */
const LONGEST_ANSWER = 256 * 2 ** 20;
/**
 * With this header of a 503, a server names another one. The driver would send the request there at once, without end
 * where two servers name each other, and on a connection without this transport and its login.
 */
const LEADER_HEADER = 'x-arango-endpoint';

/** The driver's connection has no public way to set a transport. Its version is pinned. */
interface Internals {
  _connection?: { _hosts?: Host[] };
}

/**
 * Sends the driver's requests through node:http on connections that stay open: Node's fetch copies each body through
 * several web streams, which costs more than the planning of the batch that the body holds. With a version of the driver
 * that has no such host, fetch stays in use. `wrap` may change each request. A request without a time limit of its own
 * has `timeoutMs`: the driver's setting does not reach its queries, and a server that stopped answering would block an
 * activity as long as its process lives.
 */
export function useKeepAliveTransport(
  database: Database,
  url: string,
  { sockets, timeoutMs, repeatsTimeouts }: { sockets: number; timeoutMs: number; repeatsTimeouts: boolean },
  wrap: (send: Send) => Send = (send) => send,
): void {
  const host = (database as unknown as Internals)._connection?._hosts?.[0];
  const base = new URL(url);
  // The login is in a header. With another one in the URL, no request could be named in an error.
  base.username = base.password = '';
  if (host === undefined || !['http:', 'https:'].includes(base.protocol)) return;
  const { Agent, request } = base.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: sockets });
  const open: Sending['open'] = (target, options) => request(target, { ...options, agent });
  const TimedOut = repeatsTimeouts ? ResponseTimeoutError : FinalTimeout;
  host.fetch = wrap((wanted) => send(base, { ...wanted, timeout: wanted.timeout || timeoutMs }, { open, TimedOut }));
  host.close = () => agent.destroy();
}

interface Sending {
  open: (target: URL, options: http.RequestOptions) => http.ClientRequest;
  /** The error of a request that had no answer in time. */
  TimedOut: typeof ResponseTimeoutError;
}

function send(base: URL, wanted: HostRequest, { open, TimedOut }: Sending): Promise<HostAnswer> {
  const { method, pathname, timeout = 0 } = wanted;
  const target = targetOf(base, wanted);
  const body = bodyOf(wanted);
  // The driver's errors refer to the request. It is made only when there is one.
  const asked = (): Request => new Request(target, { method });
  const foreign = (text: string): ForeignAnswer => new ForeignAnswer(`${method} ${pathname} was answered with ${text}`);
  return new Promise((resolve, reject) => {
    let hasAnswer = false;
    let timer: NodeJS.Timeout | undefined;
    const outgoing = open(target, { method, headers: headersOf(wanted, body) });
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
      outgoing.destroy();
    };
    // It rejects by itself: Node emits no `error` for a request whose connection it has given up already.
    if (timeout > 0) timer = setTimeout(() => fail(new TimedOut(undefined, asked())), timeout);
    const broken = (cause: Error): void => {
      // As fetch reports an answer that breaks off: see `ofDriver`.
      if (hasAnswer) fail(new TypeError('terminated', { cause }));
      else fail(new FetchFailedError(undefined, asked(), { cause: new TypeError('fetch failed', { cause }) }));
    };
    const tooLong = (): void => fail(foreign(`more than ${LONGEST_ANSWER} bytes`));
    outgoing.on('error', broken);
    // Another protocol was agreed on with someone else, or by no one. Without a listener, nothing else is emitted.
    outgoing.on('upgrade', ({ statusCode }) => fail(foreign(`HTTP ${statusCode}`)));
    outgoing.on('response', (incoming) => {
      hasAnswer = true;
      const whole = (bytes: Buffer): void => {
        clearTimeout(timer);
        const other = method === 'HEAD' ? undefined : otherThanJson(incoming, bytes);
        if (other === undefined) resolve(answerOf(incoming, bytes, { asked, foreign }));
        else reject(foreign(other));
      };
      readAll(incoming, { whole, tooLong, broken });
    });
    outgoing.end(body);
  });
}

function targetOf(base: URL, { pathname, search }: HostRequest): URL {
  const target = new URL(pathname + base.search, base);
  for (const [key, value] of new URLSearchParams(search)) target.searchParams.append(key, value);
  return target;
}

const bodyOf = ({ body }: HostRequest): Buffer | undefined =>
  body === undefined || body === null ? undefined : Buffer.from(body as string);

/** ArangoDB refuses a body without its length. */
const headersOf = ({ method, headers }: HostRequest, body: Buffer | undefined): http.OutgoingHttpHeaders => ({
  ...Object.fromEntries(headers),
  ...(body !== undefined || method !== 'GET' ? { 'content-length': body?.length ?? 0 } : {}),
});

interface BodyReader {
  whole: (bytes: Buffer) => void;
  /** It has more than `LONGEST_ANSWER`. Called for each part beyond that. */
  tooLong: () => void;
  broken: (cause: Error) => void;
}

function readAll(incoming: http.IncomingMessage, { whole, tooLong, broken }: BodyReader): void {
  const parts: Buffer[] = [];
  let length = 0;
  incoming.on('data', (part: Buffer) => {
    parts.push(part);
    length += part.length;
    if (length > LONGEST_ANSWER) tooLong();
  });
  incoming.on('error', broken);
  incoming.on('end', () => whole(Buffer.concat(parts)));
}

/**
 * What came instead of a success of ArangoDB, which is always JSON: a redirect, or a page of a proxy. The driver takes
 * every status below 400 for a success, so a transaction would count as committed.
 */
function otherThanJson({ statusCode = 0, headers }: http.IncomingMessage, bytes: Buffer): string | undefined {
  const type = headers['content-type'] ?? 'no content type';
  if (statusCode >= 400 || (statusCode < 300 && bytes.length > 0 && /\bjson\b/i.test(type))) return undefined;
  return `HTTP ${statusCode} (${bytes.length} bytes, ${type})`;
}

function answerOf(
  incoming: http.IncomingMessage,
  bytes: Buffer,
  { asked, foreign }: { asked: () => Request; foreign: (text: string) => ForeignAnswer },
): HostAnswer {
  const { statusCode: status = 0, statusMessage = '' } = incoming;
  const received: [string, string][] = [];
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined && name !== LEADER_HEADER) received.push([name, String(value)]);
  const answer = {
    status,
    statusText: statusMessage,
    headers: new Headers(received),
    body: bytes.length > 0 ? bytes : null,
    json: () => {
      try {
        // Other bytes would become a replacement character each: different keys and paths would be the same.
        if (isUtf8(bytes)) return Promise.resolve(JSON.parse(bytes.toString('utf8')) as unknown);
      } catch {
        // Refused as well.
      }
      return Promise.reject(foreign(`${bytes.length} bytes that are not JSON`));
    },
    text: () => Promise.resolve(bytes.toString('utf8')),
    clone: () => answer as unknown as Response,
    get request(): Request {
      return asked();
    },
  };
  return answer;
}
