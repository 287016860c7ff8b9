import { Context } from '@temporalio/activity';
import type { Worker } from '@temporalio/worker';
import { withHeartbeat } from '../../src/activities/runtime/heartbeat';
import { ActivitySlots, tunerWith } from '../../src/activities/runtime/slots';
import { apiError, credentials, teamInfo, useFakeDropbox } from '../dropbox/fakeDropbox';
import { gate } from '../support/gate';
import { ANSWER_WITHIN_SECONDS, limits } from '../support/limits';
import { begins, type Answers } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const server = useWorkflowServer('fairness');
const fake = useFakeDropbox();

const start = (connectorId: string) =>
  server.runs.request('acme', { connectorId, mode: 'full', reason: 'manual' }, ANSWER_WITHIN_SECONDS);

interface Input {
  connectorId: string;
}

/** A worker with these slots, whose activities answer like those of the real one where slots matter. */
const workerWith = (slots: ActivitySlots, answers: Answers): Promise<Worker> =>
  server.worker(
    {
      ...begins({ window: slots.window, whole: true }),
      ...answers,
    },
    { tuner: tunerWith(slots) },
  );

const delegates = (count: number): string[] => Array.from({ length: count }, (_, at) => `dbmid:${at + 10}`);

it('a busy connector lists in half of the slots: a small one lists in the others, before any busy listing ends', async () => {
  const slots = new ActivitySlots(4);
  const isFull = gate();
  const mayEnd = gate();
  const running = { busy: 0, small: 0 };
  const most = { busy: 0, small: 0 };
  let ended = 0;
  const worker = await workerWith(slots, {
    discoverNamespaces: () => ({ namespaces: 20, gaps: [] }),
    probeNamespaces: () => ({ probed: 0, changed: 0, lost: 0, listed: 20, leaving: 0 }),
    nextDelegates: ({ connectorId, after }: Input & { after: string }) =>
      delegates(connectorId === 'busy' ? 20 : 6)
        .filter((delegate) => delegate > after)
        .map((delegate) => ({ delegate, namespaceIds: [delegate] })),
    syncNamespace: async ({ connectorId }: Input) => {
      const name = connectorId as keyof typeof running;
      running[name] += 1;
      most[name] = Math.max(most[name], running[name]);
      if (name === 'busy') {
        if (running.busy === slots.window) isFull.open();
        await withHeartbeat(() => mayEnd.opened);
        ended += 1;
      }
      running[name] -= 1;
      return { done: true };
    },
  });
  await worker.runUntil(async () => {
    const busy = await start('busy');
    await Promise.race([isFull.opened, busy.result()]);
    const small = await (await start('small')).result();
    expect(small).toMatchObject({ status: 'complete' });
    expect({ ended, running: running.busy }).toEqual({ ended: 0, running: 2 });
    mayEnd.open();
    expect(await busy.result()).toMatchObject({ status: 'complete' });
  });
  expect(most.busy).toBe(2);
  expect(most.small).toBeLessThanOrEqual(2);
  expect(ended).toBe(20);
});

it('an activity that waits for a rate limit of Dropbox holds no slot: another connector syncs in the only one', async () => {
  const slots = new ActivitySlots(1);
  const isLimited = gate();
  fake.on('team/get_info', (_call, count) => {
    if (count > 1) return teamInfo;
    isLimited.open();
    return apiError(429, { reason: { '.tag': 'too_many_requests' } }, { 'Retry-After': '600' });
  });
  const dropbox = fake.connections({ maxWaitSeconds: 600 });
  const worker = await workerWith(slots, {
    syncMembers: async ({ connectorId }: Input) => {
      const { cancellationSignal: signal } = Context.current();
      const { team } = dropbox.session(connectorId, credentials, { signal, onWaiting: slots.lend });
      await withHeartbeat(() => team.teamInfo());
      return { gaps: [] };
    },
  });
  await worker.runUntil(async () => {
    const limited = await start('limited');
    await isLimited.opened;
    expect(await (await start('small')).result()).toMatchObject({ status: 'complete' });
    // Of the limited connector, then of the small one. The limited one has not asked again.
    expect(fake.callsOf('team/get_info')).toHaveLength(2);
    await server.client.workflow.getHandle('dropbox/limited/sync').cancel();
    await limited.result().catch(() => undefined);
  });
  expect(slots.free).toBe(1);
});

it('a worker never holds more than two activities for a slot', () => {
  const slots = new ActivitySlots(2);
  const reserve = (): boolean => slots.tryReserveSlot() !== null;
  expect([reserve(), reserve(), reserve()]).toEqual([true, true, false]);
  for (let at = 0; at < 3; at += 1) slots.lend(true);
  expect([reserve(), reserve(), reserve()]).toEqual([true, true, false]);
});
