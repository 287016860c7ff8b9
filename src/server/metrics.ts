import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CallObservation, WorkObserver } from '../client';

/**
 * What this process counts. The registry is not the global one, so that a second server in a process starts at zero.
 */
export interface Metrics {
  registry: Registry;
  /** Names this process among several. */
  holder: string;
  contents: Counter<'outcome'>;
  contentBytes: Counter;
  /** Called for each request to Dropbox: `observe` of DropboxConnections. */
  observeDropbox: (call: CallObservation) => void;
  /** What the activities do. */
  observer: WorkObserver;
  /** Counts the notifications that reach an app, by their answers. For use before its routes are added. */
  countWebhooks: (app: FastifyInstance) => void;
}

/** Outcomes of a notification by HTTP status; any other status is `failed`. */
const webhookOutcomes: Readonly<Record<number, string>> = {
  200: 'accepted',
  400: 'malformed',
  403: 'forged',
  413: 'malformed',
  429: 'limited',
  503: 'unavailable',
};

/** Seconds, for what takes between a fast request and a slow minute. */
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export function createMetrics(freeSlots?: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  if (freeSlots) {
    new Gauge({
      name: 'dropbox_teams_activity_slots_free',
      help: 'Slots of this worker in which no activity works; one that waits for a rate limit lends its slot',
      registers,
      collect() {
        this.set(freeSlots());
      },
    });
  }
  const calls = new Counter({
    name: 'dropbox_teams_dropbox_calls_total',
    help: 'Requests to Dropbox, by route and HTTP status; none: no answer; not sent: a rate limit lasts too long',
    labelNames: ['connector', 'route', 'status'],
    registers,
  });
  const callSeconds = new Histogram({
    name: 'dropbox_teams_dropbox_call_seconds',
    help: 'How long requests to Dropbox took, without the wait before them',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  });
  const waits = new Histogram({
    name: 'dropbox_teams_budget_wait_seconds',
    help: 'How long requests to Dropbox waited for the budget of their member or team',
    labelNames: ['connector'],
    buckets: SECONDS,
    registers,
  });
  const webhooks = new Counter({
    name: 'dropbox_teams_webhooks_total',
    help: 'Notifications of Dropbox, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of [...Object.values(webhookOutcomes), 'failed']) webhooks.inc({ outcome }, 0);
  const contents = new Counter({
    name: 'dropbox_teams_contents_total',
    help: 'Requests for the content of a record, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of ['ok', 'refused', 'left', 'broken', 'failed']) contents.inc({ outcome }, 0);
  return {
    registry,
    holder: randomUUID(),
    contents,
    contentBytes: new Counter({
      name: 'dropbox_teams_content_bytes_total',
      help: 'Bytes of contents that were sent',
      registers,
    }),
    observeDropbox: ({ connectorId: connector, route, status, seconds, waitedSeconds }) => {
      calls.inc({ connector, route, status });
      waits.observe({ connector }, waitedSeconds);
      if (status !== 'not sent') callSeconds.observe({ route }, seconds);
    },
    observer: workObserver(registers),
    countWebhooks: (app) =>
      void app.addHook('onResponse', async ({ method, routeOptions }, { statusCode }) => {
        if (method !== 'POST' || !routeOptions.url?.startsWith('/webhook/')) return;
        webhooks.inc({ outcome: webhookOutcomes[statusCode] ?? 'failed' });
      }),
  };
}

function workObserver(registers: Registry[]): WorkObserver {
  const counter = <Label extends string>(name: string, help: string, label: Label): Counter<'connector' | Label> =>
    new Counter({ name, help, labelNames: ['connector', label], registers });
  const records = counter('dropbox_teams_records_total', 'Records that runs wrote, by outcome', 'outcome');
  const permissions = counter('dropbox_teams_permissions_total', 'Permissions that runs wrote', 'outcome');
  const ungranted = counter(
    'dropbox_teams_ungranted_total',
    'Entries of member lists that granted nothing, by reason; levels: by their access level, also an unknown one',
    'reason',
  );
  const events = counter('dropbox_teams_audit_events_total', 'Audit events that runs read, by effect', 'effect');
  const gaps = counter('dropbox_teams_gaps_total', 'Gaps of runs, by what they are in', 'kind');
  const runs = counter('dropbox_teams_runs_total', 'Runs that ended, without dry runs', 'status');
  const runSeconds = new Histogram({
    name: 'dropbox_teams_run_seconds',
    help: 'How long runs took',
    labelNames: ['connector', 'mode'],
    buckets: [5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600],
    registers,
  });
  const commitSeconds = new Histogram({
    name: 'dropbox_teams_commit_seconds',
    help: 'How long transactions with a batch of items took',
    labelNames: ['connector'],
    buckets: [0.01, 0.025, ...SECONDS],
    registers,
  });
  const batchItems = new Histogram({
    name: 'dropbox_teams_batch_items',
    help: 'Items in one transaction',
    labelNames: ['connector'],
    buckets: [1, 5, 10, 25, 50, 100, 250, 500, 1000],
    registers,
  });
  return {
    counted: (connector, counts) => {
      // A counter that begins above zero shows no increase.
      for (const status of ['complete', 'partial', 'failed', 'cancelled']) runs.inc({ connector, status }, 0);
      for (const outcome of ['added', 'updated', 'moved', 'deleted'] as const)
        records.inc({ connector, outcome }, counts[outcome] ?? 0);
      for (const outcome of ['granted', 'revoked'] as const)
        permissions.inc({ connector, outcome }, counts[outcome] ?? 0);
      ungranted.inc({ connector, reason: 'levels' }, counts.ungrantedLevels ?? 0);
      ungranted.inc({ connector, reason: 'invitees' }, counts.ungrantedInvitees ?? 0);
      ungranted.inc({ connector, reason: 'outsiders' }, counts.ungrantedOutsiders ?? 0);
      ungranted.inc({ connector, reason: 'members' }, counts.ungrantedMembers ?? 0);
      events.inc({ connector, effect: 'used' }, counts.usedEvents ?? 0);
      events.inc({ connector, effect: 'none' }, counts.eventsWithoutEffect ?? 0);
      events.inc({ connector, effect: 'unknown' }, counts.unknownEvents ?? 0);
      events.inc({ connector, effect: 'unreadable' }, counts.unreadableEvents ?? 0);
    },
    committed: (connector, { items, seconds }) => {
      commitSeconds.observe({ connector }, seconds);
      batchItems.observe({ connector }, items);
    },
    ended: (connector, { status, mode, seconds, gaps: found }) => {
      runs.inc({ connector, status });
      runSeconds.observe({ connector, mode }, seconds);
      for (const [kind, number] of Object.entries(found)) gaps.inc({ connector, kind }, number);
    },
  };
}
