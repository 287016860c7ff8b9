import { createHmac } from 'node:crypto';
import { createSigner } from 'fast-jwt';
import { disposition } from '../../src/server/disposition';
import { ServedStack } from '../server/fixture';
import { limits } from '../support/limits';

jest.setTimeout(limits.syncs);

let served: ServedStack;
let key: string;
let secret: string;
let reader: string;
beforeAll(async () => {
  served = await ServedStack.start();
  key = await served.recordNamed('Scorecard.xlsx');
  secret = served.stack.environment['PIPESHUB_JWT_SECRET'] ?? '';
  reader = await userIdOf(served.stack.dropbox.simulator.admin.email);
});
afterAll(() => served.close());

const userIdOf = (email: string): Promise<string> =>
  served.one('FOR u IN users FILTER u.email == @email RETURN u.userId', { email });

const HOUR = 3600;
const now = (): number => Math.floor(Date.now() / 1000);
const claims = (more: object = {}): object => ({
  orgId: 'org-1',
  scopes: ['connector:signedUrl'],
  iat: now(),
  exp: now() + HOUR,
  ...more,
});
const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Signs what a library refuses to sign. */
function forged(header: object, payload: object, by = secret): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac('sha256', by).update(text).digest('base64url')}`;
}
const token = (more: object = {}, by = secret, algorithm: 'HS256' | 'HS512' = 'HS256'): string =>
  createSigner({ key: by, algorithm })(claims(more));
const agent = (more: object = {}): string => token({ scopes: ['record:content'], userId: reader, ...more });

const indexing = (): string => `/api/v1/internal/stream/record/${key}`;
const user = (): string => `/api/v1/stream/record/${key}`;
const agents = (): string => `/api/v1/internal/records/${key}/content`;
const link = (): string => `/api/v1/internal/record/${key}/signedUrl`;
const connector = (): string => '/api/v1/internal/connector/c/test';

const statusOf = async (path: string, bearer?: string, headers: Record<string, string> = {}): Promise<number> => {
  const answer = await served.ask(path, bearer, headers);
  await answer.arrayBuffer();
  return answer.status;
};

describe('content', () => {
  it.each<[string, number, () => string | undefined]>([
    ['the token of the indexing service', 200, () => token()],
    ['a token that is signed by hand', 200, () => forged({ alg: 'HS256' }, claims())],
    ['no token', 401, () => undefined],
    ['alg none', 401, () => `${encode({ alg: 'none' })}.${encode(claims())}.`],
    ['alg NoNe', 401, () => `${encode({ alg: 'NoNe' })}.${encode(claims())}.`],
    ['HS512 with the right secret', 401, () => token({}, secret, 'HS512')],
    ['an RS256 header', 401, () => forged({ alg: 'RS256', typ: 'JWT' }, claims())],
    ['another secret', 401, () => token({}, 'another secret of the same length')],
    ['an empty secret', 401, () => forged({ alg: 'HS256' }, claims(), '')],
    ['a critical header', 401, () => forged({ alg: 'HS256', crit: ['x'], x: 1 }, claims())],
    ['no exp', 401, () => forged({ alg: 'HS256' }, claims({ exp: undefined }))],
    ['exp as text', 401, () => forged({ alg: 'HS256' }, claims({ exp: `${now() + HOUR}` }))],
    ['exp 40 s ago', 401, () => token({ exp: now() - 40 })],
    ['exp 20 s ago, within the tolerance', 200, () => token({ exp: now() - 20 })],
    ['nbf in the future', 401, () => token({ nbf: now() + HOUR })],
    ['exp in ten years', 401, () => token({ exp: now() + 10 * 365 * 24 * HOUR })],
    ['exp 1e300', 401, () => token({ exp: 1e300 })],
    ['a token of two days ago', 401, () => token({ iat: now() - 48 * HOUR })],
    ['orgId as a list', 401, () => token({ orgId: ['org-1'] })],
    ['orgId as an object', 401, () => token({ orgId: { a: 'org-1' } })],
    ['scopes as text', 401, () => token({ scopes: 'connector:signedUrl' })],
    ['another organization', 404, () => token({ orgId: 'org-2' })],
    ['no scope', 403, () => token({ scopes: [] })],
    ['the scope of agents', 403, () => agent()],
  ])('indexing route, %s → %i', async (_attack, status, bearer) => {
    expect(await statusOf(indexing(), bearer())).toBe(status);
  });

  it('indexing route, a valid token as Basic → 401', async () => {
    expect(await statusOf(indexing(), undefined, { authorization: `Basic ${token()}` })).toBe(401);
  });

  it.each<[string, number, () => string, () => string]>([
    ['signed URL, another organization', 404, link, () => token({ orgId: 'org-2' })],
    ['connector test, another organization', 404, connector, () => token({ orgId: 'org-2' })],
    ['connector test, an unknown connector', 404, () => connector().replace('/c/', '/d/'), () => token()],
    ['user route, the reader', 200, user, agent],
    ['user route, the reader, without a scope', 403, user, () => agent({ scopes: [] })],
    ['user route, a refresh token of the reader', 403, user, () => agent({ scopes: ['token:refresh'] })],
    ['user route, no user', 401, user, () => token()],
    ['user route, AQL as the user', 403, user, () => agent({ userId: '" || true || "' })],
    ['agent route, the reader', 200, agents, agent],
    ['agent route, the scope of the indexing service', 403, agents, () => token({ userId: reader })],
    ['agent route, no user', 401, agents, () => agent({ userId: undefined })],
    ['a key that leads elsewhere', 404, () => '/api/v1/internal/stream/record/..%2F..%2Fetc', () => token()],
    ['AQL as the key', 404, () => '/api/v1/internal/stream/record/%22%20%7C%7C%20true', () => token()],
  ])('%s → %i', async (_attack, status, path, bearer) => {
    expect(await statusOf(path(), bearer())).toBe(status);
  });

  it('user route, everyone else of the company → 403', async () => {
    const others = await served.one<string[]>('RETURN (FOR u IN users FILTER u.userId != @reader RETURN u.userId)', {
      reader,
    });
    const seen = await Promise.all(others.map((userId) => statusOf(user(), agent({ userId }))));
    expect([...new Set(seen)].join()).toBe('403');
  });

  it.each([
    ['several ranges', 200, 'bytes=0-1,4-5'],
    ['2,000 ranges', 200, `bytes=${Array.from({ length: 2_000 }, () => '0-0').join()}`],
    ['a reversed range', 200, 'bytes=5-2'],
    ['the last bytes', 206, 'bytes=-5'],
    ['a range beyond the end', 416, 'bytes=999999999-'],
    ['no range', 200, 'lines=1'],
  ])('%s → %i', async (_attack, status, range) => {
    expect(await statusOf(indexing(), token(), { range })).toBe(status);
  });

  it.each([
    ['CR LF', 'a\r\nSet-Cookie: b'],
    ['quotes', 'a"; filename="b.exe'],
    ['a path', '../../etc/passwd'],
    ['a sign that turns the direction', 'a\u202eb'],
    ['9,000 signs', '%"'.repeat(4_500)],
    ['half a surrogate pair', 'a\ud800'],
  ])('a name with %s → one line of printable ASCII', (_attack, name) => {
    expect(disposition(name)).toMatch(/^attachment; filename="[^"%;/\\]*"; filename\*=UTF-8''[\x21-\x7e]*$/);
  });
});
