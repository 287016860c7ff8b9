import { writeGroups } from '../../../src/graph/access/groups';
import { writeMembers } from '../../../src/graph/access/members';
import { replacePermissions } from '../../../src/graph/access/permissions';
import { writeRecordGroups } from '../../../src/graph/access/recordGroups';
import { readTeam } from '../../../src/graph/access/team';
import { inTransaction } from '../../../src/graph/driver/graph';
import { cleanupStep } from '../../../src/graph/entries/cleanup';
import { nextEvents } from '../../../src/graph/state/outbox';
import { writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { recordGroupKey } from '../../../src/sync/keys';
import { connectorWith } from '../../activities/fixture';
import { all, CONNECTOR, snapshot, useDatabase } from '../../support/database';
import { context, group, link, member, namespace, putRecord, user } from '../fixture';

const arango = useDatabase();

/** Writes what one connector has after a sync of 30 files. */
async function populate(connectorId: string, prefix: string): Promise<void> {
  const at = context(1000, connectorId);
  await writeMembers(arango.graph, at, [member('ann'), member(`${prefix}bob`)]);
  await writeGroups(arango.graph, at, [{ group: { groupId: 'g:1', name: 'One' }, members: [member('ann')] }]);
  const index = await readTeam(arango.graph, connectorId);
  const key = recordGroupKey(connectorId, '7');
  await writeRecordGroups(
    arango.graph,
    at,
    [
      namespace('7', {
        _key: `${prefix}7`,
        connectorId,
        recordGroupKey: key,
        principals: [user('ann', 'OWNER'), group('1')],
      }),
    ],
    index,
  );
  for (let n = 0; n < 30; n += 1) {
    const record = `${prefix}${n}`;
    await putRecord(arango.db, record, key, connectorId, n % 2 === 0 ? { virtualRecordId: `v-${record}` } : {});
    if (n > 0)
      await link(arango.db, 'recordRelations', `records/${prefix}0`, `records/${record}`, {
        relationshipType: 'PARENT_CHILD',
      });
    await arango.db.collection('dropboxEntries').save({ _key: `entry-${record}`, connectorId, recordKey: record });
  }
  const direct = { to: `records/${prefix}1`, principals: [user(`${prefix}bob`)] };
  await inTransaction(arango.graph, ['permission'], (tx) => replacePermissions(tx, 1, [direct], index));
  await writeSyncPoints(arango.graph, at, [{ name: 'a', cursor: 'c' }]);
  await arango.db.collection('dropboxDetached').save({ connectorId, namespaceId: '7', runId: 'r', detachedAt: 1 });
  await arango.db.collection('dropboxDeadLetters').save({ connectorId, kind: 'entry' });
}

test('everything that one connector wrote is removed in bounded steps, and nothing of another connector', async () => {
  await arango.install({ users: ['ann@acme.example'], connectors: ['other'] });
  await populate('other', 'other-');
  const before = await snapshot(arango.db);
  await populate(CONNECTOR, 'mine-');
  let steps = 0;
  for (let done = false; !done; steps += 1) {
    const step = await cleanupStep(arango.graph, CONNECTOR, 10, 5000 + steps);
    done = step.done;
    expect(done).toBe(step.removed === 0);
  }
  expect(steps).toBeGreaterThan(5);
  const after = await snapshot(arango.db);
  const events = await nextEvents(arango.graph, CONNECTOR, 100);
  expect({ ...after, dropboxOutbox: [] }).toEqual({ ...before, dropboxOutbox: [] });
  expect(new Set(events.map((event) => event.eventType))).toEqual(new Set(['bulkDeleteRecords']));
  const forgotten = events.flatMap((event) => event.payload['virtualRecordIds'] as string[]);
  expect(forgotten).toHaveLength(15);
  expect(new Set(forgotten).size).toBe(15);
});

test('a user stays if an account took it over or another connector uses it', async () => {
  await arango.install({ connectors: ['other'] });
  await writeMembers(arango.graph, context(), [member('ann'), member('bob'), member('cid')]);
  await writeMembers(arango.graph, context(1000, 'other'), [member('bob')]);
  const users = await all(arango.db, 'users');
  const ann = users.find((one) => one.userId === 'dbmid:ann');
  await arango.db.collection('users').update(ann?._key, { userId: 'account', isActive: true });
  for (let done = false; !done;) ({ done } = await cleanupStep(arango.graph, CONNECTOR, 10, 1));
  expect((await all(arango.db, 'users')).map((one) => one.email).sort()).toEqual([
    'ann@acme.example',
    'bob@acme.example',
  ]);
});

test.each(['active', 'suspended'] as const)(
  'the user of a person in two teams goes with the last connector of the two (%s in the second one)',
  async (status) => {
    await arango.install({ connectors: ['other'] });
    await connectorWith(arango.db, {}, []);
    await arango.db.collection('dropboxConnectors').save({ _key: 'other' });
    const second = member('second', { email: 'ann@acme.example' });
    await writeMembers(arango.graph, context(), [member('ann')]);
    await writeMembers(arango.graph, context(1000, 'other'), [second]);
    await writeMembers(arango.graph, context(2000, 'other'), [{ ...second, status }]);
    const users = async () => (await all(arango.db, 'users')).map(({ email }) => email as string).sort();
    for (let done = false; !done;) ({ done } = await cleanupStep(arango.graph, CONNECTOR, 10, 1));
    expect(await users()).toEqual(['ann@acme.example']);
    await arango.db.collection('dropboxConnectors').remove(CONNECTOR);
    for (let done = false; !done;) ({ done } = await cleanupStep(arango.graph, 'other', 10, 1));
    expect(await users()).toEqual([]);
  },
);

test('edges that other parts of PipesHub added to a record are removed with it', async () => {
  if (!(await arango.db.collection('belongsToTopic').exists())) await arango.db.createEdgeCollection('belongsToTopic');
  await putRecord(arango.db, 'a', null);
  await link(arango.db, 'belongsToTopic', 'records/a', 'topics/x');
  await link(arango.db, 'belongsToTopic', 'records/other', 'topics/x');
  for (let done = false; !done;) ({ done } = await cleanupStep(arango.graph, CONNECTOR, 10, 1));
  expect(await all(arango.db, 'belongsToTopic')).toMatchObject([{ _from: 'records/other' }]);
});
