import type { SyncActivities } from '../../src/activities';
import type { RunSettings } from '../../src/contract/activities';
import { noSyncCounts } from '../../src/contract/counts';
import type { SyncOutcome } from '../../src/contract/sync';
import { failureTypeOf } from '../../src/failures';
import { markEntriesDue } from '../../src/graph/access/sharedEntries';
import { inTransaction } from '../../src/graph/driver/graph';
import { getConnector, updateConnector } from '../../src/graph/state/connectors';
import { answerHeld, patchNamespaces, readNamespace } from '../../src/graph/state/namespaces';
import { graphOfRun, takeRemoval } from '../../src/graph/state/runFence';
import { context, member } from '../graph/fixture';
import { change } from '../support/change';
import { all, CONNECTOR, ORG, snapshot, useDatabase } from '../support/database';
import { file } from '../support/entries';
import { orderFullSync } from '../support/pipesHubOrders';
import { attempt, connectorWith, listed, ofNamespace, page, RUN, scripted, type Script } from './fixture';
import { listedUser, memberList, pages, sharedFolder } from './teamScript';

const arango = useDatabase();

const refusalOf = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: unknown) => failureTypeOf(error),
  );

/** A team of two members and one shared folder. */
async function team(script: Partial<Script> = {}): Promise<SyncActivities> {
  await connectorWith(arango.db, {}, [listed('1', { kind: 'shared_folder' })]);
  return scripted(arango.db, {
    pages: { '': page([file('/a'), file('/b')], 'c1'), c1: page([], 'c1') },
    asked: [],
    team: {
      events: () => pages({ events: [], cursor: 'e1' }),
      teamFolders: () => pages([]),
      namespaces: () => pages([{ namespaceId: '1', name: 'Folder 1', type: 'shared_folder', teamMemberId: null }]),
      members: () => pages([member('a'), member('b')]),
      groups: () => pages([]),
    },
    actor: () => ({
      folderMetadata: () => Promise.resolve(sharedFolder('1')),
      folderMembers: () => Promise.resolve(memberList([listedUser('a', 'viewer'), listedUser('b', 'viewer')])),
      receivedFiles: () => pages([]),
    }),
    ...script,
  });
}

const begin = (activities: SyncActivities, runId: string, mode: 'auto' | 'full' = 'auto'): Promise<RunSettings> =>
  attempt(activities.beginRun, { connectorId: CONNECTOR, runId, mode, dryRun: false });

/** The phases of a run after its beginning, in the order of the workflow. */
async function carryOut(activities: SyncActivities, runId: string, { mode }: RunSettings): Promise<void> {
  const run = { connectorId: CONNECTOR, runId, startedAt: 1 };
  const phase = { ...run, full: mode === 'full' };
  const { accessDue } = await attempt(activities.syncMembers, phase);
  for (let done = !accessDue; !done;) ({ done } = await attempt(activities.refreshAccess, run));
  await attempt(activities.syncGroups, phase);
  const { listsDue } = await attempt(activities.discoverNamespaces, phase);
  if (listsDue) await attempt(activities.readNamespaceMembers, { ...run, limit: 10 });
  await attempt(activities.probeNamespaces, run);
  for (const { namespaceIds } of await attempt(activities.nextDelegates, { ...run, after: '', limit: 10 }))
    for (const namespaceId of namespaceIds)
      for (let done = false; !done;)
        ({ done } = await attempt(activities.syncNamespace, { ...run, namespaceId, approved: false }));
  if (mode === 'full') await attempt(activities.releaseOrphans, run);
}

const end = (
  activities: SyncActivities,
  runId: string,
  { mode, releases = mode === 'full' }: Pick<RunSettings, 'mode'> & { releases?: boolean },
  status: SyncOutcome['status'] = 'complete',
  begun = true,
): Promise<unknown> =>
  attempt(activities.finishRun, {
    connectorId: CONNECTOR,
    runId,
    outcome: {
      ...noSyncCounts(),
      connectorId: CONNECTOR,
      runId,
      answer: 'started',
      status,
      mode,
      gaps: [],
      held: [],
      seconds: 1,
    },
    startedAt: 1,
    whole: true,
    releases,
    begun,
  });

async function run(activities: SyncActivities, runId: string, status?: SyncOutcome['status']): Promise<string> {
  const settings = await begin(activities, runId);
  await carryOut(activities, runId, settings);
  await end(activities, runId, settings, status);
  return settings.mode;
}

/** Records that are readable through their record group. */
const readable = async (): Promise<number> =>
  (await all<{ _from: string }>(arango.db, 'inheritPermissions')).filter(({ _from }) => _from.startsWith('records/'))
    .length;

it('activities say what has to be read, until it has been', async () => {
  const activities = await team();
  await begin(activities, 'run-2', 'full');
  const run = { connectorId: CONNECTOR, runId: 'run-2', startedAt: 1 };
  const [full, again] = [
    { ...run, full: true },
    { ...run, full: false },
  ];
  await attempt(activities.syncMembers, full);
  const lists = async (phase: typeof full) => (await attempt(activities.discoverNamespaces, phase)).listsDue;
  const due = async (phase: typeof full) => (await attempt(activities.readSharingEvents, phase)).due;
  expect([await lists(full), await lists(again)]).toEqual([true, true]);
  expect(await due(full)).toEqual({ lists: true, files: false, received: true });
  await attempt(activities.readNamespaceMembers, { ...run, limit: 10 });
  expect(await lists(again)).toBe(false);
  expect(await due(again)).toEqual({ lists: false, files: false, received: true });
  await attempt(activities.syncReceivedFiles, again);
  expect(await due(again)).toEqual({ lists: false, files: false, received: false });
  await attempt(activities.syncNamespace, { ...run, namespaceId: '1' });
  await change(arango.db, 'FOR e IN dropboxEntries UPDATE e WITH { membersDue: true } IN dropboxEntries');
  expect(await due(again)).toEqual({ lists: false, files: true, received: false });
  await attempt(activities.readFileMembers, again);
  expect(await due(again)).toEqual({ lists: false, files: false, received: false });
});

describe('a run that is over writes nothing more', () => {
  const setApp = (patch: Record<string, unknown>) => arango.db.collection('apps').update(CONNECTOR, patch);

  it.each([
    ['another run has begun', (activities: SyncActivities) => begin(activities, 'run-2'), 'RunSuperseded'],
    [
      'a removal has begun',
      () => takeRemoval(arango.graph, { connectorId: CONNECTOR, runId: 'removal' }),
      'RunSuperseded',
    ],
    ['PipesHub has deleted the connector', () => arango.db.collection('apps').remove(CONNECTOR), 'AppUnknown'],
    ['PipesHub has disabled the connector', () => setApp({ isActive: false }), 'ConnectorPaused'],
    ['PipesHub has ordered a full sync', () => orderFullSync(arango.db, CONNECTOR), 'SyncPointsGone'],
  ])('when %s', async (_what, happen, refusal) => {
    const activities = await team();
    await happen(activities);
    const before = await snapshot(arango.db);
    const phase = { connectorId: CONNECTOR, runId: RUN, full: false, startedAt: 1 };
    expect(await refusalOf(attempt(activities.syncMembers, phase))).toBe(refusal);
    expect(await refusalOf(attempt(activities.discoverNamespaces, phase))).toBe(refusal);
    expect(await refusalOf(attempt(activities.syncNamespace, ofNamespace('1')))).toBe(refusal);
    expect(await snapshot(arango.db)).toEqual(before);
  });

  it('but a removal for which a run found no app takes nothing from it where the app is there', async () => {
    const activities = await team();
    const before = await snapshot(arango.db);
    const removal = { connectorId: CONNECTOR, runId: 'removal', keepSettings: true };
    expect(await refusalOf(attempt(activities.beginCleanup, removal))).toBe('RunSuperseded');
    expect(await snapshot(arango.db)).toEqual(before);
    await arango.db.collection('apps').remove(CONNECTOR);
    await attempt(activities.beginCleanup, removal);
    expect(await refusalOf(attempt(activities.syncNamespace, ofNamespace('1')))).toBe('RunSuperseded');
  });

  it('by a single write or a writing query', async () => {
    const activities = await team();
    await attempt(activities.syncNamespace, ofNamespace('1'));
    await begin(activities, 'run-2');
    const graph = graphOfRun(arango.graph, { connectorId: CONNECTOR, runId: RUN });
    const [entry] = await all<{ _key: string }>(arango.db, 'dropboxEntries');
    const before = await snapshot(arango.db);
    const writes = [
      () => graph.insertAll('groups', [{ _key: 'x' }], 'conflict'),
      () => graph.updateAll('dropboxEntries', [entry ?? { _key: '' }]),
      () => graph.removeAll('dropboxEntries', [entry?._key ?? '']),
      () => markEntriesDue(graph, [entry?._key ?? '']),
    ];
    for (const write of writes) expect(await refusalOf(write())).toBe('RunSuperseded');
    expect(await snapshot(arango.db)).toEqual(before);
  });

  it('once the next run has begun, which waits for the transaction that it is in', async () => {
    const activities = await team();
    const order: string[] = [];
    let next: Promise<unknown> | undefined;
    await inTransaction(graphOfRun(arango.graph, { connectorId: CONNECTOR, runId: RUN }), ['groups'], async (tx) => {
      next = begin(activities, 'run-2').then(() => order.push('run-2 has begun'));
      for (let at = 0; at < 20; at += 1) await tx.insertAll('groups', [{ _key: `g${at}` }], 'conflict');
      order.push('run-1 has written');
    });
    await next;
    expect(order).toEqual(['run-1 has written', 'run-2 has begun']);
  });

  it('about how it ended', async () => {
    const activities = await team();
    await begin(activities, 'run-2');
    const before = await snapshot(arango.db);
    await end(activities, RUN, { mode: 'full' }, 'failed');
    expect(await refusalOf(end(activities, RUN, { mode: 'full' }))).toBe('RunSuperseded');
    expect(await snapshot(arango.db)).toEqual(before);
  });
});

describe('a run does not begin', () => {
  it('while the connector is paused, or disabled or unknown in PipesHub', async () => {
    const activities = await team();
    await updateConnector(arango.graph, CONNECTOR, { paused: true });
    expect(await refusalOf(begin(activities, 'run-2'))).toBe('ConnectorPaused');
    await updateConnector(arango.graph, CONNECTOR, { paused: false });
    await arango.db.collection('apps').update(CONNECTOR, { isActive: false });
    expect(await refusalOf(begin(activities, 'run-2'))).toBe('ConnectorPaused');
    await arango.db.collection('apps').remove(CONNECTOR);
    expect(await refusalOf(begin(activities, 'run-2'))).toBe('AppUnknown');
    expect(await getConnector(arango.graph, CONNECTOR)).toMatchObject({ runToken: RUN, lastRun: null });
  });

  it('with the credentials of another team: it writes nothing but its result', async () => {
    const activities = await team();
    await run(activities, 'run-2');
    expect(await getConnector(arango.graph, CONNECTOR)).toMatchObject({ teamId: 'dbtid:acme' });
    const before = await snapshot(arango.db);
    const other = scripted(arango.db, {
      pages: {},
      asked: [],
      team: { teamInfo: () => Promise.resolve({ teamId: 'dbtid:other', name: 'Other' }) },
    });
    expect(await refusalOf(begin(other, 'run-3'))).toBe('WrongTeam');
    expect(await snapshot(arango.db)).toEqual(before);

    await end(other, 'run-3', { mode: 'full' }, 'failed', false);
    const { lastRun } = await getConnector(arango.graph, CONNECTOR);
    expect(lastRun).toMatchObject({ runId: 'run-3', status: 'failed' });
    const connectors = before['dropboxConnectors'] as object[];
    expect(await snapshot(arango.db)).toEqual({
      ...before,
      dropboxConnectors: connectors.map((connector) => ({ ...connector, lastRun })),
    });
  });

  it('with credentials that were stored after it had asked for the team: a repeat asks again', async () => {
    const activities = await team();
    await run(activities, 'run-2');
    let teamId = 'dbtid:acme';
    const replaced = scripted(arango.db, {
      pages: {},
      asked: [],
      team: {
        teamInfo: async () => {
          const asked = teamId;
          teamId = 'dbtid:other';
          await updateConnector(arango.graph, CONNECTOR, { runToken: 'stored with the credentials' });
          return { teamId: asked, name: '' };
        },
      },
    });
    expect(await refusalOf(begin(replaced, 'run-3'))).toBe('GraphConflict');
    expect(await refusalOf(begin(replaced, 'run-3'))).toBe('WrongTeam');
  });

  it('while the connector is paused: the result of the run before stays', async () => {
    const activities = await team();
    await run(activities, 'run-2');
    await updateConnector(arango.graph, CONNECTOR, { paused: true });
    expect(await refusalOf(begin(activities, 'run-3'))).toBe('ConnectorPaused');
    await end(activities, 'run-3', { mode: 'full' }, 'failed', false);
    expect((await getConnector(arango.graph, CONNECTOR)).lastRun).toMatchObject({ runId: 'run-2' });
  });
});

it('filters that a run brings end what is held for others, also when it was approved', async () => {
  const activities = await team();
  const held = { deletes: 50, revokes: 0, total: 60, samples: [], since: 1, runId: RUN, forConnector: false };
  await patchNamespaces(arango.graph, context(), [{ namespaceId: '1', heldFilters: held }]);
  await answerHeld(arango.graph, context(), 'approved');
  const begins = (runId: string, filters: object) =>
    attempt(activities.beginRun, { connectorId: CONNECTOR, runId, mode: 'auto', dryRun: false, filters });
  const heldFilters = async () => (await readNamespace(arango.graph, CONNECTOR, '1'))?.heldFilters;
  await begins('run-2', {});
  expect(await heldFilters()).toMatchObject({ answer: { decision: 'approved' } });
  await begins('run-3', { extensions: { operator: 'in', values: ['pdf'] } });
  expect(await heldFilters()).toBeNull();
});

it('filters that a run brings are applied, also when they are those before a change that was not applied everywhere', async () => {
  const activities = await team();
  const begins = async (runId: string, filters: object) =>
    (await attempt(activities.beginRun, { connectorId: CONNECTOR, runId, mode: 'auto', dryRun: false, filters }))
      .refilter;
  await updateConnector(arango.graph, CONNECTOR, { filters: {}, appliedFilters: {} });
  expect(await begins('run-2', {})).toBe(false);
  expect(await begins('run-3', { extensions: { operator: 'in', values: ['pdf'] } })).toBe(true);
  expect(await begins('run-4', {})).toBe(true);
  await attempt(activities.applyFilters, { connectorId: CONNECTOR, runId: 'run-4' });
  expect(await begins('run-5', {})).toBe(false);
});

describe('a full run', () => {
  it('is owed until one has completed', async () => {
    const activities = await team();
    expect(await run(activities, 'run-2', 'failed')).toBe('full');
    expect(await run(activities, 'run-3')).toBe('full');
    expect(await run(activities, 'run-4', 'partial')).toBe('incremental');
    expect(await run(activities, 'run-5')).toBe('incremental');
  });

  it('that could not read everything is completed by the first run that can, which need not be full', async () => {
    const activities = await team();
    const begun = async (runId: string, status: SyncOutcome['status']) => {
      const { mode, releases } = await begin(activities, runId);
      await end(activities, runId, { mode, releases }, status);
      return { mode, releases };
    };
    expect(await begun('run-2', 'partial')).toEqual({ mode: 'full', releases: true });
    expect(await begun('run-3', 'partial')).toEqual({ mode: 'incremental', releases: true });
    expect(await begun('run-4', 'complete')).toEqual({ mode: 'incremental', releases: true });
    expect(await begun('run-5', 'complete')).toEqual({ mode: 'incremental', releases: false });
    await orderFullSync(arango.db, CONNECTOR);
    expect(await begun('run-6', 'failed')).toEqual({ mode: 'full', releases: true });
    expect(await begun('run-7', 'partial')).toEqual({ mode: 'full', releases: true });
    expect(await begun('run-8', 'complete')).toEqual({ mode: 'incremental', releases: true });
  });

  it('that is owed lists only what the one before it has not listed to its end', async () => {
    const asked: string[] = [];
    const activities = await team({ asked });
    await run(activities, 'run-2', 'failed');
    expect(asked.filter((call) => call.endsWith(' '))).toHaveLength(1);
    expect(await run(activities, 'run-3')).toBe('full');
    expect(asked.filter((call) => call.endsWith(' '))).toHaveLength(1);
  });

  it('is owed where PipesHub’s own connector ran before, whose cursors say nothing', async () => {
    const activities = await team();
    await arango.db.collection('dropboxConnectors').update(CONNECTOR, { fullRunAt: null });
    await orderFullSync(arango.db, CONNECTOR);
    const syncPointKey = `${ORG}/${CONNECTOR}/records/DRIVE/users/dbmid:a`;
    const former = { syncPointKey, orgId: ORG, connectorId: CONNECTOR, syncDataPointType: 'records', cursor: 'AAA' };
    await arango.db.collection('syncPoints').save({ _key: 'former', ...former });
    expect((await begin(activities, 'run-2')).mode).toBe('full');
    expect(await all(arango.db, 'syncPoints')).toMatchObject([{ cursor: 'run-2' }]);
  });

  it('that PipesHub orders between two pages of a listing brings back all that PipesHub has deleted', async () => {
    const files = (from: number): ReturnType<typeof file>[] => [1, 2, 3, 4].map((at) => file(`/f${from + at}`));
    let order: Promise<void> | undefined;
    const activities = await team({
      pages: {
        '': page(files(0), 'c1', true),
        c1: page(files(4), 'c2', true),
        c2: async () => {
          await (order ??= orderFullSync(arango.db, CONNECTOR));
          return page(files(8), 'c3');
        },
        c3: page([], 'c3'),
      },
    });
    expect(await refusalOf(run(activities, 'run-2'))).toBe('SyncPointsGone');
    await order;
    expect(await all(arango.db, 'syncPoints')).toEqual([]);
    expect(await run(activities, 'run-3')).toBe('full');
    expect(await readable()).toBe(12);
    expect(await run(activities, 'run-4')).toBe('incremental');
    expect(await readable()).toBe(12);
  });

  it('is owed again when PipesHub orders it after the last write of a run', async () => {
    const activities = await team();
    await run(activities, 'run-2');
    const settings = await begin(activities, 'run-3');
    await carryOut(activities, 'run-3', settings);
    await orderFullSync(arango.db, CONNECTOR);
    expect(await refusalOf(end(activities, 'run-3', settings))).toBe('SyncPointsGone');
    expect(await begin(activities, 'run-4')).toMatchObject({ mode: 'full', rebuilds: true });
    // The attempt whose answer was lost said the same.
    expect(await begin(activities, 'run-4')).toMatchObject({ mode: 'full', rebuilds: true });
  });
});
