import { ApplicationFailure } from '@temporalio/common';
import type { DropboxSession, RefusedMember } from '../../src/dropbox';
import { collect, errorOf, member, useFakeDropbox } from './fakeDropbox';

const dropbox = useFakeDropbox();
const tag = (name: string, more: object = {}) => ({ '.tag': name, ...more });
const as = (session: DropboxSession) => session.as(member('dbmid:a'));
const ended = { cursor: 'c', has_more: false };

const profile = {
  team_member_id: 'dbmid:a',
  email: 'a@x',
  name: { display_name: 'A' },
  status: tag('active'),
  groups: ['g:1'],
  account_id: 'dbid:a',
  member_folder_id: '5',
  root_folder_id: '6',
};
const group = { group_id: 'g:1', group_name: 'a', group_management_type: tag('company_managed') };
const teamFolder = { team_folder_id: '1', name: 'a', status: tag('active'), is_team_shared_dropbox: false };
const namespace = { namespace_id: '1', name: 'a', namespace_type: tag('shared_folder'), team_member_id: 'dbmid:a' };
const memberList = {
  users: [
    {
      user: { account_id: 'dbid:a', email: 'a@x', same_team: true, team_member_id: 'dbmid:a' },
      access_type: tag('owner'),
      is_inherited: false,
    },
  ],
  groups: [{ group: { group_id: 'g:1', group_name: 'a', same_team: true }, access_type: tag('viewer') }],
  invitees: [{ invitee: tag('email', { email: 'x@y' }), access_type: tag('viewer') }],
};
const folder = {
  shared_folder_id: '7',
  name: 'F',
  access_type: tag('editor'),
  is_team_folder: false,
  is_inside_team_folder: false,
  parent_shared_folder_id: '8',
  access_inheritance: tag('inherit'),
};
const received = {
  id: 'id:1',
  name: 'a',
  access_type: tag('viewer'),
  parent_shared_folder_id: '7',
  path_lower: '/a',
  owner_team: { id: 'dbtid:2' },
  time_invited: '2026-01-01T00:00:00Z',
};
const fileMembers = [
  { file: 'id:1', result: tag('result', { members: memberList, member_count: 3 }) },
  { file: 'id:2', result: tag('access_error', { access_error: tag('no_permission') }) },
];

type Read = (session: DropboxSession) => Promise<unknown>;

/** A route, an honest answer, and what reads it. */
const ANSWERS: [route: string, honest: unknown, read: Read][] = [
  ['team/members/list_v2', { members: [{ profile }], ...ended }, ({ team }) => collect(team.members())],
  [
    'team/members/get_info_v2',
    { members_info: [tag('member_info', { profile }), tag('id_not_found', { id_not_found: 'dbmid:b' })] },
    ({ team }) => team.membersByIds(['dbmid:a', 'dbmid:b']),
  ],
  ['team/groups/list', { groups: [group], ...ended }, ({ team }) => collect(team.groups())],
  [
    'team/groups/get_info',
    [tag('group_info', group), tag('id_not_found', { id_not_found: 'g:2' })],
    ({ team }) => team.groupsByIds(['g:1', 'g:2']),
  ],
  ['team/groups/members/list', { members: [{ profile }], ...ended }, ({ team }) => collect(team.groupMembers('g:1'))],
  ['team/team_folder/list', { team_folders: [teamFolder], ...ended }, ({ team }) => collect(team.teamFolders())],
  [
    'team/team_folder/get_info',
    [tag('team_folder_metadata', teamFolder), tag('id_not_found', { id_not_found: '2' })],
    ({ team }) => team.teamFoldersByIds(['1', '2']),
  ],
  ['team/namespaces/list', { namespaces: [namespace], ...ended }, ({ team }) => collect(team.namespaces())],
  ['team/get_info', { team_id: 'dbtid:1', name: 'T' }, ({ team }) => team.teamInfo()],
  ['team/token/get_authenticated_admin', { admin_profile: profile }, ({ team }) => team.admin()],
  ['sharing/list_folder_members', memberList, (session) => as(session).folderMembers('7')],
  ['sharing/get_folder_metadata', folder, (session) => as(session).folderMetadata('7')],
  ['sharing/list_folders', { entries: [folder] }, (session) => collect(as(session).sharedFolders())],
  ['sharing/list_received_files', { entries: [received] }, (session) => collect(as(session).receivedFiles())],
  ['sharing/list_file_members/batch', fileMembers, (session) => as(session).fileMembersBatch(['id:1', 'id:2'])],
  [
    'files/get_temporary_link',
    { link: 'https://x', metadata: { id: 'id:1' } },
    (session) => as(session).temporaryLink('id:1'),
  ],
];

const WRONG: unknown[] = [7, '', 'text', true, [], [null], [7], {}, { a: 1 }, null];

interface WrongAnswer {
  where: string;
  answer: unknown;
}

/** The answer with one value after the other replaced by values of other types, or removed. */
function* wrongAnswers(value: unknown, where = ''): Generator<WrongAnswer> {
  for (const wrong of WRONG) yield { where: `${where} = ${JSON.stringify(wrong)}`, answer: wrong };
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const inner: unknown = Reflect.get(value, key);
    if (!Array.isArray(value)) yield { where: `${where}.${key} is absent`, answer: { ...value, [key]: undefined } };
    for (const { answer, ...wrong } of wrongAnswers(inner, `${where}.${key}`))
      yield {
        ...wrong,
        answer: Array.isArray(value)
          ? value.map((one, at) => (String(at) === key ? answer : one))
          : { ...value, [key]: answer },
      };
  }
}

const BOOLEANS = new Set(['sameTeam', 'inherited', 'isOfTeam', 'inheritsAccess', 'isTeamSharedDropbox']);

/** Where a value that was read has another type than its type says: everything else is text, null, or made of them. */
function* illTyped(value: unknown, where = ''): Generator<string> {
  if (value instanceof Map) yield* illTyped([...value], where);
  else if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) {
      if (!BOOLEANS.has(key)) yield* illTyped(inner, `${where}.${key}`);
      else if (typeof inner !== 'boolean') yield `${where}.${key} is ${JSON.stringify(inner)}`;
    }
  else if (value !== null && typeof value !== 'string') yield `${where} is ${JSON.stringify(value)}`;
}

it.each(ANSWERS)(
  '%s: a value of a wrong type is read as none, or fails the call as an answer that nothing explains',
  async (route, honest, read) => {
    const session = dropbox.session({ retries: 0 });
    const faults: string[] = [];
    for (const { where, answer } of wrongAnswers(honest)) {
      const body = JSON.stringify(answer) ?? '';
      const headers = { 'Content-Type': 'application/json' };
      dropbox.on(route, () => ({ body, headers }));
      for (const next of [`${route}/continue`, 'team/members/list/continue_v2'])
        dropbox.on(next, () => ({ body: { ...(honest as object), cursor: '', has_more: false } }));
      try {
        for (const fault of illTyped(await read(session))) faults.push(`${where}: ${fault}`);
      } catch (error) {
        if (!(error instanceof ApplicationFailure)) faults.push(`${where}: ${String(error)}`);
      }
    }
    expect(faults).toEqual([]);
  },
);

it.each<[string, unknown, unknown[], Read]>([
  [
    'team/members/get_info_v2',
    tag('member_info', { profile }),
    [tag('id_not_found', { id_not_found: 'dbmid:a' })],
    ({ team }) => team.membersByIds(['dbmid:a']),
  ],
  [
    'team/groups/get_info',
    tag('group_info', group),
    [tag('id_not_found', { id_not_found: 'g:1' })],
    ({ team }) => team.groupsByIds(['g:1']),
  ],
  [
    'team/team_folder/get_info',
    tag('team_folder_metadata', teamFolder),
    [
      tag('id_not_found', { id_not_found: '1' }),
      tag('team_folder_metadata', { ...teamFolder, status: tag('archived') }),
    ],
    ({ team }) => team.teamFoldersByIds(['1']),
  ],
])('%s: what is answered twice, and not in the same way, is not answered', async (route, answer, others, read) => {
  const bodyOf = (answers: unknown[]) => (route.startsWith('team/members') ? { members_info: answers } : answers);
  const sizeOf = async (answers: unknown[]): Promise<number> => {
    dropbox.on(route, () => ({ body: bodyOf(answers) }));
    return ((await read(dropbox.session())) as Map<string, unknown>).size;
  };
  expect(await sizeOf([answer, answer])).toBe(1);
  for (const other of others) {
    expect(await sizeOf([answer, other])).toBe(0);
    expect(await sizeOf([other, answer])).toBe(0);
  }
});

it.each([
  ['has_more', 7],
  ['has_more', ''],
  ['has_more', {}],
  ['cursor', 7],
  ['cursor', {}],
  ['cursor', false],
])('a list whose %s is %j may be a part, and is refused', async (field, value) => {
  const page = { groups: [group], ...ended, [field]: value };
  dropbox.on('team/groups/list', () => ({ body: page }));
  dropbox.on('sharing/list_folders', () => ({ body: { entries: [folder], [field]: value } }));
  const session = dropbox.session();
  for (const work of [collect(session.team.groups()), collect(as(session).sharedFolders())])
    expect(await errorOf(work)).toMatchObject({ type: 'DropboxUnexpected' });
});

describe('the members of a file in a batch', () => {
  const read = (answers: unknown[]) => {
    dropbox.on('sharing/list_file_members/batch', () => ({ body: answers }));
    return as(dropbox.session()).fileMembersBatch(['id:1', 'id:2']);
  };
  const [answer, other] = fileMembers;

  it('can be answered twice in the same way', async () => {
    expect((await read([answer, other, answer])).get('id:1')).toHaveProperty('members');
  });

  it('are unknown where two answers contradict each other, in any order', async () => {
    const second = { ...answer, result: tag('result', { members: { ...memberList, users: [] }, member_count: 2 }) };
    for (const answers of [
      [answer, second],
      [second, answer],
    ])
      expect((await read([...answers, other])).get('id:1')).toEqual({ problem: 'contradiction' });
  });

  it('are unknown for one file alone whose answer lacks them', async () => {
    const found = await read([answer, { file: 'id:2', result: tag('result') }]);
    expect(found.get('id:1')).toHaveProperty('members');
    expect(found.get('id:2')).toEqual({ problem: 'incomplete' });
  });

  it('of a file that was not asked for cost no further call', async () => {
    const foreign = { file: 'id:3', result: tag('result', { members: memberList, member_count: 900 }) };
    expect([...(await read([answer, other, foreign])).keys()]).toEqual(['id:1', 'id:2']);
    expect(dropbox.callsOf('sharing/list_file_members')).toEqual([]);
  });

  it.each([null, '3', true])('are read again where the answer counts %j of them', async (count) => {
    dropbox.on('sharing/list_file_members', () => ({ body: memberList }));
    await read([{ file: 'id:1', result: tag('result', { members: memberList, member_count: count }) }]);
    expect(dropbox.callsOf('sharing/list_file_members')).toHaveLength(1);
  });
});

describe('a member whom the list describes in two ways', () => {
  const listed = (status: string) => ({ profile: { ...profile, status: tag(status) } });
  const other = { profile: { ...profile, team_member_id: 'dbmid:b' } };

  it.each<[string, unknown[][]]>([
    ['on one page', [[listed('active'), listed('suspended'), other]]],
    ['on two pages', [[listed('suspended'), other], [listed('active')]]],
    ['three times', [[listed('active'), listed('suspended'), listed('suspended'), other]]],
  ])('%s is refused', async (_case, [first, second]) => {
    dropbox.on('team/members/list_v2', () => ({
      body: { members: first, cursor: 'c', has_more: second !== undefined },
    }));
    dropbox.on('team/members/list/continue_v2', () => ({ body: { members: second, cursor: 'd', has_more: false } }));
    const refused: RefusedMember[] = [];
    const read = await collect(dropbox.session().team.members((one) => void refused.push(one)));
    expect(read.filter(({ status }) => status === 'active')).toMatchObject([{ teamMemberId: 'dbmid:b' }]);
    expect(new Set(refused.map(({ teamMemberId }) => teamMemberId))).toEqual(new Set(['dbmid:a']));
  });
});

it.each([
  ['another file', { id: 'id:2' }],
  ['no file', undefined],
])('a temporary link to %s is not given', async (_case, metadata) => {
  dropbox.on('files/get_temporary_link', () => ({ body: { link: 'https://x', metadata } }));
  expect(await errorOf(as(dropbox.session()).temporaryLink('id:1'))).toMatchObject({ type: 'DropboxUnexpected' });
});

it('content without the id of its file may be that of another one', async () => {
  dropbox.on('files/download', () => ({ headers: { 'Dropbox-API-Result': '{"name":"a"}' }, body: 'text' }));
  expect(await errorOf(as(dropbox.session({ retries: 0 })).download('id:1'))).toMatchObject({
    type: 'DropboxUnavailable',
  });
});
