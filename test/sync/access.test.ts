import { higherRole, principalsOf, roleOf, roleRank, type ListedMembers } from '../../src/sync/access';
import { teamIndexOf } from '../../src/sync/team';

const team = teamIndexOf([
  { teamMemberId: 'dbmid:ann', accountId: 'dbid:ann', email: 'ann@x.test', status: 'active', userKey: 'ann' },
  { teamMemberId: 'dbmid:sue', accountId: 'dbid:sue', email: 'sue@x.test', status: 'suspended', userKey: 'sue' },
  { teamMemberId: 'dbmid:old', accountId: 'dbid:old', email: 'old@x.test', status: 'removed', userKey: 'old' },
  { teamMemberId: 'dbmid:gone', accountId: null, email: 'gone@x.test#', status: 'active', userKey: null },
]);

type Listed = Partial<ListedMembers['users'][number]>;
const user = (about: Listed): ListedMembers['users'][number] => ({
  teamMemberId: null,
  accountId: 'dbid:none',
  email: '',
  sameTeam: true,
  level: 'viewer',
  inherited: false,
  ...about,
});
const group = (groupId: string, level: string, sameTeam = true): ListedMembers['groups'][number] => ({
  groupId,
  name: 'a group',
  sameTeam,
  level,
  inherited: false,
});
const listed = (users: Listed[], groups: ListedMembers['groups'] = []): ListedMembers => ({
  users: users.map(user),
  groups,
  invitees: [],
});

describe('an access level', () => {
  it.each([
    ['owner', 'OWNER'],
    ['editor', 'WRITER'],
    ['viewer', 'READER'],
    ['viewer_no_comment', 'READER'],
    ['traverse', null],
    ['no_access', null],
    ['other', null],
    ['a level of next year', null],
    ['toString', null],
    ['', null],
  ])('%j is the role %j', (level, role) => {
    expect(roleOf(level)).toBe(role);
  });
});

it('the higher role includes the lower', () => {
  expect(Object.keys(roleRank)).toEqual(['READER', 'WRITER', 'OWNER']);
  expect(higherRole('READER', 'WRITER')).toBe('WRITER');
  expect(higherRole('OWNER', 'WRITER')).toBe('OWNER');
  expect(higherRole('READER', 'READER')).toBe('READER');
});

describe('principals of a member list', () => {
  it.each<[string, Listed, string | undefined]>([
    ['by team_member_id', { teamMemberId: 'dbmid:ann' }, 'dbmid:ann'],
    ['by team_member_id, though he joined a moment ago', { teamMemberId: 'dbmid:new' }, 'dbmid:new'],
    ['by account', { accountId: 'dbid:ann' }, 'dbmid:ann'],
    ['by e-mail in any case', { email: 'Ann@X.test' }, 'dbmid:ann'],
    ['by account before e-mail', { accountId: 'dbid:sue', email: 'ann@x.test' }, 'dbmid:sue'],
    ['also while suspended', { accountId: 'dbid:sue' }, 'dbmid:sue'],
    ['not by the address of a removed member', { email: 'old@x.test' }, undefined],
    ['not by the address of a deleted account', { email: 'gone@x.test#' }, undefined],
    ['not when of another team', { teamMemberId: 'dbmid:ann', email: 'ann@x.test', sameTeam: false }, undefined],
    ['not with a level that is not known', { teamMemberId: 'dbmid:ann', level: 'other' }, undefined],
    ['not when he only passes through', { teamMemberId: 'dbmid:ann', level: 'traverse' }, undefined],
  ])('finds a user %s', (_how, about, expected) => {
    const { principals } = principalsOf(listed([about]), team);
    expect(principals).toEqual(expected ? [{ id: expected, kind: 'user', role: 'READER' }] : []);
  });

  it('counts each principal once, with the highest role, whatever the order', () => {
    const users: Listed[] = [
      { teamMemberId: 'dbmid:ann', level: 'viewer', inherited: true },
      { accountId: 'dbid:ann', level: 'owner' },
      { email: 'ann@x.test', level: 'editor' },
    ];
    const groups = [group('g:1', 'viewer'), group('g:1', 'editor')];
    const expected = [
      { id: 'g:1', kind: 'group', role: 'WRITER' },
      { id: 'dbmid:ann', kind: 'user', role: 'OWNER' },
    ];
    expect(principalsOf(listed(users, groups), team).principals).toEqual(expected);
    expect(principalsOf(listed(users.toReversed(), groups.toReversed()), team).principals).toEqual(expected);
  });

  it('tells what granted nothing', () => {
    const members: ListedMembers = {
      users: [
        user({ sameTeam: false }),
        user({ email: 'nobody@x.test' }),
        user({ teamMemberId: 'dbmid:ann', level: 'no_access' }),
      ],
      groups: [group('g:1', 'other'), group('g:2', 'viewer', false)],
      invitees: [
        { level: 'editor', inherited: false },
        { level: 'viewer', inherited: true },
      ],
    };
    expect(principalsOf(members, team)).toEqual({
      principals: [],
      ungranted: { invitees: 2, externalUsers: 1, externalGroups: 1, unknownLevels: 2, unknownMembers: 1 },
    });
  });
});
