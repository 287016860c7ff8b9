import { startFixture, type Fixture } from './fixture';

const fixtures: Fixture[] = [];
async function start(): Promise<Fixture> {
  const fixture = await startFixture();
  fixtures.push(fixture);
  return fixture;
}
afterAll(() => Promise.all(fixtures.map((fixture) => fixture.close())));

it('a cursor is refused after a restart with the same company', async () => {
  const before = await start();
  const folder = await before.call('files/list_folder', { path: '' }, { as: before.ben });
  const log = await before.call('team_log/get_events', {});
  const after = await start();
  expect(after.ben.memberId).toBe(before.ben.memberId);
  const { cursor } = folder.json;
  for (const route of ['files/list_folder/continue', 'files/list_folder/longpoll']) {
    expect((await after.call(route, { cursor }, { as: after.ben })).json.error).toEqual({ '.tag': 'reset' });
  }
  const events = await after.call('team_log/get_events/continue', { cursor: log.json.cursor });
  expect(events.json.error).toMatchObject({ '.tag': 'reset' });
});
