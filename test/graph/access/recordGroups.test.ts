import { writeGroups } from '../../../src/graph/access/groups';
import { writeMembers } from '../../../src/graph/access/members';
import { removeRecordGroup, writeRecordGroups } from '../../../src/graph/access/recordGroups';
import { readTeam } from '../../../src/graph/access/team';
import { readNamespace } from '../../../src/graph/state/namespaces';
import { recordGroupKey } from '../../../src/sync/keys';
import type { NamespaceDocument } from '../../../src/sync/syncDocuments';
import { all, CONNECTOR, ORG, snapshot, useDatabase } from '../../support/database';
import { context, edges, group, link, member, namespace, putRecord, user } from '../fixture';

const arango = useDatabase();
beforeEach(async () => {
  await writeMembers(arango.graph, context(), [member('ann'), member('bob'), member('sue', { status: 'suspended' })]);
  await writeGroups(arango.graph, context(), [{ group: { groupId: 'g:1', name: 'One' }, members: [member('bob')] }]);
});

const write = async (namespaces: NamespaceDocument[], now = 1000) =>
  writeRecordGroups(arango.graph, context(now), namespaces, await readTeam(arango.graph, CONNECTOR));
const permissionsTo = async (key: string) =>
  (await edges(arango.db)).filter((edge) => edge.endsWith(`recordGroups/${key}`));

test('a namespace becomes a record group under the app and the organization, with everyone who can read it', async () => {
  const shared = namespace('7', { principals: [user('ann', 'OWNER'), user('sue'), group('1', 'WRITER')] });
  const written = await write([shared]);
  const key = recordGroupKey(CONNECTOR, '7');
  expect(written).toMatchObject({ recordGroups: 1, granted: 2, revoked: 0, keys: { '7': key } });
  const [stored] = await all(arango.db, 'recordGroups');
  expect(stored).toEqual({
    _id: `recordGroups/${key}`,
    _key: key,
    orgId: ORG,
    groupName: 'Folder 7',
    groupType: 'DRIVE',
    connectorName: 'DROPBOX',
    connectorId: CONNECTOR,
    externalGroupId: '7',
    parentExternalGroupId: null,
    description: 'Team Folder',
    createdAtTimestamp: 1000,
    updatedAtTimestamp: 1000,
  });
  const parents = (await all(arango.db, 'belongsTo')).filter((edge) => edge._from === stored?._id);
  expect(parents.map((edge) => [edge._to, edge.entityType]).sort()).toEqual([
    [`apps/${CONNECTOR}`, undefined],
    [`organizations/${ORG}`, 'ORGANIZATION'],
  ]);
  expect(parents.every((edge) => !(edge._to.startsWith('apps/') && 'entityType' in edge))).toBe(true);
  expect((await permissionsTo(key)).map((edge) => edge.split('/')[0])).toEqual(['groups', 'users']);
  expect(await readNamespace(arango.graph, CONNECTOR, '7')).toEqual(shared);
});

test('two folders of a member share a record group, which keeps its place however often both are written', async () => {
  const home = (id: string): NamespaceDocument =>
    namespace(id, {
      kind: 'personal',
      externalGroupId: 'dbmid:ann',
      recordGroupKey: recordGroupKey(CONNECTOR, 'dbmid:ann'),
      principals: [user('ann', 'OWNER')],
    });
  for (const now of [1000, 2000]) {
    await write([home('7'), home('8')], now);
    expect((await all(arango.db, 'recordGroups')).map(({ externalGroupId }) => externalGroupId)).toEqual(['dbmid:ann']);
    const places = (await all(arango.db, 'belongsTo')).filter(({ _from }) => _from.startsWith('recordGroups/'));
    expect(places.map(({ _to }) => _to).sort()).toEqual([`apps/${CONNECTOR}`, `organizations/${ORG}`]);
    expect(await permissionsTo(recordGroupKey(CONNECTOR, 'dbmid:ann'))).toHaveLength(1);
  }
});

test('a repeated write changes nothing, and a rename keeps the time of creation', async () => {
  const namespaces = [namespace('7', { principals: [user('ann')] }), namespace('8', { kind: 'shared_folder' })];
  await write(namespaces);
  const before = await snapshot(arango.db);
  expect(await write(namespaces, 2000)).toMatchObject({ granted: 0, revoked: 0, changed: 0 });
  expect(await snapshot(arango.db)).toEqual(before);
  await write([namespace('7', { name: 'Renamed', principals: [user('ann')] })], 3000);
  const renamed = (await all(arango.db, 'recordGroups')).find((stored) => stored.externalGroupId === '7');
  expect(renamed).toMatchObject({ groupName: 'Renamed', createdAtTimestamp: 1000, updatedAtTimestamp: 3000 });
});

test('a namespace whose members were never read grants nothing, and revokes the edges that exist', async () => {
  await write([namespace('7', { principals: [user('ann')] })]);
  expect(await write([namespace('7', { principals: null, membersReadAt: null })])).toMatchObject({ revoked: 1 });
  expect(await permissionsTo(recordGroupKey(CONNECTOR, '7'))).toEqual([]);
});

test('a record group that PipesHub created keeps its key, and loses edges that would grant more access', async () => {
  const { _key, _id } = await arango.db.collection('recordGroups').save({
    groupName: 'old',
    groupType: 'DRIVE',
    connectorName: 'DROPBOX',
    connectorId: CONNECTOR,
    externalGroupId: '7',
    createdAtTimestamp: 1,
  });
  await link(arango.db, 'belongsTo', _id, 'recordGroups/parent');
  await link(arango.db, 'belongsTo', _id, `organizations/${ORG}`, { entityType: 'ORGANIZATION' });
  await link(arango.db, 'inheritPermissions', _id, 'recordGroups/parent');
  await link(arango.db, 'permission', 'users/leaver', _id, { role: 'READER', type: 'USER' });
  const written = await write([namespace('7', { principals: [user('ann')] })]);
  expect(written).toMatchObject({ keys: { '7': _key }, granted: 1, revoked: 1 });
  expect(await readNamespace(arango.graph, CONNECTOR, '7')).toMatchObject({ recordGroupKey: _key });
  expect(await edges(arango.db, 'inheritPermissions')).toEqual([]);
  expect((await edges(arango.db, 'belongsTo')).filter((edge) => edge.startsWith(_id))).toEqual([
    `${_id} - apps/${CONNECTOR}`,
    `${_id} ORGANIZATION organizations/${ORG}`,
  ]);
});

test('the removal of a namespace revokes all access through it, and keeps other record groups and the records', async () => {
  await write([
    namespace('7', { principals: [user('ann'), group('1')] }),
    namespace('8', { principals: [user('bob')] }),
  ]);
  const gone = recordGroupKey(CONNECTOR, '7');
  await putRecord(arango.db, 'a', gone);
  await putRecord(arango.db, 'b', recordGroupKey(CONNECTOR, '8'));
  expect(await removeRecordGroup(arango.graph, CONNECTOR, '7')).toMatchObject({ revoked: 2 });
  for (const collection of ['permission', 'belongsTo', 'inheritPermissions']) {
    expect((await edges(arango.db, collection)).filter((edge) => edge.includes(gone))).toEqual([]);
  }
  expect((await all(arango.db, 'recordGroups')).map((stored) => stored.externalGroupId)).toEqual(['8']);
  expect(await all(arango.db, 'records')).toHaveLength(2);
  expect(await readNamespace(arango.graph, CONNECTOR, '7')).toBeNull();
  expect(await removeRecordGroup(arango.graph, CONNECTOR, '7')).toMatchObject({ revoked: 0 });
});
