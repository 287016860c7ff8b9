import { openOffice, type Office } from './office';

const offices: Office[] = [];
async function open(): Promise<Office> {
  const office = await openOffice();
  offices.push(office);
  return office;
}
afterAll(() => Promise.all(offices.map((office) => office.close())));

it('a cursor is good for nothing in another life of the same company', async () => {
  const before = await open();
  const folder = await before.call('files/list_folder', { path: '' }, { as: before.ben });
  const log = await before.call('team_log/get_events', {});
  const after = await open();
  expect(after.ben.memberId).toBe(before.ben.memberId);
  const { cursor } = folder.json;
  for (const route of ['files/list_folder/continue', 'files/list_folder/longpoll']) {
    expect((await after.call(route, { cursor }, { as: after.ben })).json.error).toEqual({ '.tag': 'reset' });
  }
  const events = await after.call('team_log/get_events/continue', { cursor: log.json.cursor });
  expect(events.json.error).toMatchObject({ '.tag': 'reset' });
});
