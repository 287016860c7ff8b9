import { putNamespaces, readNamespace } from '../../../src/graph/state/namespaces';
import { stateOf } from '../../../src/sync/namespaceState';
import { RECEIVED_NAMESPACE_ID, receivedNamespace } from '../../../src/sync/receivedFiles';
import { context, namespace, putRecord } from '../../graph/fixture';
import { repair } from '../../graph/repair';
import { all, CONNECTOR, useDatabase } from '../../support/database';

const arango = useDatabase();

it('a repair has listed again what is listed, and brings nothing back that leaves or that no one sees', async () => {
  await putNamespaces(arango.graph, [
    namespace('1'),
    namespace('2', { work: 'remove' }),
    namespace('3', { unseenBy: 'everyone' }),
    { ...receivedNamespace(context()), membersReadAt: 5 },
  ]);
  await repair(arango.graph, { namespaces: new Set(['1', '2', '3', RECEIVED_NAMESPACE_ID, 'unknown']) });
  const after = async (id: string) => {
    const stored = await readNamespace(arango.graph, CONNECTOR, id);
    return stored && { state: stateOf(stored), due: stored.due, membersReadAt: stored.membersReadAt };
  };
  expect(await after('1')).toEqual({ state: 'unlisted', due: true, membersReadAt: 1 });
  expect(await after('2')).toEqual({ state: 'leaving', due: false, membersReadAt: 1 });
  // Discovery looks whether someone sees it now, and members are asked what they received.
  expect(await after('3')).toEqual({ state: 'unseen', due: false, membersReadAt: 0 });
  expect(await after(RECEIVED_NAMESPACE_ID)).toEqual({ state: 'upToDate', due: false, membersReadAt: 0 });
});

it('a repair leaves nothing of a record that a removal of the connector has removed meanwhile', async () => {
  await putRecord(arango.db, 'lost', null);
  await repair(arango.graph, { orphanRecords: new Set(['lost', 'removed']) });
  expect((await all(arango.db, 'dropboxDetached')).map(({ _key }) => _key)).toEqual(['lost']);
});
