import { writeGroups } from '../../../src/graph/access/groups';
import { readMembers, retireMembers, membersAfterListing, writeMembers } from '../../../src/graph/access/members';
import { readTeam } from '../../../src/graph/access/team';
import { matchUsers } from '../../../src/graph/access/users';
import { userKey } from '../../../src/sync/keys';
import { all, CONNECTOR, ORG, snapshot, useDatabase } from '../../support/database';
import { context, edges, link, member, putRecord } from '../fixture';

const arango = useDatabase();

/** Of a run after the first one: where nothing has changed, it makes no transaction. */
const later = { isFirstRun: false };

const byEmail = async (email: string) =>
  (await all(arango.db, 'users')).find((user) => user.email.toLowerCase() === email);

test('a member is matched with a user by e-mail, in any case of letters, and the user is not changed', async () => {
  await arango.install({ users: ['Ann@Acme.example'] });
  const before = await all(arango.db, 'users');
  const written = await writeMembers(arango.graph, context(), [member('ann', { email: 'aNN@acme.EXAMPLE' })]);
  expect(written).toMatchObject({ users: 1, changedMembers: ['dbmid:ann'] });
  expect(await all(arango.db, 'users')).toEqual(before);
  expect(await all(arango.db, 'userAppRelation')).toMatchObject([
    { _from: before[0]?._id, _to: `apps/${CONNECTOR}`, sourceUserId: 'dbmid:ann', syncState: 'NOT_STARTED' },
  ]);
  const [matched] = [...(await matchUsers(arango.graph, ORG, ['ANN@acme.example'])).values()];
  expect(matched?._key).toBe(before[0]?._key);
});

test('a member without a user gets one inactive user in the organization', async () => {
  await writeMembers(arango.graph, context(), [member('bob')]);
  const [created] = await all(arango.db, 'users');
  expect(created).toEqual({
    _id: created?._id,
    _key: userKey(ORG, 'bob@acme.example'),
    orgId: ORG,
    email: 'bob@acme.example',
    fullName: 'BOB',
    userId: 'dbmid:bob',
    isActive: false,
    createdAtTimestamp: 1000,
    updatedAtTimestamp: 1000,
  });
  expect(await edges(arango.db, 'belongsTo')).toContain(`${created?._id} ORGANIZATION organizations/${ORG}`);
  const before = await snapshot(arango.db);
  const transactions = jest.spyOn(arango.db, 'beginTransaction');
  expect(await writeMembers(arango.graph, context(2000), [member('bob')], later)).toMatchObject({ changedMembers: [] });
  expect(transactions).not.toHaveBeenCalled();
  expect(await snapshot(arango.db)).toEqual(before);
});

test('a user without an organization is matched, a user of another organization is not', async () => {
  await arango.db.collection('users').save({ _key: 'loose', email: 'Ann@acme.example' });
  await arango.db.collection('users').save({ _key: 'foreign', email: 'bob@acme.example', orgId: 'other' });
  await writeMembers(arango.graph, context(), [member('ann', { email: 'Ann@acme.example' }), member('bob')]);
  const index = await readTeam(arango.graph, CONNECTOR);
  expect(index.byMemberId('dbmid:ann')?.userKey).toBe('loose');
  expect(index.byMemberId('dbmid:bob')?.userKey).toBe(userKey(ORG, 'bob@acme.example'));
});

test('a member who is twice in one answer is one member, as the last entry says', async () => {
  await arango.install({ users: ['ann@acme.example'] });
  const users = await all(arango.db, 'users');
  const twice = [member('ann', { displayName: 'A' }), member('bob'), member('ann', { displayName: 'Ann' })];
  expect(await writeMembers(arango.graph, context(), twice)).toMatchObject({ users: 2 });
  const index = await readTeam(arango.graph, CONNECTOR);
  expect(index.byMemberId('dbmid:ann')?.userKey).toBe(users[0]?._key);
  expect(await all(arango.db, 'users')).toHaveLength(2);
  expect(await all(arango.db, 'userAppRelation')).toHaveLength(2);
  expect((await readMembers(arango.graph, CONNECTOR, ['dbmid:ann'])).get('dbmid:ann')?.displayName).toBe('Ann');
});

describe('two active members with one address', () => {
  const both = [member('ann'), member('bob', { email: 'Ann@acme.example' })];
  const users = async (): Promise<(string | null | undefined)[]> => {
    const index = await readTeam(arango.graph, CONNECTOR);
    return ['ann', 'bob'].map((id) => index.byMemberId(`dbmid:${id}`)?.userKey);
  };

  test('have a user each, and keep them in any order of the list', async () => {
    await writeMembers(arango.graph, context(), both);
    const first = await users();
    expect(new Set(first).size).toBe(2);
    expect(await all(arango.db, 'userAppRelation')).toHaveLength(2);
    const before = await snapshot(arango.db);
    // The first user by key may belong to either of them.
    for (const at of [2000, 3000, 4000]) {
      const listed = at === 3000 ? both.toReversed() : both;
      expect(await writeMembers(arango.graph, context(at), listed, later)).toMatchObject({ changedMembers: [] });
      expect(await users()).toEqual(first);
    }
    expect(await snapshot(arango.db)).toEqual(before);
  });

  test.each([
    ['the former owner first', both],
    ['the new owner first', both.toReversed()],
  ])('never share it, on whichever pages of a list they are: %s', async (_case, listed) => {
    await arango.install({ users: ['ann@acme.example'] });
    await writeMembers(arango.graph, context(), [member('ann')]);
    for (const at of [2000, 3000]) {
      const assigned = new Map<string, string>();
      for (const page of listed) await writeMembers(arango.graph, context(at), [page], { ...later, assigned });
      expect(new Set(await users()).size).toBe(2);
      expect((await all(arango.db, 'userAppRelation')).map(({ sourceUserId }) => sourceUserId).sort()).toEqual([
        'dbmid:ann',
        'dbmid:bob',
      ]);
    }
    // The list is right again.
    const { _key: account } = (await all(arango.db, 'users')).find(({ isActive }) => isActive) ?? {};
    await writeMembers(arango.graph, context(4000), [member('ann', { email: 'new@acme.example' })], later);
    await writeMembers(arango.graph, context(4000), [member('bob', { email: 'Ann@acme.example' })], later);
    expect((await users())[1]).toBe(account);
  });

  test('keep the account of PipesHub with one of them when it appears later', async () => {
    await writeMembers(arango.graph, context(), both);
    const [, bobBefore] = await users();
    await arango.db.collection('users').save({ _key: 'zz', email: 'ANN@acme.example', orgId: ORG, isActive: true });
    for (const at of [2000, 3000, 4000]) {
      await writeMembers(arango.graph, context(at), at === 3000 ? both.toReversed() : both, later);
      expect(await users()).toEqual(['zz', bobBefore]);
    }
  });
});

test('invited, suspended and removed members, and members without an address, get no user and no edge to the app', async () => {
  const written = await writeMembers(arango.graph, context(), [
    member('ivy', { status: 'invited' }),
    member('sue', { status: 'suspended' }),
    member('rem', { status: 'removed', email: 'rem@acme.example#' }),
    member('odd', { email: '' }),
  ]);
  expect(written.users).toBe(0);
  expect(await all(arango.db, 'users')).toEqual([]);
  expect(await all(arango.db, 'userAppRelation')).toEqual([]);
  expect((await readTeam(arango.graph, CONNECTOR)).byMemberId('dbmid:ivy')).toMatchObject({
    status: 'invited',
    userKey: null,
  });
});

test('a suspended member loses all access to this connector, and no access to another one', async () => {
  await arango.install({ users: ['ann@acme.example'], connectors: ['other'] });
  await writeMembers(arango.graph, context(), [member('ann')]);
  await writeMembers(arango.graph, context(1000, 'other'), [member('ann')]);
  const id = (await byEmail('ann@acme.example'))?._id as string;
  await putRecord(arango.db, 'mine', null);
  await putRecord(arango.db, 'theirs', null, 'other');
  await link(arango.db, 'permission', id, 'records/mine', { role: 'READER', type: 'USER' });
  await link(arango.db, 'permission', id, 'records/theirs', { role: 'READER', type: 'USER' });
  await writeGroups(arango.graph, context(), [{ group: { groupId: 'g:1', name: 'One' }, members: [member('ann')] }]);
  const written = await writeMembers(arango.graph, context(2000), [member('ann', { status: 'suspended' })]);
  expect(written).toMatchObject({ users: 0, revoked: 2, changedMembers: ['dbmid:ann'] });
  expect(await edges(arango.db)).toEqual([`${id} READER records/theirs`]);
  expect(await edges(arango.db, 'userAppRelation')).toEqual([`${id} - apps/other`]);
});

test('a suspended member with very many edges loses them in bounded transactions, the last of which stores them', async () => {
  await arango.install({ users: ['ann@acme.example'] });
  await writeMembers(arango.graph, context(), [member('ann')]);
  const id = (await byEmail('ann@acme.example'))?._id as string;
  await putRecord(arango.db, 'mine', null);
  const permission = { _from: id, _to: 'records/mine', role: 'READER', type: 'USER', createdAtTimestamp: 1 };
  const many = Array.from({ length: 12_000 }, () => ({ ...permission, updatedAtTimestamp: 1 }));
  await arango.db.collection('permission').saveAll(many);
  const begin = jest.spyOn(arango.db, 'beginTransaction');
  const written = await writeMembers(arango.graph, context(2000), [member('ann', { status: 'suspended' })]);
  expect(written).toMatchObject({ users: 0, revoked: 12_000, changedMembers: ['dbmid:ann'] });
  expect(begin).toHaveBeenCalledTimes(3);
  expect(await edges(arango.db)).toEqual([]);
  expect(await edges(arango.db, 'userAppRelation')).toEqual([]);
});

test('a suspended member who is new to the connector loses the access that another program granted', async () => {
  await arango.install({ users: ['sue@acme.example'] });
  const id = (await byEmail('sue@acme.example'))?._id as string;
  await putRecord(arango.db, 'mine', null);
  await link(arango.db, 'permission', id, 'records/mine', { role: 'OWNER', type: 'USER' });
  expect(await writeMembers(arango.graph, context(), [member('sue', { status: 'suspended' })])).toMatchObject({
    revoked: 1,
  });
  expect(await edges(arango.db)).toEqual([]);
});

test('a new address or name is stored in a user that this connector created', async () => {
  await writeMembers(arango.graph, context(), [member('bob')]);
  const changed = member('bob', { email: 'robert@acme.example', displayName: 'Robert' });
  expect(await writeMembers(arango.graph, context(2000), [changed])).toMatchObject({ changedMembers: ['dbmid:bob'] });
  const users = await all(arango.db, 'users');
  expect(users).toHaveLength(1);
  expect(users[0]).toMatchObject({ email: 'robert@acme.example', fullName: 'Robert', isActive: false });
});

test('a new member with the former address of another member gets another user', async () => {
  await writeMembers(arango.graph, context(), [member('bob')]);
  await writeMembers(arango.graph, context(2000), [member('bob', { email: 'robert@acme.example' })]);
  await writeMembers(arango.graph, context(3000), [member('new', { email: 'bob@acme.example' })]);
  const index = await readTeam(arango.graph, CONNECTOR);
  expect(index.byMemberId('dbmid:new')?.userKey).not.toBe(index.byMemberId('dbmid:bob')?.userKey);
  expect((await all(arango.db, 'users')).map((user) => user.email).sort()).toEqual([
    'bob@acme.example',
    'robert@acme.example',
  ]);
});

test('a member whose new address belongs to an account is matched with it, and the former user loses all access', async () => {
  await arango.install({ users: ['robert@acme.example'] });
  await writeMembers(arango.graph, context(), [member('bob')]);
  await writeGroups(arango.graph, context(), [{ group: { groupId: 'g:1', name: 'One' }, members: [member('bob')] }]);
  const written = await writeMembers(arango.graph, context(2000), [member('bob', { email: 'robert@acme.example' })]);
  expect(written).toMatchObject({ users: 1, revoked: 1, changedMembers: ['dbmid:bob'] });
  const account = await byEmail('robert@acme.example');
  expect(await edges(arango.db)).toEqual([]);
  expect(await edges(arango.db, 'userAppRelation')).toEqual([`${account?._id} - apps/${CONNECTOR}`]);
});

test('the removal of a member revokes nothing of a new member with the same address', async () => {
  await arango.install({ users: ['ann@acme.example'] });
  await writeMembers(arango.graph, context(), [member('ann')]);
  const back = member('back', { email: 'ann@acme.example' });
  await writeMembers(arango.graph, context(2000), [back]);
  await writeGroups(arango.graph, context(2000), [{ group: { groupId: 'g:1', name: 'One' }, members: [back] }]);
  const { unlisted } = await membersAfterListing(arango.graph, CONNECTOR, new Set(['dbmid:back']));
  const retired = await retireMembers(arango.graph, context(3000), unlisted);
  expect(retired).toMatchObject({ revoked: 0, changedMembers: ['dbmid:ann'] });
  expect(await edges(arango.db)).toHaveLength(1);
  expect(await all(arango.db, 'userAppRelation')).toMatchObject([{ sourceUserId: 'dbmid:back' }]);
});

test('a person in two teams has one user, which each connector leaves to the one that created it', async () => {
  await arango.install({ connectors: ['other'] });
  const mine = (now: number, run = {}) => writeMembers(arango.graph, context(now), [member('ann')], run);
  const second = member('second', { email: 'Ann@acme.example', displayName: 'Ann of Other' });
  const other = (now: number, run = {}) => writeMembers(arango.graph, context(now, 'other'), [second], run);
  await mine(1000);
  await other(2000);
  const before = await snapshot(arango.db);
  expect(before['users']).toMatchObject([{ userId: 'dbmid:ann', fullName: 'ANN' }]);
  const transactions = jest.spyOn(arango.db, 'beginTransaction');
  for (const again of [mine, other]) expect(await again(3000, later)).toMatchObject({ users: 1, changedMembers: [] });
  expect(transactions).not.toHaveBeenCalled();
  expect(await snapshot(arango.db)).toEqual(before);
});

test('the user of a member who is gone moves to a new member with the same address', async () => {
  await writeMembers(arango.graph, context(), [member('ann')]);
  const { unlisted } = await membersAfterListing(arango.graph, CONNECTOR, new Set());
  await retireMembers(arango.graph, context(2000), unlisted);
  await writeMembers(arango.graph, context(3000), [member('back', { email: 'ann@acme.example' })]);
  expect(await all(arango.db, 'users')).toMatchObject([{ userId: 'dbmid:back', fullName: 'BACK' }]);
});

test('members who are gone are stored as removed once', async () => {
  await writeMembers(arango.graph, context(), [member('ann'), member('bob'), member('cid')]);
  const listed = new Set(['dbmid:ann']);
  const { unlisted } = await membersAfterListing(arango.graph, CONNECTOR, listed);
  expect(unlisted.map((m) => m.teamMemberId).sort()).toEqual(['dbmid:bob', 'dbmid:cid']);
  expect((await retireMembers(arango.graph, context(2000), unlisted)).changedMembers).toHaveLength(2);
  expect((await membersAfterListing(arango.graph, CONNECTOR, listed)).unlisted).toEqual([]);
  const stored = await readMembers(arango.graph, CONNECTOR, ['dbmid:bob', 'dbmid:unknown']);
  expect([...stored.values()]).toMatchObject([{ teamMemberId: 'dbmid:bob', status: 'removed' }]);
  expect(await all(arango.db, 'userAppRelation')).toHaveLength(1);
});

test('the edge to the app is written again after PipesHub deleted the edges for a full sync', async () => {
  await writeMembers(arango.graph, context(), [member('ann')]);
  await arango.db.collection('userAppRelation').truncate();
  await writeMembers(arango.graph, context(2000), [member('ann')]);
  expect(await all(arango.db, 'userAppRelation')).toHaveLength(1);
});

test('a thousand members are written in one batch', async () => {
  const members = Array.from({ length: 1000 }, (_, n) => member(`m${n}`));
  expect(await writeMembers(arango.graph, context(), members)).toMatchObject({ users: 1000 });
  expect((await readTeam(arango.graph, CONNECTOR)).size).toBe(1000);
  expect((await readTeam(arango.graph, CONNECTOR)).byEmail('M7@acme.example')?.teamMemberId).toBe('dbmid:m7');
  expect((await readTeam(arango.graph, CONNECTOR)).byAccountId('dbid:m7')?.teamMemberId).toBe('dbmid:m7');
});

test.each([
  ['the former owner first', ['ann', 'bob']],
  ['the new owner first', ['bob', 'ann']],
])('an address that moves from one member to another transfers no access: %s', async (_case, order) => {
  for (const pages of ['one page', 'two pages']) {
    await arango.renew();
    await writeMembers(arango.graph, context(), [member('ann', { email: 'x@acme.example' })]);
    const now = [member('ann', { email: 'ann@acme.example' }), member('bob', { email: 'x@acme.example' })].sort(
      (a, b) => order.indexOf(a.teamMemberId.slice(6)) - order.indexOf(b.teamMemberId.slice(6)),
    );
    if (pages === 'one page') await writeMembers(arango.graph, context(), now);
    else for (const one of now) await writeMembers(arango.graph, context(), [one]);
    const index = await readTeam(arango.graph, CONNECTOR);
    const users = new Map((await all(arango.db, 'users')).map(({ _key, email }) => [_key, email]));
    expect(users.get(index.byMemberId('dbmid:ann')?.userKey ?? '')).toBe('ann@acme.example');
    expect(users.get(index.byMemberId('dbmid:bob')?.userKey ?? '')).toBe('x@acme.example');
  }
});
