import { type Fixture, personalToken, startFixture, useFixture } from './fixture';

const fixture = useFixture();

describe('a request without a valid token', () => {
  it.each([
    [{}, 'Invalid authorization value in HTTP header/URL parameter'],
    [{ Authorization: 'Bearer' }, 'Invalid authorization value in HTTP header/URL parameter'],
    [{ Authorization: 'Basic abc' }, 'Invalid authorization value in HTTP header/URL parameter'],
    [{ Authorization: 'Bearer nonsense' }, 'The given OAuth 2 access token is malformed.'],
  ])('is refused with 400 for %j', async (headers, message) => {
    const { status, text, headers: sent } = await fixture.call('team/get_info', undefined, { token: null, headers });
    expect(status).toBe(400);
    expect(sent.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text).toContain(`Error in call to API function "team/get_info": ${message}`);
  });

  it('is refused with 401 when the token is unknown', async () => {
    const { status, json } = await fixture.call('team/get_info', undefined, { token: `sl.${'x'.repeat(60)}` });
    expect([status, json.error]).toEqual([401, { '.tag': 'invalid_access_token' }]);
  });

  it('is accepted when the token is in the URL', async () => {
    const query = `?authorization=${encodeURIComponent(`Bearer ${fixture.token}`)}`;
    expect((await fixture.call('team/get_info', undefined, { token: null, query })).status).toBe(200);
  });
});

describe('a team token', () => {
  it('needs a selected member on a user route', async () => {
    const { status, text } = await fixture.call('users/get_current_account');
    expect(status).toBe(400);
    expect(text).toContain('is for an entire Dropbox Business team');
    expect(text).toContain('"Dropbox-API-Select-User"');
  });

  it('acts as the selected member, by header or parameter', async () => {
    const byHeader = await fixture.call('users/get_current_account', undefined, { as: fixture.ben });
    expect(byHeader.json).toMatchObject({ email: 'ben@example.com', team_member_id: fixture.ben.memberId });
    const query = `?select_user=${encodeURIComponent(fixture.cleo.memberId ?? '')}`;
    const byParameter = await fixture.call('users/get_current_account', undefined, { query });
    expect(byParameter.json.email).toBe('cleo@example.com');
  });

  it('refuses a malformed member id', async () => {
    const { status, text } = await fixture.call('users/get_current_account', undefined, {
      headers: { 'Dropbox-API-Select-User': 'ben@example.com' },
    });
    expect([status, text]).toEqual([400, expect.stringContaining('Invalid select user id format')]);
  });

  it('refuses both selections at once', async () => {
    const both = { as: fixture.ben, admin: fixture.ada };
    expect((await fixture.call('users/get_current_account', undefined, both)).status).toBe(400);
  });

  it('refuses unknown members', async () => {
    const headers = { 'Dropbox-API-Select-User': 'dbmid:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' };
    const { status, json } = await fixture.call('users/get_current_account', undefined, { headers });
    expect([status, json.error]).toEqual([401, { '.tag': 'invalid_select_user' }]);
  });

  it('cannot act as suspended, removed and invited members', async () => {
    const user = { '.tag': 'email', email: 'dan@example.com' };
    const added = await fixture.call('team/members/add_v2', { new_members: [{ member_email: user.email }] });
    const dan = fixture.company.memberById(added.json.complete[0].profile.team_member_id)!;
    const state = async () =>
      (await fixture.call('users/get_current_account', undefined, { as: dan })).json.error?.['.tag'];
    expect(await state()).toBe('invalid_select_user');
    await fixture.sandbox('members/activate', { team_member_id: dan.memberId });
    expect(await state()).toBeUndefined();
    await fixture.call('team/members/suspend', { user });
    expect(await state()).toBe('user_suspended');
    await fixture.call('team/members/unsuspend', { user });
    await fixture.call('team/members/remove', { user });
    expect(await state()).toBe('invalid_select_user');
  });

  it('cannot be revoked without a selected member', async () => {
    const { status, text } = await fixture.call('auth/token/revoke');
    expect([status, text]).toEqual([400, expect.stringContaining('entire Dropbox Business team')]);
  });
});

describe('Select-Admin', () => {
  it("gives access to the team's content", async () => {
    const { json } = await fixture.call(
      'files/list_folder',
      { path: `ns:${fixture.plans.id}` },
      { admin: fixture.ada },
    );
    expect(json.entries.map((entry: { name: string }) => entry.name)).toEqual(['budget.csv']);
  });

  it('is refused for members who are not admins', async () => {
    const { status, json } = await fixture.call('files/list_folder', { path: '' }, { admin: fixture.ben });
    expect([status, json.error]).toEqual([401, { '.tag': 'invalid_select_admin' }]);
  });

  it.each([
    ['sharing/list_folders', {}],
    ['sharing/list_received_files/continue', { cursor: 'x' }],
    ['sharing/mount_folder', { shared_folder_id: '1' }],
    ['sharing/set_access_inheritance', { shared_folder_id: '1' }],
    ['files/get_temporary_link', { path: '/x' }],
    ['users/features/get_values', { features: [] }],
  ])('is refused by %s, which does not support it', async (route, argument) => {
    const { status, text } = await fixture.call(route, argument, { admin: fixture.ada });
    expect(status).toBe(400);
    expect(text).toContain(`Error in call to API function "${route}": This API function does not support`);
  });
});

it.each(['as', 'admin'] as const)('a team route refuses to act as someone (%s)', async (kind) => {
  const actor = { [kind]: kind === 'as' ? fixture.ben : fixture.ada };
  const { status, text } = await fixture.call('team/members/list_v2', {}, actor);
  expect([status, text]).toEqual([400, expect.stringContaining('does not support select_')]);
});

describe("a member's own token", () => {
  it('works without a selected member, but not on team routes', async () => {
    const token = await personalToken(fixture, fixture.ben, ['account_info.read', 'files.metadata.read']);
    expect((await fixture.call('users/get_current_account', undefined, { token })).json.email).toBe('ben@example.com');
    const { status, text } = await fixture.call('team/get_info', undefined, { token });
    expect([status, text]).toEqual([400, expect.stringContaining('is for an individual')]);
    expect((await fixture.call('users/get_current_account', undefined, { token, as: fixture.cleo })).status).toBe(400);
  });

  it('is limited to its scopes', async () => {
    const token = await personalToken(fixture, fixture.ben, ['account_info.read']);
    const { status, json } = await fixture.call('files/list_folder', { path: '' }, { token });
    expect(status).toBe(401);
    expect(json).toEqual({
      error_summary: expect.stringMatching(/^missing_scope\/\.*$/),
      error: { '.tag': 'missing_scope', required_scope: 'files.metadata.read' },
    });
  });
});

it('get_authenticated_admin reports that the linking admin lost the role, while the link stays valid', async () => {
  const role = (email: string, new_role: string) =>
    fixture.call('team/members/set_admin_permissions', { user: { '.tag': 'email', email }, new_role });
  await role('ben@example.com', 'team_admin');
  await role('ada@example.com', 'member_only');
  const { json } = await fixture.call('team/token/get_authenticated_admin');
  expect(json.error).toEqual({ '.tag': 'admin_not_active' });
  expect((await fixture.call('team/get_info')).status).toBe(200);
  await role('ada@example.com', 'team_admin');
  await role('ben@example.com', 'member_only');
});

it('selecting a member needs the scope team_data.member', async () => {
  const { json: link } = await fixture.sandbox('tokens', {
    link: { email: 'ada@example.com', scopes: ['team_info.read', 'account_info.read'] },
  });
  const { json } = await fixture.call('users/get_current_account', undefined, {
    token: link.access_token,
    as: fixture.ben,
  });
  expect(json.error).toEqual({ '.tag': 'missing_scope', required_scope: 'team_data.member' });
});

describe('app authentication', () => {
  const basic = (key: string, secret: string) => ({
    Authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
  });

  it('checks its key and secret', async () => {
    const { appKey, appSecret } = fixture.simulator.grants.app;
    const good = await fixture.call('check/app', { query: 'hi' }, { token: null, headers: basic(appKey, appSecret) });
    expect(good.json).toEqual({ result: 'hi' });
    const bad = await fixture.call('check/app', { query: 'hi' }, { token: null, headers: basic(appKey, 'wrong') });
    expect(bad.status).toBe(400);
    expect((await fixture.call('check/app', {}, { token: null })).status).toBe(400);
  });
});

describe('path roots', () => {
  let space: Fixture;
  beforeAll(async () => {
    space = await startFixture({ model: 'C' });
  });
  afterAll(() => space.close());

  it('of mode root must be the current root, which the error returns', async () => {
    const { json: account } = await space.call('users/get_current_account', undefined, { as: space.ben });
    const right = { '.tag': 'root', root: account.root_info.root_namespace_id };
    expect((await space.call('files/list_folder', { path: '' }, { as: space.ben, pathRoot: right })).status).toBe(200);
    const stale = { '.tag': 'root', root: account.root_info.home_namespace_id };
    const { status, json } = await space.call('files/list_folder', { path: '' }, { as: space.ben, pathRoot: stale });
    expect(status).toBe(422);
    expect(json).toEqual({
      error_summary: expect.stringMatching(/^invalid_root\/\.*$/),
      error: { '.tag': 'invalid_root', invalid_root: account.root_info },
    });
  });

  it('give access only to namespaces of the caller', async () => {
    const reach = (pathRoot: object) => space.call('files/list_folder', { path: '' }, { as: space.ben, pathRoot });
    const plans = await reach({ '.tag': 'namespace_id', namespace_id: space.plans.id });
    expect(plans.json.entries).toHaveLength(1);
    const foreign = await reach({ '.tag': 'namespace_id', namespace_id: space.cleo.home.id });
    expect([foreign.status, foreign.json.error]).toEqual([422, { '.tag': 'no_permission' }]);
    expect((await reach({ '.tag': 'home' })).status).toBe(200);
  });

  it('are validated', async () => {
    const send = (text: string) =>
      space.call('files/list_folder', { path: '' }, { as: space.ben, headers: { 'Dropbox-API-Path-Root': text } });
    expect((await send('{nonsense')).text).toContain(
      'HTTP header "Dropbox-API-Path-Root": could not decode input as JSON',
    );
    expect((await send('{".tag":"rot"}')).text).toContain("unknown tag 'rot'");
  });
});
