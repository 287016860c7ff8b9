import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { startTemporalServer } from '../../sandbox/temporal/server';
import { SyncRuns } from '../../src/client/syncRuns';
import { TemporalAccess } from '../../src/client/temporal';
import { childWorkflowId, syncWorkflowId, type CleanupOutcome } from '../../src/contract/sync';
import { closedAfterAll, closedAfterEach } from '../support/hooks';
import { ANSWER_WITHIN_SECONDS, limits } from '../support/limits';
import { createWorker } from '../support/resources';
import { WORKFLOW_BUNDLE } from '../support/workflowBundle';
import { quietActivities, type Answers } from './fixtures/quietActivities';

jest.setTimeout(limits.syncs);

const QUEUE = 'end-of-run';

const resources = closedAfterAll();
const ofTest = closedAfterEach();
let native: NativeConnection;
let client: Client;
let runs: SyncRuns;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const server = resources.add(await startTemporalServer({ port: 0 }));
  native = resources.add(await NativeConnection.connect({ address: server.address }));
  client = new Client({ connection: resources.add(await Connection.connect({ address: server.address })) });
  const connection = { address: server.address };
  runs = new SyncRuns(resources.add(new TemporalAccess({ connection, namespace: 'default', taskQueue: QUEUE })));
});

type Activities = Record<string, (input: never) => Promise<unknown>>;

const worker = (answers: Answers, more: Activities = {}) =>
  createWorker(ofTest, {
    connection: native,
    taskQueue: QUEUE,
    workflowBundle: WORKFLOW_BUNDLE,
    activities: { ...quietActivities(answers), ...more },
    maxHeartbeatThrottleInterval: 100,
  });

const refusedWith = (type: string): ApplicationFailure =>
  ApplicationFailure.create({ type, message: type, nonRetryable: true });

/** Modes of the runs that have begun; the first one finds no sync points if that is said. */
function modesOf(rebuilds = false): { modes: string[]; answers: Answers } {
  const modes: string[] = [];
  const answers: Answers = {
    beginRun: ({ mode }: { mode: string }) => {
      const isRebuild = rebuilds && modes.length === 0;
      const isFull = mode === 'full' || isRebuild;
      modes.push(mode);
      const settings = { startedAt: 0, retry: false, refilter: false, whole: false, rebuilds: isRebuild };
      return { ...settings, mode: isFull ? 'full' : 'incremental' };
    },
  };
  return { modes, answers };
}

it('a cancelled run ends when its activities have ended', async () => {
  const connectorId = randomUUID();
  const order: string[] = [];
  let started: () => void = () => undefined;
  const hasStarted = new Promise<void>((resolve) => (started = resolve));
  const syncMembers = async (): Promise<object> => {
    const context = Context.current();
    started();
    while (!context.cancellationSignal.aborted) {
      context.heartbeat();
      await Promise.race([context.sleep(50), context.cancelled]).catch(() => undefined);
    }
    // The transaction that it is in takes its time.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    order.push('the activity has written');
    throw context.cancellationSignal.reason;
  };
  await (
    await worker({}, { syncMembers })
  ).runUntil(async () => {
    await runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
    await hasStarted;
    await runs.cancel(connectorId);
    await runs.ended(connectorId, ANSWER_WITHIN_SECONDS);
    order.push('the run has ended');
  });
  expect(order).toEqual(['the activity has written', 'the run has ended']);
});

it('a run whose sync points PipesHub deletes is followed by a full one, whose outcome its requester gets', async () => {
  const connectorId = randomUUID();
  const { modes, answers } = modesOf();
  const ended: string[] = [];
  await (
    await worker({
      ...answers,
      syncGroups: () => {
        if (modes.length === 1) throw refusedWith('SyncPointsGone');
        return { gaps: [] };
      },
      finishRun: ({ outcome }: { outcome: { status: string; mode: string } }) => {
        ended.push(`${outcome.mode} ${outcome.status}`);
        return { gapCount: 0 };
      },
    })
  ).runUntil(async () => {
    const run = await runs.request('acme', { connectorId, mode: 'incremental' }, ANSWER_WITHIN_SECONDS);
    expect(await run.result()).toMatchObject({ mode: 'full', status: 'complete' });
  });
  expect(modes).toEqual(['incremental', 'full']);
  expect(ended).toEqual(['full complete']);
});

it('and so is one that finds them gone when it ends', async () => {
  const connectorId = randomUUID();
  const { modes, answers } = modesOf();
  await (
    await worker({
      ...answers,
      finishRun: () => {
        if (modes.length === 1) throw refusedWith('SyncPointsGone');
        return { gapCount: 0 };
      },
    })
  ).runUntil(async () => {
    const run = await runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
    expect(await run.result()).toMatchObject({ mode: 'full', status: 'complete' });
  });
  expect(modes).toEqual(['auto', 'full']);
});

it.each([
  ['full after a run that found no sync points: PipesHub may have deleted edges after it began', true, 'full'],
  ['as requested after any other run', false, 'auto'],
])('PipesHub’s request during a run is queued, %s', async (_what, rebuilds, mode) => {
  const connectorId = randomUUID();
  const { modes, answers } = modesOf(rebuilds);
  let proceed: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (proceed = resolve));
  await (
    await worker({ ...answers, syncMembers: () => asked.then(() => ({ gaps: [] })) })
  ).runUntil(async () => {
    await runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
    const second = await runs.request('acme', { connectorId, reason: 'pipeshub' }, ANSWER_WITHIN_SECONDS);
    expect(second.answer).toBe('queued');
    proceed();
    await second.result();
  });
  expect(modes).toEqual(['auto', mode]);
});

it('what a run has written is removed when PipesHub deletes the connector in the middle of it', async () => {
  const connectorId = randomUUID();
  await (
    await worker({
      syncGroups: () => {
        throw refusedWith('AppUnknown');
      },
      beginCleanup: () => undefined,
      cleanupStep: () => ({ removed: 0, done: true }),
      drainOutbox: () => ({ published: 0, dropped: 3, done: true }),
    })
  ).runUntil(async () => {
    const run = await runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
    expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'AppUnknown' } });
    const removal = client.workflow.getHandle(childWorkflowId(connectorId, 'deleted'));
    expect((await removal.result()) as CleanupOutcome).toMatchObject({ dropped: 3 });
  });
});

it('a run that is refused when it begins ends as failed, and nothing is removed', async () => {
  const connectorId = randomUUID();
  await (
    await worker({
      beginRun: () => {
        throw refusedWith('AppUnknown');
      },
    })
  ).runUntil(async () => {
    const run = await runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
    expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'AppUnknown' } });
    const { events = [] } = await client.workflow.getHandle(syncWorkflowId(connectorId)).fetchHistory();
    expect(events?.filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes)).toEqual([]);
  });
});
