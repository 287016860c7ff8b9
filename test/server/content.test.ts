import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createSigner } from 'fast-jwt';
import { StoredContent } from '../../sandbox/dropbox/model';
import type { FileNode } from '../../sandbox/dropbox/model/entities';
import type { DropboxTeamsClient } from '../../src/client';
import { loadConfig } from '../../src/config';
import { FaultProxy } from '../support/faultProxy';
import { ORGANIZATION, type Stack } from '../support/stack';
import { Film } from './film';
import { serve, ServedStack } from './fixture';

const MB = 1024 * 1024;
let served: ServedStack;
let stack: Stack;
let client: DropboxTeamsClient;
/** Larger than all buffers between Dropbox and the reader. */
const film = new Film(300 * MB);
let letter: FileNode;

beforeAll(async () => {
  served = await ServedStack.start(({ dropbox: { simulator } }) => {
    const { admin, company } = simulator;
    const { root } = company.memberById(admin.memberId)!.home;
    company.build.file(root, 'Film.mov', film);
    company.build.file(root, 'Budget.gsheet', new StoredContent(Buffer.from('cells')), { downloadable: false });
    letter = company.build.file(root, 'Letter.txt', new StoredContent(Buffer.from('Dear all,\n')));
  });
  ({ stack, client } = served);
}, 90_000);
afterAll(() => served.close());

const userIdOf = (email: string): Promise<string> =>
  served.one('FOR u IN users FILTER u.email == @email RETURN u.userId', { email });

/** Waits until a figure has not grown for half a second. */
async function untilStill(figure: () => number): Promise<void> {
  for (let last = -1; last !== figure();) {
    last = figure();
    await delay(500);
  }
}

/** The answer to the indexing service, of whose body nothing has been read. */
const answered = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(url, { headers: { authorization: `Bearer ${served.indexing()}` } }, resolve).on('error', reject);
  });

describe('the content of a record', () => {
  const internal = (key: string): string => `/api/v1/internal/stream/record/${key}`;

  it.each(['', '/'])('is given to the indexing service, with the path ending in “%s”', async (end) => {
    const answer = await served.ask(
      `${internal(await served.recordNamed('Offer letter.pdf'))}${end}`,
      served.indexing(),
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="Offer letter.pdf"; filename*=UTF-8''Offer%20letter.pdf`,
    );
    const bytes = await answer.arrayBuffer();
    expect(bytes.byteLength).toBe(Number(answer.headers.get('content-length')));
    expect(bytes.byteLength).toBe(
      await served.one('FOR r IN records FILTER r.recordName == "Offer letter.pdf" RETURN r.sizeInBytes'),
    );
  });

  it('costs at most three requests to ArangoDB', async () => {
    const key = await served.recordNamed('Offer letter.pdf');
    const owner = await served.one<string>(
      `FOR e IN inheritPermissions FILTER e._from == CONCAT("records/", @key)
         FOR p IN permission FILTER p._to == e._to AND STARTS_WITH(p._from, "users/")
           LIMIT 1
           RETURN DOCUMENT(p._from).userId`,
      { key },
    );
    const requests = jest.spyOn(client.database, 'request');
    for (const [path, token] of [
      [internal(key), served.indexing()],
      [`/api/v1/stream/record/${key}`, served.sign({ userId: owner, scopes: ['record:content'] })],
    ] as const) {
      requests.mockClear();
      const answer = await served.ask(path, token);
      expect(answer.status).toBe(200);
      await answer.arrayBuffer();
      expect(requests.mock.calls.length).toBeLessThanOrEqual(3);
    }
    requests.mockRestore();
  });

  it('is given in parts', async () => {
    const key = await served.recordNamed('Offer letter.pdf');
    const whole = Buffer.from(await (await served.ask(internal(key), served.indexing())).arrayBuffer());
    const part = await served.ask(internal(key), served.indexing(), { range: 'bytes=5-14' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 5-14/${whole.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(5, 15));
  });

  it.each([
    ['begins beyond the end', 'bytes=999999999-', 416],
    ['ends before it begins', 'bytes=5-2', 200],
    ['is several', 'bytes=0-1,4-5', 200],
  ])('with a range that %s is %s: %i', async (_name, range, status) => {
    const answer = await served.ask(internal(await served.recordNamed('Offer letter.pdf')), served.indexing(), {
      range,
    });
    expect(answer.status).toBe(status);
    await answer.arrayBuffer();
  });

  it('is described by a HEAD request, without its bytes', async () => {
    const answer = await fetch(`${served.server.url}${internal(await served.recordNamed('Offer letter.pdf'))}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${served.indexing()}` },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toContain('Offer letter.pdf');
    expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(0);
  });

  it('of a document of Google is one of Office, which PipesHub expects for its type', async () => {
    const key = await served.recordNamed('Budget.gsheet');
    const { headers } = await served.ask(internal(key), served.indexing());
    expect(headers.get('content-disposition')).toContain('filename="Budget.xlsx"');
    const type = await served.one('FOR r IN records FILTER r._key == @key RETURN r.mimeType', { key });
    expect(type).toBe('application/vnd.google-apps.spreadsheet');
  });

  it('of a Paper document is HTML, as its record says', async () => {
    const answer = await served.ask(internal(await served.recordNamed('Roadmap.paper')), served.indexing());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toContain('Roadmap.html');
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect((await answer.text()).length).toBeGreaterThan(0);
  });

  it.each<[string, number]>([
    ['of the revision that the graph holds', 0],
    ['of a revision that the graph has not seen', 1],
  ])('breaks off when the bytes are not those %s', async (_name, later) => {
    const key = await served.recordNamed('Letter.txt');
    const { content, version } = letter;
    letter.version += later;
    letter.content = {
      size: content.size,
      hash: () => content.hash(),
      read: (start, end) => Buffer.alloc(end - start, 'x'),
    };
    await expect(served.ask(internal(key), served.indexing()).then((answer) => answer.arrayBuffer())).rejects.toThrow();
    letter.content = content;
    const answer = await served.ask(internal(key), served.indexing());
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(content.read(0, content.size));
    letter.version = version;
  });

  it.each<[string, number, () => string | undefined]>([
    ['no token', 401, () => undefined],
    [
      'a token signed with another secret',
      401,
      () => served.sign({ scopes: ['connector:signedUrl'] }, 'another secret'),
    ],
    [
      'an expired token',
      401,
      () =>
        createSigner({
          key: stack.environment['PIPESHUB_JWT_SECRET'] ?? '',
          expiresIn: 1,
          clockTimestamp: Date.now() - 3_600_000,
        })({ orgId: ORGANIZATION, scopes: ['connector:signedUrl'] }),
    ],
    [
      'a token without an expiry',
      401,
      () =>
        createSigner({ key: stack.environment['PIPESHUB_JWT_SECRET'] ?? '' })({
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
    ['a token without the scope', 403, () => served.sign({ scopes: ['record:content'] })],
    [
      'a token of another organization',
      404,
      () =>
        createSigner({ key: stack.environment['PIPESHUB_JWT_SECRET'] ?? '', expiresIn: 3_600_000 })({
          orgId: 'elsewhere',
          scopes: ['connector:signedUrl'],
        }),
    ],
  ])('is refused to %s with %i', async (_name, status, token) => {
    const answer = await served.ask(internal(await served.recordNamed('Offer letter.pdf')), token());
    expect(answer.status).toBe(status);
  });

  it('of a record that does not exist is 404, of a folder 400', async () => {
    expect((await served.ask(internal('nothing'), served.indexing())).status).toBe(404);
    const folder = await served.one<string>(
      'FOR r IN records FILTER r.mimeType == "text/directory" LIMIT 1 RETURN r._key',
    );
    expect((await served.ask(internal(folder), served.indexing())).status).toBe(400);
  });

  it('is given to a user whom the graph lets read it, and to no other', async () => {
    const key = await served.recordNamed('Scorecard.xlsx');
    const token = async (email: string): Promise<string> =>
      served.sign({ userId: await userIdOf(email), scopes: ['connector:signedUrl'] });
    const owner = stack.dropbox.simulator.admin.email;
    expect((await served.ask(`/api/v1/stream/record/${key}`, await token(owner))).status).toBe(200);
    expect((await served.ask(`/api/v1/stream/record/${key}`, await token('femi@lumenoak.example'))).status).toBe(403);
    expect(
      (await served.ask(`/api/v1/stream/record/${key}`, served.sign({ userId: 'unknown', scopes: ['record:content'] })))
        .status,
    ).toBe(403);
    expect((await served.ask(`/api/v1/stream/record/${key}`, served.indexing())).status).toBe(401);
    // Tokens that PipesHub signs for something else, such as a refresh token.
    for (const scopes of [[], ['token:refresh']]) {
      const other = served.sign({ userId: await userIdOf(owner), scopes });
      expect((await served.ask(`/api/v1/stream/record/${key}`, other)).status).toBe(403);
    }
    const agent = served.sign({ userId: await userIdOf(owner), scopes: ['record:content'] });
    expect((await served.ask(`/api/v1/internal/records/${key}/content`, agent)).status).toBe(200);
    expect((await served.ask(`/api/v1/internal/records/${key}/content`, await token(owner))).status).toBe(403);
  });

  it('stops flowing while its reader pauses, and is never held in memory', async () => {
    const key = await served.recordNamed('Film.mov');
    film.sent = 0;
    const before = process.memoryUsage.rss();
    const answer = await answered(`${served.server.url}${internal(key)}`);
    expect(answer.headers['content-length']).toBe(String(film.size));
    await untilStill(() => film.sent);
    // No more than the buffers of sockets and streams hold; a reader would have received all of it by now.
    expect(film.sent).toBeLessThan(40 * MB);
    let [received, ahead, peak] = [0, 0, 0];
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      received += chunk.length;
      ahead = Math.max(ahead, film.sent - received);
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    expect(received).toBe(film.size);
    expect(film.sent).toBe(film.size);
    expect(ahead).toBeLessThan(40 * MB);
    // Nothing that was forwarded is kept either. Garbage counts until it is collected.
    expect(peak - before).toBeLessThan(film.size / 2);
  }, 60_000);

  it('is cut off when its reader takes nothing more', async () => {
    const hasty = await serve(loadConfig(stack.environment), client, { readerMs: 200 });
    const url = `${hasty.url}${internal(await served.recordNamed('Film.mov'))}`;
    const answer = await answered(url);
    // Nothing is read until the server has cut the connection.
    await untilStill(() => film.sent);
    await delay(400);
    await expect(buffer(answer)).rejects.toThrow('aborted');
    await hasty.close(0);
  });

  it('can be aborted at any moment', async () => {
    const key = await served.recordNamed('Film.mov');
    for (const first of ['destroy', 'abort'] as const) {
      const abort = new AbortController();
      const { stream } = await client.streamRecord(key, { signal: abort.signal });
      stream.on('error', () => undefined);
      if (first === 'destroy') stream.destroy();
      abort.abort();
      await delay(50);
      expect(stream.destroyed).toBe(true);
    }
  });

  it('is not begun for a request that was aborted', async () => {
    const key = await served.recordNamed('Letter.txt');
    const aborted = client.streamRecord(key, { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ name: 'DropboxTeamsError', code: 'RequestAborted' });
  });

  it.each(['Letter.txt', 'Roadmap.paper'])('of %s has no range beyond its end', async (name) => {
    const beyond = client.streamRecord(await served.recordNamed(name), { range: 'bytes=999999999-' });
    await expect(beyond).rejects.toMatchObject({ code: 'InvalidArgument', message: expect.stringMatching(/^range: /) });
  });

  it('is given to no user whom the graph does not let read it', async () => {
    const key = await served.recordNamed('Letter.txt');
    const refusal = { code: 'AccessDenied' };
    await expect(client.streamRecord(key, { userId: 'no one' })).rejects.toMatchObject(refusal);
    await expect(client.getSignedUrl(key, { userId: 'no one' })).rejects.toMatchObject(refusal);
  });

  it('has a signed URL, issued to a member who can read it', async () => {
    const url = await client.getSignedUrl(await served.recordNamed('Offer letter.pdf'));
    expect(url).not.toBeNull();
    expect((await fetch(url ?? '')).status).toBe(200);
    expect(await client.getSignedUrl(await served.recordNamed('Roadmap.paper'))).toBeNull();
    await expect(client.getSignedUrl('nothing')).rejects.toMatchObject({ code: 'RecordUnknown' });
    await expect(client.streamRecord('x', { range: 'lines=1' })).rejects.toMatchObject({ code: 'InvalidArgument' });
  });

  it('has another signed URL once the first one has expired', async () => {
    const key = await served.recordNamed('Offer letter.pdf');
    const first = (await client.getSignedUrl(key)) ?? '';
    const whole = Buffer.from(await (await fetch(first)).arrayBuffer());
    await served.sandbox('links/expire', {});
    expect((await fetch(first)).status).toBe(410);
    const second = await fetch((await client.getSignedUrl(key)) ?? '');
    expect(second.status).toBe(200);
    expect(whole.byteLength).toBeGreaterThan(0);
    expect(Buffer.from(await second.arrayBuffer())).toEqual(whole);
  });
});

describe('an access token that Dropbox refuses while it is in use', () => {
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
    proxied = stack.connect({ DROPBOX_API_URL: proxy.url });
  });
  beforeEach(() => {
    paths.length = 0;
    refusals = 0;
  });
  afterAll(() => proxy.close());

  const letterOf = async (): Promise<Buffer> =>
    buffer((await proxied.streamRecord(await served.recordNamed('Letter.txt'))).stream);
  const linkOf = async (): Promise<string | null> => proxied.getSignedUrl(await served.recordNamed('Letter.txt'));

  it('is renewed once, and the content arrives whole', async () => {
    const whole = await letterOf();
    expect(whole.toString()).toBe('Dear all,\n');
    paths.length = 0;
    await served.sandbox('tokens', { expire_now: true });
    expect(await letterOf()).toEqual(whole);
    expect(paths).toEqual(['/2/files/download', '/oauth2/token', '/2/files/download']);
    expect(await letterOf()).toEqual(whole);
    expect(paths.slice(3)).toEqual(['/2/files/download']);
  });

  it('is renewed once for a link, and what it leads to is whole', async () => {
    await linkOf();
    paths.length = 0;
    await served.sandbox('tokens', { expire_now: true });
    const link = (await linkOf()) ?? '';
    expect(paths).toEqual(['/2/files/get_temporary_link', '/oauth2/token', '/2/files/get_temporary_link']);
    expect(await (await fetch(link)).text()).toBe('Dear all,\n');
  });

  it.each([
    ['a content', '/2/files/download', letterOf],
    ['a link', '/2/files/get_temporary_link', linkOf],
  ])('twice, at %s: the error says what to do, and no other member is asked', async (_name, route, read) => {
    refusals = 2;
    await expect(read()).rejects.toMatchObject({
      code: 'CredentialsRefused',
      message: expect.stringMatching(/no longer accepts .* authorization; run: dropbox-teams authorize c/),
    });
    expect(paths.filter((path) => path === route)).toHaveLength(2);
    expect(refusals).toBe(0);
  });

  it('twice, at a content route: the answer is an error, and not half a file', async () => {
    const another = await serve(loadConfig(stack.environment), proxied);
    try {
      refusals = 2;
      const get = async (): Promise<Response> =>
        fetch(`${another.url}/api/v1/internal/stream/record/${await served.recordNamed('Letter.txt')}`, {
          headers: { authorization: `Bearer ${served.indexing()}` },
        });
      const refused = await get();
      expect(refused.status).toBe(502);
      expect(await refused.json()).toMatchObject({ code: 'CredentialsRefused' });
      expect(await (await get()).text()).toBe('Dear all,\n');
    } finally {
      await another.close(0);
    }
  });
});
