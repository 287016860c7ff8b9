import { TeamIndex, teamIndexOf, type IndexedMember } from '../../src/sync/team';

const member = (id: string, more: Partial<IndexedMember> = {}): IndexedMember => ({
  teamMemberId: `dbmid:${id}`,
  accountId: `dbid:${id}`,
  email: `${id}@x.test`,
  status: 'active',
  userKey: id,
  ...more,
});

describe('a member is found', () => {
  const ann = member('ann');
  const team = teamIndexOf([ann, member('bob', { accountId: null })]);

  it('under each name that Dropbox has for them, as the object that was added', () => {
    expect(team.byMemberId('dbmid:ann')).toBe(ann);
    expect(team.byAccountId('dbid:ann')).toBe(ann);
    expect(team.byEmail('ann@x.test')).toBe(ann);
  });

  it('by their address in any case', () => {
    expect(team.byEmail('Ann@X.TEST')).toBe(ann);
    expect(teamIndexOf([member('ann', { email: 'Ann@X.test' })]).byEmail('ann@x.test')?.teamMemberId).toBe('dbmid:ann');
  });

  it('under no name that they do not have', () => {
    expect(team.byAccountId('dbid:bob')).toBeUndefined();
    expect(team.byMemberId('dbmid:stranger')).toBeUndefined();
    expect(team.byEmail('')).toBeUndefined();
  });

  it('by no address of a deleted account', () => {
    const deleted = teamIndexOf([member('ann', { email: 'ann@x.test#' })]);
    expect(deleted.byEmail('ann@x.test#')).toBeUndefined();
    expect(deleted.byEmail('ann@x.test')).toBeUndefined();
  });
});

describe('a removed member', () => {
  const team = teamIndexOf([member('old', { status: 'removed' })]);

  it('is known by their id, and by no name that someone else may have by now', () => {
    expect(team.byMemberId('dbmid:old')).toMatchObject({ status: 'removed' });
    expect([...team.members()]).toHaveLength(1);
    expect(team.byAccountId('dbid:old')).toBeUndefined();
    expect(team.byEmail('old@x.test')).toBeUndefined();
  });

  it('is granted nothing', () => {
    expect(team.vertexOf({ id: 'dbmid:old', kind: 'user' })).toBeNull();
  });
});

describe('of two members with one address and one account', () => {
  const shared = { accountId: 'dbid:x', email: 'x@x.test' };

  it.each<[string, IndexedMember['status'], IndexedMember['status'], string]>([
    ['the active one counts, before a suspended one', 'suspended', 'active', 'dbmid:b'],
    ['the active one counts, before an invited one', 'active', 'invited', 'dbmid:a'],
    ['the one who is left counts, after a removed one', 'removed', 'suspended', 'dbmid:b'],
    ['the smaller id counts, when both are active', 'active', 'active', 'dbmid:a'],
    ['the smaller id counts, when neither is active', 'invited', 'suspended', 'dbmid:a'],
  ])('%s', (_case, first, second, expected) => {
    const members = [member('a', { ...shared, status: first }), member('b', { ...shared, status: second })];
    for (const order of [members, members.toReversed()]) {
      const team = teamIndexOf(order);
      expect(team.byAccountId('dbid:x')?.teamMemberId).toBe(expected);
      expect(team.byEmail('x@x.test')?.teamMemberId).toBe(expected);
    }
  });
});

describe('the vertex of', () => {
  const team = teamIndexOf(
    [
      member('ann'),
      member('sue', { status: 'suspended' }),
      member('ivy', { status: 'invited' }),
      member('odd', { status: 'other' }),
      member('new', { userKey: null }),
    ],
    new Map([['g:all', 'key-all']]),
  );

  it.each<[string, 'user' | 'group', string, string | null]>([
    ['an active member', 'user', 'dbmid:ann', 'users/ann'],
    ['a suspended member', 'user', 'dbmid:sue', null],
    ['an invited member', 'user', 'dbmid:ivy', null],
    ['a member with an unknown status', 'user', 'dbmid:odd', null],
    ['an active member without a user', 'user', 'dbmid:new', null],
    ['someone who is not a member', 'user', 'dbmid:stranger', null],
    ['a group of the team', 'group', 'g:all', 'groups/key-all'],
    ['another group', 'group', 'g:other', null],
    ['a kind of principal that is not known', 'robot' as 'user', 'dbmid:ann', null],
  ])('%s', (_case, kind, id, expected) => {
    expect(team.vertexOf({ id, kind })).toBe(expected);
  });
});

it('only an active member is active', () => {
  const team = teamIndexOf([member('ann'), member('sue', { status: 'suspended' })]);
  expect(['dbmid:ann', 'dbmid:sue', 'dbmid:stranger'].map((id) => team.isActive(id))).toEqual([true, false, false]);
});

it('a team of 100,000 members is one object a member', () => {
  const team = new TeamIndex();
  const members = Array.from({ length: 100_000 }, (_, n) => member(`m${n}`));
  for (const one of members) team.add(one);
  expect(team.size).toBe(100_000);
  for (const one of [members[0], members[99_999]]) {
    expect(team.byEmail(one?.email ?? '')).toBe(one);
    expect(team.byMemberId(one?.teamMemberId ?? '')).toBe(one);
  }
});
