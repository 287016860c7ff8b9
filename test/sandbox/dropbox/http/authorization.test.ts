import { openOffice, personalToken, type Office } from './office';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());

describe('a request without a good token', () => {
  it.each([
    [{}, 'Must provide HTTP header "Authorization" or URL parameter "authorization".'],
    [{ Authorization: 'Basic abc' }, 'Invalid authorization value in HTTP header "Authorization"'],
    [{ Authorization: 'Bearer nonsense' }, 'The given OAuth 2 access token is malformed.'],
  ])('is bad with %j', async (headers, message) => {
    const { status, text, headers: sent } = await office.call('team/get_info', undefined, { token: null, headers });
    expect(status).toBe(400);
    expect(sent.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text).toContain(`Error in call to API function "team/get_info": ${message}`);
  });

  it("is refused when the token is nobody's", async () => {
    const { status, json } = await office.call('team/get_info', undefined, { token: `sl.${'x'.repeat(60)}` });
    expect([status, json.error]).toEqual([401, { '.tag': 'invalid_access_token' }]);
  });

  it('may carry the token in the address', async () => {
    const query = `?authorization=${encodeURIComponent(`Bearer ${office.token}`)}`;
    expect((await office.call('team/get_info', undefined, { token: null, query })).status).toBe(200);
  });
});

describe('a team token', () => {
  it('needs a member on a user route', async () => {
    const { status, text } = await office.call('users/get_current_account');
    expect(status).toBe(400);
    expect(text).toContain('is for an entire Dropbox Business team');
    expect(text).toContain('"Dropbox-API-Select-User"');
  });

  it('acts as the selected member, by header or parameter', async () => {
    const byHeader = await office.call('users/get_current_account', undefined, { as: office.ben });
    expect(byHeader.json).toMatchObject({ email: 'ben@example.com', team_member_id: office.ben.memberId });
    const query = `?select_user=${encodeURIComponent(office.cleo.memberId ?? '')}`;
    const byParameter = await office.call('users/get_current_account', undefined, { query });
    expect(byParameter.json.email).toBe('cleo@example.com');
  });

  it('refuses a selection of the wrong form', async () => {
    const { status, text } = await office.call('users/get_current_account', undefined, {
      headers: { 'Dropbox-API-Select-User': 'ben@example.com' },
    });
    expect([status, text]).toEqual([400, expect.stringContaining('Invalid select user id format')]);
  });

  it('refuses both selections at once', async () => {
    const both = { as: office.ben, admin: office.ada };
    expect((await office.call('users/get_current_account', undefined, both)).status).toBe(400);
  });

  it('refuses members who are not there', async () => {
    const headers = { 'Dropbox-API-Select-User': 'dbmid:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' };
    const { status, json } = await office.call('users/get_current_account', undefined, { headers });
    expect([status, json.error]).toEqual([401, { '.tag': 'invalid_select_user' }]);
  });

  it('loses suspended, removed and merely invited members', async () => {
    const user = { '.tag': 'email', email: 'dan@example.com' };
    const added = await office.call('team/members/add_v2', { new_members: [{ member_email: user.email }] });
    const dan = office.company.memberById(added.json.complete[0].profile.team_member_id)!;
    const state = async () =>
      (await office.call('users/get_current_account', undefined, { as: dan })).json.error?.['.tag'];
    expect(await state()).toBe('invalid_select_user');
    await office.sandbox('members/activate', { team_member_id: dan.memberId });
    expect(await state()).toBeUndefined();
    await office.call('team/members/suspend', { user });
    expect(await state()).toBe('user_suspended');
    await office.call('team/members/unsuspend', { user });
    await office.call('team/members/remove', { user });
    expect(await state()).toBe('invalid_select_user');
  });

  it("can't be revoked without a member", async () => {
    const { status, text } = await office.call('auth/token/revoke');
    expect([status, text]).toEqual([400, expect.stringContaining('entire Dropbox Business team')]);
  });
});

describe("an admin's selection", () => {
  it("opens the team's content", async () => {
    const { json } = await office.call('files/list_folder', { path: `ns:${office.plans.id}` }, { admin: office.ada });
    expect(json.entries.map((entry: { name: string }) => entry.name)).toEqual(['budget.csv']);
  });

  it('is for admins only', async () => {
    const { status, json } = await office.call('files/list_folder', { path: '' }, { admin: office.ben });
    expect([status, json.error]).toEqual([401, { '.tag': 'invalid_select_admin' }]);
  });

  it.each([
    ['sharing/list_folders', {}],
    ['sharing/list_received_files/continue', { cursor: 'x' }],
    ['sharing/mount_folder', { shared_folder_id: '1' }],
    ['sharing/set_access_inheritance', { shared_folder_id: '1' }],
    ['files/get_temporary_link', { path: '/x' }],
    ['users/features/get_values', { features: [] }],
  ])('is refused by %s, which has no mode for it', async (route, argument) => {
    const { status, text } = await office.call(route, argument, { admin: office.ada });
    expect(status).toBe(400);
    expect(text).toContain(`Error in call to API function "${route}": This API function does not support`);
  });
});

describe("a member's own token", () => {
  it('works without selection, and not on team routes', async () => {
    const token = await personalToken(office, office.ben, ['account_info.read', 'files.metadata.read']);
    expect((await office.call('users/get_current_account', undefined, { token })).json.email).toBe('ben@example.com');
    const { status, text } = await office.call('team/get_info', undefined, { token });
    expect([status, text]).toEqual([400, expect.stringContaining('is for an individual')]);
    expect((await office.call('users/get_current_account', undefined, { token, as: office.cleo })).status).toBe(400);
  });

  it('is held to its scopes', async () => {
    const token = await personalToken(office, office.ben, ['account_info.read']);
    const { status, json } = await office.call('files/list_folder', { path: '' }, { token });
    expect(status).toBe(401);
    expect(json).toEqual({
      error_summary: expect.stringMatching(/^missing_scope\/\.*$/),
      error: { '.tag': 'missing_scope', required_scope: 'files.metadata.read' },
    });
  });
});

it('tells when the admin who linked the app is none any more, and works on', async () => {
  const role = (email: string, new_role: string) =>
    office.call('team/members/set_admin_permissions', { user: { '.tag': 'email', email }, new_role });
  await role('ben@example.com', 'team_admin');
  await role('ada@example.com', 'member_only');
  const { json } = await office.call('team/token/get_authenticated_admin');
  expect(json.error).toEqual({ '.tag': 'admin_not_active' });
  expect((await office.call('team/get_info')).status).toBe(200);
  await role('ada@example.com', 'team_admin');
  await role('ben@example.com', 'member_only');
});

it('needs team_data.member to select anybody', async () => {
  const { json: link } = await office.sandbox('tokens', {
    link: { email: 'ada@example.com', scopes: ['team_info.read', 'account_info.read'] },
  });
  const { json } = await office.call('users/get_current_account', undefined, {
    token: link.access_token,
    as: office.ben,
  });
  expect(json.error).toEqual({ '.tag': 'missing_scope', required_scope: 'team_data.member' });
});

describe('the app itself', () => {
  const basic = (key: string, secret: string) => ({
    Authorization: `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`,
  });

  it('checks its key and secret', async () => {
    const { appKey, appSecret } = office.simulator.grants.app;
    const good = await office.call('check/app', { query: 'hi' }, { token: null, headers: basic(appKey, appSecret) });
    expect(good.json).toEqual({ result: 'hi' });
    const bad = await office.call('check/app', { query: 'hi' }, { token: null, headers: basic(appKey, 'wrong') });
    expect(bad.status).toBe(400);
    expect((await office.call('check/app', {}, { token: null })).status).toBe(400);
  });
});

describe('path roots', () => {
  let space: Office;
  beforeAll(async () => {
    space = await openOffice({ model: 'C' });
  });
  afterAll(() => space.close());

  it('are asserted, and the fresh ones told', async () => {
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

  it('reach any namespace of the caller, and no other', async () => {
    const reach = (pathRoot: object) => space.call('files/list_folder', { path: '' }, { as: space.ben, pathRoot });
    const plans = await reach({ '.tag': 'namespace_id', namespace_id: space.plans.id });
    expect(plans.json.entries).toHaveLength(1);
    const foreign = await reach({ '.tag': 'namespace_id', namespace_id: space.cleo.home.id });
    expect([foreign.status, foreign.json.error]).toEqual([422, { '.tag': 'no_permission' }]);
    expect((await reach({ '.tag': 'home' })).status).toBe(200);
  });

  it('are read strictly', async () => {
    const send = (text: string) =>
      space.call('files/list_folder', { path: '' }, { as: space.ben, headers: { 'Dropbox-API-Path-Root': text } });
    expect((await send('{nonsense')).text).toContain(
      'HTTP header "Dropbox-API-Path-Root": could not decode input as JSON',
    );
    expect((await send('{".tag":"rot"}')).text).toContain("unknown tag 'rot'");
  });
});
