import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Database } from 'arangojs';
import { startArangoEmulator, type RunningEmulator } from '../../../sandbox/arangodb/server';
import { openDatabase, type DatabaseSettings } from '../../../src/graph/driver/database';
import { withGraphErrors } from '../../../src/graph/driver/errors';
import { closedAfterEach } from '../../support/hooks';

const PASSWORD = 'of root';
const resources = closedAfterEach();

/** Forwards requests to ArangoDB, and counts them. */
class CountingProxy {
  logins = 0;
  refused = 0;
  basic = 0;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(target: string): Promise<CountingProxy> {
    const server = createServer((incoming, outgoing) => {
      if (incoming.url === '/_open/auth') proxy.logins += 1;
      if (incoming.headers.authorization?.startsWith('Basic ') === true) proxy.basic += 1;
      const { method = 'GET', headers } = incoming;
      const forwarded = request(new URL(incoming.url ?? '/', target), { method, headers, agent: false }, (answer) => {
        if (answer.statusCode === 401) proxy.refused += 1;
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(forwarded);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new CountingProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return proxy;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

async function start(
  tokenSeconds = 3600,
  password = PASSWORD,
): Promise<{ proxy: CountingProxy; arango: RunningEmulator }> {
  const arango = resources.add(await startArangoEmulator({ port: 0, password, tokenSeconds }));
  const proxy = resources.add(await CountingProxy.start(arango.url));
  return { proxy, arango };
}

function open(url: string, more: Partial<DatabaseSettings> = {}): Database {
  const settings = { url, database: '_system', username: 'root', password: PASSWORD, login: 'jwt' as const, ...more };
  return resources.add(openDatabase(settings));
}

const ask = async (db: Database): Promise<number[]> => (await db.query<number>('RETURN 1')).all();

it('requests at the same time log in once, and only the login holds the password', async () => {
  const { proxy } = await start();
  const db = open(proxy.url);
  expect(await Promise.all(Array.from({ length: 20 }, () => ask(db)))).toEqual(Array.from({ length: 20 }, () => [1]));
  expect(proxy).toMatchObject({ logins: 1, refused: 0, basic: 0 });
});

it('a token is renewed before it ends: no request is refused', async () => {
  const { proxy } = await start(2);
  const db = open(proxy.url);
  while (proxy.logins < 3) expect(await ask(db)).toEqual([1]);
  expect(proxy.refused).toBe(0);
});

it('a server that was started again knows no former token, and gets a login', async () => {
  const { proxy, arango } = await start();
  const db = open(proxy.url);
  await ask(db);
  const port = Number(new URL(arango.url).port);
  await arango.close();
  const again = resources.add(await startArangoEmulator({ port, password: PASSWORD }));
  expect(again.url).toBe(arango.url);
  expect(await ask(db)).toEqual([1]);
  expect(proxy).toMatchObject({ logins: 2, refused: 1 });
});

it('a given token is used as it is', async () => {
  const { proxy, arango } = await start();
  const body = JSON.stringify({ username: 'root', password: PASSWORD });
  const { jwt: token } = (await (await fetch(`${arango.url}/_open/auth`, { method: 'POST', body })).json()) as {
    jwt: string;
  };
  expect(await ask(open(proxy.url, { login: { token }, password: '' }))).toEqual([1]);
  expect(proxy).toMatchObject({ logins: 0, basic: 0 });
});

it.each<[string, Partial<DatabaseSettings>]>([
  ['a wrong password', { password: 'another' }],
  ['a token that the server has not signed', { login: { token: 'a.b.c' } }],
])('%s is refused with what to check', async (_name, more) => {
  const { proxy } = await start();
  const db = open(proxy.url, more);
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    await expect(withGraphErrors(() => ask(db))).rejects.toMatchObject({
      type: 'GraphRefused',
      message: expect.stringContaining('check ARANGO_USERNAME and ARANGO_PASSWORD, or ARANGO_TOKEN'),
    });
  }
});

it('a login that is no login of ArangoDB is an outage, and never the answer to another request', async () => {
  const server = createServer((incoming, outgoing) => {
    outgoing.writeHead(incoming.url === '/_open/auth' ? 404 : 200, { 'content-type': 'application/json' }).end('{}');
  }).listen(0, '127.0.0.1');
  resources.defer(() => void server.close());
  await once(server, 'listening');
  const db = open(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await expect(withGraphErrors(() => db.collection('records').documentExists('a'))).rejects.toMatchObject({
    type: 'GraphUnavailable',
    message: expect.stringContaining('/_open/auth was answered with HTTP 404'),
  });
});

it.each(['basic', 'jwt'] as const)('a password of any characters opens the database, by %s', async (login) => {
  const password = 'pässword €: 密碼';
  const { proxy } = await start(3600, password);
  expect(await ask(open(proxy.url, { login, password }))).toEqual([1]);
});

it('a login in the URL is never sent or shown, and no request ends the process', async () => {
  const db = open('http://user:of-the-url@127.0.0.1:1', { login: 'basic' });
  await expect(withGraphErrors(() => ask(db))).rejects.toMatchObject({ type: 'GraphUnavailable' });
});
