import { allMembers, readMembers, writeMembers } from '../../../src/graph/access/members';
import { indexedMembers, readTeam } from '../../../src/graph/access/team';
import { change } from '../../support/change';
import { CONNECTOR, useDatabase } from '../../support/database';
import { context, member } from '../fixture';

const arango = useDatabase();

const edit = (patch: Record<string, unknown>) =>
  change(
    arango.db,
    'FOR m IN dropboxMembers FILTER m.teamMemberId == "dbmid:a" UPDATE m WITH @patch IN dropboxMembers OPTIONS { mergeObjects: false }',
    { patch },
  );
const collect = async <T>(batches: AsyncIterable<T[]>): Promise<T[]> => {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all;
};

it.each([['dbmid:b'], [7], [null]])('a stored member under the key of someone else is no member: %p', async (id) => {
  await writeMembers(arango.graph, context(), [member('a'), member('b')]);
  const team = await readTeam(arango.graph, CONNECTOR);
  const vertex = team.vertexOf({ id: 'dbmid:b', kind: 'user' });
  await edit({ teamMemberId: id });
  const now = await readTeam(arango.graph, CONNECTOR);
  expect(now.vertexOf({ id: 'dbmid:b', kind: 'user' })).toBe(vertex);
  expect([...now.members()]).toHaveLength(1);
  expect(await collect(allMembers(arango.graph, CONNECTOR))).toHaveLength(1);
  expect(await collect(indexedMembers(arango.graph, CONNECTOR))).toHaveLength(1);
  expect((await readMembers(arango.graph, CONNECTOR, ['dbmid:a'])).size).toBe(0);
});

it('fields of a stored member of another type count as unknown', async () => {
  await writeMembers(arango.graph, context(), [member('a'), member('b')]);
  await edit({
    email: 7,
    displayName: null,
    accountId: ['x'],
    groupIds: ['g:1', null, 7],
    homeNamespaceId: 7,
    userKey: 7,
  });
  const found = (await readMembers(arango.graph, CONNECTOR, ['dbmid:a'])).get('dbmid:a');
  expect(found).toMatchObject({
    email: '',
    displayName: '',
    accountId: null,
    groupIds: ['g:1'],
    homeNamespaceId: null,
  });
  const team = await readTeam(arango.graph, CONNECTOR);
  expect(team.vertexOf({ id: 'dbmid:a', kind: 'user' })).toBeNull();
  expect(team.vertexOf({ id: 'dbmid:b', kind: 'user' })).not.toBeNull();
});
