import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { loadConfig } from '../../src/client';
import type { Listener } from '../../src/server/http';
import { serve } from '../server/fixture';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
let stack: Stack;
let listener: Listener;
let hasty: Listener;
let capped: Listener;

beforeAll(async () => {
  stack = resources.add(await Stack.startInProcess({ team: 'empty', worker: false }));
  await stack.create('c');
  await stack.create('paused');
  await stack.create('replayed');
  await stack.create('x'.repeat(200));
  await stack.client.pause('paused');
  const config = loadConfig({ ...stack.environment, HTTP_TRUSTED_PROXIES: '127.0.0.1' });
  const open = async (limits: object): Promise<Listener> => {
    const opened = await serve(config, stack.client, limits);
    resources.defer(() => opened.close(0));
    return opened;
  };
  listener = await open({ notificationsPerMinute: 30 });
  capped = await open({ connections: 100 });
  hasty = await open({ headersMs: 200, requestMs: 400, checkEveryMs: 50 });
});

const body = '{"list_folder":{"teams":{"dbtid:1":["dbmid:1"]}}}';
const sign = (content: string, secret = stack.credentials.appSecret): string =>
  createHmac('sha256', secret).update(content).digest('hex');

interface Notification {
  connector?: string;
  content?: string;
  signature?: string | null;
  from?: string;
}

/** Each test sends from another address, so that only one of them meets the rate limit. */
let address = 0;
async function post({ connector = 'c', content = body, signature, from }: Notification = {}): Promise<Response> {
  address += 1;
  const signed = signature === undefined ? sign(content) : signature;
  return fetch(`${listener.url}/webhook/${connector}`, {
    method: 'POST',
    body: content,
    headers: {
      'x-forwarded-for': from ?? `192.0.${address >> 8}.${address & 255}`,
      ...(signed === null ? {} : { 'x-dropbox-signature': signed }),
    },
  });
}

const deep = `{"list_folder":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
const many = JSON.stringify({ list_folder: { accounts: Array.from({ length: 50_000 }, (_, n) => `dbid:${n}`) } });
const polluting = '{"list_folder":{},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';

describe('webhook', () => {
  it.each<[string, number, () => Notification]>([
    ['a valid signature', 200, () => ({})],
    ['a valid signature, connector paused', 200, () => ({ connector: 'paused' })],
    ['a valid signature, connector id of 200 characters', 200, () => ({ connector: 'x'.repeat(200) })],
    ['the body with one more space', 403, () => ({ content: `${body} `, signature: sign(body) })],
    ['a signature in upper case', 403, () => ({ signature: sign(body).toUpperCase() })],
    ['no signature', 403, () => ({ signature: null })],
    ['two signatures', 403, () => ({ signature: `${sign(body)}, ${sign(body)}` })],
    ['a signature of no bytes', 403, () => ({ signature: '' })],
    ['a signature with the secret of another app', 403, () => ({ signature: sign(body, 'the secret of another app') })],
    ['an unknown connector', 403, () => ({ connector: 'unknown' })],
    ['an id with an encoded slash', 403, () => ({ connector: 'a%2Fb' })],
    ['an id with NUL', 403, () => ({ connector: 'a%00b' })],
    ['an id with a quote of AQL', 403, () => ({ connector: 'c%22%20%7C%7C%20true' })],
    ['an id of 1,000 characters', 414, () => ({ connector: 'x'.repeat(1_000) })],
    ['a forged body of 1 MB', 403, () => ({ content: ' '.repeat(1024 * 1024), signature: '0'.repeat(64) })],
    ['a body of 2 MB', 413, () => ({ content: ' '.repeat(2 * 1024 * 1024) })],
    ['200,000 levels of nesting, signed', 400, () => ({ content: deep })],
    ['__proto__ and constructor, signed', 200, () => ({ content: polluting })],
    ['50,000 accounts, signed', 200, () => ({ content: many })],
    ['no JSON, signed', 400, () => ({ content: 'list_folder' })],
  ])('%s → %i', async (_attack, status, notification) => {
    expect((await post(notification())).status).toBe(status);
    expect('polluted' in {}).toBe(false);
  });

  it('a forged and an unknown connector’s answer → the same', async () => {
    const [forged, unknown] = [await post({ signature: '0'.repeat(64) }), await post({ connector: 'unknown' })];
    expect(await unknown.text()).toBe(await forged.text());
  });

  it('a forged flood of 50 from one address → 30 times 403, then 429', async () => {
    const flood = await Promise.all(
      Array.from({ length: 50 }, () => post({ signature: '0'.repeat(64), from: '198.51.100.1' })),
    );
    const count = (status: number): number => flood.filter((answer) => answer.status === status).length;
    expect(`${count(403)} ${count(429)}`).toBe('30 20');
  });

  it('a signed body, sent 400 times → 200 each, one workflow', async () => {
    const statuses = new Set<number>();
    const send = async (): Promise<unknown> => statuses.add((await post({ connector: 'replayed' })).status);
    for (let sent = 0; sent < 400; sent += 10) await Promise.all(Array.from({ length: 10 }, send));
    const connection = resources.add(await Connection.connect({ address: stack.temporal.address }));
    const query = "WorkflowId STARTS_WITH 'dropbox/replayed/'";
    const count = async (): Promise<number> => (await new Client({ connection }).workflow.count(query)).count;
    // Temporal lists a workflow a moment after it has started.
    while ((await count()) === 0) await delay(50);
    expect(`${[...statuses].join()} each, ${await count()} workflow`).toBe('200 each, 1 workflow');
  });

  it('a notification during a flood from elsewhere → 200', async () => {
    expect((await post()).status).toBe(200);
  });

  it('a challenge with a script → text/plain, nosniff', async () => {
    const { headers } = await fetch(`${listener.url}/webhook/c?challenge=<script>`);
    expect(`${headers.get('content-type')}, ${headers.get('x-content-type-options')}`).toBe('text/plain, nosniff');
  });

  const host = 'Host: a\r\n';
  it.each([
    ['Content-Length and Transfer-Encoding', 400, `${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ['no Host', 400, '\r\n'],
    ['a header of 20 KB', 431, `${host}X-Long: ${'a'.repeat(20_000)}\r\n\r\n`],
    ['headers that do not end', 408, `${host}X-Slow: `],
    ['a body that does not end', 408, `${host}Content-Length: 1000\r\n\r\n{`],
  ])('%s → %i', async (_attack, status, rest) => {
    const socket = connect(Number(new URL(hasty.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(`POST /webhook/c HTTP/1.1\r\n${rest}`);
    const dribble = setInterval(() => status === 408 && socket.write('a'), 50);
    const [, seen] = /^HTTP\/1.1 (\d+)/.exec(await text(socket)) ?? [];
    clearInterval(dribble);
    expect(Number(seen)).toBe(status);
  });

  it('200 idle connections, where 100 are allowed → 100 closed', async () => {
    const port = Number(new URL(capped.url).port);
    const sockets = Array.from({ length: 200 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    let closed = 0;
    for (const socket of sockets) socket.once('close', () => (closed += 1));
    while (closed < 100) await delay(10);
    expect(`${closed} closed`).toBe('100 closed');
    for (const socket of sockets) socket.destroy();
  });

  it('a path with a bad percent sign → 400', async () => {
    expect((await fetch(`${listener.url}/webhook/%zz?challenge=a`)).status).toBe(400);
  });

  it.each(['/metrics', '/livez', '/readyz'])('%s of the public listener → 404', async (path) => {
    expect((await fetch(`${listener.url}${path}`)).status).toBe(404);
  });

  it('/health of the public listener → the status only', async () => {
    expect(await (await fetch(`${listener.url}/health`)).text()).toBe('{"status":"ok"}');
  });
});
