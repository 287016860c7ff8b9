import { createHmac } from 'node:crypto';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createSigner } from 'fast-jwt';
import { StoredContent } from '../../sandbox/dropbox/model';
import type { FileNode } from '../../sandbox/dropbox/model/entities';
import { DropboxTeamsClient } from '../../src/client';
import { loadConfig, type Config } from '../../src/config';
import { createLogger } from '../../src/log';
import { startHttpServer, type HttpServer } from '../../src/server/http';
import { createMetrics } from '../../src/server/metrics';
import { ORGANIZATION, startStack, type Stack } from '../cli/stack';
import { FaultProxy } from '../support/faultProxy';
import { closedAfterAll, closedAfterEach } from '../support/hooks';
import { limits } from '../support/limits';
import { Film } from './film';

jest.setTimeout(limits.syncs);

const MB = 1024 * 1024;
const resources = closedAfterAll();
const ofTest = closedAfterEach();
let stack: Stack;
let client: DropboxTeamsClient;
let server: HttpServer;
/** Larger than all buffers on its way. */
const film = new Film(300 * MB);
let letter: FileNode;

beforeAll(async () => {
  stack = resources.add(await startStack());
  const { admin, company } = stack.dropbox.simulator;
  const { root } = company.memberById(admin.memberId)!.home;
  company.build.file(root, 'Film.mov', film);
  letter = company.build.file(root, 'Letter.txt', new StoredContent(Buffer.from('Dear all,\n')));
  const config = loadConfig(stack.env);
  client = resources.add(DropboxTeamsClient.connect(config));
  server = resources.add(
    await startHttpServer(httpOf(config), {
      client,
      log: createLogger('fatal'),
      metrics: createMetrics(),
      webhookPauses: { quietMs: 50, longestMs: 500, retryMs: 50, retryForMs: 60_000 },
    }),
  );
  await stack.create('c', ['--strategy', 'webhook']);
  expect((await stack.run(['sync', 'c'])).code).toBe(0);
});

/** A free port. */
const httpOf = ({ http }: Config): Parameters<typeof startHttpServer>[0] => ({ http: { ...http, port: 0 } });
const sign = (claims: object, key = stack.env['PIPESHUB_JWT_SECRET'] ?? ''): string =>
  createSigner({ key, expiresIn: 3_600_000 })({ orgId: ORGANIZATION, ...claims });
const indexing = (): string => sign({ scopes: ['connector:signedUrl'] });

async function one<T>(query: string, vars: Record<string, unknown> = {}): Promise<T> {
  const [row] = await (await client.database.query<T>(query, vars)).all();
  if (row === undefined) throw new Error(`nothing found by ${query}`);
  return row;
}
const recordNamed = (name: string): Promise<string> =>
  one('FOR r IN records FILTER r.recordName == @name RETURN r._key', { name });
const userIdOf = (email: string): Promise<string> =>
  one('FOR u IN users FILTER u.email == @email RETURN u.userId', { email });

/** A member saves a file. */
async function upload(name: string): Promise<void> {
  const { url, simulator } = stack.dropbox;
  const { token } = simulator.grants.issueAccessToken(simulator.grants.all()[0]!);
  const { status } = await fetch(`${url}/2/files/upload`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'dropbox-api-select-user': simulator.admin.memberId,
      'dropbox-api-arg': JSON.stringify({ path: `/${name}` }),
      'content-type': 'application/octet-stream',
    },
    body: 'words',
  });
  expect(status).toBe(200);
}

/** A page of the simulator that stands for something that happens at Dropbox. */
async function sandbox(page: string, body: object): Promise<void> {
  const { status } = await fetch(`${stack.dropbox.url}/sandbox/${page}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(status).toBe(200);
}

const count = (name: string): Promise<number> =>
  one('RETURN LENGTH(FOR r IN records FILTER r.recordName == @name RETURN 1)', { name });

/** Waits until a figure has not grown for half a second. */
async function untilStill(figure: () => number): Promise<void> {
  for (let last = -1; last !== figure();) {
    last = figure();
    await delay(500);
  }
}

const ask = (path: string, token?: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
  });

describe('the content of a record', () => {
  const internal = (key: string): string => `/api/v1/internal/stream/record/${key}`;

  it.each(['', '/'])('is given to the indexing service, with the path ending in “%s”', async (end) => {
    const answer = await ask(`${internal(await recordNamed('Offer letter.pdf'))}${end}`, indexing());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="Offer letter.pdf"; filename*=UTF-8''Offer%20letter.pdf`,
    );
    const bytes = await answer.arrayBuffer();
    expect(bytes.byteLength).toBe(Number(answer.headers.get('content-length')));
    expect(bytes.byteLength).toBe(
      await one('FOR r IN records FILTER r.recordName == "Offer letter.pdf" RETURN r.sizeInBytes'),
    );
  });

  it('is given in parts', async () => {
    const key = await recordNamed('Offer letter.pdf');
    const whole = Buffer.from(await (await ask(internal(key), indexing())).arrayBuffer());
    const part = await ask(internal(key), indexing(), { range: 'bytes=5-14' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 5-14/${whole.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(5, 15));
  });

  it.each([
    ['begins beyond the end', 'bytes=999999999-', 416],
    ['ends before it begins', 'bytes=5-2', 200],
    ['is several', 'bytes=0-1,4-5', 200],
  ])('with a range that %s is %s: %i', async (_name, range, status) => {
    const answer = await ask(internal(await recordNamed('Offer letter.pdf')), indexing(), { range });
    expect(answer.status).toBe(status);
    await answer.arrayBuffer();
  });

  it('is described without its bytes', async () => {
    const answer = await fetch(`${server.url}${internal(await recordNamed('Offer letter.pdf'))}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${indexing()}` },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toContain('Offer letter.pdf');
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0);
  });

  it('of a Paper document is what Dropbox exports it to', async () => {
    const answer = await ask(internal(await recordNamed('Roadmap.paper')), indexing());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toContain('Roadmap.md');
    expect(answer.headers.get('content-type')).toBe('text/markdown');
    expect((await answer.text()).length).toBeGreaterThan(0);
  });

  it.each<[string, number]>([
    ['of the revision that the graph holds', 0],
    ['of a revision that the graph has not seen', 1],
  ])('breaks off when the bytes are not those %s', async (_name, later) => {
    const key = await recordNamed('Letter.txt');
    const { content, version } = letter;
    letter.version += later;
    letter.content = {
      size: content.size,
      hash: () => content.hash(),
      read: (start, end) => Buffer.alloc(end - start, 'x'),
    };
    await expect(ask(internal(key), indexing()).then((answer) => answer.arrayBuffer())).rejects.toThrow();
    letter.content = content;
    const answer = await ask(internal(key), indexing());
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(content.read(0, content.size));
    letter.version = version;
  });

  it.each<[string, number, () => string | undefined]>([
    ['no token', 401, () => undefined],
    ['a token of somebody else', 401, () => sign({ scopes: ['connector:signedUrl'] }, 'another secret')],
    [
      'an expired token',
      401,
      () =>
        createSigner({
          key: stack.env['PIPESHUB_JWT_SECRET'] ?? '',
          expiresIn: 1,
          clockTimestamp: Date.now() - 3_600_000,
        })({ orgId: ORGANIZATION, scopes: ['connector:signedUrl'] }),
    ],
    [
      'a token without an expiry',
      401,
      () =>
        createSigner({ key: stack.env['PIPESHUB_JWT_SECRET'] ?? '' })({
          orgId: ORGANIZATION,
          scopes: ['connector:signedUrl'],
        }),
    ],
    [
      'a token without a signature',
      401,
      () =>
        createSigner({ algorithm: 'none' })({ orgId: ORGANIZATION, exp: Date.now(), scopes: ['connector:signedUrl'] }),
    ],
    ['a token without the scope', 403, () => sign({ scopes: ['record:content'] })],
    [
      'a token of another organization',
      404,
      () =>
        createSigner({ key: stack.env['PIPESHUB_JWT_SECRET'] ?? '', expiresIn: 3_600_000 })({
          orgId: 'elsewhere',
          scopes: ['connector:signedUrl'],
        }),
    ],
  ])('is refused to %s with %i', async (_name, status, token) => {
    const answer = await ask(internal(await recordNamed('Offer letter.pdf')), token());
    expect(answer.status).toBe(status);
  });

  it('of a record that is not there is 404, of a folder 400', async () => {
    expect((await ask(internal('nothing'), indexing())).status).toBe(404);
    const folder = await one<string>('FOR r IN records FILTER r.mimeType == "text/directory" LIMIT 1 RETURN r._key');
    expect((await ask(internal(folder), indexing())).status).toBe(400);
  });

  it('is given to a user whom the graph lets read it, and to no other', async () => {
    const key = await recordNamed('Scorecard.xlsx');
    const token = async (email: string): Promise<string> => sign({ userId: await userIdOf(email) });
    const owner = stack.dropbox.simulator.admin.email;
    expect((await ask(`/api/v1/stream/record/${key}`, await token(owner))).status).toBe(200);
    expect((await ask(`/api/v1/stream/record/${key}`, await token('femi@lumenoak.example'))).status).toBe(403);
    expect((await ask(`/api/v1/stream/record/${key}`, sign({ userId: 'nobody' }))).status).toBe(403);
    expect((await ask(`/api/v1/stream/record/${key}`, sign({}))).status).toBe(401);
    const agent = sign({ userId: await userIdOf(owner), scopes: ['record:content'] });
    expect((await ask(`/api/v1/internal/records/${key}/content`, agent)).status).toBe(200);
    expect((await ask(`/api/v1/internal/records/${key}/content`, await token(owner))).status).toBe(403);
  });

  it('stops flowing while nobody reads on, and is never held in memory', async () => {
    const key = await recordNamed('Film.mov');
    film.sent = 0;
    const before = process.memoryUsage.rss();
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${server.url}${internal(key)}`, { headers: { authorization: `Bearer ${indexing()}` } }, resolve).on(
        'error',
        reject,
      );
    });
    expect(answer.headers['content-length']).toBe(String(film.size));
    await untilStill(() => film.sent);
    // What the sockets and streams on the way hold; with a reader all of it would have left long since.
    expect(film.sent).toBeLessThan(40 * MB);
    let peak = process.memoryUsage.rss();
    let received = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      received += chunk.length;
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    expect(received).toBe(film.size);
    expect(film.sent).toBe(film.size);
    expect((peak - before) / MB).toBeLessThan(80);
  });

  it('can be given up at any moment', async () => {
    const key = await recordNamed('Film.mov');
    for (const first of ['destroy', 'abort'] as const) {
      const giveUp = new AbortController();
      const { stream } = await client.streamRecord(key, { signal: giveUp.signal });
      stream.on('error', () => undefined);
      if (first === 'destroy') stream.destroy();
      giveUp.abort();
      await delay(50);
      expect(stream.destroyed).toBe(true);
    }
  });

  it('has a signed URL, by a member who can read it', async () => {
    const url = await client.getSignedUrl(await recordNamed('Offer letter.pdf'));
    expect(url).not.toBeNull();
    expect((await fetch(url ?? '')).status).toBe(200);
    expect(await client.getSignedUrl(await recordNamed('Roadmap.paper'))).toBeNull();
    await expect(client.getSignedUrl('nothing')).rejects.toMatchObject({ code: 'RecordUnknown' });
    await expect(client.streamRecord('x', { range: 'lines=1' })).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it('has another signed URL once the first one has expired', async () => {
    const key = await recordNamed('Offer letter.pdf');
    const first = (await client.getSignedUrl(key)) ?? '';
    const whole = Buffer.from(await (await fetch(first)).arrayBuffer());
    await sandbox('links/expire', {});
    expect((await fetch(first)).status).toBe(410);
    const second = await fetch((await client.getSignedUrl(key)) ?? '');
    expect(second.status).toBe(200);
    expect(whole.byteLength).toBeGreaterThan(0);
    expect(Buffer.from(await second.arrayBuffer())).toEqual(whole);
  });
});

describe('an access token that Dropbox refuses in the middle of use', () => {
  const expired = { status: 401, json: { error_summary: '', error: { '.tag': 'expired_access_token' } } };
  let proxy: FaultProxy;
  let proxied: DropboxTeamsClient;
  const paths: string[] = [];
  /** How often the proxy refuses the token that it is shown. */
  let refusals = 0;

  beforeAll(async () => {
    proxy = await FaultProxy.start(stack.dropbox.url, ({ path }) => {
      paths.push(path.replace(/\?.*/, ''));
      if (path.startsWith('/oauth2') || refusals === 0) return undefined;
      refusals -= 1;
      return expired;
    });
    resources.add(proxy);
    proxied = stack.connect({ DROPBOX_API_URL: proxy.url });
  });
  beforeEach(() => {
    paths.length = 0;
    refusals = 0;
  });

  const letterOf = async (): Promise<Buffer> =>
    buffer((await proxied.streamRecord(await recordNamed('Letter.txt'))).stream);
  const linkOf = async (): Promise<string | null> => proxied.getSignedUrl(await recordNamed('Letter.txt'));

  it('is renewed once, and the content arrives whole', async () => {
    const whole = await letterOf();
    expect(whole.toString()).toBe('Dear all,\n');
    paths.length = 0;
    await sandbox('tokens', { expire_now: true });
    expect(await letterOf()).toEqual(whole);
    expect(paths).toEqual(['/2/files/download', '/oauth2/token', '/2/files/download']);
    expect(await letterOf()).toEqual(whole);
    expect(paths.slice(3)).toEqual(['/2/files/download']);
  });

  it('is renewed once for a link, and what it leads to is whole', async () => {
    await linkOf();
    paths.length = 0;
    await sandbox('tokens', { expire_now: true });
    const link = (await linkOf()) ?? '';
    expect(paths).toEqual(['/2/files/get_temporary_link', '/oauth2/token', '/2/files/get_temporary_link']);
    expect(await (await fetch(link)).text()).toBe('Dear all,\n');
  });

  it.each([
    ['a content', '/2/files/download', letterOf],
    ['a link', '/2/files/get_temporary_link', linkOf],
  ])('twice, at %s: the error says what to do, and nobody else is asked', async (_name, route, read) => {
    refusals = 2;
    await expect(read()).rejects.toMatchObject({
      code: 'CredentialsRefused',
      message: expect.stringMatching(/does not accept .* authorization any more; run: dropbox-teams authorize c/),
    });
    expect(paths.filter((path) => path === route)).toHaveLength(2);
    expect(refusals).toBe(0);
  });

  it('twice, at the address of a content: the answer is an error, and not half a file', async () => {
    const another = ofTest.add(
      await startHttpServer(httpOf(loadConfig(stack.env)), {
        client: proxied,
        log: createLogger('fatal'),
        metrics: createMetrics(),
      }),
    );
    refusals = 2;
    const get = async (): Promise<Response> =>
      fetch(`${another.url}/api/v1/internal/stream/record/${await recordNamed('Letter.txt')}`, {
        headers: { authorization: `Bearer ${indexing()}` },
      });
    const refused = await get();
    expect(refused.status).toBe(502);
    expect(await refused.json()).toMatchObject({ code: 'CredentialsRefused' });
    expect(await (await get()).text()).toBe('Dear all,\n');
  });
});

describe('the webhook', () => {
  const body = JSON.stringify({ list_folder: { teams: { 'dbtid:1': ['dbmid:1'] } } });
  const post = (connector: string, text: string, signature?: string): Promise<Response> =>
    fetch(`${server.url}/webhook/${connector}`, {
      method: 'POST',
      body: text,
      headers: {
        'content-type': 'application/json',
        ...(signature === undefined ? {} : { 'x-dropbox-signature': signature }),
      },
    });
  const signed = (text: string, key = stack.credentials.appSecret): string =>
    createHmac('sha256', key).update(text).digest('hex');

  it('echoes the challenge as plain text that no browser sniffs', async () => {
    const answer = await fetch(`${server.url}/webhook/c?challenge=${encodeURIComponent('<b>a+b</b>')}`);
    expect(await answer.text()).toBe('<b>a+b</b>');
    expect(answer.headers.get('content-type')).toBe('text/plain');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await fetch(`${server.url}/webhook/c`)).status).toBe(400);
  });

  it.each<[string, () => Promise<Response>]>([
    ['without a signature', () => post('c', body)],
    ['signed with another secret', () => post('c', body, signed(body, 'another'))],
    ['signed over another body', () => post('c', `${body} `, signed(body))],
    ['with a signature that is none', () => post('c', body, 'zz')],
    ['for a connector that is not there', () => post('nobody', body, signed(body))],
  ])('refuses a notification %s with 403', async (_name, send) => {
    expect((await send()).status).toBe(403);
  });

  it('refuses what is signed and no notification with 400', async () => {
    for (const text of ['[]', 'nonsense', '']) expect((await post('c', text, signed(text))).status).toBe(400);
  });

  it('of a process that was away is made up for when it starts', async () => {
    await upload('while nobody listened.txt');
    ofTest.add(
      await startHttpServer(httpOf(loadConfig(stack.env)), {
        client,
        log: createLogger('fatal'),
        metrics: createMetrics(),
        webhookPauses: { quietMs: 50, longestMs: 500, retryMs: 50, retryForMs: 60_000 },
      }),
    );
    while ((await count('while nobody listened.txt')) === 0) await delay(50);
  });

  it('that came during a pause is made up for when it ends', async () => {
    await client.pause('c');
    await upload('during a pause.txt');
    expect((await post('c', body, signed(body))).status).toBe(200);
    await client.resume('c');
    while ((await count('during a pause.txt')) === 0) await delay(50);
  });

  it('brings a change from Dropbox into the graph', async () => {
    await sandbox('webhook', { url: `${server.url}/webhook/c` });
    await upload('told by webhook.txt');
    while ((await count('told by webhook.txt')) === 0) await delay(50);
    expect(await count('told by webhook.txt')).toBe(1);
  });

  it('understands notifications of a user-linked app, too', async () => {
    const accountId = await one<string>(
      'FOR m IN dropboxMembers FILTER m.status == "active" SORT m.email LIMIT 1 RETURN m.accountId',
    );
    const members = await client.notifiedMembers('c', {
      list_folder: { accounts: [accountId] },
      delta: { users: [1] },
    });
    expect(members).toEqual([
      await one('FOR m IN dropboxMembers FILTER m.accountId == @accountId RETURN m.teamMemberId', { accountId }),
    ]);
  });
});

describe('health and metrics', () => {
  it('tell that all is well', async () => {
    expect(await (await fetch(`${server.url}/health`)).json()).toEqual({ status: 'ok' });
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(text).toMatch(/dropbox_teams_last_run_complete\{connector="c"\} 1/);
    expect(text).toMatch(/dropbox_teams_contents_total\{outcome="ok"\} \d+/);
    expect(text).toMatch(/dropbox_teams_access_list_age_seconds\{connector="c"\} /);
  });

  it('tell what does not answer', async () => {
    const config = loadConfig({ ...stack.env, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    const lonely = ofTest.add(DropboxTeamsClient.connect(config));
    const other = ofTest.add(
      await startHttpServer(httpOf(config), {
        client: lonely,
        log: createLogger('fatal'),
        metrics: createMetrics(),
      }),
    );
    const answer = await fetch(`${other.url}/health`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      status: 'unavailable',
      problems: { temporal: expect.stringMatching(/does not answer/) },
    });
    expect((await fetch(`${other.url}/health/live`)).status).toBe(200);
  });
});
