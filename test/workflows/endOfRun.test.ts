import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { childWorkflowId, syncWorkflowId, type CleanupOutcome } from '../../src/contract/sync';
import { gate } from '../support/gate';
import { ANSWER_WITHIN_SECONDS, limits } from '../support/limits';
import { quietActivities, type Answers } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const QUEUE = 'end-of-run';

const server = useWorkflowServer(QUEUE);

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
      const settings = {
        orgId: 'acme',
        startedAt: 0,
        retry: false,
        refilter: false,
        whole: false,
        rebuilds: isRebuild,
      };
      return { ...settings, mode: isFull ? 'full' : 'incremental' };
    },
  };
  return { modes, answers };
}

it('a cancelled run ends when its activities have ended', async () => {
  const connectorId = randomUUID();
  const order: string[] = [];
  const { opened: hasStarted, open: started } = gate();
  const { opened: isCancelled, open: cancelled } = gate();
  const { opened: hasCommitted, open: commit } = gate();
  const syncMembers = async (): Promise<object> => {
    const context = Context.current();
    started();
    while (!context.cancellationSignal.aborted) {
      context.heartbeat();
      await Promise.race([context.sleep(50), context.cancelled]).catch(() => undefined);
    }
    cancelled();
    // The transaction that it is in takes its time.
    await hasCommitted;
    order.push('the activity has written');
    throw context.cancellationSignal.reason;
  };
  const activities = { ...quietActivities({}), syncMembers };
  const running = await server.worker({}, { activities, maxHeartbeatThrottleInterval: 100 });
  await running.runUntil(async () => {
    await server.runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
    await hasStarted;
    await server.runs.cancel(connectorId);
    await isCancelled;
    // What the run does next is in the same answer of its worker as the request to cancel the activity.
    const { events = [] } = await server.client.workflow
      .getHandle(childWorkflowId(connectorId, 'users'))
      .fetchHistory();
    const requested = events?.findIndex((event) => event.activityTaskCancelRequestedEventAttributes) ?? -1;
    expect(requested).toBeGreaterThan(0);
    expect(events?.slice(requested).some((event) => event.workflowExecutionCanceledEventAttributes)).toBe(false);
    expect(await server.runs.isRunning(connectorId)).toBe(true);
    commit();
    await server.runs.ended(connectorId, ANSWER_WITHIN_SECONDS);
    order.push('the run has ended');
  });
  expect(order).toEqual(['the activity has written', 'the run has ended']);
});

it('a run whose start lies in the future, by the clock of its worker, has lasted no time', async () => {
  const connectorId = randomUUID();
  const settings = { orgId: 'acme', mode: 'incremental', retry: false, refilter: false, whole: false };
  const beginRun = (): object => ({ ...settings, startedAt: Date.now() + 60 * 60 * 1000 });
  await server.during({ beginRun }, async () => {
    const run = await server.runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
    expect(await run.result()).toMatchObject({ status: 'complete', seconds: 0 });
  });
});

it('a run whose sync points PipesHub deletes is followed by a full one, whose outcome its requester gets', async () => {
  const connectorId = randomUUID();
  const { modes, answers } = modesOf();
  const ended: string[] = [];
  const running = await server.worker({
    ...answers,
    syncGroups: () => {
      if (modes.length === 1) throw refusedWith('SyncPointsGone');
      return { gaps: [] };
    },
    finishRun: ({ outcome }: { outcome: { status: string; mode: string } }) => {
      ended.push(`${outcome.mode} ${outcome.status}`);
      return { gapCount: 0 };
    },
  });
  await running.runUntil(async () => {
    const run = await server.runs.request('acme', { connectorId, mode: 'incremental' }, ANSWER_WITHIN_SECONDS);
    expect(await run.result()).toMatchObject({ mode: 'full', status: 'complete' });
  });
  expect(modes).toEqual(['incremental', 'full']);
  expect(ended).toEqual(['full complete']);
});

it('a run that finds its sync points gone when it ends is followed by a full one', async () => {
  const connectorId = randomUUID();
  const { modes, answers } = modesOf();
  const running = await server.worker({
    ...answers,
    finishRun: () => {
      if (modes.length === 1) throw refusedWith('SyncPointsGone');
      return { gapCount: 0 };
    },
  });
  await running.runUntil(async () => {
    const run = await server.runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
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
  const { opened: asked, open: proceed } = gate();
  await server.during({ ...answers, syncMembers: () => asked.then(() => ({ gaps: [] })) }, async () => {
    await server.runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
    const second = await server.runs.request('acme', { connectorId, reason: 'pipeshub' }, ANSWER_WITHIN_SECONDS);
    expect(second.answer).toBe('queued');
    proceed();
    await second.result();
  });
  expect(modes).toEqual(['auto', mode]);
});

const removal: Answers = {
  beginCleanup: () => undefined,
  cleanupStep: () => ({ removed: 0, done: true }),
  drainOutbox: () => ({ published: 0, dropped: 3, done: true }),
};

async function failsAndRemoves(connectorId: string): Promise<void> {
  const run = await server.runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
  expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'AppUnknown' } });
  const removed = server.client.workflow.getHandle(childWorkflowId(connectorId, 'deleted'));
  expect((await removed.result()) as CleanupOutcome).toMatchObject({ dropped: 3 });
}

it('what a run has written is removed when PipesHub deletes the connector in the middle of it', async () => {
  const connectorId = randomUUID();
  const running = await server.worker({
    syncGroups: () => {
      throw refusedWith('AppUnknown');
    },
    ...removal,
  });
  await running.runUntil(() => failsAndRemoves(connectorId));
});

it('a run removes what it has written where PipesHub has deleted its sync points, and the app before it starts again', async () => {
  const connectorId = randomUUID();
  const { modes, answers } = modesOf();
  const running = await server.worker({
    beginRun: (input: never) => {
      if (modes.length === 1) throw refusedWith('AppUnknown');
      return answers.beginRun?.(input);
    },
    syncGroups: () => {
      throw refusedWith('SyncPointsGone');
    },
    ...removal,
  });
  await running.runUntil(() => failsAndRemoves(connectorId));
});

it('a run that is refused when it begins ends as failed, and nothing is removed', async () => {
  const connectorId = randomUUID();
  const running = await server.worker({
    beginRun: () => {
      throw refusedWith('AppUnknown');
    },
  });
  await running.runUntil(async () => {
    const run = await server.runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
    expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'AppUnknown' } });
    const { events = [] } = await server.client.workflow.getHandle(syncWorkflowId(connectorId)).fetchHistory();
    expect(events?.filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes)).toEqual([]);
  });
});
