import type { DropboxSession, DropboxTeam } from '../../src/dropbox';
import { failureTypeOf } from '../../src/failures';
import { MAX_IDLE_PAGES } from '../../src/sync/listProgress';
import { collect, errorOf, member, useFakeDropbox, type Answer, type Call } from './fakeDropbox';

const dropbox = useFakeDropbox();

describe('a listing of the team', () => {
  it('is read to its last page, also past empty pages', async () => {
    const page = (names: string[], more: boolean) => ({
      body: {
        groups: names.map((name) => ({
          group_name: name,
          group_id: `g:${name}`,
          group_management_type: { '.tag': 'company_managed' },
        })),
        cursor: `after ${names.join()}`,
        has_more: more,
      },
    });
    dropbox.on('team/groups/list', () => page(['a'], true));
    dropbox.on('team/groups/list/continue', (_call, count) => (count === 1 ? page([], true) : page(['b'], false)));
    const groups = await collect(dropbox.session().team.groups());
    expect(groups.map((group) => group.groupId)).toEqual(['g:a', 'g:b']);
    expect(dropbox.callsOf('team/groups/list/continue').map((call) => call.argument.cursor)).toEqual([
      'after a',
      'after ',
    ]);
  });
});

async function* eventsOf({ team }: DropboxSession): AsyncGenerator<unknown[]> {
  for await (const { events } of team.events({ category: 'members', startTime: 'now' })) yield events;
}

/** The pages of a list are the same endlessly, or bring nothing. */
const endlessPages: [string, (count: number) => object][] = [
  ['the same cursor and item again and again', () => ({ items: ['a'], cursor: 'c' })],
  ['no items, and another cursor each time', (count) => ({ items: [], cursor: `c${count}` })],
  ['the same item, and another cursor each time', (count) => ({ items: ['a'], cursor: `c${count}` })],
];

describe.each(endlessPages)('a list without end (%s)', (_name, pageAt) => {
  const group = { group_id: 'g:a', group_name: 'a', group_management_type: { '.tag': 'company_managed' } };
  const folder = { team_folder_id: '1', name: 'a', status: { '.tag': 'active' }, is_team_shared_dropbox: false };
  const namespace = { namespace_id: '1', name: 'a', namespace_type: { '.tag': 'team_folder' } };
  const profile = { team_member_id: 'dbmid:a', email: 'a@acme.example', name: {}, status: { '.tag': 'active' } };
  const file = { id: 'id:a', name: 'a' };
  const shared = { shared_folder_id: '1', name: 'a', access_type: { '.tag': 'owner' } };
  const event = { event_type: { '.tag': 'login_success' } };

  it.each<[string, string, object, (session: DropboxSession) => AsyncGenerator<unknown>]>([
    ['team/members/list_v2', 'members', { profile }, ({ team }) => team.members()],
    ['team/groups/list', 'groups', group, ({ team }) => team.groups()],
    ['team/groups/members/list', 'members', { profile, access_type: {} }, ({ team }) => team.groupMembers('g:a')],
    ['team/team_folder/list', 'team_folders', folder, ({ team }) => team.teamFolders()],
    ['team/namespaces/list', 'namespaces', namespace, ({ team }) => team.namespaces()],
    ['team_log/get_events', 'events', event, eventsOf],
    ['sharing/list_received_files', 'entries', file, (session) => session.as(member('dbmid:a')).receivedFiles()],
    ['sharing/list_folders', 'entries', shared, (session) => session.as(member('dbmid:a')).sharedFolders()],
  ])('%s fails after a bounded number of calls', async (route, field, item, read) => {
    const answer = (_call: Call, count: number): Answer => {
      const { items, cursor } = pageAt(count) as { items: string[]; cursor: string };
      return { body: { [field]: items.map(() => item), cursor, has_more: true } };
    };
    dropbox.on(route, answer);
    for (const next of [`${route}/continue`, 'team/members/list/continue_v2']) dropbox.on(next, answer);
    const session = dropbox.session();
    const error = await errorOf(collect(read(session) as AsyncGenerator<unknown[]>));
    expect(failureTypeOf(error)).toBe('ListEndless');
    expect(session.calls.total).toBeLessThanOrEqual(MAX_IDLE_PAGES + 1);
  });
});

it('a list that ends before Dropbox says so is no answer', async () => {
  dropbox.on('team/groups/list', () => ({ body: { groups: [], cursor: '', has_more: true } }));
  expect(failureTypeOf(await errorOf(collect(dropbox.session().team.groups())))).toBe('DropboxUnexpected');
});

it('the member list of a folder without end fails after a bounded number of calls', async () => {
  const answer = (): Answer => ({ body: { users: [], groups: [], invitees: [], cursor: 'c' } });
  dropbox.on('sharing/list_folder_members', answer);
  dropbox.on('sharing/list_folder_members/continue', answer);
  const session = dropbox.session();
  const error = await errorOf(session.as(member('dbmid:a')).folderMembers('1'));
  expect(failureTypeOf(error)).toBe('ListEndless');
  expect(session.calls.total).toBeLessThanOrEqual(MAX_IDLE_PAGES + 1);
});

describe.each<[string, string, (items: object[]) => object, (team: DropboxTeam, ids: string[]) => Promise<unknown>]>([
  ['members', 'team/members/get_info_v2', (items) => ({ members_info: items }), (team, ids) => team.membersByIds(ids)],
  ['groups', 'team/groups/get_info', (items) => items, (team, ids) => team.groupsByIds(ids)],
  ['team folders', 'team/team_folder/get_info', (items) => items, (team, ids) => team.teamFoldersByIds(ids)],
])('a look-up of %s by id', (_title, route, bodyOf, lookUp) => {
  const answerWith = (...items: object[]): void => dropbox.on(route, () => ({ body: bodyOf(items) }));

  it('reports an id that Dropbox says does not exist', async () => {
    answerWith({ '.tag': 'id_not_found', id_not_found: 'a' });
    await expect(lookUp(dropbox.session().team, ['a', 'a'])).resolves.toEqual(new Map([['a', null]]));
  });

  it.each([
    ['leaves it out', {}],
    ['has an unknown tag', { '.tag': 'archived_elsewhere', id_not_found: 'b' }],
    ['is null', null],
  ])('says nothing of an id when the answer for it %s', async (_case, item) => {
    answerWith({ '.tag': 'id_not_found', id_not_found: 'a' }, item as object);
    await expect(lookUp(dropbox.session().team, ['a', 'b'])).resolves.toEqual(new Map([['a', null]]));
  });
});

it.each([{}, { admin_profile: null }, { admin_profile: { team_member_id: null, email: 'a@acme.example' } }])(
  'an answer that does not say who the admin is names no one: %j',
  async (body) => {
    dropbox.on('team/token/get_authenticated_admin', () => ({ body }));
    expect(failureTypeOf(await errorOf(dropbox.session().team.admin()))).toBe('DropboxUnexpected');
  },
);

it.each([{}, { name: 'Team' }, { name: 'Team', team_id: null }, { name: 'Team', team_id: '' }])(
  'an answer that does not say which team it is about is none: %j',
  async (body) => {
    dropbox.on('team/get_info', () => ({ body }));
    expect(failureTypeOf(await errorOf(dropbox.session().team.teamInfo()))).toBe('DropboxUnexpected');
  },
);
