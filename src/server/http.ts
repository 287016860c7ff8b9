import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { clientError, type DropboxTeamsClient } from '../client';
import type { Config } from '../config';
import type { Logger } from '../log';
import { EncryptionCodec } from '../payloads/codec';
import { codecRoutes } from './codec';
import { connectorRoutes } from './connectorRoutes';
import { contentRoutes } from './content';
import { metricsRoutes } from './graphMetrics';
import { healthRoutes, probeRoutes, type WorkerState } from './health';
import { defaultLimits, type Limits } from './limits';
import { createApp, listen, type Listener } from './listener';
import type { Metrics } from './metrics';
import { tokenCheck } from './tokens';
import { webhookRoutes } from './webhook';

export type { Listener } from './listener';

export interface HttpDependencies {
  client: DropboxTeamsClient;
  log: Logger;
  metrics: Metrics;
  /** Default: as `defaultLimits` says. */
  limits?: Partial<Limits>;
}

type Settings = Pick<Config, 'http' | 'broker'>;

/**
 * The listener that the internet may reach: webhooks, and contents unless they are served by the internal one. Nothing
 * that it answers without a token is about the installation. Rejects when the port is taken.
 */
export async function startPublicListener(
  { http, broker }: Settings,
  port: number,
  dependencies: HttpDependencies,
): Promise<Listener> {
  const { client, log, metrics } = dependencies;
  const limits = { ...defaultLimits, ...dependencies.limits };
  const app = createApp(limits, { log, trustedProxies: http.trustedProxies });
  await app.register(rateLimit, { global: false });
  const perAddress = app.createRateLimit({ max: limits.requestsPerMinute });
  await app.register(async (limited) => {
    metrics.countWebhooks(limited);
    limited.addHook('onRequest', async (request, reply) => {
      const use = await perAddress(request);
      if (use.isAllowed || !use.isExceeded) return;
      return reply.code(429).header('retry-after', use.ttlInSeconds).send({ error: 'too many requests' });
    });
    webhookRoutes(limited, { client, log, perMinute: limits.notificationsPerMinute });
    healthRoutes(limited, { client, hasBroker: broker.kind !== 'none', check: tokenCheck(http.tokens) });
  });
  if (http.contents === 'public') serveContents(app, http, { ...dependencies, limits });
  const listener = await listen(app, http.host, port);
  void catchUp(client, log);
  return listener;
}

export interface InternalDependencies extends HttpDependencies {
  /** The state of the worker of this process; null before it has started. */
  worker: () => WorkerState | null;
  /** Reads the metrics of Temporal's SDK, in the format of Prometheus. */
  temporalMetrics: () => Promise<string>;
}

/** The listener for operators: probes, health and metrics, without a login. Rejects when the port is taken. */
export async function startInternalListener(
  { http, admin, broker, temporal }: Settings & Pick<Config, 'admin' | 'temporal'>,
  port: number,
  { worker, temporalMetrics, ...dependencies }: InternalDependencies,
): Promise<Listener> {
  const limits = { ...defaultLimits, ...dependencies.limits };
  const app = createApp(limits, dependencies);
  probeRoutes(app, worker);
  healthRoutes(app, { client: dependencies.client, hasBroker: broker.kind !== 'none', check: null });
  metricsRoutes(app, { ...dependencies, others: temporalMetrics });
  if (temporal.payloadKeys.length > 0) {
    const codec = new EncryptionCodec(temporal.payloadKeys);
    codecRoutes(app, { codec, check: tokenCheck(http.tokens), origin: temporal.uiOrigin });
  }
  if (http.contents === 'internal') serveContents(app, http, { ...dependencies, limits });
  return listen(app, admin.host, port);
}

function serveContents(
  app: FastifyInstance,
  http: Config['http'],
  { client, log, metrics, limits }: HttpDependencies & { limits: Limits },
): void {
  const check = tokenCheck(http.tokens);
  contentRoutes(app, { client, log, metrics, check, readerMs: limits.readerMs });
  connectorRoutes(app, { client, check });
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
