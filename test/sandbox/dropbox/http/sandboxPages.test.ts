import { useFixture } from './fixture';

const fixture = useFixture('test');

it('info returns what an app needs to connect', async () => {
  const { json } = await fixture.sandbox('info');
  const { appKey, appSecret, refreshToken } = fixture.simulator.grants.app;
  expect(json).toEqual({
    app_key: appKey,
    app_secret: appSecret,
    refresh_token: refreshToken,
    team_id: expect.stringMatching(/^dbtid:/),
    admin: { team_member_id: fixture.ada.memberId, email: 'ada@example.com' },
  });
});

it('truth returns the readers of each file', async () => {
  const { json } = await fixture.sandbox('truth');
  expect(Object.values(json.files)).toContainEqual({
    path: expect.stringContaining('Täglich 日本.txt'),
    namespace_id: fixture.ben.home.id,
    readers: ['ben@example.com'],
  });
});

it('stats counts calls by route', async () => {
  await fixture.sandbox('stats/reset', {});
  await fixture.call('files/list_folder', { path: '' }, { as: fixture.ben });
  await fixture.call('files/list_folder', { path: '/' }, { as: fixture.ben });
  await fixture.call('team/get_info');
  expect((await fixture.get('/favicon.ico')).status).toBe(404);
  expect((await fixture.sandbox('stats')).json).toEqual({
    total: 3,
    calls: { 'files/list_folder': 2, 'team/get_info': 1 },
  });
  await fixture.sandbox('stats/reset', {});
  expect((await fixture.sandbox('stats')).json).toEqual({ total: 0, calls: {} });
});

it('events/reset makes cursors answer reset with the time from which to read again', async () => {
  await fixture.call('team/groups/create', { group_name: 'Before' });
  const { json: log } = await fixture.call('team_log/get_events', {});
  expect(log.events.length).toBeGreaterThan(0);
  await fixture.sandbox('events/reset', {});
  const { status, json } = await fixture.call('team_log/get_events/continue', { cursor: log.cursor });
  expect(status).toBe(409);
  expect(json.error).toEqual({ '.tag': 'reset', reset: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) });
});

it('events/delay delays events', async () => {
  await fixture.sandbox('events/delay', { seconds: 3600 });
  await fixture.call('team/groups/create', { group_name: 'Late' });
  const { json } = await fixture.call('team_log/get_events', { category: 'groups' });
  expect(json.events).toEqual([]);
});

it('migrate moves the company to team space, once', async () => {
  expect((await fixture.sandbox('migrate', { model: 'C' })).status).toBe(200);
  const { json } = await fixture.call('users/get_current_account', undefined, { as: fixture.ben });
  expect(json.root_info.root_namespace_id).not.toBe(json.root_info.home_namespace_id);
  for (const model of ['A', 'B', 'C']) expect((await fixture.sandbox('migrate', { model })).status).toBe(400);
});

it.each([
  ['nothing', undefined, 404],
  ['members/activate', {}, 400],
  ['members/activate', { team_member_id: 'dbmid:none' }, 400],
  ['cursors/reset', { namespace_id: '99' }, 400],
  ['events/delay', { seconds: 'x' }, 400],
  ['tokens', { scopes: ['no.scope'] }, 400],
  ['tokens', { link: { email: 'unknown@example.com' } }, 400],
  ['tokens', { link: { email: 'ben@example.com' } }, 400],
  ['limits', { member: { calls: 0, seconds: 1 } }, 400],
])('%s with %j is refused', async (page, body, status) => {
  expect((await fixture.sandbox(page, body)).status).toBe(status);
});
