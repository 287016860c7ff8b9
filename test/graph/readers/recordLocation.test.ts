import { locateRecord, locateRequested } from '../../../src/graph/readers/recordLocation';
import { patchNamespaces } from '../../../src/graph/state/namespaces';
import type { NamespaceDocument, Principal } from '../../../src/sync/syncDocuments';
import { CONNECTOR, ORG, useDatabase } from '../../support/database';
import { context, group, namespace, putRecord, user } from '../fixture';

const arango = useDatabase();

const put = (collection: string, document: object) => arango.db.collection(collection).save(document);
const putMember = async (id: string, more: object = {}) => {
  await put('users', { _key: id, orgId: ORG, email: `${id}@x.example`, userId: `user-${id}` });
  await put('dropboxMembers', {
    _key: id,
    connectorId: CONNECTOR,
    teamMemberId: `dbmid:${id}`,
    status: 'active',
    groupIds: [],
    userKey: id,
    ...more,
  });
};
const putNamespace = (id: string, more: Partial<NamespaceDocument>) => put('dropboxNamespaces', namespace(id, more));
const putFile = async (namespaceId: string, principals?: Principal[]) => {
  await putRecord(arango.db, 'file', null, CONNECTOR, { externalRevisionId: 'rev1' });
  await put('dropboxEntries', {
    connectorId: CONNECTOR,
    namespaceId,
    path: '/a.txt',
    recordKey: 'file',
    ...(principals ? { principals } : {}),
  });
};
const readers = async (): Promise<string[]> => [...((await locateRecord(arango.graph, 'file'))?.readers ?? [])].sort();

test('a record has its places and the active members who are named on them or on the file itself', async () => {
  for (const id of ['ann', 'bob', 'eve']) await putMember(id);
  await putMember('sue', { status: 'suspended' });
  await putNamespace('1', { principals: [user('ann'), user('sue')], delegate: 'dbmid:ann', kind: 'shared_folder' });
  await putFile('1', [user('bob')]);
  expect(await locateRecord(arango.graph, 'file')).toEqual({
    key: 'file',
    orgId: ORG,
    connectorId: CONNECTOR,
    name: 'file.txt',
    itemId: 'id:file',
    isFile: true,
    revision: 'rev1',
    contentHash: null,
    mimeType: 'text/plain',
    places: [{ namespaceId: '1', kind: 'shared_folder', path: '/a.txt', delegate: 'dbmid:ann' }],
    readers: expect.any(Array),
  });
  expect(await readers()).toEqual(['dbmid:ann', 'dbmid:bob']);
});

test('the owner of a personal folder reads it', async () => {
  await putMember('ann');
  await putNamespace('1', { kind: 'personal', ownerMemberId: 'dbmid:ann', principals: null });
  await putFile('1');
  expect(await readers()).toEqual(['dbmid:ann']);
});

test('members of a group are readers as long as too few are named themselves', async () => {
  await putMember('ann', { groupIds: ['g:team', 'g:other'] });
  await putMember('bob', { groupIds: ['g:other'] });
  for (const id of ['u1', 'u2', 'u3', 'u4', 'u5']) await putMember(id);
  await putNamespace('1', { principals: [group('team'), user('u1')] });
  await putFile('1');
  expect(await readers()).toEqual(['dbmid:ann', 'dbmid:u1']);
  const principals = [group('team'), ...['u1', 'u2', 'u3', 'u4', 'u5'].map((id) => user(id))];
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', principals }]);
  expect(await readers()).toEqual(['u1', 'u2', 'u3', 'u4', 'u5'].map((id) => `dbmid:${id}`));
});

test('a record without entries or whose namespace is not stored has no readers', async () => {
  await putRecord(arango.db, 'alone', null);
  expect(await locateRecord(arango.graph, 'alone')).toMatchObject({ places: [], readers: [] });
  await putFile('gone');
  expect(await locateRecord(arango.graph, 'file')).toMatchObject({
    places: [{ namespaceId: 'gone', kind: null, path: '/a.txt', delegate: null }],
    readers: [],
  });
  expect(await locateRecord(arango.graph, 'none')).toBeNull();
});

test('a request comes with the connector and the member who is the user', async () => {
  await putMember('ann');
  await putMember('sue', { status: 'suspended' });
  await put('users', { _key: 'noid', orgId: ORG, email: 'noid@x.example' });
  await putNamespace('1', {});
  await putFile('1');
  await expect(locateRequested(arango.graph, 'file', 'user-ann')).rejects.toMatchObject({ type: 'ConnectorUnknown' });
  await put('dropboxConnectors', {
    _key: CONNECTOR,
    orgId: ORG,
    appKey: 'key',
    credentials: 'sealed',
    strategy: 'manual',
    every: null,
    paused: false,
    batchSize: 100,
    filters: {},
    appliedFilters: null,
    brake: { share: 0.2, items: 100 },
    teamId: null,
    lastRun: null,
    createdAt: 1,
    updatedAt: 1,
  });
  const memberOf = async (userId?: string) => (await locateRequested(arango.graph, 'file', userId))?.memberId;
  expect(await locateRequested(arango.graph, 'file', 'user-ann')).toMatchObject({
    record: { key: 'file' },
    connector: { _key: CONNECTOR, credentials: 'sealed' },
    memberId: 'dbmid:ann',
  });
  expect([await memberOf('user-sue'), await memberOf('stranger'), await memberOf()]).toEqual([null, null, null]);
  expect(await locateRequested(arango.graph, 'none', undefined)).toBeNull();
});
