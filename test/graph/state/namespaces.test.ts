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
import type { NamespaceDocument } from '../../../src/sync/syncDocuments';
import { CONNECTOR, useDatabase } from '../../support/database';
import { group, namespace, user } from '../fixture';

const arango = useDatabase();
const put = (...namespaces: NamespaceDocument[]) => putNamespaces(arango.graph, namespaces);
const ids = (namespaces: Iterable<NamespaceDocument>) => [...namespaces].map((one) => one.namespaceId).sort();

async function collect(batches: AsyncGenerator<NamespaceDocument[]>): Promise<string[]> {
  const found: NamespaceDocument[] = [];
  for await (const batch of batches) found.push(...batch);
  return ids(found);
}

test('namespaces of the connector are found all together, by id and by parent', async () => {
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

test('delegates with namespaces to list are returned in pages; a namespace without a delegate is left out', async () => {
  await put(
    namespace('1', { work: 'relist', delegate: 'dbmid:b' }),
    namespace('2', { work: 'relist', delegate: 'dbmid:a' }),
    namespace('3', { work: 'continue', delegate: 'dbmid:a' }),
    namespace('4', { work: 'none', delegate: 'dbmid:c' }),
    namespace('5', { work: 'relist', delegate: null, problem: 'no member can list it' }),
    namespace('6', { work: 'relist', delegate: 'admin' }),
  );
  const [admin, a, ...more] = await workByDelegate(arango.graph, CONNECTOR, { after: '', limit: 2 });
  expect([admin, more]).toEqual([{ delegate: 'admin', namespaceIds: ['6'] }, []]);
  expect({ ...a, namespaceIds: a?.namespaceIds.sort() }).toEqual({ delegate: 'dbmid:a', namespaceIds: ['2', '3'] });
  expect(await workByDelegate(arango.graph, CONNECTOR, { after: 'dbmid:a', limit: 2 })).toEqual([
    { delegate: 'dbmid:b', namespaceIds: ['1'] },
  ]);
});

test('delegates are returned for namespaces without a member list only, or for the others', async () => {
  const kinds = ['personal', 'app_folder', 'team_root', 'team_folder', 'shared_folder'] as const;
  await put(...kinds.map((kind) => namespace(kind, { kind, work: 'relist', delegate: 'dbmid:a' })));
  const listed = async (withoutList: boolean) =>
    (await workByDelegate(arango.graph, CONNECTOR, { after: '', limit: 9, withoutList })).flatMap(
      ({ namespaceIds }) => namespaceIds,
    );
  expect((await listed(true)).sort()).toEqual(['app_folder', 'personal', 'team_root']);
  expect((await listed(false)).sort()).toEqual(['shared_folder', 'team_folder']);
});

test('pages of delegates have no gap and no overlap where the order of texts differs from that of their codes', async () => {
  const delegates = ['dbmid:a', 'dbmid:A', 'dbmid:_', 'dbmid:-', 'dbmid:b', 'dbmid:B', 'dbmid:1', 'admin'];
  await put(...delegates.map((delegate, at) => namespace(String(at), { work: 'relist', delegate })));
  const found: string[] = [];
  for (let page = await workByDelegate(arango.graph, CONNECTOR, { after: '', limit: 2 }); page.length > 0;) {
    found.push(...page.map(({ delegate }) => delegate));
    page = await workByDelegate(arango.graph, CONNECTOR, { after: found.at(-1) ?? '', limit: 2 });
  }
  expect(found.sort()).toEqual(delegates.sort());
});

test('namespaces are found by a member or group in their member list', async () => {
  await put(
    namespace('1', { principals: [user('ann'), group('x')] }),
    namespace('2', { principals: [user('bob')] }),
    namespace('3', { principals: null }),
  );
  expect(await collect(namespacesNaming(arango.graph, CONNECTOR, ['dbmid:ann']))).toEqual(['1']);
  expect(await collect(namespacesNaming(arango.graph, CONNECTOR, ['g:x', 'dbmid:bob']))).toEqual(['1', '2']);
  expect(await collect(namespacesNaming(arango.graph, CONNECTOR, ['dbmid:unknown']))).toEqual([]);
});

test('a patch sets the fields that it names, to null as well, and no others', async () => {
  await put(namespace('1', { principals: [user('ann')], problem: 'old', work: 'relist' }));
  await patchNamespaces(arango.graph, { connectorId: CONNECTOR, now: 7 }, [
    { namespaceId: '1', problem: null, mark: 'm' },
  ]);
  expect(await readNamespace(arango.graph, CONNECTOR, '1')).toEqual(
    namespace('1', { principals: [user('ann')], problem: null, work: 'relist', mark: 'm', updatedAt: 7 }),
  );
});

test('the summary counts work and problems, and has the age of the oldest member list', async () => {
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
