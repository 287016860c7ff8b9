import { matchUsers, findUserById } from '../../../src/graph/access/users';
import { memberIndex } from '../../../src/graph/access/memberIndex';
import { readMembers, retireMembersExcept, unlistedMembers, writeMembers } from '../../../src/graph/access/members';
import { writeGroup } from '../../../src/graph/access/groups';
import { userKey } from '../../../src/sync/keys';
import {
  all,
  CONNECTOR,
  context,
  edges,
  freshDatabase,
  link,
  member,
  ORG,
  putRecord,
  snapshot,
  startServer,
  type Server,
} from '../fixture';
import { standalone } from '../../../src/graph/driver/graph';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const byEmail = async (db: Awaited<ReturnType<typeof freshDatabase>>, email: string) =>
  (await all(db, 'users')).find((user) => user.email.toLowerCase() === email);

test('a member is matched with his user by e-mail, whatever the case on either side, and the user is not changed', async () => {
  const db = await freshDatabase(server, ['Ann@Acme.example']);
  const before = await all(db, 'users');
  const written = await writeMembers(standalone(db), context(), [member('ann', { email: 'aNN@acme.EXAMPLE' })]);
  expect(written).toMatchObject({ users: 1, changedMembers: ['dbmid:ann'] });
  expect(await all(db, 'users')).toEqual(before);
  expect(await all(db, 'userAppRelation')).toMatchObject([
    { _from: before[0]?._id, _to: `apps/${CONNECTOR}`, sourceUserId: 'dbmid:ann', syncState: 'NOT_STARTED' },
  ]);
  const [matched] = [...(await matchUsers(standalone(db), ORG, ['ANN@acme.example'])).values()];
  expect(matched?._key).toBe(before[0]?._key);
});

test('a member without a user gets an inactive one of the organization, once', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), [member('bob')]);
  const [created] = await all(db, 'users');
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
  expect(await edges(db, 'belongsTo')).toContain(`${created?._id} ORGANIZATION organizations/${ORG}`);
  expect((await findUserById(standalone(db), 'dbmid:bob'))?._key).toBe(created?._key);
  const before = await snapshot(db);
  expect(await writeMembers(standalone(db), context(2000), [member('bob')])).toMatchObject({ changedMembers: [] });
  expect(await snapshot(db)).toEqual(before);
});

test('a user without an organization is found, one of another organization is not', async () => {
  const db = await freshDatabase(server);
  await db.collection('users').save({ _key: 'loose', email: 'Ann@acme.example' });
  await db.collection('users').save({ _key: 'foreign', email: 'bob@acme.example', orgId: 'other' });
  await writeMembers(standalone(db), context(), [member('ann', { email: 'Ann@acme.example' }), member('bob')]);
  const index = await memberIndex(standalone(db), CONNECTOR);
  expect(index.byMemberId('dbmid:ann')?.userKey).toBe('loose');
  expect(index.byMemberId('dbmid:bob')?.userKey).toBe(userKey(ORG, 'bob@acme.example'));
});

test('invited and suspended members, and addresses of those who left, get neither user nor app relation', async () => {
  const db = await freshDatabase(server);
  const written = await writeMembers(standalone(db), context(), [
    member('ivy', { status: 'invited' }),
    member('sue', { status: 'suspended' }),
    member('rem', { status: 'removed', email: 'rem@acme.example#' }),
    member('odd', { email: '' }),
  ]);
  expect(written.users).toBe(0);
  expect(await all(db, 'users')).toEqual([]);
  expect(await all(db, 'userAppRelation')).toEqual([]);
  expect((await memberIndex(standalone(db), CONNECTOR)).byMemberId('dbmid:ivy')).toMatchObject({
    status: 'invited',
    userKey: null,
  });
});

test('a suspended member loses all access to this connector, and nothing of another one', async () => {
  const db = await freshDatabase(server, ['ann@acme.example'], [CONNECTOR, 'other']);
  await writeMembers(standalone(db), context(), [member('ann')]);
  await writeMembers(standalone(db), context(1000, 'other'), [member('ann')]);
  const id = (await byEmail(db, 'ann@acme.example'))?._id as string;
  await putRecord(db, 'mine', null);
  await putRecord(db, 'theirs', null, 'other');
  await link(db, 'permission', id, 'records/mine', { role: 'READER', type: 'USER' });
  await link(db, 'permission', id, 'records/theirs', { role: 'READER', type: 'USER' });
  await writeGroup(standalone(db), context(), { groupId: 'g:1', name: 'One' }, [member('ann')]);
  const written = await writeMembers(standalone(db), context(2000), [member('ann', { status: 'suspended' })]);
  expect(written).toMatchObject({ users: 0, revoked: 2, changedMembers: ['dbmid:ann'] });
  expect(await edges(db)).toEqual([`${id} READER records/theirs`]);
  expect(await edges(db, 'userAppRelation')).toEqual([`${id} - apps/other`]);
});

test('a suspended member is met for the first time: what another program granted him before is taken back', async () => {
  const db = await freshDatabase(server, ['sue@acme.example']);
  const id = (await byEmail(db, 'sue@acme.example'))?._id as string;
  await putRecord(db, 'mine', null);
  await link(db, 'permission', id, 'records/mine', { role: 'OWNER', type: 'USER' });
  expect(await writeMembers(standalone(db), context(), [member('sue', { status: 'suspended' })])).toMatchObject({
    revoked: 1,
  });
  expect(await edges(db)).toEqual([]);
});

test('a new address or name changes the document that was made for the member, as long as no account took it over', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), [member('bob')]);
  const changed = member('bob', { email: 'robert@acme.example', displayName: 'Robert' });
  expect(await writeMembers(standalone(db), context(2000), [changed])).toMatchObject({ changedMembers: ['dbmid:bob'] });
  const users = await all(db, 'users');
  expect(users).toHaveLength(1);
  expect(users[0]).toMatchObject({ email: 'robert@acme.example', fullName: 'Robert', isActive: false });
});

test("a new member with an address that somebody else's document was made for gets a document of his own", async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), [member('bob')]);
  await writeMembers(standalone(db), context(2000), [member('bob', { email: 'robert@acme.example' })]);
  await writeMembers(standalone(db), context(3000), [member('new', { email: 'bob@acme.example' })]);
  const index = await memberIndex(standalone(db), CONNECTOR);
  expect(index.byMemberId('dbmid:new')?.userKey).not.toBe(index.byMemberId('dbmid:bob')?.userKey);
  expect((await all(db, 'users')).map((user) => user.email).sort()).toEqual([
    'bob@acme.example',
    'robert@acme.example',
  ]);
});

test('a member whose address now belongs to an account acts as that account, and the former document loses everything', async () => {
  const db = await freshDatabase(server, ['robert@acme.example']);
  await writeMembers(standalone(db), context(), [member('bob')]);
  await writeGroup(standalone(db), context(), { groupId: 'g:1', name: 'One' }, [member('bob')]);
  const written = await writeMembers(standalone(db), context(2000), [member('bob', { email: 'robert@acme.example' })]);
  expect(written).toMatchObject({ users: 1, revoked: 1, changedMembers: ['dbmid:bob'] });
  const account = await byEmail(db, 'robert@acme.example');
  expect(await edges(db)).toEqual([]);
  expect(await edges(db, 'userAppRelation')).toEqual([`${account?._id} - apps/${CONNECTOR}`]);
});

test('a removed member whose address came back as a new member does not take that one with him', async () => {
  const db = await freshDatabase(server, ['ann@acme.example']);
  await writeMembers(standalone(db), context(), [member('ann')]);
  const back = member('back', { email: 'ann@acme.example' });
  await writeMembers(standalone(db), context(2000), [back]);
  await writeGroup(standalone(db), context(2000), { groupId: 'g:1', name: 'One' }, [back]);
  const retired = await retireMembersExcept(standalone(db), context(3000), new Set(['dbmid:back']));
  expect(retired).toMatchObject({ revoked: 0, changedMembers: ['dbmid:ann'] });
  expect(await edges(db)).toHaveLength(1);
  expect(await all(db, 'userAppRelation')).toMatchObject([{ sourceUserId: 'dbmid:back' }]);
});

test('members who are not in a complete listing are removed ones, once', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), [member('ann'), member('bob'), member('cid')]);
  const listed = new Set(['dbmid:ann']);
  expect((await unlistedMembers(standalone(db), CONNECTOR, listed)).map((m) => m.teamMemberId).sort()).toEqual([
    'dbmid:bob',
    'dbmid:cid',
  ]);
  expect((await retireMembersExcept(standalone(db), context(2000), listed)).changedMembers).toHaveLength(2);
  expect((await retireMembersExcept(standalone(db), context(3000), listed)).changedMembers).toEqual([]);
  const stored = await readMembers(standalone(db), CONNECTOR, ['dbmid:bob', 'dbmid:nobody']);
  expect([...stored.values()]).toMatchObject([{ teamMemberId: 'dbmid:bob', status: 'removed' }]);
  expect(await all(db, 'userAppRelation')).toHaveLength(1);
});

test('the relation to the app comes back after PipesHub has deleted the edges for a full sync', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), [member('ann')]);
  await db.collection('userAppRelation').truncate();
  await writeMembers(standalone(db), context(2000), [member('ann')]);
  expect(await all(db, 'userAppRelation')).toHaveLength(1);
});

test('a thousand members are one batch', async () => {
  const db = await freshDatabase(server);
  const members = Array.from({ length: 1000 }, (_, n) => member(`m${n}`));
  expect(await writeMembers(standalone(db), context(), members)).toMatchObject({ users: 1000 });
  expect((await memberIndex(standalone(db), CONNECTOR)).size).toBe(1000);
  expect((await memberIndex(standalone(db), CONNECTOR)).byEmail('M7@acme.example')?.teamMemberId).toBe('dbmid:m7');
  expect((await memberIndex(standalone(db), CONNECTOR)).byAccountId('dbid:m7')?.teamMemberId).toBe('dbmid:m7');
});

test.each([
  ['the one who gives it up first', ['ann', 'bob']],
  ['the one who takes it first', ['bob', 'ann']],
])('an address that changes hands gives nobody the access of the other: %s', async (_case, order) => {
  for (const pages of ['one page', 'a page each']) {
    const db = await freshDatabase(server);
    await writeMembers(standalone(db), context(), [member('ann', { email: 'x@acme.example' })]);
    const now = [member('ann', { email: 'ann@acme.example' }), member('bob', { email: 'x@acme.example' })].sort(
      (a, b) => order.indexOf(a.teamMemberId.slice(6)) - order.indexOf(b.teamMemberId.slice(6)),
    );
    if (pages === 'one page') await writeMembers(standalone(db), context(), now);
    else for (const one of now) await writeMembers(standalone(db), context(), [one]);
    const index = await memberIndex(standalone(db), CONNECTOR);
    const users = new Map((await all(db, 'users')).map(({ _key, email }) => [_key, email]));
    expect(users.get(index.byMemberId('dbmid:ann')?.userKey ?? '')).toBe('ann@acme.example');
    expect(users.get(index.byMemberId('dbmid:bob')?.userKey ?? '')).toBe('x@acme.example');
    db.close();
  }
});
