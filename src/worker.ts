import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { NativeConnection, Runtime, Worker, type State, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from './activities';
import { HEARTBEAT_INTERVAL_MS } from './activities/runtime/heartbeat';
import { logAttributes } from './activities/runtime/logAttributes';
import { ActivitySlots, tunerWith } from './activities/runtime/slots';
import { DropboxTeamsClient, type WorkObserver } from './client';
import { noNamespace } from './client/errors';
import { ConfigError, loadConfig, type Config } from './config';
import { DropboxConnections } from './dropbox';
import { endWhenFailed, WORKER_FAILED } from './failedWorker';
import { messageOf } from './failures';
import { ensureCollections, openDatabase } from './graph/driver/database';
import { graphFailure } from './graph/driver/errors';
import { standalone, type StandaloneGraph } from './graph/driver/graph';
import { migrateConnectors } from './graph/state/migrateConnectors';
import { createLogger, temporalLogger, type Logger } from './log';
import { openBroker } from './outbox/broker';
import { workerDataConverterOf } from './payloads/dataConverter';
import { restoreLostSchedules } from './restoreSchedules';
import { freePort } from './server/freePort';
import {
  startInternalListener,
  startPublicListener,
  type HttpDependencies,
  type InternalDependencies,
  type Listener,
} from './server/http';
import { createMetrics, type Metrics } from './server/metrics';
import { startTracing, type Tracing } from './tracing';

/**
 * Pages survive V8's young generation while they are committed. By default V8 lets the heap grow to about three times
 * the used size before it collects the old generation, and a full sync of a large team needs 500 MB. At 1.3 times it needs
 * less than 400, for a tenth more processor time.
 */
const HEAP_GROWTH = '--heap-growing-percent=30';

/** Whether the worker has started. Errors after that go to the log. */
let isStarted = false;

/** Settings, connections, listeners, worker. It runs until a signal stops it, and closes what it opened. */
async function main(): Promise<void> {
  setFlagsFromString(HEAP_GROWTH);
  const config = loadConfig(process.env);
  const logger = createLogger(config.log.level);
  const stopTime = limitStop(config.temporal.shutdownGraceSeconds, logger);
  // Temporal's SDK serves its metrics on a port of its own, which has to be known. They are part of `/metrics`.
  const temporalMetrics = config.admin.port === undefined ? undefined : `127.0.0.1:${await freePort()}`;
  installRuntime(logger, temporalMetrics);
  const slots = new ActivitySlots(config.temporal.maxConcurrentActivities, config.temporal.workers);
  const metrics = createMetrics(() => slots.free);
  const connections = await connect(config, metrics, logger);
  const listeners: Listener[] = [];
  let worker: Worker | undefined;
  try {
    const dependencies = { client: connections.client, log: logger, metrics };
    const internal = await listenInternally(config, {
      ...dependencies,
      worker: () => worker?.getStatus() ?? null,
      temporalMetrics: () => textOf(`http://${temporalMetrics}/metrics`),
    });
    if (internal) listeners.push(internal);
    const open = await listenPublicly(config, dependencies);
    if (open) listeners.push(open);
    void restoreLostSchedules(connections.client, logger);
    worker = await createWorker(config, connections, slots, metrics.observer);
    announce(config, open ?? internal, logger);
    isStarted = true;
    await run(worker, logger);
  } finally {
    // The internal listener last, so that probes are answered until the end.
    for (const listener of listeners.reverse()) await listener.close(stopTime());
    await connections.close();
  }
}

type Connections = Awaited<ReturnType<typeof connect>>;

/** Everything that the process is connected to. The database is prepared before anything uses it. */
async function connect(config: Config, metrics: Metrics, logger: Logger) {
  if (config.dropbox.apiUrl !== undefined) {
    logger.warn({ url: config.dropbox.apiUrl }, 'DROPBOX_API_URL is set: all calls go there instead of to Dropbox');
  }
  if (config.weakSecrets.length > 0) logger.warn({ names: config.weakSecrets }, 'secrets are easy to guess');
  if (config.misspelled.length > 0)
    logger.warn({ names: config.misspelled }, 'variables are ignored: are settings meant?');
  const db = openDatabase(config.arango);
  const graph = standalone(db);
  const prepared = prepareDatabase(graph, logger);
  const database = `ArangoDB at ${config.arango.url}, which prepares collections and indexes, or does not answer`;
  await withExplanation(saidWhile(prepared, logger, database), (error) => graphFailure(error).message);
  const dropbox = new DropboxConnections({ ...config.dropbox, observe: metrics.observeDropbox });
  const broker = openBroker(config.broker);
  const { connection: settings } = config.temporal;
  const connected = saidWhile(NativeConnection.connect(settings), logger, `Temporal at ${settings.address}`);
  const temporal = await withExplanation(connected, (error) => unconnected(settings.address, messageOf(error)));
  const tracing = await startTracing(config.tracesUrl);
  const client = DropboxTeamsClient.connect(config, tracing ? [tracing.plugin] : []);
  const close = async (): Promise<void> => {
    await client.close();
    await tracing?.close();
    await temporal.close();
    await broker.close();
    db.close();
  };
  return { graph, dropbox, broker, temporal, tracing, client, close };
}

/** The listener for probes and metrics, if it has a port. */
async function listenInternally(config: Config, dependencies: InternalDependencies): Promise<Listener | undefined> {
  const { port } = config.admin;
  if (port === undefined) return undefined;
  const listener = await withExplanation(
    startInternalListener(config, port, dependencies),
    (error) => `ADMIN_PORT and ADMIN_HOST can't be used: ${messageOf(error)}`,
  );
  dependencies.log.info({ url: listener.url }, 'serving probes and metrics');
  return listener;
}

/** The listener for webhooks and contents, if it has a port. */
async function listenPublicly(config: Config, dependencies: HttpDependencies): Promise<Listener | undefined> {
  const { port } = config.http;
  if (port === undefined) return undefined;
  const listener = await withExplanation(
    startPublicListener(config, port, dependencies),
    (error) => `HTTP_PORT and HTTP_HOST can't be used: ${messageOf(error)}`,
  );
  dependencies.log.info({ url: listener.url }, 'serving webhooks');
  return listener;
}

function createWorker(
  config: Config,
  { graph, dropbox, broker, temporal, tracing }: Connections,
  slots: ActivitySlots,
  observer: WorkObserver,
): Promise<Worker> {
  const { namespace, taskQueue, payloadKeys, version, shutdownGraceSeconds } = config.temporal;
  const created = Worker.create({
    connection: temporal,
    namespace,
    taskQueue,
    dataConverter: workerDataConverterOf(payloadKeys),
    ...workflowsOf(config, tracing),
    activities: createActivities({
      graph,
      dropbox,
      broker,
      secretKeys: config.secretKeys,
      membersMaxAge: config.membersMaxAgeHours * 60 * 60 * 1000,
      confirmAfter: config.confirmAfterMinutes * 60 * 1000,
      now: Date.now,
      slots,
      observer,
    }),
    tuner: tunerWith(slots),
    // By default the throttle is 80 % of the heartbeat timeout, and a cancellation arrives as late as that.
    maxHeartbeatThrottleInterval: HEARTBEAT_INTERVAL_MS,
    ...versioning(version),
    // Longer than the commit of a batch, since a stopping activity finishes its current batch.
    shutdownGraceTime: shutdownGraceSeconds * 1000,
  });
  return withExplanation(created, (error) => refusedNamespace(namespace, messageOf(error)));
}

/**
 * On standard output, for the program that starts the worker: one line with a URL, as all programs of the sandbox have it.
 * Without a listener, it is the server whose task queue the worker listens on. The log is on standard error.
 */
function announce({ temporal }: Config, listener: Listener | undefined, logger: Logger): void {
  const { connection, taskQueue, version } = temporal;
  if (version) logger.info(version, 'Temporal gives this worker work once its version is the current one');
  logger.info({ temporal: connection.address, taskQueue }, 'serving the task queue');
  // A full disk or a closed terminal: no reason to end.
  process.stdout.on('error', () => undefined);
  process.stdout.write(
    `listening on ${listener?.url ?? `${connection.tls ? 'https' : 'http'}://${connection.address}`}\n`,
  );
}

/** Of what Temporal's core says of a failed connection, in the form in which Rust shows it, only the reason. */
function reasonOf(message: string): string {
  const words = /\b(?:message|error): "([^"]+)"/.exec(message)?.[1];
  const [, kind, reason] = /\berror: (\w+)\((\w+)/.exec(message) ?? [];
  if (words !== undefined || kind === undefined) return words ?? message;
  return reason === 'InvalidContentType' ? 'it does not answer in TLS' : `${kind}: ${reason}`;
}

const CHECK_LOGIN = 'check TEMPORAL_API_KEY or TEMPORAL_TLS_CLIENT_CERT_PATH, and TEMPORAL_NAMESPACE';

function unconnected(address: string, message: string): string {
  const reason = reasonOf(message);
  // The words of the two statuses of gRPC for a login: the core gives no code.
  if (/valid authentication credentials|does not have permission/.test(message)) {
    return `Temporal at ${address} refuses the login (${reason}): ${CHECK_LOGIN}`;
  }
  return `Temporal can't be reached at ${address} (${reason}): is it running, and are TEMPORAL_ADDRESS and the settings TEMPORAL_TLS… right?`;
}

/** Temporal's core puts the server's answer into its message in the form in which Rust shows it. */
function refusedNamespace(namespace: string, message: string): string {
  const [, code, reason] = /Status \{ code: (\w+), message: "([^"]*)"/.exec(message) ?? [];
  if (reason === undefined) return message;
  if (code === 'NotFound') return noNamespace(namespace);
  const isLogin = code === 'PermissionDenied' || code === 'Unauthenticated';
  return `Temporal refuses the namespace ${namespace}: ${reason}${isLogin ? `; ${CHECK_LOGIN}` : ''}`;
}

/** Creates what is missing, and brings what former versions have stored into the form of this one. */
async function prepareDatabase(graph: StandaloneGraph, logger: Logger): Promise<void> {
  await ensureCollections(graph.database);
  for (const connector of await migrateConnectors(graph)) {
    logger.info({ connector }, 'the stored documents of a connector were migrated');
  }
}

/** Each of them stops the worker gracefully. SIGHUP comes when the terminal of a worker is closed. */
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Temporal logs through the process's logger, and hears of stop signals. */
function installRuntime(logger: Logger, metricsAddress: string | undefined): void {
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: [...STOP_SIGNALS],
    telemetryOptions: {
      // Temporal's core writes to the same logger, instead of coloured text to standard error.
      logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} },
      ...(metricsAddress === undefined
        ? {}
        : {
            metrics: {
              prometheus: {
                bindAddress: metricsAddress,
                countersTotalSuffix: true,
                unitSuffix: true,
                useSecondsForDurations: true,
              },
            },
          }),
    },
  });
}

async function run(worker: Worker, logger: Logger): Promise<void> {
  const state = (): State => worker.getState();
  endWhenFailed(state, () => {
    logger.fatal(WORKER_FAILED);
    process.exit(1);
  });
  try {
    await worker.run();
  } catch (error) {
    // The SDK may report that it could not clean up, in place of the reason, which it has logged.
    throw state() === 'FAILED' ? new Error(WORKER_FAILED, { cause: error }) : error;
  }
}

/** What a stop may take beyond the grace period: for requests under way, and until the process is ended. */
const REQUESTS_END_MS = 4_000;
const PROCESS_ENDS_MS = 9_000;

/**
 * Bounds the time from the first stop signal to the end of the process, whatever activities, clients and servers do.
 * @returns how long requests under way may still take, in milliseconds
 */
function limitStop(graceSeconds: number, logger: Logger): () => number {
  let endBy: number | undefined;
  for (const signal of STOP_SIGNALS) {
    process.once(signal, () => {
      // What still starts has no activities that could finish.
      const graceMs = isStarted ? graceSeconds * 1000 : 0;
      endBy ??= performance.now() + graceMs + REQUESTS_END_MS;
      setTimeout(() => {
        logger.error('the process is ended: something did not stop in time');
        process.exit(1);
      }, graceMs + PROCESS_ENDS_MS).unref();
    });
  }
  return () => Math.max(0, (endBy ?? performance.now() + REQUESTS_END_MS) - performance.now());
}

async function textOf(url: string): Promise<string> {
  return (await fetch(url, { signal: AbortSignal.timeout(3_000) })).text();
}

/** Temporal's worker versioning. Workflows that do not say otherwise move to the current version. */
const versioning = (version: Config['temporal']['version']): Pick<WorkerOptions, 'workerDeploymentOptions'> =>
  version === undefined
    ? {}
    : {
        workerDeploymentOptions: {
          version,
          useWorkerVersioning: true,
          defaultVersioningBehavior: 'AUTO_UPGRADE',
        },
      };

/** Created by the build, next to the compiled sources. */
const WORKFLOW_BUNDLE = path.join(__dirname, '..', 'workflow-bundle.js');
const INTERCEPTORS = path.join(__dirname, 'workflows', 'interceptors.js');

/**
 * The workflow bundle of the build. With tracing or payload encryption, another bundle is made at the start, which
 * takes a second: it has the interceptors for traces, and the converter of encrypted failures.
 */
function workflowsOf({ temporal }: Config, tracing: Tracing | undefined): Partial<WorkerOptions> {
  const activity = [logAttributes];
  if (!tracing && temporal.payloadKeys.length === 0) {
    return { workflowBundle: { codePath: WORKFLOW_BUNDLE }, interceptors: { activity } };
  }
  return {
    workflowsPath: path.join(__dirname, 'workflows', 'index.js'),
    interceptors: { activity, workflowModules: [INTERCEPTORS] },
    plugins: tracing ? [tracing.plugin] : [],
  };
}

const SAID_EVERY_MS = 10_000;

/** Logs what the start waits for. A server that accepts connections and does not answer holds it up for minutes. */
async function saidWhile<T>(work: Promise<T>, logger: Logger, what: string): Promise<T> {
  const saying = setInterval(() => logger.warn(`the start waits for ${what}`), SAID_EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(saying);
  }
}

async function withExplanation<T>(work: Promise<T>, explain: (error: unknown) => string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new Error(explain(error), { cause: error });
  }
}

main().catch((error: unknown) => {
  // An operator who starts the worker gets one line. Later errors go to the log, with their stack.
  if (isStarted) createLogger('error').fatal({ err: error }, messageOf(error));
  else process.stderr.write(`${messageOf(error)}\n`);
  // Temporal's runtime would keep the process of a worker that did not start.
  process.exit(error instanceof ConfigError ? 2 : 1);
});
