/**
 * Against a real Redis server: `redis-server` on the PATH, or the one that REDIS_SERVER names (Debian's package
 * redis-server).
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type RedisClientOptions } from 'redis';
import { openBroker } from '../../src/outbox/broker';
import type { RecordEvent } from '../../src/outbox/message';
import type { RecordEventBroker } from '../../src/outbox/recordEventBroker';
import { redisBroker } from '../../src/outbox/redis';
import { makeCertificate } from '../support/certificate';
import { SilentProxy } from '../support/silentProxy';
import { Publisher } from './publisher';

const program = process.env['REDIS_SERVER'] || 'redis-server';
const isThere = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
const withRedis = isThere ? describe : describe.skip;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startRedis(args: string[]): Promise<ChildProcess> {
  const child = spawn(program, ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  for await (const line of child.stdout) if (String(line).includes('Ready to accept connections')) break;
  child.stdout.resume();
  return child;
}

const event = (number: number, recordKey = `record-${number}`): RecordEvent => ({
  eventType: 'newRecord',
  recordKey,
  createdAt: 1_700_000_000_000 + number,
  payload: { recordId: recordKey, recordName: 'Übersicht “final”.pdf', number },
});

type Entry = { value: string; key: string };

async function entriesOf(options: RedisClientOptions): Promise<Entry[]> {
  const client = createClient(options);
  await client.connect();
  const found = await client.xRange('record-events', '-', '+');
  await client.close();
  return (found ?? []).map(({ message }) => message as Entry);
}

withRedis(`record events in Redis streams${isThere ? '' : ` (left out: there is no ${program})`}`, () => {
  let port: number;
  let redis: ChildProcess;
  let broker: RecordEventBroker;

  beforeAll(async () => {
    port = await freePort();
    redis = await startRedis(['--port', String(port)]);
    broker = openBroker({ kind: 'redis', url: `redis://127.0.0.1:${port}`, maxStreamLength: 500_000 });
  });
  afterAll(async () => {
    await broker.close();
    redis.kill();
    await once(redis, 'exit');
  });

  const entries = (): Promise<Entry[]> => entriesOf({ url: `redis://127.0.0.1:${port}` });

  it('have the form and the order in which PipesHub reads them', async () => {
    await broker.publish(Array.from({ length: 500 }, (_, number) => event(number)));
    const stored = await entries();
    expect(stored).toHaveLength(500);
    expect(stored[0]).toEqual({
      key: 'record-0',
      value: JSON.stringify({ eventType: 'newRecord', timestamp: 1_700_000_000_000, payload: event(0).payload }),
    });
    const numbers = stored.map(({ value }) => (JSON.parse(value) as { payload: { number: number } }).payload.number);
    expect(numbers).toEqual(Array.from({ length: 500 }, (_, number) => number));
  });

  it('are refused while Redis is away, and taken when it is back', async () => {
    redis.kill('SIGKILL');
    await once(redis, 'exit');
    await expect(broker.publish([event(1000)])).rejects.toMatchObject({
      type: 'BrokerUnavailable',
      nonRetryable: false,
    });
    await expect(broker.publish([event(1000)])).rejects.toMatchObject({ type: 'BrokerUnavailable' });
    redis = await startRedis(['--port', String(port)]);
    await broker.publish([event(1000)]);
    expect(await entries()).toHaveLength(1);
  });

  it('are refused while Redis keeps its connections and does not answer, and taken when it does', async () => {
    const proxy = await SilentProxy.start(`127.0.0.1:${port}`);
    const others = redisBroker(`redis://${proxy.address}`, 500_000, { silenceMs: 300, publishMs: 10_000 });
    const refused = { type: 'BrokerUnavailable', nonRetryable: false };
    await others.publish([event(1)]);
    proxy.beSilent();
    // On the open connection, then on one that is opened.
    await expect(others.publish([event(2)])).rejects.toMatchObject(refused);
    await expect(others.publish([event(2)])).rejects.toMatchObject(refused);
    proxy.speak();
    await others.publish([event(2)]);
    // A connection that was idle for longer is closed, and the next call opens another one.
    await delay(600);
    await others.publish([event(3)]);
    proxy.beSilent();
    const last = others.publish([event(4)]).catch(() => undefined);
    await others.close();
    await last;
    await proxy.close();
  });

  it('that it refuses leave no connection open, and the reason is named', async () => {
    const admin = createClient({ url: `redis://127.0.0.1:${port}` });
    await admin.connect();
    const clients = async (): Promise<number> => (await admin.clientList()).length;
    const refusing = openBroker({ kind: 'redis', url: `redis://127.0.0.1:${port}`, maxStreamLength: 500_000 });
    const before = await clients();
    await admin.configSet({ maxmemory: '1', 'maxmemory-policy': 'noeviction' });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await expect(refusing.publish([event(1), event(2)])).rejects.toMatchObject({
        type: 'BrokerUnavailable',
        message: expect.stringContaining('OOM') as unknown,
      });
    }
    // The server notices an end of a connection a moment later.
    for (let tries = 1; (await clients()) > before && tries < 50; tries += 1) await delay(20);
    expect(await clients()).toBe(before);
    await admin.configSet({ maxmemory: '0' });
    await refusing.publish([event(1)]);
    await refusing.close();
    await admin.close();
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
  (hasIpv6 ? it : it.skip)('are taken at an IPv6 address', async () => {
    const at = await freePort();
    const other = await startRedis(['--bind', '::1', '--port', String(at)]);
    const url = `redis://[::1]:${at}`;
    const publisher = openBroker({ kind: 'redis', url, maxStreamLength: 500_000 });
    await publisher.publish([event(1)]);
    await publisher.close();
    expect(await entriesOf({ url, maintNotifications: 'disabled' })).toHaveLength(1);
    other.kill();
    await once(other, 'exit');
  });

  it('are trimmed to about the length that is configured', async () => {
    const small = openBroker({ kind: 'redis', url: `redis://127.0.0.1:${port}`, maxStreamLength: 100 });
    for (let at = 0; at < 5; at += 1) await small.publish(Array.from({ length: 200 }, (_, number) => event(number)));
    await small.close();
    // Redis trims whole nodes of its tree: about the number, never below it.
    const { length } = await entries();
    expect(length).toBeGreaterThanOrEqual(100);
    expect(length).toBeLessThan(400);
  });
});

withRedis(`a Redis that asks for a password, over TLS${isThere ? '' : ` (left out: there is no ${program})`}`, () => {
  const PASSWORD = 'secret-of-redis';
  let dir: string;
  let port: number;
  let redis: ChildProcess;
  let authority: string;

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'redis-'));
    const files = makeCertificate(dir);
    authority = files.authority;
    port = await freePort();
    const tls = ['--tls-cert-file', files.certificate, '--tls-key-file', files.key, '--tls-ca-cert-file', authority];
    const secured = ['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'no', '--requirepass', PASSWORD];
    redis = await startRedis([...secured, ...tls]);
  });
  afterAll(async () => {
    redis.kill();
    await once(redis, 'exit');
    await rm(dir, { recursive: true, force: true });
  });

  const urlWith = (login: string): string => `rediss://${login}127.0.0.1:${port}`;

  it.each([
    ['takes record events with the password', `:${PASSWORD}@`, true, undefined],
    ['takes none with a wrong password', ':another@', true, 'BrokerUnavailable'],
    ['takes none without a password', '', true, 'BrokerUnavailable'],
    ['gets none when no known authority has signed its certificate', `:${PASSWORD}@`, false, 'BrokerUnavailable'],
  ])('%s', async (_name, login, isKnown, type) => {
    const reader = { url: urlWith(`:${PASSWORD}@`), socket: { tls: true as const, ca: readFileSync(authority) } };
    const before = (await entriesOf(reader)).length;
    const settings = { kind: 'redis' as const, url: urlWith(login), maxStreamLength: 500_000 };
    const publisher = new Publisher(settings, isKnown ? { authorities: authority } : {});
    const published = publisher.publish([event(1)]);
    if (type === undefined) await published;
    else await expect(published).rejects.toMatchObject({ type, nonRetryable: false });
    await publisher.close();
    expect((await entriesOf(reader)).length - before).toBe(type === undefined ? 1 : 0);
  });
});

/** A server that answers each command as a test says. */
async function startFake(answer: (socket: Socket, command: string) => unknown) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      for (const [, command = ''] of bytes.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) answer(socket, command);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

describe('without a broker', () => {
  it('nothing is published, and callers see that they must keep the events', async () => {
    const broker = openBroker({ kind: 'none' });
    expect(broker.isConfigured).toBe(false);
    await broker.close();
  });

  it.each([
    ['OK', '+OK\r\n'],
    ['nothing', '$-1\r\n'],
    ['a number', ':1\r\n'],
    ['an empty list', '*0\r\n'],
  ])('an answer that names no stored entry keeps the events: %s', async (_case, answer) => {
    const server = await startFake((socket, command) => socket.write(command === 'XADD' ? answer : '+OK\r\n'));
    const broker = openBroker({ kind: 'redis', url: server.url, maxStreamLength: 10 });
    await expect(broker.publish([event(1)])).rejects.toMatchObject({
      type: 'BrokerUnavailable',
      message: expect.stringContaining('without the id of a new entry') as unknown,
    });
    await broker.close();
    await server.close();
  });

  it.each([
    ['one of its answers', 'XADD'],
    ['its first answer', 'CLIENT'],
  ])('a Redis that sends %s byte by byte without end is given up in time', async (_case, slow) => {
    const server = await startFake((socket, command) => {
      if (command !== slow) return socket.write('+OK\r\n');
      socket.write('$100000\r\n');
      const timer = setInterval(() => socket.write('1'), 20);
      return socket.on('close', () => clearInterval(timer));
    });
    const broker = redisBroker(server.url, 10, { silenceMs: 10_000, publishMs: 300 });
    const refused = { type: 'BrokerUnavailable', message: expect.stringContaining('completely') as unknown };
    await expect(broker.publish([event(1)])).rejects.toMatchObject(refused);
    await broker.close();
    // It resolves when the client has closed its connection.
    await server.close();
  });

  it('a Redis that names another server gets no client to log in there', async () => {
    const other = await startFake((socket) => socket.write('+OK\r\n'));
    const { host } = new URL(other.url);
    const moving = `>4\r\n$6\r\nMOVING\r\n:1\r\n:0\r\n$${host.length}\r\n${host}\r\n`;
    const server = await startFake((socket, command) =>
      socket.write(command === 'XADD' ? `${moving}$3\r\n1-1\r\n` : '+OK\r\n'),
    );
    const broker = openBroker({ kind: 'redis', url: server.url, maxStreamLength: 10 });
    for (let number = 1; number <= 3; number += 1) await broker.publish([event(number)]);
    expect(other.connections()).toBe(0);
    await broker.close();
    await server.close();
    await other.close();
  });

  it('a Redis that is not there is a failure that is retried', async () => {
    const broker = openBroker({ kind: 'redis', url: 'redis://127.0.0.1:1', maxStreamLength: 10 });
    await expect(broker.publish([event(1)])).rejects.toMatchObject({ type: 'BrokerUnavailable', nonRetryable: false });
    await broker.close();
  });
});
