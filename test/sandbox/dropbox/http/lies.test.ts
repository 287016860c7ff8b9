import { useFixture } from './fixture';

const fixture = useFixture('test');

const rule = (route: string, more: object) => fixture.sandbox('faults', { rules: [{ route: `^${route}$`, ...more }] });
const members = () => fixture.call('team/members/list_v2', {});
const continued = (cursor: string) => fixture.call('team/members/list/continue_v2', { cursor });
const names = ({ json }: { json: { members: { profile: { team_member_id: string } }[] } }) =>
  json.members.map(({ profile }) => profile.team_member_id);

describe('a list', () => {
  it('is empty, short or repeats an item, as long as the rule lasts', async () => {
    const honest = names(await members());
    expect(honest.length).toBeGreaterThan(2);
    await rule('team/members/list_v2', { kind: 'empty-list', times: 1 });
    expect((await members()).json).toMatchObject({ members: [], has_more: false });
    expect(names(await members())).toEqual(honest);
    await rule('team/members/list_v2', { kind: 'short-list' });
    expect(names(await members())).toEqual(honest.slice(0, Math.floor(honest.length / 2)));
    await rule('team/members/list_v2', { kind: 'repeat' });
    expect(names(await members())).toEqual([...honest, honest[0]]);
  });

  it('has its items in the reverse order, or twice with the opposite tags', async () => {
    const honest = names(await members());
    await rule('team/members/list_v2', { kind: 'reverse' });
    expect(names(await members())).toEqual([...honest].reverse());
    await rule('team/members/list_v2', { kind: 'contradict' });
    const { json } = await members();
    expect(names({ json })).toEqual([...honest, ...honest]);
    const statuses = json.members.map(
      ({ profile }: { profile: { status: { '.tag': string } } }) => profile.status['.tag'],
    );
    expect([statuses[0], statuses[honest.length]].sort()).toEqual(['active', 'suspended']);
  });

  it('has an item with ids that no one has', async () => {
    const honest = names(await members());
    await rule('team/members/list_v2', { kind: 'foreign' });
    const listed = names(await members());
    expect(listed.slice(0, -1)).toEqual(honest);
    expect(listed.at(-1)).toMatch(/^dbmid:AAStranger/);
  });

  it('repeats the same page endlessly', async () => {
    await rule('team/members/list.*', { kind: 'endless' });
    const first = await members();
    expect(first.json.has_more).toBe(true);
    const second = await continued(first.json.cursor);
    expect(second.json).toEqual(first.json);
  });

  it('is continued endlessly by empty pages with another cursor each', async () => {
    await rule('team/members/list.*', { kind: 'endless', field: 'cursor' });
    const first = await members();
    const second = await continued(first.json.cursor);
    const third = await continued(second.json.cursor);
    for (const { json } of [first, second, third]) expect(json).toMatchObject({ members: [], has_more: true });
    expect(new Set([first, second, third].map(({ json }) => json.cursor as string)).size).toBe(3);
  });
});

describe('a field', () => {
  it('is absent or null in each item', async () => {
    await rule('files/list_folder', { kind: 'missing-field', field: 'entries.path_lower' });
    const list = () => fixture.call('files/list_folder', { path: '' }, { as: fixture.ben });
    for (const entry of (await list()).json.entries) expect(entry).not.toHaveProperty('path_lower');
    await rule('files/list_folder', { kind: 'null-field', field: 'entries.path_lower' });
    for (const entry of (await list()).json.entries) expect(entry.path_lower).toBeNull();
  });

  it.each([
    ['text-field', ''],
    ['number-field', 7],
    ['list-field', ['Ben']],
    ['object-field', { value: 'Ben' }],
  ])('has a value of another type: %s', async (kind, expected) => {
    await rule('users/get_current_account', { kind, field: 'name.given_name' });
    const { json } = await fixture.call('users/get_current_account', null, { as: fixture.ben });
    expect(json.name.given_name).toEqual(expected);
  });

  it('has a tag of a later version, also where the items are the union', async () => {
    await rule('team/members/list_v2', { kind: 'unknown-tag', field: 'members.profile.status' });
    for (const { profile } of (await members()).json.members)
      expect(profile.status).toEqual({ '.tag': 'tag_of_a_later_version' });
    await rule('files/list_folder', { kind: 'unknown-tag', field: 'entries' });
    const { json } = await fixture.call('files/list_folder', { path: '' }, { as: fixture.ben });
    for (const entry of json.entries) expect(entry['.tag']).toBe('tag_of_a_later_version');
  });
});

it('an answer without lists is about another team', async () => {
  const honest = (await fixture.call('team/get_info')).json;
  await rule('team/get_info', { kind: 'foreign' });
  const foreign = (await fixture.call('team/get_info')).json;
  expect(foreign.team_id).toMatch(/^dbtid:/);
  expect(foreign.team_id).not.toBe(honest.team_id);
});

it('an error comes with status 200', async () => {
  await rule('team/get_info', { kind: 'error-body' });
  expect(await fixture.call('team/get_info')).toMatchObject({ status: 200, json: { error: { '.tag': 'other' } } });
});

it('half of a body is no JSON, and has the length that its header names', async () => {
  await rule('team/get_info', { kind: 'half-body' });
  await expect(fixture.call('team/get_info')).rejects.toThrow(SyntaxError);
  expect((await fixture.sandbox('faults', { rules: [] })).status).toBe(200);
  expect((await fixture.call('team/get_info')).status).toBe(200);
});

it('a documented error has the tags of the rule', async () => {
  await rule('files/list_folder', { kind: 'error', field: 'path.not_found' });
  const { status, json } = await fixture.call('files/list_folder', { path: '' }, { as: fixture.ben });
  expect([status, json]).toEqual([
    409,
    {
      error_summary: expect.stringMatching(/^path\/not_found\/\.*$/),
      error: { '.tag': 'path', path: { '.tag': 'not_found' } },
    },
  ]);
});

it('a lie that would change nothing is left for a later answer', async () => {
  await rule('files/list_folder', { kind: 'null-field', field: 'entries.content_hash', times: 1 });
  const list = (path: string) => fixture.call('files/list_folder', { path }, { as: fixture.ben });
  await fixture.call('files/create_folder_v2', { path: '/Empty' }, { as: fixture.ben });
  await fixture.call('files/create_folder_v2', { path: '/Full' }, { as: fixture.ben });
  await fixture.content('files/upload', { path: '/Full/a.txt' }, { as: fixture.ben, rawBody: 'a' });
  expect((await list('/Empty')).json.entries).toEqual([]);
  expect((await list('/Missing')).status).toBe(409);
  expect(fixture.simulator.faults.count).toBe(0);
  expect((await list('/Full')).json.entries).toMatchObject([{ content_hash: null }]);
  expect(fixture.simulator.faults.count).toBe(1);
  expect((await list('/Full')).json.entries).toMatchObject([{ content_hash: expect.any(String) as string }]);
});
