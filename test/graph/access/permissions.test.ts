import {
  countPermissionChanges,
  diffEdges,
  replacePermissions,
  wantedEdges,
} from '../../../src/graph/access/permissions';
import { inTransaction } from '../../../src/graph/driver/graph';
import type { Principal } from '../../../src/sync/syncDocuments';
import { TeamIndex } from '../../../src/sync/team';
import { useDatabase } from '../../support/database';
import fc from '../../support/properties';
import { edges, group, link, user } from '../fixture';

const arango = useDatabase();

const index = new TeamIndex(new Map([['g:all', 'all']]));
const known = (id: string, status: 'active' | 'suspended' | 'invited', userKey: string | null) =>
  index.add({ teamMemberId: `dbmid:${id}`, accountId: `dbid:${id}`, email: `${id}@x`, status, userKey });
known('ann', 'active', 'ann');
known('bob', 'active', 'bob');
known('sue', 'suspended', 'sue');
known('ivy', 'invited', null);

const replace = (to: string, principals: Principal[], now = 1) =>
  inTransaction(arango.graph, ['permission'], (tx) => replacePermissions(tx, now, [{ to, principals }], index));

test('a principal that is unknown, suspended or invited is granted nothing', () => {
  const principals = [user('ann'), user('sue'), user('ivy'), user('stranger'), group('other'), group('all', 'WRITER')];
  expect([...wantedEdges({ to: 'records/a', principals }, index).from]).toEqual([
    ['users/ann', { role: 'READER', type: 'USER' }],
    ['groups/all', { role: 'WRITER', type: 'GROUP' }],
  ]);
});

test('a principal that is named several times gets the highest role', () => {
  const principals = [user('ann', 'READER'), user('ann', 'OWNER'), user('ann', 'WRITER')];
  expect(wantedEdges({ to: 'records/a', principals }, index).from.get('users/ann')).toMatchObject({ role: 'OWNER' });
});

test('the edges to a target become equal to its principals, and a repeat changes nothing', async () => {
  const to = 'recordGroups/one';
  await link(arango.db, 'permission', 'users/bob', to, { role: 'READER', type: 'USER' });
  await link(arango.db, 'permission', 'users/gone', to, { role: 'READER', type: 'USER' });
  await link(arango.db, 'permission', 'users/bob', 'recordGroups/other', { role: 'READER', type: 'USER' });
  const wanted = [user('ann', 'OWNER'), user('bob', 'WRITER'), group('all')];
  expect(await countPermissionChanges(arango.graph, [{ to, principals: wanted }], index)).toEqual({
    granted: 2,
    revoked: 1,
    changed: 1,
  });
  expect(await replace(to, wanted)).toEqual({ granted: 2, revoked: 1, changed: 1 });
  expect(await edges(arango.db)).toEqual([
    'groups/all READER recordGroups/one',
    'users/ann OWNER recordGroups/one',
    'users/bob READER recordGroups/other',
    'users/bob WRITER recordGroups/one',
  ]);
  expect(await replace(to, wanted, 2)).toEqual({ granted: 0, revoked: 0, changed: 0 });
});

test('edges that PipesHub wrote keep their keys, and the removal of duplicates does not count as revoked', async () => {
  const to = 'records/one';
  const first = await link(arango.db, 'permission', 'users/ann', to, { role: 'READER', type: 'USER' });
  await link(arango.db, 'permission', 'users/ann', to, { role: 'WRITER', type: 'USER' });
  expect(await replace(to, [user('ann')])).toMatchObject({ granted: 0, revoked: 0 });
  expect(await edges(arango.db)).toHaveLength(1);
  expect(await arango.db.collection('permission').documentExists(first)).toBe(true);
});

test('a wrong type is fixed, since the search and the tree view of PipesHub disagree about such an edge', () => {
  const stored = [{ _key: 'k', _from: 'users/ann', _to: 'groups/a', role: 'READER', type: 'GROUP' }];
  const wanted = [{ to: 'groups/a', from: new Map([['users/ann', { role: 'READER', type: 'USER' } as const]]) }];
  expect(diffEdges(stored, wanted, 5).update).toEqual([
    { _key: 'k', role: 'READER', type: 'USER', updatedAtTimestamp: 5 },
  ]);
});

test('a target without principals loses every edge', async () => {
  await link(arango.db, 'permission', 'users/ann', 'records/one', { role: 'READER', type: 'USER' });
  await link(arango.db, 'permission', 'teams/x', 'records/one', { role: 'READER', type: 'TEAM' });
  expect(await replace('records/one', [])).toEqual({ granted: 0, revoked: 2, changed: 0 });
  expect(await edges(arango.db)).toEqual([]);
});

test('for any stored and wanted edges, the plan leaves exactly the wanted ones, and a second plan is empty', () => {
  const vertex = fc.constantFrom('users/a', 'users/b', 'groups/a', 'groups/b', 'teams/x');
  const target = fc.constantFrom('records/1', 'recordGroups/2', 'groups/3');
  const role = fc.constantFrom('OWNER' as const, 'WRITER' as const, 'READER' as const);
  const type = fc.constantFrom('USER' as const, 'GROUP' as const);
  const edge = fc.record({ _from: vertex, _to: target, role: fc.oneof(role, fc.constant(null)), type });
  const wish = fc.record({ from: vertex, to: target, role, type });
  fc.assert(
    fc.property(fc.array(edge), fc.array(wish), (storedEdges, wishes) => {
      const stored = storedEdges.map((one, n) => ({ _key: `stored${n}`, ...one }));
      const wanted = ['records/1', 'recordGroups/2'].map((to) => ({
        to,
        from: new Map(
          wishes.filter((one) => one.to === to).map((one) => [one.from, { role: one.role, type: one.type }]),
        ),
      }));
      const carriedOut = (plan: ReturnType<typeof diffEdges>) => [
        ...stored
          .filter(({ _key }) => !plan.remove.includes(_key))
          .map((one) => ({ ...one, ...plan.update.find(({ _key }) => _key === one._key) })),
        ...plan.insert,
      ];
      const after = carriedOut(diffEdges(stored, wanted, 1));
      for (const { to, from } of wanted) {
        const left = after.filter((one) => one._to === to);
        expect(new Map(left.map((one) => [one._from, { role: one.role, type: one.type }]))).toEqual(from);
        expect(left).toHaveLength(from.size);
      }
      expect(after.filter((one) => one._to === 'groups/3')).toEqual(stored.filter((one) => one._to === 'groups/3'));
      expect(diffEdges(after, wanted, 2)).toEqual({
        insert: [],
        update: [],
        remove: [],
        granted: 0,
        revoked: 0,
        changed: 0,
      });
    }),
  );
});
