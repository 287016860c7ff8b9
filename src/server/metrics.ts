import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CallObservation, WorkObserver } from '../client';
import { SECONDS, workObserver } from './workMetrics';

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

export function createMetrics(freeSlots?: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  if (freeSlots) showFreeSlots(registers, freeSlots);
  return {
    registry,
    holder: randomUUID(),
    observeDropbox: dropboxObserver(registers),
    countWebhooks: webhookCounter(registers),
    ...contentCounters(registers),
    observer: workObserver(registers),
  };
}

function showFreeSlots(registers: Registry[], freeSlots: () => number): void {
  new Gauge({
    name: 'dropbox_teams_activity_slots_free',
    help: 'Slots of this worker in which no activity works; one that waits for a rate limit lends its slot',
    registers,
    collect() {
      this.set(freeSlots());
    },
  });
}

function dropboxObserver(registers: Registry[]): Metrics['observeDropbox'] {
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
  return ({ connectorId: connector, route, status, seconds, waitedSeconds }) => {
    calls.inc({ connector, route, status });
    waits.observe({ connector }, waitedSeconds);
    if (status !== 'not sent') callSeconds.observe({ route }, seconds);
  };
}

function webhookCounter(registers: Registry[]): Metrics['countWebhooks'] {
  const webhooks = new Counter({
    name: 'dropbox_teams_webhooks_total',
    help: 'Notifications of Dropbox, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of [...Object.values(webhookOutcomes), 'failed']) webhooks.inc({ outcome }, 0);
  return (app) =>
    void app.addHook('onResponse', async ({ method, routeOptions }, { statusCode }) => {
      if (method !== 'POST' || !routeOptions.url?.startsWith('/webhook/')) return;
      webhooks.inc({ outcome: webhookOutcomes[statusCode] ?? 'failed' });
    });
}

function contentCounters(registers: Registry[]): Pick<Metrics, 'contents' | 'contentBytes'> {
  const contents = new Counter({
    name: 'dropbox_teams_contents_total',
    help: 'Requests for the content of a record, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of ['ok', 'refused', 'left', 'broken', 'failed']) contents.inc({ outcome }, 0);
  const contentBytes = new Counter({
    name: 'dropbox_teams_content_bytes_total',
    help: 'Bytes of contents that were sent',
    registers,
  });
  return { contents, contentBytes };
}
