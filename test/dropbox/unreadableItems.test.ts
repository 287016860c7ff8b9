import type { DropboxSession, OnRefused } from '../../src/dropbox';
import { failureTypeOf } from '../../src/failures';
import { collect, errorOf, member, useFakeDropbox } from './fakeDropbox';

const dropbox = useFakeDropbox();
const tag = (name: string) => ({ '.tag': name });
type Item = Record<string, unknown>;

const profile = { team_member_id: '1', email: 'a@x', name: { display_name: 'A' }, status: tag('active'), groups: [] };
const group = { group_id: '1', group_name: 'a', group_management_type: tag('company_managed') };
const folder = { team_folder_id: '1', name: 'a', status: tag('active'), is_team_shared_dropbox: false };
const namespace = { namespace_id: '1', name: 'a', namespace_type: tag('team_folder') };
const file = { id: '1', name: 'a' };

type Read = (session: DropboxSession, onRefused: OnRefused) => AsyncGenerator<unknown[]>;
const lists: [string, string, Item, string, (item: Item) => Item, Read][] = [
  [
    'team/members/list_v2',
    'members',
    profile,
    'team_member_id',
    (item) => ({ profile: item }),
    ({ team }, refuse) => team.members(({ teamMemberId }) => refuse(teamMemberId)),
  ],
  ['team/groups/list', 'groups', group, 'group_id', (item) => item, ({ team }, refuse) => team.groups(refuse)],
  [
    'team/team_folder/list',
    'team_folders',
    folder,
    'team_folder_id',
    (item) => item,
    ({ team }, refuse) => team.teamFolders(refuse),
  ],
  [
    'team/namespaces/list',
    'namespaces',
    namespace,
    'namespace_id',
    (item) => item,
    ({ team }, refuse) => team.namespaces(refuse),
  ],
  [
    'sharing/list_received_files',
    'entries',
    file,
    'id',
    (item) => item,
    (session, refuse) => session.as(member('dbmid:a')).receivedFiles(refuse),
  ],
];

const cells = lists.flatMap(([route, field, item, id, listed, read]) =>
  Object.keys(item).flatMap((name) =>
    [undefined, null].map((value) => ({ route, field, item, id, listed, read, name, value })),
  ),
);

it.each(cells)(
  '$route: an item whose $name is $value is refused alone',
  async ({ route, field, item, id, listed, read, name, value }) => {
    const other = { ...item, [id]: '2' };
    dropbox.on(route, () => ({ body: { [field]: [listed({ ...item, [name]: value }), listed(other)], cursor: '' } }));
    const refused: (string | null)[] = [];
    const read2 = await collect(read(dropbox.session(), (of) => void refused.push(of)));
    expect(read2).toHaveLength(1);
    expect(refused).toEqual([name === id ? null : '1']);
  },
);

it.each([
  ['suspended', tag('suspended'), 'suspended'],
  ['unknown', tag('on_leave'), 'other'],
  ['absent', undefined, 'other'],
])('the status of a member who lacks a name is read: %s', async (_case, status, read) => {
  const item = { profile: { ...profile, name: null, status } };
  dropbox.on('team/members/list_v2', () => ({ body: { members: [item, null], cursor: '' } }));
  dropbox.on('team/members/get_info_v2', () => ({ body: { members_info: [{ '.tag': 'member_info', ...item }] } }));
  const refused: unknown[] = [];
  await collect(dropbox.session().team.members((one) => void refused.push(one)));
  expect(refused).toEqual([
    { teamMemberId: '1', status: read },
    { teamMemberId: null, status: 'other' },
  ]);
  expect(await dropbox.session().team.membersByIds(['1'])).toEqual(new Map([['1', refused[0]]]));
});

it.each(['archived', 'archive_in_progress', 'inactive'])('a team folder that is %s needs no name', async (status) => {
  const item = { ...folder, name: undefined, status: tag(status) };
  dropbox.on('team/team_folder/list', () => ({ body: { team_folders: [item], cursor: '' } }));
  expect(await collect(dropbox.session().team.teamFolders())).toEqual([
    { teamFolderId: '1', name: '', status, isTeamSharedDropbox: false },
  ]);
});

it('a member of a group without an id makes its member list a failed read', async () => {
  dropbox.on('team/groups/members/list', () => ({
    body: { members: [{ profile: { team_member_id: '1' } }, { profile: {} }], cursor: '', has_more: false },
  }));
  const error = await errorOf(collect(dropbox.session().team.groupMembers('g:a')));
  expect(failureTypeOf(error)).toBe('DropboxUnexpected');
});

it('a member whose groups are not ids is refused alone', async () => {
  const items = [{ profile: { ...profile, groups: [null, 'g:a'] } }, { profile: { ...profile, team_member_id: '2' } }];
  dropbox.on('team/members/list_v2', () => ({ body: { members: items, cursor: '' } }));
  const refused: unknown[] = [];
  expect(await collect(dropbox.session().team.members((one) => void refused.push(one)))).toMatchObject([
    { teamMemberId: '2' },
  ]);
  expect(refused).toEqual([{ teamMemberId: '1', status: 'active' }]);
});

it('the address of a member is compared without spaces and case', async () => {
  const item = { profile: { ...profile, email: ' A@X ', account_id: 7, member_folder_id: '' } };
  dropbox.on('team/members/list_v2', () => ({ body: { members: [item], cursor: '' } }));
  expect(await collect(dropbox.session().team.members())).toMatchObject([
    { email: 'a@x', accountId: null, homeNamespaceId: null },
  ]);
});

describe('a name on a member list', () => {
  const user = { account_id: 'dbid:a', email: 'a@x', same_team: true, team_member_id: 'dbmid:a' };
  const theirGroup = { group_id: 'g:a', group_name: 'a', same_team: true };
  const read = (lists: Item) => {
    dropbox.on('sharing/list_folder_members', () => ({ body: { users: [], groups: [], invitees: [], ...lists } }));
    return dropbox.session().as(member('dbmid:a')).folderMembers('1');
  };
  const access_type = tag('viewer');

  it.each(['account_id', 'email', 'same_team'])('of a user without %s can’t be read', async (name) => {
    const members = await read({
      users: [
        { user, access_type },
        { user: { ...user, [name]: undefined }, access_type },
      ],
    });
    expect(members).toMatchObject({ users: [{ level: 'viewer' }], unreadable: [{ teamMemberId: 'dbmid:a' }] });
  });

  it.each(['group_id', 'group_name', 'same_team'])('of a group without %s can’t be read', async (name) => {
    const members = await read({
      groups: [
        { group: theirGroup, access_type },
        { group: { ...theirGroup, [name]: null }, access_type },
      ],
    });
    expect(members).toMatchObject({
      groups: [{ groupId: 'g:a' }],
      unreadable: [name === 'group_id' ? {} : { groupId: 'g:a' }],
    });
  });

  it('without a level can’t be read', async () => {
    const members = await read({ users: [{ user }], groups: [{ group: theirGroup, access_type: null }] });
    expect(members).toMatchObject({
      users: [],
      groups: [],
      unreadable: [{ teamMemberId: 'dbmid:a' }, { groupId: 'g:a' }],
    });
  });

  it.each([null, 7])('that is %p can’t be read', async (name) => {
    const members = await read({ users: [name], groups: [name], invitees: [name] });
    expect(members).toEqual({
      users: [],
      groups: [],
      invitees: [{ level: 'other', inherited: false }],
      unreadable: [{ teamMemberId: null, accountId: '' }, {}],
    });
  });

  it('whose ids are no text names no one', async () => {
    const members = await read({
      users: [{ user: { ...user, team_member_id: 7, account_id: ['dbid:a'] }, access_type }],
    });
    expect(members).toMatchObject({ users: [], unreadable: [{ teamMemberId: null, accountId: '' }] });
  });

  it('is not missed by a list of which a part is absent: that one is a failed read', async () => {
    expect(failureTypeOf(await errorOf(read({ users: null })))).toBe('DropboxUnexpected');
  });
});
