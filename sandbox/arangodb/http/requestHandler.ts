import type { IncomingMessage, ServerResponse } from 'node:http';
import { ArangoFailure } from '../errors';
import { SYSTEM_DATABASE } from '../storage/engine';
import { Exchange, type Reply, type Route } from './exchange';
import { bulkImport } from './routes/bulkImport';
import { collections } from './routes/collections';
import { cursor } from './routes/cursor';
import { databases } from './routes/databases';
import { documents } from './routes/documents';
import { edges } from './routes/edges';
import { graphs } from './routes/graphs';
import { indexes } from './routes/indexes';
import { ASYNC_ID, jobs } from './routes/jobs';
import { explain, query } from './routes/query';
import { administration, engine, login, version } from './routes/server';
import { transactions } from './routes/transactions';
import type { ServerState } from './state';
import { RequestCounts } from './requestCounts';

const MAX_BODY_BYTES = 512 * 1024 * 1024;
const JSON_TYPE = 'application/json; charset=utf-8';
/** Of answers without a body: clients parse what calls itself JSON. */
const NO_TYPE = 'text/plain; charset=utf-8';

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
  ['_api/job', jobs],
  ['_api/query', query],
  ['_api/transaction', transactions],
  ['_api/version', version],
]);

/** Answers HTTP requests as the server does. */
export class RequestHandler {
  private readonly counts = new RequestCounts();
  private readonly administration: Route = (exchange) => administration(exchange, this.counts);

  constructor(private readonly state: ServerState) {}

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > MAX_BODY_BYTES) {
      refuseBody(response);
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else if (!response.headersSent) refuseBody(response);
    });
    request.on('end', () => {
      if (response.headersSent) return;
      void this.answer(request, response, chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    // The client has gone: nothing to answer, and nothing was begun.
    request.on('error', () => response.destroy());
  };

  private async answer(request: IncomingMessage, response: ServerResponse, content: Buffer): Promise<void> {
    const working = this.replyTo(request, content);
    const later = request.headers['x-arango-async'];
    if (later === 'store') {
      send(response, { status: 202, headers: { [ASYNC_ID]: this.state.jobs.store(working) } }, '');
      return;
    }
    if (later === 'true') {
      send(response, { status: 202 }, '');
      return;
    }
    const [reply, text] = asText(await working);
    send(response, reply, request.method === 'HEAD' ? '' : text);
  }

  private async replyTo(request: IncomingMessage, content: Buffer): Promise<Reply> {
    try {
      return await this.route(request, content);
    } catch (error) {
      const reply = replyTo(error);
      if (reply.status !== 401 || request.headers['x-omit-www-authenticate'] !== undefined) return reply;
      return { ...reply, headers: { 'www-authenticate': 'Bearer token_type="JWT", realm="ArangoDB"' } };
    }
  }

  private async route(request: IncomingMessage, content: Buffer): Promise<Reply> {
    const { method = 'GET', url = '/', headers } = request;
    this.counts.add(method);
    const questionMark = url.indexOf('?');
    const pathText = questionMark < 0 ? url : url.slice(0, questionMark);
    const queryText = questionMark < 0 ? '' : url.slice(questionMark + 1);
    let segments = pathText
      .split('/')
      .filter((segment) => segment !== '')
      .map(decoded);
    let databaseName = SYSTEM_DATABASE;
    if (segments[0] === '_db' && segments[1] !== undefined) {
      databaseName = segments[1];
      segments = segments.slice(2);
    }
    const isOpen = segments[0] === '_open';
    if (!isOpen) this.state.authentication.check(headers);
    const database = this.state.engine.database(databaseName);
    const area = segments[0] ?? '';
    const route = area === '_admin' ? this.administration : isOpen ? login : routes.get(`${area}/${segments[1] ?? ''}`);
    if (route === undefined) throw new ArangoFailure(404, `unknown path '${pathText}'`);
    const path = segments.slice(area === '_admin' || isOpen ? 1 : 2);
    const query = new URLSearchParams(queryText);
    const exchange = new Exchange(this.state, database, method, path, pathText, query, headers, content);
    const reply = await route(exchange);
    // What was changed must be on the disk before the client hears of it.
    if (method !== 'GET') await this.state.engine.journal?.flushed();
    return reply;
  }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ArangoFailure(400, `invalid URL encoding in '${segment}'`);
  }
}

function replyTo(error: unknown): Reply {
  const failure =
    error instanceof ArangoFailure
      ? error
      : new ArangoFailure(4, error instanceof Error ? error.message : String(error));
  const { errorNum, message, status: code } = failure;
  return { status: code, body: { error: true, code, errorNum, errorMessage: message, ...failure.details } };
}

/** An answer with its body as text; a body that makes none, such as one that is too deep, is an error of its own. */
function asText(reply: Reply): [Reply, string] {
  if (reply.body === undefined) return [reply, ''];
  try {
    return [reply, JSON.stringify(reply.body)];
  } catch (error) {
    const failed = replyTo(error);
    return [failed, JSON.stringify(failed.body)];
  }
}

function send(response: ServerResponse, reply: Reply, text: string): void {
  const bytes = Buffer.from(text);
  response.writeHead(reply.status, {
    'content-type': reply.body === undefined ? NO_TYPE : JSON_TYPE,
    'content-length': bytes.length,
    server: 'ArangoDB',
    'x-arango-queue-time-seconds': '0.000000',
    ...reply.headers,
  });
  response.end(bytes);
}

function refuseBody(response: ServerResponse): void {
  const failure = new ArangoFailure(413, `request body exceeds ${MAX_BODY_BYTES} bytes`);
  const reply = replyTo(failure);
  send(response, { ...reply, headers: { connection: 'close' } }, JSON.stringify(reply.body));
}
