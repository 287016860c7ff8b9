import type { StandaloneGraph } from '../../../src/graph/driver/graph';
import { readStartable, storeEnd, takeRun } from '../../../src/graph/state/runFence';
import { writeSyncPoints } from '../../../src/graph/state/syncPoints';
import { beginRun, connectorWith } from '../../activities/fixture';
import { all, CONNECTOR, snapshot, useDatabase } from '../../support/database';
import { context } from '../fixture';

const arango = useDatabase();
const taking = { isFullRequested: false, dryRun: false, teamId: 'dbtid:acme', now: 5 };
const run = (runId: string) => ({ connectorId: CONNECTOR, runId });
const standing = async () => (await readStartable(arango.graph, CONNECTOR)).standing;
const done = { failed: false, begun: true, now: 6 };

/** A graph whose single requests are not carried out before the test says so. */
function slowGraph(): { graph: StandaloneGraph; late: () => Promise<boolean> } {
  let late: () => Promise<boolean> = () => Promise.reject(new Error('nothing was sent'));
  const tryStatement: StandaloneGraph['tryStatement'] = (query, vars) => {
    late = () => arango.graph.tryStatement(query, vars);
    return Promise.resolve(false);
  };
  const graph = Object.create(arango.graph, { tryStatement: { value: tryStatement } }) as StandaloneGraph;
  return { graph, late: () => late() };
}

beforeEach(async () => {
  await connectorWith(arango.db, {});
  await beginRun(arango.db, 'run-1');
});

test('a run that follows another one keeps its cursors', async () => {
  await writeSyncPoints(arango.graph, context(), [{ name: 'a', cursor: 'kept' }]);
  await takeRun(arango.graph, run('run-2'), taking, await standing());
  const cursors = (await all(arango.db, 'syncPoints')).map(({ cursor }) => cursor);
  expect(cursors.sort()).toEqual(['kept', 'run-2']);
  expect(await all(arango.db, 'apps')).toMatchObject([{ status: 'FULL_SYNCING' }]);
});

test('a run rebuilds where PipesHub has deleted the sync points after they were read', async () => {
  const read = await standing();
  await arango.db.collection('syncPoints').truncate();
  expect(await takeRun(arango.graph, run('run-2'), taking, read)).toMatchObject({ mode: 'full', rebuilds: true });
});

test('the run after a rebuild is none, also when it begins twice', async () => {
  const begin = async () => takeRun(arango.graph, run('run-2'), taking, await standing());
  expect(await standing()).toMatchObject({ point: { runId: 'run-1', rebuilds: true } });
  expect(await begin()).toMatchObject({ rebuilds: false });
  expect(await begin()).toMatchObject({ rebuilds: false });
});

test('a rebuild that begins twice is one', async () => {
  expect(await takeRun(arango.graph, run('run-1'), taking, await standing())).toMatchObject({ rebuilds: true });
  expect(await standing()).toMatchObject({ point: { runId: 'run-1', rebuilds: true } });
});

test('a run does not begin where the connector was disabled after it was read', async () => {
  const read = await standing();
  await arango.db.collection('apps').update(CONNECTOR, { isActive: false });
  await expect(takeRun(arango.graph, run('run-2'), taking, read)).rejects.toMatchObject({ type: 'ConnectorPaused' });
});

test('the beginning of a run that the server carries out late takes nothing from the next one', async () => {
  const { graph, late } = slowGraph();
  await takeRun(graph, run('run-2'), taking, await standing());
  await beginRun(arango.db, 'run-3');
  const before = await snapshot(arango.db);
  expect(await late()).toBe(false);
  expect(await snapshot(arango.db)).toEqual(before);
});

test('the second beginning of a run that the server carries out after its end changes nothing', async () => {
  const { graph, late } = slowGraph();
  await takeRun(graph, run('run-1'), taking, await standing());
  await storeEnd(arango.graph, run('run-1'), { lastRun: { runId: 'run-1' } as never }, done);
  const before = await snapshot(arango.db);
  expect(await late()).toBe(false);
  expect(await snapshot(arango.db)).toEqual(before);
});

test('the end of a run that the server carries out late changes nothing of the next one', async () => {
  const { graph, late } = slowGraph();
  await storeEnd(graph, run('run-1'), { updatedAt: 6 }, done);
  await beginRun(arango.db, 'run-2');
  const before = await snapshot(arango.db);
  expect(await late()).toBe(false);
  expect(await snapshot(arango.db)).toEqual(before);
});
