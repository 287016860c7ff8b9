import { putNamespaces } from '../../src/graph/state/namespaces';
import { namespacesByGroup } from '../../src/verify/recordGroups';
import { namespace, user } from '../graph/fixture';
import { CONNECTOR, useDatabase } from '../support/database';

const arango = useDatabase();

it('a verification keeps of each namespace what it compares, without the members', async () => {
  await putNamespaces(arango.graph, [
    namespace('1', { principals: [user('a'), user('b')] }),
    namespace('2', { recordGroupKey: 'shared', work: 'remove' }),
    namespace('3', { recordGroupKey: 'shared' }),
  ]);
  const found = await namespacesByGroup(arango.graph, CONNECTOR);
  expect([...found.values()].map(({ namespaceId }) => namespaceId).sort()).toEqual(['1', '3']);
  for (const one of found.values()) expect(one).not.toHaveProperty('principals');
});
