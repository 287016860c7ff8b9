import {
  allNamespaces,
  childNamespaces,
  namespacesNaming,
  patchNamespaces,
  putNamespaces,
  readNamespace,
  readNamespaces,
  removeNamespaces,
  summarizeNamespaces,
  workByDelegate,
} from '../../../src/graph/state/namespaces';
import type { NamespaceDocument } from '../../../src/sync/documents';
import { group, namespace, user } from '../fixture';
import { CONNECTOR, useDatabase } from '../../support/database';

const arango = useDatabase();
const put = (...namespaces: NamespaceDocument[]) => putNamespaces(arango.graph, namespaces);
const ids = (namespaces: Iterable<NamespaceDocument>) => [...namespaces].map((one) => one.namespaceId).sort();

async function collect(batches: AsyncGenerator<NamespaceDocument[]>): Promise<string[]> {
  const found: NamespaceDocument[] = [];
  for await (const batch of batches) found.push(...batch);
  return ids(found);
}

test('namespaces are read whole, by id, and by parent, and only those of the connector', async () => {
  const foreign = { ...namespace('9'), _key: 'foreign', connectorId: 'other' };
  await put(
    namespace('1'),
    namespace('2', { parentNamespaceId: '1' }),
    namespace('3', { parentNamespaceId: '2' }),
    foreign,
  );
  expect(await collect(allNamespaces(arango.graph, CONNECTOR))).toEqual(['1', '2', '3']);
  expect(await readNamespace(arango.graph, CONNECTOR, '2')).toEqual(namespace('2', { parentNamespaceId: '1' }));
  expect(await readNamespace(arango.graph, CONNECTOR, '9')).toBeNull();
  expect([...(await readNamespaces(arango.graph, CONNECTOR, ['1', '9'])).keys()]).toEqual(['1']);
  expect(ids(await childNamespaces(arango.graph, CONNECTOR, ['1', '2']))).toEqual(['2', '3']);
  expect(await removeNamespaces(arango.graph, CONNECTOR, ['1', '1', 'x'])).toBe(1);
});

test('delegates with work come in pages; a namespace that nobody lists has none', async () => {
  await put(
    namespace('1', { work: 'relist', delegate: 'dbmid:b' }),
    namespace('2', { work: 'relist', delegate: 'dbmid:a' }),
    namespace('3', { work: 'continue', delegate: 'dbmid:a' }),
    namespace('4', { work: 'none', delegate: 'dbmid:c' }),
    namespace('5', { work: 'relist', delegate: null, problem: 'nobody can list it' }),
    namespace('6', { work: 'relist', delegate: 'admin' }),
  );
  const [admin, a, ...more] = await workByDelegate(arango.graph, CONNECTOR, '', 2);
  expect([admin, more]).toEqual([{ delegate: 'admin', namespaceIds: ['6'] }, []]);
  expect({ ...a, namespaceIds: a?.namespaceIds.sort() }).toEqual({ delegate: 'dbmid:a', namespaceIds: ['2', '3'] });
  expect(await workByDelegate(arango.graph, CONNECTOR, 'dbmid:a', 2)).toEqual([
    { delegate: 'dbmid:b', namespaceIds: ['1'] },
  ]);
});

test('namespaces are found by a member or group that they name', async () => {
  await put(
    namespace('1', { principals: [user('ann'), group('x')] }),
    namespace('2', { principals: [user('bob')] }),
    namespace('3', { principals: null }),
  );
  expect(await collect(namespacesNaming(arango.graph, CONNECTOR, ['dbmid:ann']))).toEqual(['1']);
  expect(await collect(namespacesNaming(arango.graph, CONNECTOR, ['g:x', 'dbmid:bob']))).toEqual(['1', '2']);
  expect(await collect(namespacesNaming(arango.graph, CONNECTOR, ['dbmid:nobody']))).toEqual([]);
});

test('a patch sets what it names, null too, and nothing else', async () => {
  await put(namespace('1', { principals: [user('ann')], problem: 'old', work: 'relist' }));
  await patchNamespaces(arango.graph, { connectorId: CONNECTOR, now: 7 }, [
    { namespaceId: '1', problem: null, mark: 'm' },
  ]);
  expect(await readNamespace(arango.graph, CONNECTOR, '1')).toEqual(
    namespace('1', { principals: [user('ann')], problem: null, work: 'relist', mark: 'm', updatedAt: 7 }),
  );
});

test('the summary counts work, problems and the age of member lists', async () => {
  await put(
    namespace('1', { work: 'relist', membersReadAt: 50 }),
    namespace('2', { work: 'relist', membersReadAt: null, problem: 'gone' }),
    namespace('3', { membersReadAt: 40, problem: 'gone' }),
  );
  expect(await summarizeNamespaces(arango.graph, CONNECTOR)).toEqual({
    namespaces: 3,
    oldestMembersReadAt: 40,
    unread: 1,
    byWork: { relist: 2, none: 1 },
    problems: { gone: 2 },
  });
});
