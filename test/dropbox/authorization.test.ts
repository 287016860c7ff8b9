import { createHash } from 'node:crypto';
import { requestAuthorization } from '../../src/dropbox/authorization';
import { failureTypeOf } from '../../src/failures';
import { errorOf, FakeDropbox, useFakeDropbox, type Answer } from './fakeDropbox';

const dropbox = useFakeDropbox();
const settings = {
  appKey: 'k&y',
  appSecret: 'app-secret',
  redirectUri: 'http://localhost:8765/back?to=dropbox&more',
  usePkce: true,
};
const request = (more: object = {}) => requestAuthorization({ ...settings, apiUrl: dropbox.url, ...more }, 'state-1');
const granted = {
  access_token: 'access',
  refresh_token: 'refresh',
  team_id: 'dbtid:1',
  scope: 'members.read groups.read',
};

describe('the address of the consent page', () => {
  it("is Dropbox's own without a configured address", async () => {
    const { origin, pathname } = new URL((await request({ apiUrl: undefined })).url);
    expect(origin + pathname).toBe('https://www.dropbox.com/oauth2/authorize');
  });

  it('carries the settings unchanged, whatever characters they contain', async () => {
    const query = new URL((await request()).url).searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      client_id: settings.appKey,
      redirect_uri: settings.redirectUri,
      state: 'state-1',
    });
  });

  it('has no proof key when it is switched off', async () => {
    const query = new URL((await request({ usePkce: false })).url).searchParams;
    expect(query.has('code_challenge')).toBe(false);
  });
});

describe('the exchange of the code', () => {
  it('sends secret, code and proof key in the body, and nothing in the query', async () => {
    dropbox.on('oauth2/token', () => ({ body: granted }));
    const { url, exchange } = await request();
    await expect(exchange('code-1')).resolves.toEqual({
      refreshToken: 'refresh',
      teamId: 'dbtid:1',
      scopes: ['members.read', 'groups.read'],
    });
    const [call] = dropbox.callsOf('oauth2/token');
    expect([...call!.query.keys()]).toEqual([]);
    expect(call!.argument).toMatchObject({
      grant_type: 'authorization_code',
      code: 'code-1',
      client_id: settings.appKey,
      client_secret: settings.appSecret,
      redirect_uri: settings.redirectUri,
    });
    const challenge = createHash('sha256')
      .update(call!.argument.code_verifier as string)
      .digest('base64url');
    expect(new URL(url).searchParams.get('code_challenge')).toBe(challenge);
  });

  it.each<[string, Answer, RegExp]>([
    ['a token without a team', { body: { ...granted, team_id: undefined } }, /for one person, not for the team/],
    ['no refresh token', { body: { ...granted, refresh_token: undefined } }, /not allowed offline access/],
    ['a refused proof key', { status: 400, body: { error: 'invalid_request' } }, /try --no-pkce/],
    ['an unknown reason', { status: 400, body: { error: 'brand_new' } }, /brand_new.*start again/],
  ])('is refused with %s', async (_title, answer, message) => {
    dropbox.on('oauth2/token', () => answer);
    const error = await errorOf((await request()).exchange('code-1'));
    expect(failureTypeOf(error)).toBe('CredentialsRefused');
    expect((error as Error).message).toMatch(message);
  });

  it.each<[string, Answer]>([
    ['a gateway', { status: 502, body: 'bad gateway' }],
    ['a gateway, in JSON', { status: 503, body: { error: 'upstream' } }],
    ['a rate limit', { status: 429, body: '' }],
    ['a page that blocks', { status: 403, body: '<html>blocked' }],
    ['a login page', { body: '<html>log in' }],
    ['a login page in JSON', { body: {} }],
    ['null', { body: null }],
    ['a redirect', { status: 302, headers: { Location: '/login' }, body: '' }],
    ['half of a token', { body: '{"access_token": "to' }],
  ])('says nothing about the credentials when the answer is that of %s', async (_title, answer) => {
    dropbox.on('oauth2/token', () => answer);
    const error = await errorOf((await request()).exchange('code-1'));
    expect(failureTypeOf(error)).toBe('DropboxUnavailable');
    expect((error as Error).message).toContain(`HTTP ${answer.status ?? 200}`);
  });

  it('reports that Dropbox could not be reached', async () => {
    const gone = new FakeDropbox();
    await gone.start();
    await gone.stop();
    const error = await errorOf((await request({ apiUrl: gone.url })).exchange('code-1'));
    expect(failureTypeOf(error)).toBe('DropboxUnavailable');
  });
});
