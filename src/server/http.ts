import Fastify, { type FastifyInstance } from 'fastify';
import { clientError, type DropboxTeamsClient } from '../client';
import type { Config } from '../config';
import type { Logger } from '../log';
import { connectorRoutes } from './connectorRoutes';
import { contentRoutes } from './content';
import { healthRoutes } from './health';
import { metricsRoutes } from './graphMetrics';
import type { Metrics } from './metrics';
import { tokenCheck } from './tokens';
import { webhookRoutes } from './webhook';

export interface HttpDependencies {
  client: DropboxTeamsClient;
  log: Logger;
  metrics: Metrics;
}

export interface HttpServer {
  url: string;
  /** Lets requests under way end. */
  close(): Promise<void>;
}

/** A notification names members of a team; even of a large one it stays far below this. */
const BODY_LIMIT = 1024 * 1024;
/** For receiving a request, not for sending the answer: contents may take hours. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Serves webhook, contents, health and metrics. Rejects when the port is taken. */
export async function startHttpServer(
  { http, broker }: { http: Omit<Config['http'], 'port'> & { port: number } } & Pick<Config, 'broker'>,
  dependencies: HttpDependencies,
): Promise<HttpServer> {
  const { client, log, metrics } = dependencies;
  const app: FastifyInstance = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // PipesHub asks for content routes with and without the slash.
    routerOptions: { ignoreTrailingSlash: true },
    forceCloseConnections: 'idle',
  });
  // The signature is over the bytes as they came.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    // Internal errors are for the log only.
    return reply.code(status).send({ error: status >= 500 ? 'internal error' : error.message });
  });
  metrics.countWebhooks(app);
  webhookRoutes(app, { client, log });
  const check = tokenCheck(http.jwtSecret);
  contentRoutes(app, { client, log, metrics, check });
  connectorRoutes(app, { client, check });
  healthRoutes(app, { client, hasBroker: broker.kind !== 'none' });
  metricsRoutes(app, { client, metrics, log });
  await app.listen({ host: http.host, port: http.port });
  void catchUp(client, log);
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : http.port;
  return {
    url: `http://${http.host.includes(':') ? `[${http.host}]` : http.host}:${port}`,
    close: () => app.close(),
  };
}

/**
 * Dropbox gives up on a notification that no process took for some minutes. So when a process starts, each connector
 * that webhooks start is synced, instead of at its next notification.
 */
async function catchUp(client: DropboxTeamsClient, log: Logger): Promise<void> {
  try {
    for (const { connectorId, strategy, paused } of await client.connectors()) {
      if (strategy === 'webhook' && !paused) await client.queueNotification(connectorId, []);
    }
  } catch (error) {
    log.warn({ code: clientError(error).code }, 'missed notifications could not be made up for');
  }
}
