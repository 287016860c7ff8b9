import { SCHEMA_VERSION, type Migration } from '../../../src/graph/state/connectorForms';
import { getConnector, listConnectors } from '../../../src/graph/state/connectors';
import { migrateConnectors } from '../../../src/graph/state/migrateConnectors';
import { graphOfRun } from '../../../src/graph/state/runFence';
import { CONNECTOR, ORG, useDatabase } from '../../support/database';

const arango = useDatabase();

/** A connector as the first version stored it: without the number of a form, and without `fullRunAt`. */
const oldest = {
  _key: CONNECTOR,
  orgId: ORG,
  appKey: 'dropbox-app-key',
  credentials: 'sealed',
  strategy: 'manual',
  every: null,
  paused: false,
  batchSize: 100,
  filters: {},
  appliedFilters: null,
  brake: { share: 0.2, items: 100 },
  teamId: null,
  lastRun: null,
  createdAt: 1,
  updatedAt: 1,
};

const store = (more: Record<string, unknown> = {}): Promise<unknown> =>
  arango.db.collection('dropboxConnectors').save({ ...oldest, ...more });
const stored = (): Promise<Record<string, unknown>> =>
  arango.db.collection<Record<string, unknown>>('dropboxConnectors').document(CONNECTOR);

test('a connector of an older form is read before it is migrated', async () => {
  await store();
  expect(await getConnector(arango.graph, CONNECTOR)).toMatchObject({ credentials: 'sealed', fullRunAt: null });
});

test('a migration keeps what is stored, credentials included, and happens once', async () => {
  await store({ lastSeenByAnotherProgram: true });
  expect(await migrateConnectors(arango.graph)).toEqual([CONNECTOR]);
  expect(await stored()).toMatchObject({
    ...oldest,
    lastSeenByAnotherProgram: true,
    fullRunAt: null,
    schemaVersion: SCHEMA_VERSION,
  });
  const { _rev } = await stored();
  expect(await migrateConnectors(arango.graph)).toEqual([]);
  expect(await stored()).toMatchObject({ _rev });
});

test('a connector of a newer form is refused with what to do, and not changed', async () => {
  await store({ schemaVersion: SCHEMA_VERSION + 1 });
  const { _rev } = await stored();
  const refusal = { type: 'GraphRefused', nonRetryable: true, message: expect.stringContaining('run the version') };
  await expect(getConnector(arango.graph, CONNECTOR)).rejects.toMatchObject(refusal);
  await expect(listConnectors(arango.graph)).rejects.toMatchObject(refusal);
  await expect(migrateConnectors(arango.graph)).rejects.toMatchObject(refusal);
  expect(await stored()).toMatchObject({ _rev });
});

describe('steps that change other documents', () => {
  /** Renames `title` of dead letters to `reason`, as a step that has been interrupted would be repeated. */
  const renames = (before: () => Promise<void> = async () => undefined): Migration => ({
    connector: (connector) => ({ ...connector, renamed: true }),
    documents: async (graph, connectorId) => {
      await before();
      await graph.insertAll(
        'dropboxDeadLetters',
        [{ _key: 'one', connectorId, reason: 'why' } as { _key: string }],
        'replace',
      );
    },
  });
  const step: Migration = { connector: (connector) => connector };

  test('are carried out in order from the stored form on', async () => {
    await store({ schemaVersion: 1 });
    const done: string[] = [];
    const named = (name: string): Migration => ({ ...step, documents: async () => void done.push(name) });
    await migrateConnectors(arango.graph, [named('first'), named('second'), named('third')]);
    expect(done).toEqual(['second', 'third']);
    expect(await stored()).toMatchObject({ schemaVersion: 3 });
  });

  test('a worker that died in one leaves the connector in the former form, and the next worker repeats it', async () => {
    await store();
    const dies = renames(() => Promise.reject(new Error('killed')));
    await expect(migrateConnectors(arango.graph, [dies])).rejects.toThrow('killed');
    expect((await stored())['schemaVersion']).toBeUndefined();
    expect(await migrateConnectors(arango.graph, [renames()])).toEqual([CONNECTOR]);
    expect(await stored()).toMatchObject({ schemaVersion: 1, renamed: true });
  });

  test('two workers that start at the same time migrate once each, with one result', async () => {
    await store();
    await Promise.all([1, 2].map(() => migrateConnectors(arango.graph, [step, renames()])));
    expect(await stored()).toMatchObject({ schemaVersion: 2, renamed: true });
  });

  test('a run that is under way writes nothing any more', async () => {
    await store({ runToken: 'run-1' });
    await migrateConnectors(arango.graph, [renames()]);
    const writes = graphOfRun(arango.graph, { connectorId: CONNECTOR, runId: 'run-1' });
    await expect(writes.updateAll('apps', [{ _key: CONNECTOR }])).rejects.toMatchObject({ type: 'RunSuperseded' });
  });
});
