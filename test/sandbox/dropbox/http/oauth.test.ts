import { createHash, randomBytes } from 'node:crypto';
import { ALL_SCOPES } from '../../../../sandbox/dropbox/http/oauth/scopes';
import { readReply, startFixture, useFixture } from './fixture';

const fixture = useFixture();

const app = () => fixture.simulator.grants.app;

async function token(
  parameters: Record<string, string>,
  place: 'query' | 'body' = 'query',
  headers: Record<string, string> = {},
) {
  const text = new URLSearchParams(parameters).toString();
  const url = `${fixture.url}/oauth2/token${place === 'query' ? `?${text}` : ''}`;
  const body = place === 'body' ? { body: new URLSearchParams(parameters) } : {};
  return readReply(await fetch(url, { method: 'POST', headers, ...body }));
}

const client = () => ({ client_id: app().appKey, client_secret: app().appSecret });
const refresh = () => ({ grant_type: 'refresh_token', refresh_token: app().refreshToken, ...client() });

describe('refreshing', () => {
  it.each(['query', 'body'] as const)('accepts the parameters in the %s', async (place) => {
    const { status, json } = await token(refresh(), place);
    expect(status).toBe(200);
    expect(json).toEqual({ access_token: expect.stringMatching(/^sl\./), token_type: 'bearer', expires_in: 14_400 });
    expect((await fixture.call('team/get_info', undefined, { token: json.access_token })).status).toBe(200);
  });

  it('accepts key and secret as Basic authorization too', async () => {
    const basic = Buffer.from(`${app().appKey}:${app().appSecret}`).toString('base64');
    const parameters = { grant_type: 'refresh_token', refresh_token: app().refreshToken };
    expect((await token(parameters, 'body', { Authorization: `Basic ${basic}` })).status).toBe(200);
  });

  it('can ask for fewer scopes, but not for others', async () => {
    const { json } = await token({ ...refresh(), scope: 'team_info.read' });
    const refused = await fixture.call('team/members/list_v2', {}, { token: json.access_token });
    expect(refused.json.error).toEqual({ '.tag': 'missing_scope', required_scope: 'members.read' });
    expect((await token({ ...refresh(), scope: 'no.such.scope' })).json.error).toBe('invalid_scope');
  });

  it.each([
    [{ refresh_token: 'a'.repeat(64) }, 'invalid_grant', 'refresh token is invalid or revoked'],
    [{ refresh_token: 'not a token' }, 'invalid_grant', 'refresh token is malformed'],
    [{ client_secret: 'wrong' }, 'invalid_client', 'Invalid client_id or client_secret'],
    [{ client_id: 'wrong' }, 'invalid_client', 'Invalid client_id or client_secret'],
    [{ grant_type: 'password' }, 'unsupported_grant_type', expect.any(String)],
  ])("is refused in OAuth's shape with %j", async (change, error, error_description) => {
    const { status, json, headers } = await token({ ...refresh(), ...change });
    expect(status).toBe(400);
    expect(json).toEqual({ error, error_description });
    expect(headers.get('x-dropbox-request-id')).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('consent in the browser', () => {
  const redirect_uri = 'http://127.0.0.1:9/back';

  async function consent(parameters: Record<string, string>, answer: 'allow' | 'deny', member?: string): Promise<URL> {
    const address = `${fixture.url}/oauth2/authorize?${new URLSearchParams(parameters).toString()}`;
    const page = await (await fetch(address)).text();
    expect(page).toContain('value="allow"');
    expect(page).toContain('value="deny"');
    const action = /action="([^"]+)"/.exec(page)?.[1]?.replaceAll('&#38;', '&') ?? '';
    const form = new URLSearchParams({ answer, ...(member === undefined ? {} : { member }) });
    const redirected = await fetch(fixture.url + action, { method: 'POST', body: form, redirect: 'manual' });
    expect(redirected.status).toBe(302);
    return new URL(redirected.headers.get('location') ?? '');
  }

  const asked = () => ({
    client_id: app().appKey,
    response_type: 'code',
    redirect_uri,
    state: 'state & more',
    token_access_type: 'offline',
  });

  it('returns a code that can be exchanged once, with the secret, for tokens of the team', async () => {
    const back = await consent(asked(), 'allow');
    expect(back.searchParams.get('state')).toBe('state & more');
    const exchange = {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri,
      ...client(),
    };
    const { json } = await token(exchange, 'body');
    expect(json).toMatchObject({ token_type: 'bearer', expires_in: 14_400, team_id: fixture.simulator.teamId });
    expect(json.scope.split(' ')).toContain('team_data.member');
    expect(json).not.toHaveProperty('account_id');
    expect((await token({ ...refresh(), refresh_token: json.refresh_token })).status).toBe(200);
    expect((await token(exchange, 'body')).json.error).toBe('invalid_grant');
  });

  it('grants what is on in the App Console, and a call that needs more is refused with a text', async () => {
    const on = ['team_info.read', 'account_info.read'];
    await fixture.sandbox('tokens', { app_scopes: on });
    try {
      const code = (await consent(asked(), 'allow')).searchParams.get('code') ?? '';
      const { json } = await token({ grant_type: 'authorization_code', code, redirect_uri, ...client() });
      expect(json.scope.split(' ').sort()).toEqual([...on].sort());
      const { status, text } = await fixture.call('team/members/list_v2', {}, { token: json.access_token });
      expect([status, text]).toEqual([400, expect.stringContaining("not have the required scope 'members.read'")]);
      const more = new URLSearchParams({ ...asked(), scope: 'members.read' });
      expect((await fetch(`${fixture.url}/oauth2/authorize?${more.toString()}`)).status).toBe(400);
      // The link from before has kept its scopes.
      expect((await fixture.call('team/members/list_v2', {})).status).toBe(200);
    } finally {
      await fixture.sandbox('tokens', { app_scopes: ALL_SCOPES });
    }
  });

  it('links one account when no team scope is requested', async () => {
    const back = await consent(
      { ...asked(), scope: 'account_info.read files.metadata.read' },
      'allow',
      fixture.ben.memberId,
    );
    const code = back.searchParams.get('code') ?? '';
    const { json } = await token({ grant_type: 'authorization_code', code, redirect_uri, ...client() });
    expect(json).toMatchObject({ account_id: fixture.ben.accountId, uid: fixture.ben.uid });
    const account = await fixture.call('users/get_current_account', undefined, { token: json.access_token });
    expect(account.json.email).toBe('ben@example.com');
  });

  it('checks the PKCE verifier', async () => {
    const verifier = randomBytes(48).toString('base64url');
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const pkce = { ...asked(), code_challenge, code_challenge_method: 'S256' };
    const exchange = async (code_verifier: string) => {
      const code = (await consent(pkce, 'allow')).searchParams.get('code') ?? '';
      return token({ grant_type: 'authorization_code', code, redirect_uri, client_id: app().appKey, code_verifier });
    };
    const accepted = await exchange(verifier);
    expect(accepted.status).toBe(200);
    const withoutSecret = { grant_type: 'refresh_token', client_id: app().appKey };
    expect((await token({ ...withoutSecret, refresh_token: accepted.json.refresh_token })).status).toBe(200);
    const { json: refused } = await token({ ...withoutSecret, refresh_token: app().refreshToken });
    expect(refused.error).toBe('invalid_client');
    expect((await exchange('x'.repeat(43))).json).toEqual({
      error: 'invalid_grant',
      error_description: 'invalid code verifier',
    });
    expect((await exchange('short')).json.error).toBe('invalid_grant');
  });

  it('leads to no refresh token without offline access', async () => {
    const { token_access_type: _, ...online } = asked();
    const code = (await consent(online, 'allow')).searchParams.get('code') ?? '';
    const { json } = await token({ grant_type: 'authorization_code', code, redirect_uri, ...client() });
    expect(json).not.toHaveProperty('refresh_token');
  });

  it('returns an error when it is denied', async () => {
    const back = await consent(asked(), 'deny');
    expect(back.searchParams.get('error')).toBe('access_denied');
    expect(back.searchParams.get('code')).toBeNull();
  });

  it('requires the same redirect URI in the exchange', async () => {
    const code = (await consent(asked(), 'allow')).searchParams.get('code') ?? '';
    const other = { grant_type: 'authorization_code', code, redirect_uri: 'http://127.0.0.1:9/other', ...client() };
    expect((await token(other)).json).toEqual({ error: 'invalid_grant', error_description: 'redirect_uri mismatch' });
  });

  it('lets only admins link the team', async () => {
    const address = `/oauth2/authorize?${new URLSearchParams(asked()).toString()}`;
    expect((await fixture.get(address)).text).not.toContain('ben@example.com');
    const form = new URLSearchParams({ answer: 'allow', member: fixture.ben.memberId ?? '' });
    expect((await fetch(fixture.url + address, { method: 'POST', body: form })).status).toBe(403);
  });

  it.each([
    [{ client_id: 'wrong' }, 'Invalid client_id'],
    [{ response_type: 'token' }, 'Invalid response_type'],
    [{ scope: 'nonsense' }, 'Invalid scope'],
    [{ redirect_uri: 'nonsense' }, 'Invalid redirect_uri'],
    [{ code_challenge: 'x', code_challenge_method: 'plain' }, 'Invalid code_challenge_method'],
  ])('refuses %j', async (change, message) => {
    const query = new URLSearchParams({ ...asked(), ...change }).toString();
    const { status, text } = await fixture.get(`/oauth2/authorize?${query}`);
    expect(status).toBe(400);
    expect(text).toContain(message);
  });
});

describe('tokens', () => {
  it('expire after their lifetime', async () => {
    await fixture.sandbox('tokens', { expires_in: 0 });
    const { json } = await token(refresh());
    await fixture.sandbox('tokens', { expires_in: 14_400 });
    const expired = await fixture.call('team/get_info', undefined, { token: json.access_token });
    expect(expired.status).toBe(401);
    expect(expired.json).toMatchObject({ error: { '.tag': 'expired_access_token' } });
    expect(expired.json.error_summary).toMatch(/^expired_access_token\/\.*$/);
  });

  it('of one approval are all revoked by auth/token/revoke', async () => {
    const { json: link } = await fixture.sandbox('tokens', {
      link: { email: 'ben@example.com', scopes: ['account_info.read'] },
    });
    const sibling = await token({ ...refresh(), refresh_token: link.refresh_token });
    expect((await fixture.call('auth/token/revoke', undefined, { token: link.access_token })).json).toBeNull();
    for (const used of [link.access_token, sibling.json.access_token]) {
      const { json } = await fixture.call('users/get_current_account', undefined, { token: used });
      expect(json.error['.tag']).toBe('invalid_access_token');
    }
    const { json } = await token({ ...refresh(), refresh_token: link.refresh_token });
    expect(json.error_description).toBe('refresh token is invalid or revoked');
  });

  it('of all approvals are revoked when the sandbox revokes the links', async () => {
    const other = await startFixture();
    await other.sandbox('tokens', { revoke_refresh: true });
    expect((await other.call('team/get_info')).json.error['.tag']).toBe('invalid_access_token');
    const { appKey, appSecret, refreshToken } = other.simulator.grants.app;
    const query = `grant_type=refresh_token&refresh_token=${refreshToken}&client_id=${appKey}&client_secret=${appSecret}`;
    const answer = await fetch(`${other.url}/oauth2/token?${query}`, { method: 'POST' });
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
    await other.close();
  });
});
