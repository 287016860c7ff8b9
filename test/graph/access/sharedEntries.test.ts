import type { Cursor } from 'arangojs/cursors';
import { patchMembers, writeMembers } from '../../../src/graph/access/members';
import { writeRecordGroups } from '../../../src/graph/access/recordGroups';
import {
  dueEntriesPart,
  entriesHinted,
  entriesStale,
  markEntriesNaming,
  markEntriesSharedWith,
  writeFilePrincipals,
} from '../../../src/graph/access/sharedEntries';
import { readSharingState } from '../../../src/graph/access/sharingState';
import { readTeam } from '../../../src/graph/access/team';
import { inTransaction, type Graph } from '../../../src/graph/driver/graph';
import { readInOneRequest } from '../../../src/graph/driver/oneRequest';
import { entryKey } from '../../../src/sync/keys';
import { rejoinHandled } from '../../../src/sync/memberState';
import type { Principal } from '../../../src/sync/syncDocuments';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { context, edges, member, namespace, putRecord, user } from '../fixture';

const arango = useDatabase();

const keyOf = (namespaceId: string, name: string): string => entryKey(CONNECTOR, namespaceId, `/${name}`);

async function putFile(namespaceId: string, name: string, principals: Principal[]): Promise<void> {
  await arango.db.collection('dropboxEntries').save({
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

const keys = async (): Promise<string[]> => {
  const keys: string[] = [];
  await readInOneRequest(arango.graph, [dueEntriesPart(CONNECTOR, 100, ({ _key }) => void keys.push(_key))]);
  return keys.sort();
};

test('files that were received from outside are never scheduled, since their member lists cannot be read', async () => {
  await putFile('received', 'theirs', [user('ann')]);
  await putFile('7', 'ours', [user('ann')]);
  const hints = [{ fileId: 'id:theirs' }, { fileId: 'id:ours' }];
  expect(await entriesHinted(arango.graph, CONNECTOR, hints)).toEqual([
    { _key: keyOf('7', 'ours'), itemId: 'id:ours' },
  ]);
  const stale = (before: number, after: number) => entriesStale(arango.graph, CONNECTOR, { before, after }, 100);
  expect(await stale(10, 20)).toEqual([keyOf('7', 'ours')]);
  expect(await stale(1, 4)).toEqual([keyOf('7', 'ours')]);
  expect(await stale(5, 5)).toEqual([]);
});

test('only the files of a folder whose list names a changed member are read again', async () => {
  await putFile('7', 'names-ann', [user('ann'), user('bob')]);
  await putFile('7', 'names-bob', [user('bob')]);
  await putFile('8', 'elsewhere', [user('ann')]);
  await markEntriesNaming(arango.graph, CONNECTOR, [{ id: '7', principals: ['dbmid:ann'] }]);
  expect(await keys()).toEqual([keyOf('7', 'names-ann')]);
});

test('files are marked in parts, since a transaction has a limit', async () => {
  const count = 5001;
  await arango.db.collection('dropboxEntries').import(
    Array.from({ length: count }, (_none, i) => ({
      _key: `k${i}`,
      ...{ connectorId: CONNECTOR, namespaceId: '7', itemId: `id:${i}`, sharedWith: ['dbmid:ann'], membersReadAt: 5 },
    })),
  );
  const marked = async (mark: () => Promise<void>): Promise<number[]> => {
    const query = jest.spyOn(arango.db, 'query');
    await mark();
    const cursors = await Promise.all(query.mock.results.map(({ value }) => value as Promise<Cursor>));
    query.mockRestore();
    await arango.db.query('FOR entry IN dropboxEntries UPDATE entry WITH { membersDue: null } IN dropboxEntries');
    return cursors.map(({ extra }) => extra.stats?.writesExecuted ?? 0);
  };
  const parts = [5000, 1];
  expect(await marked(() => markEntriesSharedWith(arango.graph, CONNECTOR, ['g:1', 'dbmid:ann']))).toEqual(parts);
  const namespaces = [{ id: '7', principals: ['dbmid:ann'] }];
  expect(await marked(() => markEntriesNaming(arango.graph, CONNECTOR, namespaces))).toEqual(parts);
});

test('a file in a personal folder is shared while it has a member list, a file in a team folder always', async () => {
  await writeMembers(arango.graph, context(), [member('ann')]);
  const index = await readTeam(arango.graph, CONNECTOR);
  await writeRecordGroups(arango.graph, context(), [namespace('7', { kind: 'personal' }), namespace('8')], index);
  await putRecord(arango.db, 'own', null, CONNECTOR, { isShared: true, externalGroupId: '7' });
  await putRecord(arango.db, 'teams', null, CONNECTOR, { isShared: true, externalGroupId: '8' });
  await putFile('7', 'own', [user('ann')]);
  await putFile('8', 'teams', [user('ann')]);
  const read = async (principals: Principal[]) => {
    for (const [namespaceId, name] of [
      ['7', 'own'],
      ['8', 'teams'],
    ] as const) {
      const entry = { _key: keyOf(namespaceId, name), itemId: `id:${name}`, namespaceId, recordKey: name, principals };
      await writeFilePrincipals(arango.graph, context(), [{ entry, principals }], index);
    }
    return (await all(arango.db, 'records')).map(({ isShared }) => isShared as boolean);
  };
  expect(await read([])).toEqual([false, true]);
  expect(await edges(arango.db)).toEqual([]);
  expect(await read([user('ann')])).toEqual([true, true]);
  expect(await edges(arango.db)).toHaveLength(2);
});

test('a file that has moved into a personal folder is not shared by the folder that it has left', async () => {
  await writeMembers(arango.graph, context(), [member('ann')]);
  const index = await readTeam(arango.graph, CONNECTOR);
  await writeRecordGroups(arango.graph, context(), [namespace('7', { kind: 'personal' }), namespace('8')], index);
  await putRecord(arango.db, 'moved', null, CONNECTOR, { isShared: false, externalGroupId: '7' });
  for (const namespaceId of ['7', '8']) await putFile(namespaceId, 'moved', []);
  const former = {
    _key: keyOf('8', 'moved'),
    itemId: 'id:moved',
    namespaceId: '8',
    recordKey: 'moved',
    principals: [],
  };
  await writeFilePrincipals(arango.graph, context(), [{ entry: former, principals: [] }], index);
  expect(await all(arango.db, 'records')).toMatchObject([{ isShared: false }]);
});

test('a member who rejoins is remembered until their member lists are scheduled to be read again', async () => {
  const rejoined = async () => (await readSharingState(arango.graph, CONNECTOR)).rejoined;
  await writeMembers(arango.graph, context(), [member('ann'), member('bob', { status: 'suspended' })]);
  await writeMembers(arango.graph, context(), [member('ann', { status: 'removed' })]);
  expect(await rejoined()).toEqual([]);
  await writeMembers(arango.graph, context(), [member('ann'), member('bob')]);
  expect(await rejoined()).toEqual(['dbmid:ann']);
  await writeMembers(arango.graph, context(), [member('ann', { displayName: 'Another' })]);
  expect(await rejoined()).toEqual(['dbmid:ann']);
  await inTransaction(arango.graph, ['dropboxMembers'], (tx) =>
    patchMembers(tx, CONNECTOR, [rejoinHandled('dbmid:ann')]),
  );
  expect(await rejoined()).toEqual([]);
});

it('files are not marked without end where each answer says that more are left', async () => {
  const endless: Pick<Graph, 'run'> = {
    run: <Vars, Row>(_query: unknown, vars: Vars) =>
      Promise.resolve(Array<Row>((vars as { limit: number }).limit).fill(1 as Row)),
  };
  await expect(markEntriesSharedWith(endless as Graph, CONNECTOR, ['g:1'])).rejects.toThrow('however often');
});
