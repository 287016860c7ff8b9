import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { Gauge } from 'prom-client';
import { clientError, type ConnectorView, type DropboxTeamsClient } from '../client';
import type { Logger } from '../log';
import type { Metrics } from './metrics';

/** Name, help, and the labels besides `connector`. */
const perConnector = [
  [
    'dropbox_teams_connector_info',
    '1 for each connector; paused: also by PipesHub',
    ['organization', 'strategy', 'paused'],
  ],
  ['dropbox_teams_dead_letters', 'Items that could not be processed', []],
  ['dropbox_teams_held', 'Deletions and revocations that are held, by the answer of an operator', ['answer']],
  ['dropbox_teams_unpublished_events', 'Record events that wait for the broker', []],
  ['dropbox_teams_namespaces', 'Namespaces of the team', []],
  ['dropbox_teams_namespaces_with_problem', 'Namespaces that could not be listed', []],
  ['dropbox_teams_access_list_age_seconds', 'Age of the access list that was verified longest ago', []],
  ['dropbox_teams_complete_run_age_seconds', 'Since the end of the last complete run, or else the creation', []],
  ['dropbox_teams_last_run_seconds', 'How long the last run took', []],
  ['dropbox_teams_last_run_end_timestamp_seconds', 'When the last run ended', []],
  ['dropbox_teams_last_run_complete', '1 when the last run was complete, 0 when it was partial or failed', []],
  ['dropbox_teams_last_run_gaps', 'Gaps of the last run', []],
  ['dropbox_teams_schedule_missing', '1 when a connector that has an interval lacks its Schedule in Temporal', []],
] as const;

type MetricName = (typeof perConnector)[number][0];
type Labels = Record<string, string>;
type Value = [name: MetricName, labels: Labels, value: number];

/** Another process takes over after a process has not been asked for metrics for so long. */
const IN_CHARGE_SECONDS = 60;

interface MetricsDependencies {
  client: DropboxTeamsClient;
  metrics: Metrics;
  log: Logger;
  /** Reads further metrics, in Prometheus' text form. */
  others?: () => Promise<string>;
}

/**
 * `/metrics`, in Prometheus' text form: what this process counts, and `others`. What the graph and Temporal hold is read
 * at each request, by one process of the installation, so that a sum over all of them does not count it several times.
 */
export function metricsRoutes(app: FastifyInstance, dependencies: MetricsDependencies): void {
  const { metrics, log, others = async () => '' } = dependencies;
  const gauges = new Map(
    perConnector.map(([name, help, labels]) => [
      name,
      new Gauge<string>({ name, help, labelNames: ['connector', ...labels], registers: [metrics.registry] }),
    ]),
  );
  const connectors = new Gauge({
    name: 'dropbox_teams_connectors',
    help: 'Connectors of the installation; absent from processes that do not report on the graph',
    labelNames: [],
    registers: [metrics.registry],
  });
  let lost = new Set<string>();
  const refresh = async (): Promise<void> => {
    const { values, number } = await collect(dependencies);
    const missing = values.flatMap(([name, { connector = '' }, value]) =>
      name === 'dropbox_teams_schedule_missing' && value === 1 ? [connector] : [],
    );
    for (const connector of missing) {
      if (!lost.has(connector)) log.error({ connector }, 'Temporal lacks the Schedule of a connector');
    }
    lost = new Set(missing);
    // In one go, so that no request sees a part; what a removed connector had vanishes.
    for (const gauge of gauges.values()) gauge.reset();
    for (const [name, labels, value] of values) gauges.get(name)?.set(labels, value);
    if (number === null) connectors.remove();
    else connectors.set(number);
  };
  // Concurrent requests share one reading.
  let refreshing: Promise<void> | undefined;
  app.get('/metrics', async (_request, reply) => {
    refreshing ??= refresh().finally(() => (refreshing = undefined));
    await Promise.race([refreshing, outOfTime()]);
    const further = await others().catch((error: unknown) => {
      log.warn({ err: error }, "metrics of Temporal's SDK could not be read");
      return '';
    });
    return reply.type(metrics.registry.contentType).send(`${await metrics.registry.metrics()}\n${further}`);
  });
}

/** Prometheus gives up after ten seconds by default, and the process's own figures matter most in an outage. */
const GRAPH_WITHIN_MS = 5_000;
const SCHEDULES_WITHIN_MS = 3_000;

const outOfTime = (): Promise<void> => delay(GRAPH_WITHIN_MS, undefined, { ref: false });

/** Reads the figures of the graph and of Temporal. One that does not answer has none, and does not fail the others. */
async function collect({
  client,
  metrics,
  log,
}: MetricsDependencies): Promise<{ values: Value[]; number: number | null }> {
  const attempt = async <T>(what: string, work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      log.warn({ code: clientError(error).code }, `metrics of ${what} could not be read`);
      return otherwise;
    }
  };
  const nothing = { values: [] as Value[], number: null };
  return attempt(
    'the graph',
    async () => {
      if (!(await client.isInCharge('metrics', metrics.holder, IN_CHARGE_SECONDS))) return nothing;
      const all = await client.connectors();
      const values: Value[] = [];
      for (const connector of all) values.push(...(await valuesOf(client, connector)));
      const missing = await attempt(
        'Schedules',
        () => Promise.race([missingSchedules(client), delay(SCHEDULES_WITHIN_MS, null, { ref: false })]),
        null,
      );
      for (const { connectorId: connector } of missing === null ? [] : all) {
        values.push(['dropbox_teams_schedule_missing', { connector }, missing?.includes(connector) ? 1 : 0]);
      }
      return { values, number: all.length };
    },
    nothing,
  );
}

/** Asks Temporal also when no connector has an interval: without an answer, an alert is due. */
async function missingSchedules(client: DropboxTeamsClient): Promise<string[]> {
  await client.pingTemporal();
  return client.missingSchedules();
}

async function valuesOf(client: DropboxTeamsClient, view: ConnectorView): Promise<Value[]> {
  const { connectorId: connector, orgId, strategy, paused, lastRun, completeRunAt, createdAt } = view;
  const state = await client.graphState(connector);
  const now = Date.now();
  const own = { connector };
  const info = { connector, organization: orgId, strategy, paused: String(paused || state.disabled) };
  return [
    ['dropbox_teams_connector_info', info, 1],
    ['dropbox_teams_dead_letters', own, state.deadLetters],
    ...Object.entries(state.held).map(([answer, number]): Value => [
      'dropbox_teams_held',
      { connector, answer },
      number,
    ]),
    ['dropbox_teams_unpublished_events', own, state.unpublishedEvents],
    ['dropbox_teams_namespaces', own, state.namespaces],
    ['dropbox_teams_namespaces_with_problem', own, sumOf(state.problems)],
    ['dropbox_teams_complete_run_age_seconds', own, ageSeconds(completeRunAt ?? createdAt, now)],
    ...(state.oldestAccessList === null
      ? []
      : [accessListAge(own, ageSeconds(Date.parse(state.oldestAccessList), now))]),
    ...(lastRun ? lastRunValues(own, lastRun) : []),
  ];
}

/**
 * A time in the future was written by a wrong clock, and says as little as one that is as long ago. As a negative age it
 * would keep an alert silent until then.
 */
export const ageSeconds = (at: number, now: number): number => Math.abs(now - at) / 1000;

const accessListAge = (own: Labels, seconds: number): Value => ['dropbox_teams_access_list_age_seconds', own, seconds];

const lastRunValues = (own: Labels, run: NonNullable<ConnectorView['lastRun']>): Value[] => [
  ['dropbox_teams_last_run_seconds', own, run.seconds],
  ['dropbox_teams_last_run_end_timestamp_seconds', own, run.endedAt / 1000],
  ['dropbox_teams_last_run_complete', own, run.status === 'complete' ? 1 : 0],
  ['dropbox_teams_last_run_gaps', own, run.gaps.length],
];

const sumOf = (counts: Record<string, number>): number => Object.values(counts).reduce((sum, one) => sum + one, 0);
