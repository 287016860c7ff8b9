import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { DropboxTeamsClient, loadConfig } from '../../src/client';
import type { WorkerState } from '../../src/server/health';
import { startInternalListener, startPublicListener, type Listener } from '../../src/server/http';
import { createMetrics } from '../../src/server/metrics';
import { closedAfterAll } from '../support/hooks';

const resources = closedAfterAll();
// Nothing answers there: a webhook that is looked up is answered with 503.
const config = loadConfig({
  ARANGO_URL: 'http://127.0.0.1:1',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  CONNECTOR_SECRET_KEY: Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64'),
  HTTP_TRUSTED_PROXIES: '127.0.0.1',
});
const lines: { msg: string; count?: number }[] = [];
const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
const dependencies = {
  client: resources.add(DropboxTeamsClient.connect(config)),
  log,
  metrics: createMetrics(),
};
const limits = {
  headersMs: 300,
  requestMs: 600,
  checkEveryMs: 50,
  notificationsPerMinute: 5,
  requestsPerMinute: 12,
};

let listener: Listener;
beforeAll(async () => {
  listener = await startPublicListener(config, 0, { ...dependencies, limits });
});
afterAll(() => listener.close(0));

const dial = ({ url } = listener): Socket =>
  connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
const post = (connector: string, address: string): Promise<Response> =>
  fetch(`${listener.url}/webhook/${connector}`, {
    method: 'POST',
    body: '{}',
    headers: { 'x-forwarded-for': address, 'x-dropbox-signature': 'f'.repeat(64) },
  });
const statuses = async (times: number, send: (index: number) => Promise<Response>): Promise<number[]> => {
  const seen: number[] = [];
  for (let index = 0; index < times; index += 1) seen.push((await send(index)).status);
  return seen;
};

describe('a client that is slow', () => {
  it.each([
    ['sends nothing', ''],
    ['does not end its headers', 'POST /webhook/c HTTP/1.1\r\nHost: a\r\nX-More: '],
    ['does not end its body', 'POST /webhook/c HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{'],
  ])('and %s is answered with 408 and cut off', async (_name, start) => {
    const socket = dial();
    socket.write(start);
    const dribble = setInterval(() => start !== '' && socket.write('a'), 50);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /);
    clearInterval(dribble);
  });

  it('does not hold up the end of the listener', async () => {
    const another = await startPublicListener(config, 0, dependencies);
    const socket = dial(another);
    socket.write('POST /webhook/c HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n');
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 100 /);
    const dribble = setInterval(() => socket.write(' '), 20);
    const since = performance.now();
    await another.close(300);
    clearInterval(dribble);
    expect(performance.now() - since).toBeLessThan(2_000);
    expect(performance.now() - since).toBeGreaterThan(290);
  });
});

it('connections beyond the cap are closed at once', async () => {
  const small = await startPublicListener(config, 0, { ...dependencies, limits: { connections: 3 } });
  const sockets = Array.from({ length: 5 }, () => dial(small));
  let closed = 0;
  for (const socket of sockets) socket.once('close', () => (closed += 1));
  while (closed < 2) await delay(10);
  expect(closed).toBe(2);
  await small.close(0);
});

it('notifications are limited for each connector and address, before the connector is looked up', async () => {
  expect(await statuses(7, () => post('c', '192.0.2.1'))).toEqual([503, 503, 503, 503, 503, 429, 429]);
  const refused = await post('c', '192.0.2.1');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await post('c', '192.0.2.2')).status).toBe(503);
  expect((await post('other', '192.0.2.1')).status).toBe(503);
});

it('requests are limited for each address, whatever connectors they name', async () => {
  const seen = await statuses(14, (index) => post(`c-${index}`, '192.0.2.3'));
  expect(seen).toEqual([...Array<number>(12).fill(503), 429, 429]);
});

it.each([
  ['of 200 characters', 'c'.repeat(200), 503],
  ['of 200 characters that are encoded', '%27'.repeat(200), 503],
  ['that ArangoDB refuses', 'a%2Fb', 403],
  ['that is longer than any', 'c'.repeat(201), 403],
])('a connector id %s is answered like any other', async (_name, id, status) => {
  expect((await post(id, '192.0.2.4')).status).toBe(status);
});

it('wrong signatures are one line in the log', async () => {
  await statuses(4, () => post('a%2Fb', '192.0.2.5'));
  expect(lines.filter(({ msg }) => msg.startsWith('webhooks with a wrong signature'))).toHaveLength(1);
});

describe('the internal listener', () => {
  const running: WorkerState = {
    runState: 'RUNNING',
    workflowPollerState: 'POLLING',
    activityPollerState: 'POLLING',
  };
  let state: WorkerState | null = null;
  let internal: Listener;
  beforeAll(async () => {
    internal = await startInternalListener(config, 0, {
      ...dependencies,
      worker: () => state,
      temporalMetrics: async () => 'temporal_requests_total 1\n',
    });
  });
  afterAll(() => internal.close(0));

  it('is alive, whatever the worker does', async () => {
    expect((await fetch(`${internal.url}/livez`)).status).toBe(200);
  });

  it.each<[string, WorkerState | null, number]>([
    ['before the worker exists', null, 503],
    ['while the worker polls', running, 200],
    ['while the worker stops', { ...running, runState: 'STOPPING' }, 503],
    ['while the worker finishes its tasks', { ...running, runState: 'DRAINING' }, 503],
    ['after a poller has failed', { ...running, activityPollerState: 'FAILED' }, 503],
  ])('is ready %s: %#', async (_name, worker, status) => {
    state = worker;
    const answer = await fetch(`${internal.url}/readyz`);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ worker });
  });

  it('has the metrics of the process and of Temporal’s SDK while ArangoDB is away', async () => {
    const metrics = await (await fetch(`${internal.url}/metrics`)).text();
    expect(metrics).toMatch(/^process_cpu_seconds_total /m);
    expect(metrics).toMatch(/^temporal_requests_total 1$/m);
  });
});
