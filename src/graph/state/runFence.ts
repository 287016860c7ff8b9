import { failure } from '../../failures';
import type { ConnectorDocument } from '../../sync/connectorDocument';
import { RUN_SYNC_POINT } from '../../sync/keys';
import { fenced, inTransaction, type Graph, type StandaloneGraph } from '../driver/graph';
import { AS_GIVEN, defineQuery } from '../driver/query';
import {
  connectorOf,
  pausedConnector,
  setAppStatus,
  unknownApp,
  unknownConnector,
  updateConnector,
  type AppStatus,
} from './connectors';
import { writeSyncPoints } from './syncPoints';

const CONNECTORS = 'dropboxConnectors';
/** What the sync point of a run is bound to when there was none before it. */
const REBUILD = 'rebuild';
const IDLE: AppStatus = 'IDLE';
const NEVER_FULL = { fullRunAt: null, fullReadAt: null };

/** A run of a connector. A removal is one too. */
export interface RunOfConnector {
  connectorId: string;
  runId: string;
}

interface Standing {
  connector: Pick<ConnectorDocument, 'orgId' | 'paused' | 'fullRunAt' | 'fullReadAt' | 'runToken'> | null;
  /** `isActive` of PipesHub's app, true where the field is absent; null: there is no such app. */
  active: boolean | null;
  /**
   * The run that the sync points belong to, and whether it found none when it began; null: PipesHub has deleted them
   * since.
   */
  point: { runId: string; rebuilds: boolean } | null;
}

const STANDING = `LET connector = FIRST(
     FOR connector IN dropboxConnectors
       FILTER connector._key == @connectorId
       RETURN KEEP(connector, "orgId", "paused", "fullRunAt", "fullReadAt", "runToken")
   )
   LET active = FIRST(FOR app IN apps FILTER app._key == @connectorId RETURN app.isActive != false)
   LET name = CONCAT(connector.orgId, "/", @connectorId, "/records/${RUN_SYNC_POINT}")
   LET point = FIRST(
     FOR point IN syncPoints
       FILTER point.syncPointKey == name
       RETURN { runId: point.cursor, rebuilds: point.boundTo == "${REBUILD}" }
   )`;

const standing = defineQuery<{ connectorId: string }, Standing>(
  'runFence.standing',
  `${STANDING}
   RETURN { connector, active, point }`,
  { connectorId: 'connector' },
);

type Starting = Standing & { stored: unknown; hasDeadLetters: boolean };

/** As `standing`, with the whole connector. No row: there is no such connector. */
const starting = defineQuery<{ connectorId: string }, Starting>(
  'runFence.starting',
  `FOR stored IN dropboxConnectors
     FILTER stored._key == @connectorId
     ${STANDING}
     LET letters = (FOR letter IN dropboxDeadLetters FILTER letter.connectorId == @connectorId LIMIT 1 RETURN 1)
     RETURN { stored, connector, active, point, hasDeadLetters: LENGTH(letters) > 0 }`,
  { connectorId: 'connector' },
);

/**
 * The text of a query for `tryStatement` or `runStatement`. The variable `go` is true if the fence lets the query pass
 * and `condition` holds; `statements` must write nothing when it is false. `row` is what the query returns. The last
 * statement writes nothing: it makes the query take the shared lock of the fence, so that a run that closes the fence
 * waits for queries that have passed it already.
 */
export const fencedStatement = (condition: string, statements: string, row = 'go'): string => `
${STANDING}
LET go = (${condition}) AND (
  @fence == null OR connector.runToken == @fence.runId
  AND (!@fence.needsActive OR active == true AND point.runId == @fence.runId)
)
${statements}
LET fence = (FOR d IN [] UPDATE d IN ${CONNECTORS})
RETURN ${row}`;

const around = (text: string): string => fencedStatement('true', `LET rows = (FILTER go ${text})`, 'go ? rows : null');

type Patch = Record<string, unknown> & { _key: string };

/**
 * Makes a run the owner of a connector that a run has read before, so that its sync point exists. `exclusive` makes it
 * wait for all writers that have passed the fence. It writes nothing if anything has changed or the run has ended, so
 * it does no harm when the server carries it out late.
 */
const take = defineQuery<
  {
    connectorId: string;
    seen: Pick<Standing, 'connector' | 'point'>;
    point: Record<string, unknown>;
    connectorPatch: Patch;
    app: Patch;
  },
  boolean
>(
  'runFence.take',
  `${STANDING}
   LET points = (FOR one IN syncPoints FILTER one.syncPointKey == name RETURN one._key)
   LET endedRun = FIRST(FOR one IN ${CONNECTORS} FILTER one._key == @connectorId RETURN one.lastRun.runId)
   LET go = connector == @seen.connector AND active == true AND point == @seen.point AND LENGTH(points) == 1
     AND endedRun != @connectorPatch.runToken
   LET a = (
     FOR key IN (go ? points : [])
       UPDATE key WITH @point IN syncPoints OPTIONS { keepNull: false }
   )
   LET b = (FOR patch IN (go ? [@app] : []) UPDATE patch IN apps OPTIONS { ${AS_GIVEN} })
   LET c = (
     FOR patch IN (go ? [@connectorPatch] : [])
       UPDATE patch IN ${CONNECTORS} OPTIONS { ${AS_GIVEN}, exclusive: true }
   )
   RETURN go`,
  {
    connectorId: 'connector',
    seen: { connector: null, point: null },
    point: { cursor: 'run' },
    connectorPatch: { _key: 'connector' },
    app: { _key: 'connector' },
  },
);

const end = defineQuery<{ connectorId: string; runId: string; ended: Patch; app: Patch }, boolean>(
  'runFence.end',
  `${STANDING}
   LET go = connector.runToken == @runId AND active != null AND point.runId == @runId
   LET a = (FOR patch IN (go ? [@app] : []) UPDATE patch IN apps OPTIONS { ${AS_GIVEN} })
   LET b = (FOR patch IN (go ? [@ended] : []) UPDATE patch IN ${CONNECTORS} OPTIONS { ${AS_GIVEN} })
   RETURN go`,
  { connectorId: 'connector', runId: 'run', ended: { _key: 'connector' }, app: { _key: 'connector' } },
);

const forgetCursors = defineQuery<{ connectorId: string }, never>(
  'runFence.forgetCursors',
  `FOR point IN syncPoints
     FILTER point.connectorId == @connectorId
     REMOVE point IN syncPoints`,
  { connectorId: 'connector' },
);

async function readStanding(graph: Graph, connectorId: string): Promise<Standing> {
  return standingOf((await graph.run(standing, { connectorId }))[0]);
}

const standingOf = (row: unknown): Standing =>
  (row as Standing | undefined) ?? { connector: null, active: null, point: null };

function requireToken({ connector }: Standing, { connectorId, runId }: RunOfConnector): void {
  if (connector?.runToken === runId) return;
  throw failure('RunSuperseded', `a later run or a removal of ${connectorId} has begun: this run writes nothing more`);
}

function requireActive({ active }: Standing, connectorId: string): void {
  if (active === null) throw unknownApp(connectorId);
  if (!active) {
    throw failure('ConnectorPaused', `PipesHub has disabled the connector ${connectorId}: enable it there first`);
  }
}

/**
 * The graph for the activities of a run. Each of its transactions fails unless the run is the connector's latest one,
 * the connector is active in PipesHub, and its sync points are there. @throws RunSuperseded, AppUnknown,
 * ConnectorPaused, SyncPointsGone from every write
 */
export const graphOfRun = (graph: StandaloneGraph, run: RunOfConnector): StandaloneGraph =>
  fenced(graph, {
    collection: CONNECTORS,
    standing,
    check: (row) => {
      const found = standingOf(row);
      requireToken(found, run);
      requireActive(found, run.connectorId);
      if (found.point?.runId !== run.runId) throw syncPointsGone(run);
    },
    vars: { runId: run.runId, needsActive: true },
    connectorId: run.connectorId,
    around,
  });

/** The graph for a removal. The app may be gone, and the removal deletes the sync points itself. */
export const graphOfRemoval = (graph: StandaloneGraph, run: RunOfConnector): StandaloneGraph =>
  fenced(graph, {
    collection: CONNECTORS,
    standing,
    check: (row) => requireToken(standingOf(row), run),
    vars: { runId: run.runId, needsActive: false },
    connectorId: run.connectorId,
    around,
  });

/** @throws ConnectorUnknown, ConnectorPaused, AppUnknown */
function startableConnector(found: Standing, connectorId: string): NonNullable<Standing['connector']> {
  const { connector } = found;
  if (connector === null) throw unknownConnector(connectorId);
  if (connector.paused) throw pausedConnector(connectorId);
  requireActive(found, connectorId);
  return connector;
}

/** A connector whose run may begin. */
export interface Startable {
  connector: ConnectorDocument;
  hasDeadLetters: boolean;
  /** What `takeRun` compares with what is stored then. */
  standing: Standing;
}

/** A connector whose run may begin, before it asks Dropbox. @throws ConnectorUnknown, ConnectorPaused, AppUnknown */
export async function readStartable(graph: Graph, connectorId: string): Promise<Startable> {
  const [found] = await graph.run(starting, { connectorId });
  if (!found) throw unknownConnector(connectorId);
  const { stored, hasDeadLetters, ...standing } = found;
  const connector = connectorOf(stored);
  startableConnector(standing, connectorId);
  return { connector, hasDeadLetters, standing };
}

const syncPointsGone = ({ connectorId }: RunOfConnector): Error =>
  failure('SyncPointsGone', `PipesHub has deleted the sync points of ${connectorId}: everything has to be read again`);

const changedMeanwhile = (connectorId: string): Error =>
  failure('GraphConflict', `the connector ${connectorId} has changed while its run began`);

export interface RunBegun {
  mode: 'full' | 'incremental';
  /** There were no sync points of this connector: it is new, or PipesHub has deleted them and most edges. */
  rebuilds: boolean;
  /** No full run has been completed yet, or this one is full: if it is complete, what was found nowhere is released. */
  releases: boolean;
}

interface Taking {
  isFullRequested: boolean;
  dryRun: boolean;
  teamId: string;
  now: number;
  /** Of the filters with which it begins. */
  filtersChangedAt?: number | undefined;
  /** Further fields to store if the run finds no sync points. */
  rebuilding?: Partial<ConnectorDocument>;
}

/**
 * Makes a run the one that may write, after all writes of the one before it, and stores which team it reads. It is full
 * if that is requested or owed. A dry run only reads. One request is enough where nothing has changed since `standing`
 * was read. @throws ConnectorUnknown, ConnectorPaused, AppUnknown, GraphConflict
 */
export async function takeRun(
  graph: StandaloneGraph,
  run: RunOfConnector,
  taking: Taking,
  standing: Standing,
): Promise<RunBegun> {
  const { connectorId, runId } = run;
  const { dryRun, teamId, now, filtersChangedAt } = taking;
  const runChangeAt = filtersChangedAt === undefined ? {} : { runChangeAt: filtersChangedAt };
  const token = { runToken: runId, ...runChangeAt, teamId, updatedAt: now };
  const expected = begunRun(standing, run, taking);
  if (dryRun) return expected;
  const isTaken = await graph.tryStatement(take, {
    connectorId,
    seen: { connector: standing.connector, point: standing.point },
    point: { cursor: runId, boundTo: expected.rebuilds ? REBUILD : null, updatedAtTimestamp: now },
    connectorPatch: { ...token, _key: connectorId },
    app: { _key: connectorId, status: syncingStatus(expected), updatedAtTimestamp: now },
  });
  if (isTaken) return expected;
  return inTransaction(
    graph,
    ['apps', 'syncPoints'],
    async (tx) => {
      const found = await readStanding(tx, connectorId);
      const { orgId, runToken } = startableConnector(found, connectorId);
      // Credentials may have been stored since the team was asked for. A repeat asks again.
      if (runToken !== standing.connector?.runToken && runToken !== runId) throw changedMeanwhile(connectorId);
      const begun = begunRun(found, run, taking);
      const { rebuilds } = begun;
      // What cursors are left cover what an earlier connector with this id has read.
      if (found.point === null) await tx.run(forgetCursors, { connectorId });
      const point = { name: RUN_SYNC_POINT, cursor: runId, ...(rebuilds ? { boundTo: REBUILD } : {}) };
      await writeSyncPoints(tx, { connectorId, orgId, now }, [point]);
      const taken = {
        ...token,
        ...(rebuilds ? { ...NEVER_FULL, ...taking.rebuilding } : {}),
      };
      await updateConnector(tx, connectorId, taken);
      await setAppStatus(tx, connectorId, syncingStatus(begun), now);
      return begun;
    },
    [CONNECTORS],
  );
}

function begunRun({ connector, point }: Standing, { runId }: RunOfConnector, { isFullRequested }: Taking): RunBegun {
  // A repeated attempt finds the sync point of the first one.
  const rebuilds = point === null || (point.runId === runId && point.rebuilds);
  const isCompleted = !rebuilds && connector?.fullRunAt != null;
  const isFull = isFullRequested || rebuilds || !(isCompleted || connector?.fullReadAt != null);
  return { mode: isFull ? 'full' : 'incremental', rebuilds, releases: isFull || !isCompleted };
}

const syncingStatus = ({ mode }: RunBegun): AppStatus => (mode === 'full' ? 'FULL_SYNCING' : 'SYNCING');

/**
 * Makes a removal the only one that may write, after all writes of the run before it. A run that began meanwhile would
 * take the connector from the removal, and write everything again: so the connector is paused, unless no run can begin
 * since its app is gone. `isOfDeleted`: a run has found its app gone, which a second answer has to confirm.
 * @throws ConnectorUnknown; RunSuperseded if the app is there
 */
export async function takeRemoval(
  graph: StandaloneGraph,
  { connectorId, runId }: RunOfConnector,
  { isOfDeleted = false } = {},
): Promise<void> {
  const take = async (tx: Graph): Promise<void> => {
    const { active } = await readStanding(tx, connectorId);
    if (isOfDeleted && active !== null)
      throw failure('RunSuperseded', `PipesHub has the app ${connectorId}: nothing is removed`);
    await updateConnector(tx, connectorId, { runToken: runId, ...(active === null ? {} : { paused: true }) });
  };
  await inTransaction(graph, [], take, [CONNECTORS]);
}

/** Whether a removal still has the connector; false once it has removed the connector itself. @throws RunSuperseded */
export async function isRemovalUnderWay(graph: Graph, run: RunOfConnector): Promise<boolean> {
  const found = await readStanding(graph, run.connectorId);
  if (found.connector === null) return false;
  requireToken(found, run);
  return true;
}

/**
 * Stores how a run ended, where PipesHub and `status` read it. A failed run that another one has superseded stores
 * nothing. One that Dropbox refused when it began (`begun` is false) stores its result alone. @throws RunSuperseded,
 * SyncPointsGone, AppUnknown unless the run has failed
 */
export async function storeEnd(
  graph: StandaloneGraph,
  run: RunOfConnector,
  patch: Partial<ConnectorDocument>,
  { failed, begun, now }: { failed: boolean; begun: boolean; now: number },
): Promise<void> {
  const { connectorId, runId } = run;
  const ended = { ...patch, _key: connectorId };
  const app = { _key: connectorId, status: IDLE, updatedAtTimestamp: now };
  if (!failed && (await graph.tryStatement(end, { connectorId, runId, ended, app }))) return;
  await inTransaction(graph, [CONNECTORS, 'apps'], async (tx) => {
    const found = await readStanding(tx, connectorId);
    if (failed && found.connector?.runToken !== runId) {
      // If the connector is paused or inactive, no run can begin: the result of the last one that did is kept.
      const isStartable = found.connector?.paused === false && found.active === true;
      if (!begun && isStartable) await updateConnector(tx, connectorId, patch);
      return;
    }
    requireToken(found, run);
    if (!failed && found.active === null) throw unknownApp(connectorId);
    if (!failed && found.point?.runId !== runId) throw syncPointsGone(run);
    await updateConnector(tx, connectorId, patch);
    if (found.active !== null) await setAppStatus(tx, connectorId, IDLE, now);
  });
}
