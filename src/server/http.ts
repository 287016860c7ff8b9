import Fastify, { type FastifyInstance } from 'fastify';
import type { Config } from '../config';
import type { Logger } from '../log';
import type { DropboxTeamsClient } from '../client';
import { clientError } from '../client';
import { connectorRoutes } from './connectorRoutes';
import { contentRoutes } from './content';
import { healthRoutes } from './health';
import { metricsRoutes, type Metrics } from './metrics';
import { tokenCheck } from './tokens';
import { WebhookQueue } from './webhookQueue';
import { webhookRoutes } from './webhook';

export interface HttpDependencies {
  client: DropboxTeamsClient;
  log: Logger;
  metrics: Metrics;
  /** Pauses of the webhook queue, for tests. */
  webhookPauses?: { quietMs: number; longestMs: number; retryMs: number; retryForMs: number };
}

export interface HttpServer {
  url: string;
  /** Lets requests under way end, and hands over what Dropbox has notified of. */
  close(): Promise<void>;
}

/** A notification names members of a team; even of a large one it stays far below this. */
const BODY_LIMIT = 1024 * 1024;
/** For sending a request, not for receiving the answer: contents may take hours. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Serves webhook, contents, health and metrics. Rejects when the port is taken. */
export async function startHttpServer(
  { http }: { http: Omit<Config['http'], 'port'> & { port: number } },
  dependencies: HttpDependencies,
): Promise<HttpServer> {
  const { client, log, metrics, webhookPauses } = dependencies;
  const queue = new WebhookQueue(client, log, webhookPauses);
  const app: FastifyInstance = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Both forms of each content route are asked for.
    routerOptions: { ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
  });
  // The signature is over the bytes as they came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    // What went wrong inside is for the log.
    return reply.code(status).send({ error: status >= 500 ? 'internal error' : error.message });
  });
  webhookRoutes(app, { client, queue, log });
  const check = tokenCheck(http.jwtSecret);
  contentRoutes(app, { client, log, metrics, check });
  connectorRoutes(app, { client, check });
  healthRoutes(app, client);
  metricsRoutes(app, { client, metrics, log });
  await app.listen({ host: http.host, port: http.port });
  void catchUp(client, queue, log);
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : http.port;
  return {
    url: `http://${http.host.includes(':') ? `[${http.host}]` : http.host}:${port}`,
    async close() {
      await app.close();
      await queue.close();
    },
  };
}

/**
 * What was notified of while no process listened, or was in the memory of one that died, is found by a sync of each
 * connector that otherwise waits for the next notification.
 */
async function catchUp(client: DropboxTeamsClient, queue: WebhookQueue, log: Logger): Promise<void> {
  try {
    for (const { connectorId, strategy, paused } of await client.connectors()) {
      if (strategy === 'webhook' && !paused) queue.add(connectorId, []);
    }
  } catch (error) {
    log.warn({ code: clientError(error).code }, 'connectors that webhooks start could not be looked up');
  }
}
