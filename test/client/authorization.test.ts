import { get } from 'node:http';
import { startDropboxSimulator, type DropboxSimulator } from '../../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../../sandbox/dropbox/sources';
import { startRedirectServer } from '../../src/cli/redirectPage';
import { beginAuthorization, type Authorization } from '../../src/client/authorization';
import { requiredScopes } from '../../src/dropbox/scopes';

const redirectUri = 'http://localhost:8765/dropbox/authorized';
let dropbox: DropboxSimulator;
beforeAll(async () => {
  dropbox = await startDropboxSimulator({ port: 0, company: buildTeam(teamSource('demo'), 'A') });
});
afterAll(() => dropbox.close());

const begin = (more: object = {}): Promise<Authorization> => {
  const { appKey, appSecret } = dropbox.simulator.grants.app;
  return beginAuthorization({ appKey, appSecret, redirectUri, usePkce: true, apiUrl: dropbox.url, ...more });
};

/** The answer of an admin on Dropbox's consent page. */
async function consent(url: string, answer: 'allow' | 'deny' = 'allow'): Promise<URLSearchParams> {
  const form = new URLSearchParams({ answer, member: dropbox.simulator.admin.memberId });
  const response = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  return new URL(response.headers.get('location') ?? '').searchParams;
}

describe('the consent of a team admin', () => {
  it('requests read scopes and offline access, with a state and a proof key', async () => {
    const url = new URL((await begin()).url);
    expect(url.pathname).toBe('/oauth2/authorize');
    const { scope, ...rest } = Object.fromEntries(url.searchParams);
    expect(rest).toMatchObject({
      response_type: 'code',
      token_access_type: 'offline',
      redirect_uri: redirectUri,
      code_challenge_method: 'S256',
    });
    expect(rest['state']).toMatch(/^[\w-]{43}$/);
    expect(rest['code_challenge']).toMatch(/^[\w-]{43}$/);
    expect(scope?.split(' ')).toEqual([...requiredScopes]);
    expect(scope).not.toContain('write');
    expect(url.href).not.toContain(dropbox.simulator.grants.app.appSecret);
  });

  it.each([true, false])('ends in a refresh token that works (proof key: %s)', async (usePkce) => {
    const authorization = await begin({ usePkce });
    const { refreshToken, teamId, scopes } = await authorization.finish(await consent(authorization.url));
    expect(teamId).toBe(dropbox.simulator.teamId);
    expect(scopes.sort()).toEqual([...requiredScopes].sort());
    expect(dropbox.simulator.grants.findByRefreshToken(refreshToken)).toBeDefined();
  });

  it.each<[string, (answer: URLSearchParams) => void, RegExp]>([
    ['another state', (answer) => answer.set('state', 'x'), /wrong state/],
    ['no state', (answer) => answer.delete('state'), /wrong state/],
    ['no code', (answer) => answer.delete('code'), /no authorization code/],
    ['a code that does not exist', (answer) => answer.set('code', 'x'), /invalid_grant.*start again/],
  ])('is refused with %s', async (_name, corrupt, message) => {
    const authorization = await begin();
    const answer = await consent(authorization.url);
    corrupt(answer);
    await expect(authorization.finish(answer)).rejects.toMatchObject({
      code: 'CredentialsRefused',
      message: expect.stringMatching(message),
    });
  });

  it('is reported as denied, and differently from a wrong secret', async () => {
    const denied = await begin();
    await expect(denied.finish(await consent(denied.url, 'deny'))).rejects.toThrow(/the consent was denied/i);
    const wrong = await begin({ appSecret: 'wrong' });
    await expect(wrong.finish(await consent(wrong.url))).rejects.toThrow(/app key or secret is wrong/);
  });
});

describe('the local page', () => {
  const isAnswer = (answer: URLSearchParams): boolean => answer.get('state') === '2';

  it('ignores answers with another state, waits for the outcome, and shows it', async () => {
    const server = await startRedirectServer(new URL('http://localhost/back'), 0, isAnswer, 60_000);
    const page = (path: string): Promise<{ status: number; text: string }> =>
      new Promise((resolve, reject) => {
        get(`http://localhost:${server.port}${path}`, (response) => {
          let text = '';
          response.on('data', (part: Buffer) => (text += part.toString('utf8')));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        }).on('error', reject);
      });
    expect((await page('/elsewhere')).status).toBe(404);
    expect((await page('/back?code=1&state=3')).status).toBe(400);
    expect((await page('/back?error=access_denied')).status).toBe(400);
    const shown = page('/back?code=1&state=2');
    expect(Object.fromEntries(await server.answer)).toEqual({ code: '1', state: '2' });
    server.show({ ok: false, text: 'no <b>good</b>' });
    expect((await shown).text).toContain('no &#60;b&#62;good');
    server.close();
  });

  it('stops waiting after a while', async () => {
    const server = await startRedirectServer(new URL('http://localhost/back'), 0, isAnswer, 10);
    await expect(server.answer).rejects.toThrow(/no answer from the consent page/);
    server.close();
  });
});
