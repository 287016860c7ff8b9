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

describe('the access level', () => {
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
  ])('%j grants the role %j', (level, role) => {
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
    ['is found by team_member_id', { teamMemberId: 'dbmid:ann' }, 'dbmid:ann'],
    ['is found by team_member_id, though they joined a moment ago', { teamMemberId: 'dbmid:new' }, 'dbmid:new'],
    ['is found by account', { accountId: 'dbid:ann' }, 'dbmid:ann'],
    ['is found by e-mail in any case', { email: 'Ann@X.test' }, 'dbmid:ann'],
    ['is found by account before e-mail', { accountId: 'dbid:sue', email: 'ann@x.test' }, 'dbmid:sue'],
    ['is found while suspended', { accountId: 'dbid:sue' }, 'dbmid:sue'],
    ['is not found by the address of a removed member', { email: 'old@x.test' }, undefined],
    ['is not found by the address of a deleted account', { email: 'gone@x.test#' }, undefined],
    ['of another team is left out', { teamMemberId: 'dbmid:ann', email: 'ann@x.test', sameTeam: false }, undefined],
    ['with an unknown level is left out', { teamMemberId: 'dbmid:ann', level: 'other' }, undefined],
    ['who can only pass through is left out', { teamMemberId: 'dbmid:ann', level: 'traverse' }, undefined],
  ])('a user %s', (_how, about, expected) => {
    const { principals } = principalsOf(listed([about]), team);
    expect(principals).toEqual(expected ? [{ id: expected, kind: 'user', role: 'READER' }] : []);
  });

  it('are each named once, with the highest role, in whatever order the list has them', () => {
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

  it('leave out what grants nothing, and count it by reason', () => {
    const members: ListedMembers = {
      users: [
        user({ sameTeam: false }),
        user({ email: 'stranger@x.test' }),
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
      ungranted: { levels: 2, invitees: 2, outsiders: 2, members: 1 },
    });
  });
});
