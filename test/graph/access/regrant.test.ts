import type { Database } from 'arangojs';
import { writeGroup } from '../../../src/graph/access/groups';
import { principalIndex } from '../../../src/graph/access/memberIndex';
import { writeMembers } from '../../../src/graph/access/members';
import { replacePermissions } from '../../../src/graph/access/permissions';
import { writeRecordGroups } from '../../../src/graph/access/recordGroups';
import { regrantPrincipals } from '../../../src/graph/access/regrant';
import type { Principal } from '../../../src/sync/documents';
import {
  CONNECTOR,
  context,
  edges,
  freshDatabase,
  group,
  member,
  namespace,
  putRecord,
  startServer,
  user,
  type Server,
} from '../fixture';
import { inTransaction, standalone } from '../../../src/graph/driver/graph';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

async function share(
  db: Database,
  record: string,
  principals: Principal[],
  membersReadAt = 1,
  namespaceId = '7',
): Promise<void> {
  await db.collection('dropboxEntries').save({
    connectorId: CONNECTOR,
    namespaceId,
    recordKey: record,
    principals,
    sharedWith: principals.map((one) => one.id),
    membersReadAt,
  });
  const targets = [{ to: `records/${record}`, principals }];
  const index = await principalIndex(standalone(db), CONNECTOR);
  await inTransaction(standalone(db), ['permission'], (tx) => replacePermissions(tx, 1, targets, index));
}

test('a member who was suspended and comes back has again exactly what he had, without a call to Dropbox', async () => {
  const db = await freshDatabase(server);
  const ann = member('ann', { groupIds: ['g:1'] });
  await writeMembers(standalone(db), context(), [ann, member('bob')]);
  await writeGroup(standalone(db), context(), { groupId: 'g:1', name: 'One' }, [ann]);
  const namespaces = [
    namespace('7', { principals: [user('ann', 'OWNER'), user('bob'), group('1')] }),
    namespace('8', { principals: [user('bob')] }),
  ];
  await writeRecordGroups(standalone(db), context(), namespaces, await principalIndex(standalone(db), CONNECTOR));
  await putRecord(db, 'file', null);
  await share(db, 'file', [user('ann', 'WRITER'), user('bob')]);
  const before = await edges(db);

  await writeMembers(standalone(db), context(2000), [{ ...ann, status: 'suspended' }]);
  expect((await edges(db)).length).toBe(before.length - 3);
  const { changedMembers } = await writeMembers(standalone(db), context(3000), [ann]);
  const changes = await regrantPrincipals(
    standalone(db),
    context(3000),
    changedMembers,
    await principalIndex(standalone(db), CONNECTOR),
  );
  expect(changes).toEqual({ granted: 3, revoked: 0, changed: 0 });
  expect(await edges(db)).toEqual(before);
  expect(
    await regrantPrincipals(
      standalone(db),
      context(4000),
      changedMembers,
      await principalIndex(standalone(db), CONNECTOR),
    ),
  ).toEqual({
    granted: 0,
    revoked: 0,
    changed: 0,
  });
});

test('a group that is stored after the folders that name it is granted them', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), [member('ann')]);
  await writeRecordGroups(
    standalone(db),
    context(),
    [namespace('7', { principals: [group('new')] })],
    await principalIndex(standalone(db), CONNECTOR),
  );
  await writeGroup(standalone(db), context(), { groupId: 'g:new', name: 'New' }, [member('ann')]);
  const changes = await regrantPrincipals(
    standalone(db),
    context(),
    ['g:new'],
    await principalIndex(standalone(db), CONNECTOR),
  );
  expect(changes).toMatchObject({ granted: 1, revoked: 0 });
});

test('of two lists for one file the one that was read last counts', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), [member('ann'), member('bob')]);
  await putRecord(db, 'file', null);
  await share(db, 'file', [user('ann'), user('bob')], 5, '7');
  await share(db, 'file', [user('ann', 'WRITER')], 9, '8');
  await regrantPrincipals(standalone(db), context(), ['dbmid:ann'], await principalIndex(standalone(db), CONNECTOR));
  expect(await edges(db)).toEqual([expect.stringMatching(/^users\/.* WRITER records\/file$/)]);
});

test('a newer list that no longer names a member wins over an older one that does', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), [member('ann'), member('bob')]);
  await putRecord(db, 'file', null);
  await share(db, 'file', [user('ann'), user('bob')], 5, '7');
  await share(db, 'file', [user('bob')], 9, '8');
  const before = await edges(db);
  await regrantPrincipals(standalone(db), context(), ['dbmid:ann'], await principalIndex(standalone(db), CONNECTOR));
  expect(await edges(db)).toEqual(before);
});
