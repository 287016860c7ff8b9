import { inTransaction } from '../../../src/graph/driver/graph';
import { deleteSyncPoints, readSyncPoint, readSyncPoints, writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { eventCursorNames, folderCursorName } from '../../../src/sync/keys';
import { all, CONNECTOR, ORG, useDatabase } from '../../support/database';
import { context } from '../fixture';

const arango = useDatabase();
const owner = { orgId: ORG, connectorId: CONNECTOR };

test('cursors are stored under the keys that PipesHub uses, and read by name', async () => {
  const points = [
    { name: folderCursorName('7'), cursor: 'c7', boundTo: 'dbmid:ann' },
    { name: eventCursorNames.members, cursor: 'm' },
  ];
  await writeSyncPoints(arango.graph, context(), points);
  const read = await readSyncPoints(arango.graph, owner, [folderCursorName('7'), eventCursorNames.members, 'unknown']);
  expect([...read.values()].sort((a, b) => a.name.localeCompare(b.name))).toEqual(points);
  expect(await all(arango.db, 'syncPoints')).toContainEqual(
    expect.objectContaining({
      syncPointKey: `${ORG}/${CONNECTOR}/records/DRIVE/shared_folders/7`,
      orgId: ORG,
      connectorId: CONNECTOR,
      syncDataPointType: 'records',
      cursor: 'c7',
      updatedAtTimestamp: 1000,
    }),
  );
});

test('a cursor that is no longer bound to a delegate loses the former one', async () => {
  await writeSyncPoints(arango.graph, context(), [{ name: 'a', cursor: '1', boundTo: 'dbmid:ann' }]);
  await writeSyncPoints(arango.graph, context(), [{ name: 'a', cursor: '2' }]);
  expect(await readSyncPoint(arango.graph, owner, 'a')).toEqual({ name: 'a', cursor: '2' });
});

test('a cursor that PipesHub stored is overwritten in place, and its duplicates are removed', async () => {
  const stored = {
    syncPointKey: `${ORG}/${CONNECTOR}/records/a`,
    orgId: ORG,
    connectorId: CONNECTOR,
    syncDataPointType: 'records',
    cursor: 'old',
  };
  await arango.db.collection('syncPoints').save({ _key: '100', ...stored });
  await arango.db.collection('syncPoints').save({ _key: '200', ...stored });
  expect(await readSyncPoint(arango.graph, owner, 'a')).toEqual({ name: 'a', cursor: 'old' });
  await writeSyncPoints(arango.graph, context(), [{ name: 'a', cursor: 'new' }]);
  expect(await all(arango.db, 'syncPoints')).toMatchObject([{ _key: '100', cursor: 'new' }]);
  expect(await deleteSyncPoints(arango.graph, owner, ['a', 'b'])).toBe(1);
  expect(await readSyncPoint(arango.graph, owner, 'a')).toBeNull();
});

test('a cursor of an aborted transaction is not stored', async () => {
  const work = inTransaction(arango.graph, ['syncPoints'], async (tx) => {
    await writeSyncPoints(tx, context(), [{ name: 'a', cursor: '1' }]);
    throw new Error('killed');
  });
  await expect(work).rejects.toThrow('killed');
  expect(await all(arango.db, 'syncPoints')).toEqual([]);
});

test('a sync point without a cursor is none, and so is one whose cursor is no text', async () => {
  const stored = { orgId: ORG, connectorId: CONNECTOR, syncDataPointType: 'records' };
  for (const [name, cursor] of Object.entries({ a: null, b: '', c: undefined, d: 7, e: ['c'] }))
    await arango.db
      .collection('syncPoints')
      .save({ ...stored, syncPointKey: `${ORG}/${CONNECTOR}/records/${name}`, cursor });
  expect(await readSyncPoints(arango.graph, owner, ['a', 'b', 'c', 'd', 'e'])).toEqual(new Map());
});
