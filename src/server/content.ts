import { pipeline } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { clientError, RANGE_REFUSED, rangeSchema, type DropboxTeamsClient, type RecordContent } from '../client';
import type { Logger } from '../log';
import { disposition } from './disposition';
import type { Metrics } from './metrics';
import { INDEXING_SCOPE, requireRecord, requireScope, statusOf } from './rights';
import { Unauthorized, type Claims, type TokenCheck } from './tokens';

interface ContentRouteDependencies {
  client: DropboxTeamsClient;
  log: Logger;
  metrics: Metrics;
  check: TokenCheck;
  /** How long a reader may take for one chunk. */
  readerMs: number;
}

/** Scope of agents, which read on behalf of a user. */
const AGENT_SCOPE = 'record:content';

interface RecordRoute {
  Params: { key: string };
}

/** The bytes of a record, under the addresses of PipesHub's own connector service. */
export function contentRoutes(
  app: FastifyInstance,
  { client, log, metrics, check, readerMs }: ContentRouteDependencies,
): void {
  const serve = async (
    request: FastifyRequest<RecordRoute>,
    reply: FastifyReply,
    authorize: (claims: Claims) => Promise<string | null>,
  ): Promise<FastifyReply> => {
    const { key } = request.params;
    const gone = new AbortController();
    try {
      const claims = check(request.headers.authorization);
      await requireRecord(client, key, claims.orgId);
      const userId = await authorize(claims);
      // A HEAD reads no bytes that an abort could stop.
      if (request.method !== 'HEAD') reply.raw.once('close', () => gone.abort());
      const content = await client.streamRecord(key, {
        signal: gone.signal,
        ...rangeOf(request),
        ...(userId === null ? {} : { userId }),
      });
      if (request.method === 'HEAD') {
        reply.hijack().raw.writeHead(content.status, headersOf(content)).end();
        content.stream.destroy();
        return reply;
      }
      await send(reply, content, readerMs, (bytes) => metrics.contentBytes.inc(bytes));
      metrics.contents.inc({ outcome: 'ok' });
      return reply;
    } catch (error) {
      return refuse(error, reply, gone.signal.aborted, { log, metrics });
    }
  };

  // The indexing service reads for all users, so no user's access is checked.
  app.get<RecordRoute>('/api/v1/internal/stream/record/:key', (request, reply) =>
    serve(request, reply, async (claims) => {
      requireScope(claims, INDEXING_SCOPE);
      return null;
    }),
  );
  // A user opens a record: with the token of their session, or through a service that names them.
  app.get<RecordRoute>('/api/v1/stream/record/:key', (request, reply) =>
    serve(request, reply, async (claims) => {
      if (!claims.isSession) requireScope(claims, INDEXING_SCOPE, AGENT_SCOPE);
      return readerOf(client, request.params.key, claims);
    }),
  );
  // An agent reads on behalf of a user.
  app.get<RecordRoute>('/api/v1/internal/records/:key/content', (request, reply) =>
    serve(request, reply, async (claims) => {
      requireScope(claims, AGENT_SCOPE);
      return readerOf(client, request.params.key, claims);
    }),
  );
}

/** Answers a request that failed. `left`: whether the reader has closed the connection. */
function refuse(
  error: unknown,
  reply: FastifyReply,
  left: boolean,
  { log, metrics }: Pick<ContentRouteDependencies, 'log' | 'metrics'>,
): FastifyReply {
  if (left || reply.raw.headersSent) {
    // Too late for an error status: a broken transfer is the only sign for the reader.
    reply.raw.destroy();
    metrics.contents.inc({ outcome: left ? 'left' : 'broken' });
    if (!left) log.error({ err: error }, 'a download broke off');
    return reply;
  }
  if (error instanceof Unauthorized) {
    metrics.contents.inc({ outcome: 'refused' });
    return reply.code(error.statusCode).send({ error: error.message });
  }
  const problem = clientError(error);
  const status = problem.details['reason'] === RANGE_REFUSED ? 416 : (statusOf[problem.code] ?? 500);
  metrics.contents.inc({ outcome: status < 500 ? 'refused' : 'failed' });
  if (status >= 500) log.error({ err: problem, code: problem.code }, 'a download could not be served');
  return reply
    .code(status)
    .send({ error: status < 500 ? problem.message : 'the content is not available', code: problem.code });
}

async function readerOf(client: DropboxTeamsClient, key: string, { userId }: Claims): Promise<string> {
  if (userId === null) throw new Unauthorized(401, 'the token names no user');
  if (await client.canRead(userId, key)) return userId;
  throw new Unauthorized(403, 'this user may not read this record');
}

/** A single valid range only; any other Range header is ignored, and the whole is sent (RFC 9110, 14.2). */
function rangeOf(request: FastifyRequest): { range?: string } {
  const { range } = request.headers;
  return range !== undefined && rangeSchema.safeParse(range).success ? { range } : {};
}

const headersOf = (content: RecordContent): Record<string, string | number> => ({
  'Content-Type': content.contentType,
  'Content-Disposition': disposition(content.fileName),
  'Accept-Ranges': 'bytes',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'private, no-store',
  ...(content.contentLength === null ? {} : { 'Content-Length': content.contentLength }),
  ...(content.contentRange === null ? {} : { 'Content-Range': content.contentRange }),
  ...(content.etag === null ? {} : { ETag: content.etag }),
});

/** A reader that takes a chunk later than `readerMs` after the one before is cut off. */
async function send(
  reply: FastifyReply,
  content: RecordContent,
  readerMs: number,
  count: (bytes: number) => void,
): Promise<void> {
  const { raw } = reply.hijack();
  raw.writeHead(content.status, headersOf(content));
  let stalled: NodeJS.Timeout | undefined;
  try {
    // Backpressure: a large file takes no more memory than a small one.
    await pipeline(
      content.stream,
      async function* counted(source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          count(chunk.length);
          stalled = setTimeout(() => raw.destroy(), readerMs);
          yield chunk;
          clearTimeout(stalled);
        }
        stalled = setTimeout(() => raw.destroy(), readerMs);
      },
      raw,
    );
  } finally {
    clearTimeout(stalled);
  }
}
