import { writeGroups } from '../../../src/graph/access/groups';
import { writeMembers } from '../../../src/graph/access/members';
import { replacePermissions } from '../../../src/graph/access/permissions';
import { writeRecordGroups } from '../../../src/graph/access/recordGroups';
import { regrantPrincipals } from '../../../src/graph/access/regrant';
import { readTeam } from '../../../src/graph/access/team';
import { inTransaction } from '../../../src/graph/driver/graph';
import type { Principal } from '../../../src/sync/syncDocuments';
import { CONNECTOR, useDatabase } from '../../support/database';
import { context, edges, group, member, namespace, putRecord, user } from '../fixture';

const arango = useDatabase();

async function share(record: string, principals: Principal[], membersReadAt = 1, namespaceId = '7'): Promise<void> {
  await arango.db.collection('dropboxEntries').save({
    connectorId: CONNECTOR,
    namespaceId,
    recordKey: record,
    principals,
    sharedWith: principals.map((one) => one.id),
    membersReadAt,
  });
  const targets = [{ to: `records/${record}`, principals }];
  const index = await readTeam(arango.graph, CONNECTOR);
  await inTransaction(arango.graph, ['permission'], (tx) => replacePermissions(tx, 1, targets, index));
}

test('a member who is active again gets exactly the access that they had before their suspension', async () => {
  const ann = member('ann', { groupIds: ['g:1'] });
  await writeMembers(arango.graph, context(), [ann, member('bob')]);
  await writeGroups(arango.graph, context(), [{ group: { groupId: 'g:1', name: 'One' }, members: [ann] }]);
  const namespaces = [
    namespace('7', { principals: [user('ann', 'OWNER'), user('bob'), group('1')] }),
    namespace('8', { principals: [user('bob')] }),
  ];
  await writeRecordGroups(arango.graph, context(), namespaces, await readTeam(arango.graph, CONNECTOR));
  await putRecord(arango.db, 'file', null);
  await share('file', [user('ann', 'WRITER'), user('bob')]);
  const before = await edges(arango.db);

  await writeMembers(arango.graph, context(2000), [{ ...ann, status: 'suspended' }]);
  expect((await edges(arango.db)).length).toBe(before.length - 3);
  const { changedMembers } = await writeMembers(arango.graph, context(3000), [ann]);
  const changes = await regrantPrincipals(
    arango.graph,
    context(3000),
    changedMembers,
    await readTeam(arango.graph, CONNECTOR),
  );
  expect(changes).toEqual({ granted: 3, revoked: 0, changed: 0 });
  expect(await edges(arango.db)).toEqual(before);
  expect(
    await regrantPrincipals(arango.graph, context(4000), changedMembers, await readTeam(arango.graph, CONNECTOR)),
  ).toEqual({
    granted: 0,
    revoked: 0,
    changed: 0,
  });
});

test('a group that is stored after the folders that name it gets access to them', async () => {
  await writeMembers(arango.graph, context(), [member('ann')]);
  await writeRecordGroups(
    arango.graph,
    context(),
    [namespace('7', { principals: [group('new')] })],
    await readTeam(arango.graph, CONNECTOR),
  );
  await writeGroups(arango.graph, context(), [{ group: { groupId: 'g:new', name: 'New' }, members: [member('ann')] }]);
  const changes = await regrantPrincipals(arango.graph, context(), ['g:new'], await readTeam(arango.graph, CONNECTOR));
  expect(changes).toMatchObject({ granted: 1, revoked: 0 });
});

test('of two member lists of one file, the one that was read last counts', async () => {
  await writeMembers(arango.graph, context(), [member('ann'), member('bob')]);
  await putRecord(arango.db, 'file', null);
  await share('file', [user('ann'), user('bob')], 5, '7');
  await share('file', [user('ann', 'WRITER')], 9, '8');
  await regrantPrincipals(arango.graph, context(), ['dbmid:ann'], await readTeam(arango.graph, CONNECTOR));
  expect(await edges(arango.db)).toEqual([expect.stringMatching(/^users\/.* WRITER records\/file$/)]);
});

test('a newer member list without a member wins over an older one with them', async () => {
  await writeMembers(arango.graph, context(), [member('ann'), member('bob')]);
  await putRecord(arango.db, 'file', null);
  await share('file', [user('ann'), user('bob')], 5, '7');
  await share('file', [user('bob')], 9, '8');
  const before = await edges(arango.db);
  await regrantPrincipals(arango.graph, context(), ['dbmid:ann'], await readTeam(arango.graph, CONNECTOR));
  expect(await edges(arango.db)).toEqual(before);
});
