import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DropboxTeamsClient } from '../client';
import { clientError } from '../client';
import type { CallObservation } from '../dropbox';
import type { Logger } from '../log';

/** What this process counts, in a registry of its own: a test, or a second server, starts from nothing. */
export interface Metrics {
  registry: Registry;
  contents: Counter<'outcome'>;
  contentBytes: Counter;
  /** Tells of each request to Dropbox: `observe` of DropboxConnections. */
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
      help: 'Contents that were asked for, by outcome',
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

const perConnector = [
  ['dropbox_teams_dead_letters', 'Items that could not be processed'],
  ['dropbox_teams_unpublished_events', 'Record events that wait for the broker'],
  ['dropbox_teams_namespaces', 'Namespaces of the team'],
  ['dropbox_teams_namespaces_with_problem', 'Namespaces that nobody lists'],
  ['dropbox_teams_access_list_age_seconds', 'Age of the access list that was verified longest ago'],
  ['dropbox_teams_last_run_seconds', 'How long the last run took'],
  ['dropbox_teams_last_run_end_timestamp_seconds', 'When the last run ended'],
  ['dropbox_teams_last_run_complete', '1 when the last run was complete, 0 when it was partial or failed'],
] as const;

/** `/metrics`, in Prometheus' text form. What the graph holds is read when it is asked for. */
export function metricsRoutes(
  app: FastifyInstance,
  { client, metrics, log }: { client: DropboxTeamsClient; metrics: Metrics; log: Logger },
): void {
  const gauges = new Map(
    perConnector.map(([name, help]) => [
      name,
      new Gauge({ name, help, labelNames: ['connector'], registers: [metrics.registry] }),
    ]),
  );
  app.get('/metrics', async (_request, reply) => {
    try {
      await collect(client, (name, connector, value) => gauges.get(name)?.set({ connector }, value));
    } catch (error) {
      // The process's own figures are of use above all when the database is away.
      log.warn({ code: clientError(error).code }, 'metrics of the graph could not be read');
      for (const gauge of gauges.values()) gauge.reset();
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

type MetricName = (typeof perConnector)[number][0];

async function collect(
  client: DropboxTeamsClient,
  set: (name: MetricName, connector: string, value: number) => void,
): Promise<void> {
  for (const { connectorId, lastRun } of await client.connectors()) {
    const state = await client.graphState(connectorId);
    set('dropbox_teams_dead_letters', connectorId, state.deadLetters);
    set('dropbox_teams_unpublished_events', connectorId, state.unpublishedEvents);
    set('dropbox_teams_namespaces', connectorId, state.namespaces);
    set(
      'dropbox_teams_namespaces_with_problem',
      connectorId,
      Object.values(state.problems).reduce((sum, number) => sum + number, 0),
    );
    if (state.oldestAccessList !== null) {
      set(
        'dropbox_teams_access_list_age_seconds',
        connectorId,
        (Date.now() - Date.parse(state.oldestAccessList)) / 1000,
      );
    }
    if (lastRun) {
      set('dropbox_teams_last_run_seconds', connectorId, lastRun.seconds);
      set('dropbox_teams_last_run_end_timestamp_seconds', connectorId, lastRun.endedAt / 1000);
      set('dropbox_teams_last_run_complete', connectorId, lastRun.status === 'complete' ? 1 : 0);
    }
  }
}
