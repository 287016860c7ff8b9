import { GroupsRead, removeGroups, storedGroups, writeGroups } from '../../../src/graph/access/groups';
import { writeMembers } from '../../../src/graph/access/members';
import { groupKeys, readTeam } from '../../../src/graph/access/team';
import { readInOneRequest } from '../../../src/graph/driver/oneRequest';
import { groupKey } from '../../../src/sync/keys';
import { all, CONNECTOR, ORG, snapshot, useDatabase } from '../../support/database';
import { context, edges, link, member } from '../fixture';

const arango = useDatabase();

const key = groupKey(CONNECTOR, 'g:1');
const members = [member('ann'), member('bob'), member('sue', { status: 'suspended' })];
const userOf = async (id: string) =>
  (await readTeam(arango.graph, CONNECTOR)).vertexOf({ id: `dbmid:${id}`, kind: 'user' });

test('active members get an edge to their group; suspended and unknown ones get none', async () => {
  await writeMembers(arango.graph, context(), members);
  const written = await writeGroups(arango.graph, context(), [
    { group: { groupId: 'g:1', name: 'One' }, members: [...members, member('stranger')] },
  ]);
  expect(written).toMatchObject({ granted: 2, revoked: 0 });
  expect(await all(arango.db, 'permission')).toMatchObject([
    { role: 'READER', type: 'USER', _to: `groups/${key}` },
    { role: 'READER', type: 'USER', _to: `groups/${key}` },
  ]);
  expect(await all(arango.db, 'groups')).toMatchObject([
    {
      name: 'One',
      externalGroupId: 'g:1',
      connectorId: CONNECTOR,
      connectorName: 'DROPBOX',
      appName: 'DROPBOX',
      orgId: ORG,
    },
  ]);
});

test('a later list replaces the members, a rename keeps the key, and a repeat changes nothing', async () => {
  await writeMembers(arango.graph, context(), members);
  await writeGroups(arango.graph, context(), [{ group: { groupId: 'g:1', name: 'One' }, members }]);
  const second = await writeGroups(arango.graph, context(2000), [
    { group: { groupId: 'g:1', name: 'Uno' }, members: [member('bob')] },
  ]);
  expect(second).toMatchObject({ granted: 0, revoked: 1 });
  expect(await edges(arango.db)).toEqual([`${await userOf('bob')} READER groups/${key}`]);
  expect(await all(arango.db, 'groups')).toMatchObject([{ name: 'Uno', createdAtTimestamp: 1000 }]);
  const before = await snapshot(arango.db);
  await writeGroups(arango.graph, context(3000), [
    { group: { groupId: 'g:1', name: 'Uno' }, members: [member('bob')] },
  ]);
  expect(await snapshot(arango.db)).toEqual(before);
});

test('a group that PipesHub created keeps its document', async () => {
  const stored = { name: 'One', externalGroupId: 'g:1', connectorId: CONNECTOR, orgId: ORG };
  const { _key } = await arango.db.collection('groups').save(stored);
  await arango.db.collection('groups').save({ ...stored, connectorId: 'other' });
  await writeGroups(arango.graph, context(), [{ group: { groupId: 'g:1', name: 'One' }, members: [] }]);
  expect(await groupKeys(arango.graph, CONNECTOR)).toEqual(new Map([['g:1', _key]]));
  expect(await all(arango.db, 'groups')).toHaveLength(2);
});

test('the removal of a group removes all its edges, and no other group', async () => {
  await writeMembers(arango.graph, context(), members);
  await writeGroups(arango.graph, context(), [{ group: { groupId: 'g:1', name: 'One' }, members }]);
  await writeGroups(arango.graph, context(), [{ group: { groupId: 'g:2', name: 'Two' }, members: [member('ann')] }]);
  await link(arango.db, 'permission', `groups/${key}`, 'recordGroups/x', { role: 'READER', type: 'GROUP' });
  expect(await removeGroups(arango.graph, CONNECTOR, ['g:1', 'g:unknown'])).toMatchObject({ groups: 1, revoked: 3 });
  expect(await removeGroups(arango.graph, CONNECTOR, ['g:1'])).toMatchObject({ groups: 0, revoked: 0 });
  expect(await edges(arango.db)).toEqual([`${await userOf('ann')} READER groups/${groupKey(CONNECTOR, 'g:2')}`]);
});

test('stored groups are returned with the team_member_ids of their members', async () => {
  await writeMembers(arango.graph, context(), members);
  await writeGroups(arango.graph, context(), [{ group: { groupId: 'g:1', name: 'One' }, members }]);
  await link(arango.db, 'permission', 'users/unknown', `groups/${key}`, { role: 'READER', type: 'USER' });
  const found = [];
  for await (const batch of storedGroups(arango.graph, CONNECTOR)) found.push(...batch);
  expect(found).toMatchObject([{ key, groupId: 'g:1', name: 'One' }]);
  expect([...(found[0]?.members ?? [])].sort()).toEqual(['dbmid:ann', 'dbmid:bob', 'users/unknown']);
});

test('groups are read whole, whatever the number of their members', async () => {
  const sizes = [0, 1, 1000, 1001, 2500];
  const groups = sizes.map((size) => ({ _key: `g${size}`, externalGroupId: `g:${size}`, connectorId: CONNECTOR }));
  await arango.db.collection('groups').saveAll(groups);
  const memberships = sizes.flatMap((size) =>
    Array.from({ length: size }, (_, at) => ({ _from: `users/u${at}`, _to: `groups/g${size}` })),
  );
  await arango.db.collection('permission').saveAll(memberships);
  const read = new GroupsRead();
  await readInOneRequest(arango.graph, read.parts(CONNECTOR));
  const found = [...read.byId()].map(([id, group]) => [id, new Set(group.members).size, group.members.length]);
  expect(found.sort()).toEqual(sizes.map((size) => [`g:${size}`, size, size]).sort());
});

test('several groups are written in one transaction, unless they have too many members together', async () => {
  await writeMembers(arango.graph, context(), members);
  const strangers = Array.from({ length: 1000 }, (_, n) => member(`stranger${n}`));
  const lists = ['g:1', 'g:2', 'g:3', 'g:4'].map((groupId) => ({
    group: { groupId, name: groupId },
    members: groupId === 'g:3' ? strangers : [...members, ...strangers.slice(0, 900)],
  }));
  const begun = jest.spyOn(arango.db, 'beginTransaction');
  expect(await writeGroups(arango.graph, context(), lists)).toMatchObject({ granted: 6, revoked: 0 });
  expect(begun).toHaveBeenCalledTimes(2);
  expect([...(await groupKeys(arango.graph, CONNECTOR)).keys()].sort()).toEqual(['g:1', 'g:2', 'g:3', 'g:4']);
});

test('a group that is listed twice counts once, with its last list', async () => {
  await writeMembers(arango.graph, context(), members);
  const group = { groupId: 'g:1', name: 'One' };
  const lists = [
    { group, members },
    { group, members: [member('bob')] },
  ];
  expect(await writeGroups(arango.graph, context(), lists)).toMatchObject({ granted: 1, revoked: 0 });
  expect(await edges(arango.db)).toEqual([`${await userOf('bob')} READER groups/${key}`]);
});
