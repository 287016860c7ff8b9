import { openOffice, type Office } from './office';

let office: Office;
beforeEach(async () => {
  office = await openOffice();
});
afterEach(() => office.close());

it('tell how to connect', async () => {
  const { json } = await office.sandbox('info');
  const { appKey, appSecret, refreshToken } = office.simulator.grants.app;
  expect(json).toEqual({
    app_key: appKey,
    app_secret: appSecret,
    refresh_token: refreshToken,
    team_id: expect.stringMatching(/^dbtid:/),
    admin: { team_member_id: office.ada.memberId, email: 'ada@example.com' },
  });
});

it('tell who may read what', async () => {
  const { json } = await office.sandbox('truth');
  expect(Object.values(json.files)).toContainEqual({
    path: expect.stringContaining('Täglich 日本.txt'),
    namespace_id: office.ben.home.id,
    readers: ['ben@example.com'],
  });
});

it('count calls by route', async () => {
  await office.sandbox('stats/reset', {});
  await office.call('files/list_folder', { path: '' }, { as: office.ben });
  await office.call('files/list_folder', { path: '/' }, { as: office.ben });
  await office.call('team/get_info');
  expect((await office.get('/favicon.ico')).status).toBe(404);
  expect((await office.sandbox('stats')).json).toEqual({
    total: 3,
    calls: { 'files/list_folder': 2, 'team/get_info': 1 },
  });
  await office.sandbox('stats/reset', {});
  expect((await office.sandbox('stats')).json).toEqual({ total: 0, calls: {} });
});

it('reset the audit log with the time from which to read again', async () => {
  await office.call('team/groups/create', { group_name: 'Before' });
  const { json: log } = await office.call('team_log/get_events', {});
  expect(log.events.length).toBeGreaterThan(0);
  await office.sandbox('events/reset', {});
  const { status, json } = await office.call('team_log/get_events/continue', { cursor: log.cursor });
  expect(status).toBe(409);
  expect(json.error).toEqual({ '.tag': 'reset', reset: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) });
});

it('hold events back', async () => {
  await office.sandbox('events/delay', { seconds: 3600 });
  await office.call('team/groups/create', { group_name: 'Late' });
  const { json } = await office.call('team_log/get_events', { category: 'groups' });
  expect(json.events).toEqual([]);
});

it('move the company to a team space', async () => {
  expect((await office.sandbox('migrate', { model: 'C' })).status).toBe(200);
  const { json } = await office.call('users/get_current_account', undefined, { as: office.ben });
  expect(json.root_info.root_namespace_id).not.toBe(json.root_info.home_namespace_id);
  for (const model of ['A', 'B', 'C']) expect((await office.sandbox('migrate', { model })).status).toBe(400);
});

it.each([
  ['nothing', undefined, 404],
  ['members/activate', {}, 400],
  ['members/activate', { team_member_id: 'dbmid:none' }, 400],
  ['cursors/reset', { namespace_id: '99' }, 400],
  ['events/delay', { seconds: 'x' }, 400],
  ['tokens', { scopes: ['no.scope'] }, 400],
  ['tokens', { link: { email: 'nobody@example.com' } }, 400],
  ['tokens', { link: { email: 'ben@example.com' } }, 400],
  ['limits', { member: { calls: 0, seconds: 1 } }, 400],
])('refuse %s with %j', async (page, body, status) => {
  expect((await office.sandbox(page, body)).status).toBe(status);
});
