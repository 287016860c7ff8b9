import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type ClientHttp2Session } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { Database } from 'arangojs';
import { type RunningEmulator, startArangoEmulator } from '../../../sandbox/arangodb/server';

let server: RunningEmulator;
let time: number;
const start = async (options: { password?: string; transactionIdleSeconds?: number } = {}): Promise<Database> => {
  time = Date.now();
  server = await startArangoEmulator({ port: 0, conflicts: 0, now: () => time, ...options });
  return new Database({ url: server.url });
};
afterEach(() => server.close());

describe('login', () => {
  test('without a password, any credentials are accepted', async () => {
    const db = await start();
    db.useBasicAuth('anyone', 'anything');
    expect(await db.version()).toMatchObject({ server: 'arango' });
    db.useBearerAuth(await db.login('root', ''));
    await db.listDatabases();
  });

  test('with a password, only the right credentials and tokens are accepted', async () => {
    const db = await start({ password: 'secret' });
    db.useBasicAuth('root', 'secret');
    await db.listDatabases();
    const token = await db.login('root', 'secret');
    db.useBearerAuth(token);
    await db.listDatabases();
    expect(await db.renewAuthToken()).toBeNull();
    db.useBasicAuth('root', 'wrong');
    await expect(db.listDatabases()).rejects.toMatchObject({ code: 401, errorNum: 11 });
    db.useBearerAuth(`${token}x`);
    await expect(db.listDatabases()).rejects.toMatchObject({ code: 401 });
    await expect(db.login('root', 'wrong')).rejects.toMatchObject({ code: 401 });
  });
});

test('an idle transaction is aborted: its commit answers 1654 once, then 1653, and its keys are unlocked', async () => {
  const db = await start({ transactionIdleSeconds: 60 });
  const things = await db.createCollection('things');
  const trx = await db.beginTransaction({ write: ['things'] });
  await trx.step(() => things.save({ _key: 'a' }));
  time += 59_000;
  await trx.step(() => things.save({ _key: 'b' }));
  time += 59_000;
  expect(await trx.get()).toMatchObject({ status: 'running' });
  time += 2_000;
  await expect(trx.step(() => things.save({ _key: 'c' }))).rejects.toMatchObject({ errorNum: 1655 });
  await expect(trx.commit()).rejects.toMatchObject({ errorNum: 1654, code: 410 });
  await expect(trx.commit()).rejects.toMatchObject({ errorNum: 1653 });
  expect((await things.count()).count).toBe(0);
  await things.save({ _key: 'a' });
});

test('a cursor expires when it is not read for its time to live', async () => {
  const db = await start();
  for (const stream of [false, true]) {
    const cursor = await db.query('FOR i IN 1..10 RETURN i', {}, { batchSize: 2, ttl: 5, stream });
    time += 4_000;
    await cursor.batches.next();
    await cursor.batches.next();
    time += 6_000;
    await expect(cursor.batches.loadAll()).rejects.toMatchObject({ errorNum: 1600 });
  }
});

test('a transaction that exceeds its maximum size fails with 32: entries of indexes and removals count too', async () => {
  const db = await start();
  const things = await db.createCollection('things');
  await things.saveAll([{ _key: 'a' }, { _key: 'b' }, { _key: 'c' }]);
  for (const field of ['m', 'n']) await things.ensureIndex({ type: 'persistent', fields: [field] });
  const begin = () => db.beginTransaction({ write: ['things'] }, { maxTransactionSize: 5000 });
  const saving = await begin();
  await saving.step(() => things.save({ text: 'x'.repeat(2000) }));
  await expect(saving.step(() => things.save({ text: 'x' }))).rejects.toMatchObject({ errorNum: 32 });
  await saving.abort();
  const removing = await begin();
  for (const key of ['a', 'b']) await removing.step(() => things.remove(key));
  await expect(removing.step(() => things.remove('c'))).rejects.toMatchObject({ errorNum: 32 });
  await removing.commit();
  expect((await things.count()).count).toBe(1);
});

test('a body above 512 MB is rejected before it is read', async () => {
  await start();
  const status = await new Promise((resolve, reject) => {
    const call = request(`${server.url}/_api/document/x`, {
      method: 'POST',
      headers: { 'content-length': 600 * 1024 * 1024 },
    });
    call.on('response', (response) => resolve(response.statusCode));
    call.on('error', reject);
    call.write('[');
  });
  expect(status).toBe(413);
});

test('answers and errors are JSON with a character set', async () => {
  await start();
  for (const path of ['/_api/version', '/_api/nothing', '/_db/none/_api/version']) {
    const response = await fetch(server.url + path);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toMatchObject({
      [path.includes('version') && response.ok ? 'version' : 'errorNum']: expect.anything(),
    });
  }
});

test('an API of ArangoDB that the emulator lacks is refused by name', async () => {
  await start();
  for (const [method, path, what] of [
    ['GET', '/_api/view', 'the API /_api/view'],
    ['GET', '/_api/token/root', 'the API /_api/token'],
    ['POST', '/_api/query', 'POST /_api/query'],
    ['GET', '/_api/query/current?all=true', "the parameter 'all' of queries"],
    ['GET', '/_api/collection/_graphs/shards', 'GET /_api/collection/_graphs/shards'],
    ['GET', '/_admin/metrics/v2', 'GET /_admin/metrics/v2'],
    ['PUT', '/_admin/log/level', 'PUT /_admin/log/level'],
  ] as const) {
    const answer = await fetch(server.url + path, { method });
    expect(await answer.json()).toMatchObject({
      code: 501,
      errorNum: 9,
      errorMessage: `${what} is not supported by this emulator`,
    });
  }
  const later = await fetch(`${server.url}/_api/version`, { headers: { 'x-arango-async': 'store' } });
  expect(later.status).toBe(501);
});

test.each([
  ['a request body compressed by lz4', '/_api/version', {}, { 'content-encoding': 'x-arango-lz4' }],
  ['an integer beyond 2^53', '/_api/cursor', '{"query":"RETURN @n","bindVars":{"n":9007199254740993}}', {}],
  ['a JavaScript transaction', '/_api/transaction', { action: '() => 1', collections: {} }, {}],
])('%s is refused by name', async (what, path, body, headers) => {
  await start();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(server.url + path, { method: 'POST', body: text, headers: { ...headers } });
  expect(await answer.json()).toMatchObject({
    code: 501,
    errorNum: 9,
    errorMessage: `${what} is not supported by this emulator`,
  });
});

test.each([
  ['of a database', '/_api/database', { name: 'España' }, "the extended name 'España' of a database"],
  ['of a collection', '/_api/collection', { name: 'a b' }, "the extended name 'a b' of a collection"],
])('a name %s that only the extended rules allow is refused by name', async (_what, path, body, what) => {
  await start();
  const answer = await fetch(server.url + path, { method: 'POST', body: JSON.stringify(body) });
  expect(await answer.json()).toMatchObject({
    code: 501,
    errorNum: 9,
    errorMessage: `${what} is not supported by this emulator`,
  });
});

test('VelocyPack is refused by name', async () => {
  await start();
  for (const header of ['accept', 'content-type']) {
    const answer = await fetch(`${server.url}/_api/version`, { headers: { [header]: 'application/x-velocypack' } });
    expect(await answer.json()).toMatchObject({
      code: 501,
      errorMessage: 'VelocyPack is not supported by this emulator',
    });
  }
});

describe('HTTP/2 without encryption', () => {
  let session: ClientHttp2Session;
  const call = async (headers: Record<string, string>, body = ''): Promise<{ status: unknown; text: string }> => {
    const stream = session.request(headers, { endStream: false });
    stream.end(body);
    const [answer] = (await once(stream, 'response')) as [Record<string, unknown>];
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return { status: answer[':status'], text };
  };

  test('has the same answers as HTTP/1.1, many at a time on one connection', async () => {
    const db = await start();
    await db.createCollection('things');
    session = connect(server.url);
    const path = '/_api/document/things';
    const bodies = Array.from({ length: 50 }, (_, n) => JSON.stringify({ _key: `k${n}`, text: 'x'.repeat(100_000) }));
    const saved = await Promise.all(bodies.map((body) => call({ ':method': 'POST', ':path': path }, body)));
    expect(new Set(saved.map(({ status }) => status))).toEqual(new Set([202]));
    const read = await call({ ':path': `${path}/k7` });
    expect(JSON.parse(read.text)).toEqual(await db.collection('things').document('k7'));
    expect(await call({ ':method': 'HEAD', ':path': `${path}/k7` })).toEqual({ status: 200, text: '' });
    expect(await call({ ':path': `${path}/none` })).toMatchObject({ status: 404 });
    session.destroy();
  });

  test('ends with the server', async () => {
    await start();
    session = connect(server.url);
    await call({ ':path': '/_api/version' });
    const closed = new Promise((resolve) => session.on('error', () => undefined).once('close', resolve));
    await server.restart();
    await closed;
  });
});

test('a client that closes a connection before its first request does no harm', async () => {
  const db = await start();
  const { hostname, port } = new URL(server.url);
  const socket = connectSocket(Number(port), hostname);
  await once(socket, 'connect');
  socket.resetAndDestroy();
  expect(await db.version()).toMatchObject({ server: 'arango' });
});

test('a request in pieces, and a client of HTTP/1.0, are answered', async () => {
  await start();
  const { hostname, port } = new URL(server.url);
  const socket = connectSocket(Number(port), hostname);
  for (const piece of ['G', 'ET /_api/ver', 'sion HTTP/1.0\r\n', '\r\n']) {
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\nConnection: close\r\n.*"server":"arango"/s);
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
])('a body that is compressed by %s is understood', async (encoding, compress) => {
  await start();
  const send = (body: Buffer | string): Promise<Response> =>
    fetch(`${server.url}/_api/cursor`, { method: 'POST', body, headers: { 'content-encoding': encoding } });
  expect(await (await send(compress('{"query":"RETURN 1"}'))).json()).toMatchObject({ result: [1] });
  expect(await (await send('{"query":"RETURN 1"}')).json()).toMatchObject({ code: 400, errorNum: 10 });
});

test('OPTIONS lists the methods without authentication, and other methods are refused', async () => {
  await start({ password: 'secret' });
  const options = await fetch(`${server.url}/_api/document/x`, { method: 'OPTIONS' });
  expect(options.status).toBe(200);
  expect(options.headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT');
  expect(await options.text()).toBe('');
  const other = await fetch(`${server.url}/_api/version`, { method: 'PROPFIND' });
  expect(other.status).toBe(405);
});

test('HEAD answers the length that GET would have', async () => {
  const db = await start();
  await (await db.createCollection('things')).save({ _key: 'a', text: 'x'.repeat(100) });
  const path = `${server.url}/_api/document/things/a`;
  const body = await (await fetch(path)).text();
  const head = await fetch(path, { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe(String(body.length));
  expect(await head.text()).toBe('');
});

test('a body that is nested too deeply fails without crashing the server', async () => {
  const db = await start();
  await db.createCollection('deep');
  const send = (levels: number) => {
    const body = `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    return fetch(`${server.url}/_api/document/deep`, { method: 'POST', body });
  };
  expect((await send(190)).status).toBe(202);
  expect((await send(200)).status).toBe(400);
  expect((await send(100_000)).status).toBeGreaterThanOrEqual(400);
  expect(await db.version()).toMatchObject({ server: 'arango' });
});

test('starting on a port in use fails', async () => {
  await start();
  await expect(startArangoEmulator({ port: Number(new URL(server.url).port) })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});

test('closing the server ends requests that wait for a lock', async () => {
  const db = await start();
  await db.createCollection('things');
  await db.beginTransaction({ exclusive: ['things'] });
  const waiting = db.collection('things').save({});
  await db.version();
  await server.close();
  await expect(waiting).rejects.toThrow();
  server = await startArangoEmulator({ port: 0 });
});

test('a restart keeps what is committed, on the same port, and ends what is open', async () => {
  const db = await start();
  const things = await db.createCollection('things');
  await things.save({ _key: 'a' });
  const trx = await db.beginTransaction({ write: ['things'] });
  await trx.step(() => things.save({ _key: 'b' }));
  await server.restart();
  const after = new Database({ url: server.url });
  // This request may use a connection that the restart has closed.
  await after.version().catch(() => undefined);
  expect(await after.collection('things').documentExists('a')).toBe(true);
  expect(await after.collection('things').documentExists('b')).toBe(false);
  await after.collection('things').save({ _key: 'b' });
  await expect(after.transaction(trx.id).commit()).rejects.toMatchObject({ errorNum: 1655 });
});
