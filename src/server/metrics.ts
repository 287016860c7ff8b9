import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { clientError, type DropboxTeamsClient } from '../client';
import type { CallObservation } from '../client';
import type { Logger } from '../log';

/**
 * What this process counts. The registry is not the global one, so that a second server in a process starts at zero.
 */
export interface Metrics {
  registry: Registry;
  contents: Counter<'outcome'>;
  contentBytes: Counter;
  /** Called for each request to Dropbox: `observe` of DropboxConnections. */
  observeDropbox: (call: CallObservation) => void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const calls = new Histogram({
    name: 'dropbox_teams_dropbox_call_seconds',
    help: 'Requests to Dropbox, by route and outcome',
    labelNames: ['route', 'outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers: [registry],
  });
  return {
    registry,
    contents: new Counter({
      name: 'dropbox_teams_contents_total',
      help: 'Requests for the content of a record, by outcome',
      labelNames: ['outcome'],
      registers: [registry],
    }),
    contentBytes: new Counter({
      name: 'dropbox_teams_content_bytes_total',
      help: 'Bytes of contents that were sent',
      registers: [registry],
    }),
    observeDropbox: ({ route, outcome, seconds }) => calls.observe({ route, outcome }, seconds),
  };
}

/** Name, help, and the labels besides `connector`. */
const perConnector = [
  ['dropbox_teams_dead_letters', 'Items that could not be processed', []],
  ['dropbox_teams_unpublished_events', 'Record events that wait for the broker', []],
  ['dropbox_teams_namespaces', 'Namespaces of the team', []],
  ['dropbox_teams_namespaces_with_problem', 'Namespaces that could not be listed', []],
  ['dropbox_teams_access_list_age_seconds', 'Age of the access list that was verified longest ago', []],
  ['dropbox_teams_last_run_seconds', 'How long the last run took', []],
  ['dropbox_teams_last_run_end_timestamp_seconds', 'When the last run ended', []],
  ['dropbox_teams_last_run_complete', '1 when the last run was complete, 0 when it was partial or failed', []],
  ['dropbox_teams_last_run_ungranted', 'Entries of member lists that granted nothing in the last run', ['reason']],
  ['dropbox_teams_last_run_audit_events', 'Audit events that the last run read', ['effect']],
] as const;

type MetricName = (typeof perConnector)[number][0];
type Labels = Record<string, string>;

interface MetricsDependencies {
  client: DropboxTeamsClient;
  metrics: Metrics;
  log: Logger;
  /** Reads further metrics, in Prometheus' text form. */
  others: () => Promise<string>;
}

/** `/metrics`, in Prometheus' text form. What the graph holds is read at each request. */
export function metricsRoutes(app: FastifyInstance, { client, metrics, log, others }: MetricsDependencies): void {
  const gauges = new Map(
    perConnector.map(([name, help, labels]) => [
      name,
      new Gauge<string>({ name, help, labelNames: ['connector', ...labels], registers: [metrics.registry] }),
    ]),
  );
  app.get('/metrics', async (_request, reply) => {
    try {
      await collect(client, (name, labels, value) => gauges.get(name)?.set(labels, value));
    } catch (error) {
      // The process's own figures matter most when the database is away.
      log.warn({ code: clientError(error).code }, 'metrics of the graph could not be read');
      for (const gauge of gauges.values()) gauge.reset();
    }
    const further = await others().catch((error: unknown) => {
      log.warn({ err: error }, "metrics of Temporal's SDK could not be read");
      return '';
    });
    return reply.type(metrics.registry.contentType).send(`${await metrics.registry.metrics()}\n${further}`);
  });
}

async function collect(
  client: DropboxTeamsClient,
  set: (name: MetricName, labels: Labels, value: number) => void,
): Promise<void> {
  for (const { connectorId: connector, lastRun } of await client.connectors()) {
    const state = await client.graphState(connector);
    const problems = Object.values(state.problems).reduce((sum, number) => sum + number, 0);
    set('dropbox_teams_dead_letters', { connector }, state.deadLetters);
    set('dropbox_teams_unpublished_events', { connector }, state.unpublishedEvents);
    set('dropbox_teams_namespaces', { connector }, state.namespaces);
    set('dropbox_teams_namespaces_with_problem', { connector }, problems);
    if (state.oldestAccessList !== null) {
      const age = Date.now() - Date.parse(state.oldestAccessList);
      set('dropbox_teams_access_list_age_seconds', { connector }, age / 1000);
    }
    if (!lastRun) continue;
    set('dropbox_teams_last_run_seconds', { connector }, lastRun.seconds);
    set('dropbox_teams_last_run_end_timestamp_seconds', { connector }, lastRun.endedAt / 1000);
    set('dropbox_teams_last_run_complete', { connector }, lastRun.status === 'complete' ? 1 : 0);
    for (const [reason, number] of Object.entries(lastRun.ungranted ?? {}))
      set('dropbox_teams_last_run_ungranted', { connector, reason }, number);
    for (const [effect, number] of Object.entries(lastRun.events ?? {}))
      set('dropbox_teams_last_run_audit_events', { connector, effect }, number);
  }
}
