import type { Database } from 'arangojs';
import { principalIndex } from '../../../src/graph/access/memberIndex';
import { clearRejoined, rejoinedMembers, writeMembers } from '../../../src/graph/access/members';
import { writeRecordGroups } from '../../../src/graph/access/recordGroups';
import {
  entriesDue,
  entriesHinted,
  entriesStale,
  markEntriesNaming,
  writeFilePrincipals,
} from '../../../src/graph/access/sharedEntries';
import type { Principal } from '../../../src/sync/documents';
import { entryKey } from '../../../src/sync/keys';
import {
  all,
  CONNECTOR,
  context,
  edges,
  freshDatabase,
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

const keyOf = (namespaceId: string, name: string): string => entryKey(CONNECTOR, namespaceId, `/${name}`);

async function putFile(db: Database, namespaceId: string, name: string, principals: Principal[]): Promise<void> {
  await db.collection('dropboxEntries').save({
    _key: keyOf(namespaceId, name),
    connectorId: CONNECTOR,
    namespaceId,
    path: `/${name}`,
    kind: 'file',
    itemId: `id:${name}`,
    recordKey: name,
    principals,
    sharedWith: principals.map(({ id }) => id),
    membersReadAt: 5,
  });
}

const keys = async (db: Database): Promise<string[]> =>
  (await entriesDue(standalone(db), CONNECTOR, 100)).map(({ _key }) => _key).sort();

test('files that were received from outside are never due: their member lists can not be read', async () => {
  const db = await freshDatabase(server);
  await putFile(db, 'received', 'theirs', [user('ann')]);
  await putFile(db, '7', 'ours', [user('ann')]);
  const hints = [{ fileId: 'id:theirs' }, { fileId: 'id:ours' }];
  expect(await entriesHinted(standalone(db), CONNECTOR, hints)).toEqual([
    { _key: keyOf('7', 'ours'), itemId: 'id:ours' },
  ]);
  expect(await entriesStale(standalone(db), CONNECTOR, 10, 100)).toEqual([keyOf('7', 'ours')]);
});

test("the files that name a member whose standing in their folder changed are read again, others' are not", async () => {
  const db = await freshDatabase(server);
  await putFile(db, '7', 'names-ann', [user('ann'), user('bob')]);
  await putFile(db, '7', 'names-bob', [user('bob')]);
  await putFile(db, '8', 'elsewhere', [user('ann')]);
  await markEntriesNaming(standalone(db), CONNECTOR, [{ id: '7', principals: ['dbmid:ann'] }]);
  expect(await keys(db)).toEqual([keyOf('7', 'names-ann')]);
});

test('a file of a personal folder is shared as long as it has members of its own, one of a team folder always', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), [member('ann')]);
  const index = await principalIndex(standalone(db), CONNECTOR);
  await writeRecordGroups(standalone(db), context(), [namespace('7', { kind: 'personal' }), namespace('8')], index);
  await putRecord(db, 'own', null, CONNECTOR, { isShared: true });
  await putRecord(db, 'teams', null, CONNECTOR, { isShared: true });
  await putFile(db, '7', 'own', [user('ann')]);
  await putFile(db, '8', 'teams', [user('ann')]);
  const read = async (principals: Principal[]) => {
    for (const [namespaceId, name] of [
      ['7', 'own'],
      ['8', 'teams'],
    ] as const) {
      const entry = { _key: keyOf(namespaceId, name), itemId: `id:${name}`, namespaceId, recordKey: name, principals };
      await writeFilePrincipals(standalone(db), context(), [{ entry, principals }], index);
    }
    return (await all(db, 'records')).map(({ isShared }) => isShared as boolean);
  };
  expect(await read([])).toEqual([false, true]);
  expect(await edges(db)).toEqual([]);
  expect(await read([user('ann')])).toEqual([true, true]);
  expect(await edges(db)).toHaveLength(2);
});

test('a member who comes back after a removal is remembered until his lists are to be read again', async () => {
  const db = await freshDatabase(server);
  await writeMembers(standalone(db), context(), [member('ann'), member('bob', { status: 'suspended' })]);
  await writeMembers(standalone(db), context(), [member('ann', { status: 'removed' })]);
  expect(await rejoinedMembers(standalone(db), CONNECTOR)).toEqual([]);
  await writeMembers(standalone(db), context(), [member('ann'), member('bob')]);
  expect(await rejoinedMembers(standalone(db), CONNECTOR)).toEqual(['dbmid:ann']);
  await writeMembers(standalone(db), context(), [member('ann', { displayName: 'Another' })]);
  expect(await rejoinedMembers(standalone(db), CONNECTOR)).toEqual(['dbmid:ann']);
  await inTransaction(standalone(db), ['dropboxMembers'], (tx) => clearRejoined(tx, CONNECTOR, ['dbmid:ann']));
  expect(await rejoinedMembers(standalone(db), CONNECTOR)).toEqual([]);
});
