import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from './activities';
import { HEARTBEAT_INTERVAL } from './activities/runtime/heartbeat';
import { ConfigError, loadConfig, type Config } from './config';
import { DropboxConnections } from './dropbox';
import { messageOf } from './failures';
import { standalone } from './graph/driver/graph';
import { ensureCollections, openDatabase } from './graph/driver/database';
import { graphFailure } from './graph/driver/errors';
import { DropboxTeamsClient } from './client';
import { createLogger, temporalLogger, type Logger } from './log';
import { openBroker } from './outbox/broker';
import { startHttpServer, type HttpServer } from './server/http';
import { createMetrics, type Metrics } from './server/metrics';

/**
 * Pages survive V8's young generation while they are committed. By default V8 lets the heap grow to about three times
 * the used size before it collects the old generation. At 1.4 times a full sync needs 300 MB instead of 500, in the
 * same time.
 */
const HEAP_GROWTH = '--heap-growing-percent=40';

/** A worker of the connector: settings, connections, activities, worker. It runs until a signal stops it. */
async function main(): Promise<void> {
  setFlagsFromString(HEAP_GROWTH);
  const config = loadConfig(process.env);
  const logger = createLogger(config.log.level);
  installRuntime(config, logger);
  if (config.dropbox.apiUrl !== undefined) {
    logger.warn({ url: config.dropbox.apiUrl }, 'DROPBOX_API_URL is set: all calls go there instead of to Dropbox');
  }
  const db = openDatabase(config.arango);
  await withExplanation(ensureCollections(db), (error) => graphFailure(error).message);
  const metrics = createMetrics();
  const dropbox = new DropboxConnections({ ...config.dropbox, observe: metrics.observeDropbox });
  const broker = openBroker(config.broker);
  const connection = await withExplanation(
    NativeConnection.connect(config.temporal.connection),
    (error) =>
      `Temporal can't be reached at ${config.temporal.connection.address} (${messageOf(error)}): is it running, and is TEMPORAL_ADDRESS right?`,
  );
  let http: Http | undefined;
  try {
    http = await serveHttp(config, logger, metrics);
    const worker = await Worker.create({
      connection,
      namespace: config.temporal.namespace,
      taskQueue: config.temporal.taskQueue,
      workflowBundle: { codePath: WORKFLOW_BUNDLE },
      activities: createActivities({
        graph: standalone(db),
        dropbox,
        broker,
        secretKeys: config.secretKeys,
        membersMaxAge: config.membersMaxAgeHours * 60 * 60 * 1000,
        confirmAfter: config.confirmAfterMinutes * 60 * 1000,
        now: Date.now,
      }),
      maxConcurrentActivityTaskExecutions: config.temporal.maxConcurrentActivities,
      // By default the throttle is 80 % of the heartbeat timeout, and a cancellation arrives as late as that.
      maxHeartbeatThrottleInterval: HEARTBEAT_INTERVAL,
      // Longer than the commit of a batch, since a stopping activity finishes its current batch.
      shutdownGraceTime: config.temporal.shutdownGraceSeconds * 1000,
    });
    process.stdout.write(
      `listening on ${config.temporal.connection.address} task queue ${config.temporal.taskQueue}\n`,
    );
    await worker.run();
  } finally {
    await http?.close();
    await connection.close();
    await broker.close();
    db.close();
  }
}

/** Temporal logs to the same logger. SIGTERM and SIGINT stop the worker gracefully. */
function installRuntime(config: Config, logger: Logger): void {
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: ['SIGTERM', 'SIGINT'],
    telemetryOptions:
      config.temporalMetricsPort === undefined
        ? {}
        : { metrics: { prometheus: { bindAddress: `0.0.0.0:${config.temporalMetricsPort}` } } },
  });
}

type Http = Pick<HttpServer, 'close'>;

/** Serves webhooks, content, health and metrics in the worker's process, when HTTP_PORT is set. */
async function serveHttp(config: Config, logger: Logger, metrics: Metrics): Promise<Http | undefined> {
  const { port } = config.http;
  if (port === undefined) return undefined;
  const client = DropboxTeamsClient.connect(config);
  const server = await startHttpServer(
    { http: { ...config.http, port }, broker: config.broker },
    { client, log: logger, metrics },
  );
  logger.info({ url: server.url }, 'serving webhooks, content, health and metrics');
  return {
    close: async () => {
      await server.close();
      await client.close();
    },
  };
}

/** Created by the build, next to the compiled sources. */
const WORKFLOW_BUNDLE = path.join(__dirname, '..', 'workflow-bundle.js');

async function withExplanation<T>(work: Promise<T>, explain: (error: unknown) => string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(explain(error), { cause: error });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
});
