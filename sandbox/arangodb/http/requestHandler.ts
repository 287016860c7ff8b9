import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';
import { ArangoFailure, notSupported } from '../errors';
import { SYSTEM_DATABASE } from '../storage/engine';
import { Exchange, type Reply, type Route, type ServerState } from './exchange';
import { bulkImport } from './routes/bulkImport';
import { collections } from './routes/collections';
import { cursor } from './routes/cursor';
import { databases } from './routes/databases';
import { documents } from './routes/documents';
import { edges } from './routes/edges';
import { graphs } from './routes/graphs';
import { indexes } from './routes/indexes';
import { explain, query } from './routes/query';
import { administration, engine, login, METHODS, RequestCounts, version } from './routes/server';
import { transactions } from './routes/transactions';

const MAX_BODY_BYTES = 512 * 1024 * 1024;
/** Each request that was answered without an error, for programs that record what is used. */
const requests = channel('arangodb-emulator:request');
const JSON_TYPE = 'application/json; charset=utf-8';
/** For answers without a body. Clients would parse an empty body that is labelled as JSON. */
const EMPTY_TYPE = 'text/plain; charset=utf-8';

/** Routes by the first two path segments after the database. */
const routes: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['_api/collection', collections],
  ['_api/cursor', cursor],
  ['_api/database', databases],
  ['_api/document', documents],
  ['_api/edges', edges],
  ['_api/engine', engine],
  ['_api/explain', explain],
  ['_api/gharial', graphs],
  ['_api/import', bulkImport],
  ['_api/index', indexes],
  ['_api/query', query],
  ['_api/transaction', transactions],
  ['_api/version', version],
]);

/** ArangoDB's other APIs, by the same two segments. */
const unsupported: ReadonlySet<string> = new Set(
  (
    'analyzer aqlfunction backup batch cluster control_pregel endpoint export foxx index-cache job key-generators ' +
    'log options query-cache query-plan-cache replication schema simple tasks token traversal ttl upload user view wal'
  ).split(' '),
);

/** Answers HTTP requests as ArangoDB does. */
export class RequestHandler {
  private readonly counts = new RequestCounts();
  private readonly administration: Route = (exchange) => administration(exchange, this.counts);

  constructor(private readonly state: ServerState) {}

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > MAX_BODY_BYTES) return rejectBody(response);
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else if (!response.headersSent) rejectBody(response);
    });
    request.on('end', () => {
      if (response.headersSent) return;
      const content = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      void this.replyTo(request, content).then((reply) => {
        send(response, ...serialized(reply));
        for (const part of new Set([content, ...chunks])) free(part);
      });
    });
    // The client disconnected before the request was complete. Nothing has been started.
    request.on('error', () => response.destroy());
  };

  private async replyTo(request: IncomingMessage, content: Buffer): Promise<Reply> {
    try {
      return await this.route(request, content);
    } catch (error) {
      const reply = errorReply(error);
      if (reply.status !== 401 || request.headers['x-omit-www-authenticate'] !== undefined) return reply;
      return { ...reply, headers: { 'www-authenticate': 'Bearer token_type="JWT", realm="ArangoDB"' } };
    }
  }

  private async route(request: IncomingMessage, content: Buffer): Promise<Reply> {
    const { method = 'GET', url = '/', headers } = request;
    if (!METHODS.includes(method)) throw new ArangoFailure(405);
    this.counts.add(method);
    if (method === 'OPTIONS') return { status: 200, headers: { allow: METHODS.join(', ') } };
    const [pathText = '', ...queryText] = url.split('?');
    let segments = pathText.split('/').filter(Boolean).map(withoutEscapes);
    let databaseName = SYSTEM_DATABASE;
    if (segments[0] === '_db' && segments[1] !== undefined) {
      databaseName = segments[1];
      segments = segments.slice(2);
    }
    const isOpen = segments[0] === '_open';
    if (!isOpen) this.state.authentication.check(headers);
    const database = this.state.engine.database(databaseName);
    const area = segments[0] ?? '';
    const name = `${area}/${segments[1] ?? ''}`;
    if (area === '_api' && unsupported.has(segments[1] ?? '')) throw notSupported(`the API /${name}`);
    const route = area === '_admin' ? this.administration : isOpen ? login : routes.get(name);
    if (route === undefined) throw new ArangoFailure(404, `unknown path '${pathText}'`);
    const path = segments.slice(area === '_admin' || isOpen ? 1 : 2);
    const query = new URLSearchParams(queryText.join('?'));
    if (headers['x-arango-async'] !== undefined) throw notSupported('x-arango-async');
    if ([headers['content-type'], headers.accept].some((type) => type?.includes('velocypack'))) {
      throw notSupported('VelocyPack');
    }
    const body = decoded(content, headers['content-encoding']);
    const exchange = new Exchange(this.state, database, method, path, pathText, query, headers, body);
    const reply = await route(exchange);
    requests.publish(exchange);
    return reply;
  }
}

/** Each 64 MB of buffers that wait for a collection make V8 mark the whole heap, so what held a body is freed at once. */
function free({ buffer, length }: Buffer): void {
  if (buffer.byteLength === length) (buffer as { transfer?: (size: number) => void }).transfer?.(0);
}

/** The body as the client had it before compressing. */
function decoded(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'x-arango-lz4') throw notSupported('a request body compressed by lz4');
  if (encoding !== 'gzip' && encoding !== 'deflate') return body;
  try {
    return encoding === 'gzip' ? gunzipSync(body) : inflateSync(body);
  } catch {
    throw new ArangoFailure(10, 'decoding error');
  }
}

function withoutEscapes(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ArangoFailure(400, `invalid URL encoding in '${segment}'`);
  }
}

function errorReply(error: unknown): Reply {
  const failure =
    error instanceof ArangoFailure
      ? error
      : new ArangoFailure(4, error instanceof Error ? error.message : String(error));
  const { errorNum, message, status: code } = failure;
  return { status: code, body: { error: true, code, errorNum, errorMessage: message, ...failure.details } };
}

/** The answer and its body as text. If serializing fails, for example because of deep nesting, that error's answer. */
function serialized(reply: Reply): [Reply, string] {
  if (reply.body === undefined) return [reply, ''];
  try {
    return [reply, JSON.stringify(reply.body)];
  } catch (error) {
    const failed = errorReply(error);
    return [failed, JSON.stringify(failed.body)];
  }
}

function send(response: ServerResponse, reply: Reply, text: string): void {
  const bytes = Buffer.from(text);
  response.writeHead(reply.status, {
    'content-type': reply.body === undefined ? EMPTY_TYPE : JSON_TYPE,
    'content-length': bytes.length,
    server: 'ArangoDB',
    'x-arango-queue-time-seconds': '0.000000',
    ...reply.headers,
  });
  response.end(bytes);
}

function rejectBody(response: ServerResponse): void {
  const failure = new ArangoFailure(413, `request body exceeds ${MAX_BODY_BYTES} bytes`);
  const reply = errorReply(failure);
  send(response, { ...reply, headers: { connection: 'close' } }, JSON.stringify(reply.body));
}
