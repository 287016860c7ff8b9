import { storeProgress } from '../../../src/graph/state/progress';
import { graphOfRun } from '../../../src/graph/state/runFence';
import { writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { RUN_SYNC_POINT, syncPointKey } from '../../../src/sync/keys';
import { contentChanged } from '../../../src/sync/listingState';
import { beginRun, connectorWith, listed } from '../../activities/fixture';
import { all, CONNECTOR, ORG, useDatabase } from '../../support/database';
import { context } from '../fixture';

const arango = useDatabase();
const namespace = listed('7', { work: 'none' });
const ofRun = (runId: string) => graphOfRun(arango.graph, { connectorId: CONNECTOR, runId });
const changed = { points: [{ name: 'a', cursor: 'new' }], namespaces: [contentChanged(namespace)] };

const cursors = async (): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await all(arango.db, 'syncPoints'))
      .filter(({ syncPointKey: name }) => !String(name).endsWith(RUN_SYNC_POINT))
      .map(({ _key, cursor }) => [String(_key), String(cursor)]),
  );
const workOf = async (): Promise<unknown> => (await all(arango.db, 'dropboxNamespaces'))[0]?.['work'];

beforeEach(async () => {
  await connectorWith(arango.db, {}, [namespace]);
  await beginRun(arango.db, 'run-1');
});

test('cursors and what they have shown of namespaces are stored together', async () => {
  await storeProgress(ofRun('run-1'), context(), changed);
  expect(Object.values(await cursors())).toEqual(['new']);
  expect(await workOf()).toBe('continue');
});

test.each([
  ['one document', ['100']],
  ['several', ['100', '200']],
])("a cursor for which PipesHub has stored %s is written in place of PipesHub's", async (_what, keys) => {
  const name = syncPointKey(ORG, CONNECTOR, 'a');
  for (const _key of keys)
    await arango.db.collection('syncPoints').save({ _key, syncPointKey: name, connectorId: CONNECTOR, cursor: 'old' });
  await storeProgress(ofRun('run-1'), context(), changed);
  expect(await cursors()).toEqual({ '100': 'new' });
});

test('cursors and namespaces are stored once when the answer of the server is lost', async () => {
  const graph = ofRun('run-1');
  const losing = Object.create(graph, {
    tryStatement: {
      value: async (...args: Parameters<typeof graph.tryStatement>) => !(await graph.tryStatement(...args)),
    },
  }) as typeof graph;
  await storeProgress(losing, context(), { ...changed, since: [{ name: 'a', cursor: null }] });
  expect(Object.values(await cursors())).toEqual(['new']);
  expect(await workOf()).toBe('continue');
});

test('a write of progress that the server carries out late takes nothing back', async () => {
  const graph = ofRun('run-1');
  let late: () => Promise<boolean> = () => Promise.resolve(false);
  const slow = Object.create(graph, {
    tryStatement: {
      value: (...args: Parameters<typeof graph.tryStatement>) => {
        late = () => graph.tryStatement(...args);
        return Promise.resolve(false);
      },
    },
  }) as typeof graph;
  await storeProgress(slow, context(), { ...changed, since: [{ name: 'a', cursor: null }] });
  // A listing has come to its end since.
  const listed = { namespaceId: '7', work: 'none' as const };
  await storeProgress(graph, context(), { points: [{ name: 'a', cursor: 'newer' }], namespaces: [listed] });
  expect(await late()).toBe(false);
  expect(Object.values(await cursors())).toEqual(['newer']);
  expect(await workOf()).toBe('none');
});

test.each([
  ['of a cursor that it has read', 'old'],
  ['where it has read no cursor', null],
])('an attempt that was given up takes back nothing that a later one has stored (%s)', async (_what, cursor) => {
  await writeSyncPoints(arango.graph, context(), [{ name: 'a', cursor: 'newer' }]);
  const stored = storeProgress(ofRun('run-1'), context(), { ...changed, since: [{ name: 'a', cursor }] });
  await expect(stored).rejects.toMatchObject({ type: 'GraphConflict' });
  expect(Object.values(await cursors())).toEqual(['newer']);
  expect(await workOf()).toBe(namespace.work);
});

test('nothing is stored where a cursor was deleted since it was read, as by a repair', async () => {
  const since = [{ name: 'a', cursor: 'old' }];
  const stored = storeProgress(ofRun('run-1'), context(), { ...changed, since });
  await expect(stored).rejects.toMatchObject({ type: 'GraphConflict' });
  expect(await cursors()).toEqual({});
  expect(await workOf()).toBe(namespace.work);
});

test('neither cursors nor namespaces are stored by a run that another one has superseded', async () => {
  await writeSyncPoints(arango.graph, context(), [{ name: 'a', cursor: 'old' }]);
  await beginRun(arango.db, 'run-2');
  await expect(storeProgress(ofRun('run-1'), context(), changed)).rejects.toMatchObject({ type: 'RunSuperseded' });
  expect(Object.values(await cursors())).toEqual(['old']);
  expect(await workOf()).toBe(namespace.work);
});

test('neither cursors nor namespaces are stored when one of the namespaces is not there', async () => {
  const other = contentChanged({ ...namespace, namespaceId: 'unknown' });
  const stored = storeProgress(ofRun('run-1'), context(), { ...changed, namespaces: [...changed.namespaces, other] });
  await expect(stored).rejects.toThrow();
  expect(await cursors()).toEqual({});
  expect(await workOf()).toBe(namespace.work);
});
