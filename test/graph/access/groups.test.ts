import type { Database } from 'arangojs';
import { removeGroups, storedGroups, writeGroup } from '../../../src/graph/access/groups';
import { groupKeys, principalIndex } from '../../../src/graph/access/memberIndex';
import { writeMembers } from '../../../src/graph/access/members';
import { groupKey } from '../../../src/sync/keys';
import {
  all,
  CONNECTOR,
  context,
  edges,
  freshDatabase,
  link,
  member,
  ORG,
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

const members = [member('ann'), member('bob'), member('sue', { status: 'suspended' })];
const userOf = async (db: Database, id: string) =>
  (await principalIndex(standalone(db), CONNECTOR)).vertexOf({ id: `dbmid:${id}`, kind: 'user' });

test('active members have an edge to their group; suspended and unknown ones have none and are counted', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), members);
  const written = await writeGroup(standalone(db), context(), { groupId: 'g:1', name: 'One' }, [
    ...members,
    member('stranger'),
  ]);
  expect(written).toMatchObject({ granted: 2, revoked: 0, withoutUser: 2, key: groupKey(CONNECTOR, 'g:1') });
  expect(await all(db, 'permission')).toMatchObject([
    { role: 'READER', type: 'USER', _to: `groups/${written.key}` },
    { role: 'READER', type: 'USER', _to: `groups/${written.key}` },
  ]);
  expect(await all(db, 'groups')).toMatchObject([
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

test('a later reading replaces the list: who left loses the edge, a rename keeps the key, a repeat changes nothing', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), members);
  const first = await writeGroup(standalone(db), context(), { groupId: 'g:1', name: 'One' }, members);
  const second = await writeGroup(standalone(db), context(2000), { groupId: 'g:1', name: 'Uno' }, [member('bob')]);
  expect(second).toMatchObject({ key: first.key, granted: 0, revoked: 1 });
  expect(await edges(db)).toEqual([`${await userOf(db, 'bob')} READER groups/${first.key}`]);
  expect(await all(db, 'groups')).toMatchObject([{ name: 'Uno', createdAtTimestamp: 1000 }]);
  const before = await snapshot(db);
  await writeGroup(standalone(db), context(3000), { groupId: 'g:1', name: 'Uno' }, [member('bob')]);
  expect(await snapshot(db)).toEqual(before);
});

test('a group that PipesHub made before keeps its document', async () => {
  const db = await freshDatabase(server);
  const stored = { name: 'One', externalGroupId: 'g:1', connectorId: CONNECTOR, orgId: ORG };
  const { _key } = await db.collection('groups').save(stored);
  await db.collection('groups').save({ ...stored, connectorId: 'other' });
  expect(await writeGroup(standalone(db), context(), { groupId: 'g:1', name: 'One' }, [])).toMatchObject({ key: _key });
  expect(await groupKeys(standalone(db), CONNECTOR)).toEqual(new Map([['g:1', _key]]));
  expect(await all(db, 'groups')).toHaveLength(2);
});

test('a group that is gone goes with all its edges, and no other', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), members);
  const { key } = await writeGroup(standalone(db), context(), { groupId: 'g:1', name: 'One' }, members);
  const kept = await writeGroup(standalone(db), context(), { groupId: 'g:2', name: 'Two' }, [member('ann')]);
  await link(db, 'permission', `groups/${key}`, 'recordGroups/x', { role: 'READER', type: 'GROUP' });
  expect(await removeGroups(standalone(db), CONNECTOR, ['g:1', 'g:unknown'])).toMatchObject({ groups: 1, revoked: 3 });
  expect(await removeGroups(standalone(db), CONNECTOR, ['g:1'])).toMatchObject({ groups: 0, revoked: 0 });
  expect(await edges(db)).toEqual([`${await userOf(db, 'ann')} READER groups/${kept.key}`]);
});

test('stored groups tell their members by team_member_id', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), members);
  const { key } = await writeGroup(standalone(db), context(), { groupId: 'g:1', name: 'One' }, members);
  await link(db, 'permission', 'users/nobody', `groups/${key}`, { role: 'READER', type: 'USER' });
  const found = [];
  for await (const batch of storedGroups(standalone(db), CONNECTOR)) found.push(...batch);
  expect(found).toMatchObject([{ key, groupId: 'g:1', name: 'One' }]);
  expect([...(found[0]?.members ?? [])].sort()).toEqual(['dbmid:ann', 'dbmid:bob', 'users/nobody']);
});
