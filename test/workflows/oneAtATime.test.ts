import { randomUUID } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { parseEvery } from '../../src/client/intervals';
import { ConnectorSchedules } from '../../src/client/schedules';
import { scheduleId, syncWorkflowId, type SyncOutcome, type SyncRequest } from '../../src/contract/sync';
import { gate } from '../support/gate';
import { ANSWER_WITHIN_SECONDS, limits } from '../support/limits';
import { refused, withOrphans, type Answers } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const QUEUE = 'one-at-a-time';

const server = useWorkflowServer(QUEUE);

/** What the activities saw of the runs. */
class Watch {
  /** The most runs that were under way at the same time. */
  most = 0;
  readonly order: { runId: string; scope: string[] | 'all' }[] = [];
  private readonly open = new Set<string>();

  /** Activities that report to it. */
  readonly answers: Answers = {
    beginRun: ({ runId, mode }: { runId: string; mode: string }) => {
      this.open.add(runId);
      this.most = Math.max(this.most, this.open.size);
      return { orgId: 'acme', mode, startedAt: Date.now(), retry: false, refilter: false };
    },
    probeNamespaces: ({ runId, members }: { runId: string; members?: string[] }) => {
      this.order.push({ runId, scope: members ?? 'all' });
      return { probed: 0, changed: 0, lost: 0, listed: 0, leaving: 0 };
    },
    finishRun: ({ runId }: { runId: string }) => {
      this.open.delete(runId);
      return { gapCount: 0 };
    },
  };

  isCovered(member: string): boolean {
    return this.order.some(({ scope }) => scope === 'all' || scope.includes(member));
  }
}

/** As a program in another language starts a sync: any id, the workflow type by name. */
const startElsewhere = (request: SyncRequest, type = 'runSync') =>
  server.client.workflow.start(type, { workflowId: `elsewhere-${randomUUID()}`, taskQueue: QUEUE, args: [request] });

/** No run is under way and none is queued: the last one of the chain has ended. */
const ended = (connectorId: string): Promise<void> => server.runs.ended(connectorId, ANSWER_WITHIN_SECONDS);

/** The id of the request that a run was started with. */
async function requestOf(connectorId: string, runId: string): Promise<string | undefined> {
  const { events } = await server.client.workflow.getHandle(syncWorkflowId(connectorId), runId).fetchHistory();
  const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return input ? defaultPayloadConverter.fromPayload<SyncRequest>(input).requestId : undefined;
}

describe('20 requests at the same moment', () => {
  it('by the client are one sync at a time, and each is answered', async () => {
    const connectorId = randomUUID();
    const watch = new Watch();
    await server.during(watch.answers, async () => {
      const asked = await Promise.all(
        Array.from({ length: 20 }, () =>
          server.runs.request('acme', { connectorId, mode: 'auto' }, ANSWER_WITHIN_SECONDS),
        ),
      );
      const answers = asked.map(({ answer }) => answer);
      const outcomes = await Promise.all(asked.map((run) => run.result()));
      expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['complete']));
      await ended(connectorId);
      expect(watch.most).toBe(1);
      expect(watch.order.length).toBeGreaterThanOrEqual(answers.filter((answer) => answer === 'started').length);
      // Each run was started by one of the requests, and each outcome is that of a run. A request can start two runs: if
      // its first one ends before the server hands it the update, or if the answer is late, the request is sent again.
      const runIds = watch.order.map(({ runId }) => runId);
      const starters = await Promise.all(runIds.map((runId) => requestOf(connectorId, runId)));
      expect(starters).not.toContain(undefined);
      expect(runIds.length).toBeGreaterThan(0);
      expect(runIds.length).toBeLessThanOrEqual(asked.length);
      for (const { runId } of outcomes) expect(runIds).toContain(runId);
    });
  });

  it('by the client, a schedule, webhooks and other programs are one at a time, and none is lost', async () => {
    const connectorId = randomUUID();
    const watch = new Watch();
    const schedules = new ConnectorSchedules(server.temporal);
    await schedules.set({ connectorId, orgId: 'acme', paused: false }, parseEvery('1h'));
    await server.during(watch.answers, async () => {
      const members = Array.from({ length: 8 }, (_, at) => `dbmid:${at}`);
      const full = server.runs.request('acme', { connectorId, mode: 'full' }, ANSWER_WITHIN_SECONDS);
      const others = [
        ...members.map((member) =>
          server.runs.request(
            'acme',
            { connectorId, mode: 'incremental', reason: 'webhook', members: [member] },
            ANSWER_WITHIN_SECONDS,
          ),
        ),
        ...Array.from({ length: 4 }, () =>
          server.runs.request('acme', { connectorId, mode: 'auto' }, ANSWER_WITHIN_SECONDS),
        ),
      ];
      const elsewhere = [
        ...Array.from({ length: 4 }, () => startElsewhere({ connectorId })),
        ...Array.from({ length: 2 }, () => startElsewhere({ connectorId }, 'runIncrementalSync')),
      ];
      const handle = server.client.schedule.getHandle(scheduleId(connectorId));
      await handle.trigger();
      const asked = await Promise.all([full, ...others]);
      const forwarded = await Promise.all(elsewhere.map(async (start) => (await start).result()));
      await Promise.all(asked.map((run) => run.result()));
      await ended(connectorId);
      const { recentActions } = (await handle.describe()).info;
      for (const { action } of recentActions)
        await server.client.workflow.getHandle(action.workflow.workflowId).result();
      await ended(connectorId);

      expect(watch.most).toBe(1);
      expect(recentActions).toHaveLength(1);
      for (const outcome of forwarded as SyncOutcome[]) expect(outcome.status).toBe('complete');
      for (const member of members) expect({ member, read: watch.isCovered(member) }).toEqual({ member, read: true });
      // Most of the twenty requests share a run.
      expect(watch.order.length).toBeLessThan(20);
    });
    await schedules.remove(connectorId);
  });
});

describe('more requests at the same moment than a workflow takes updates', () => {
  it.each([
    ['the same thing', 200, () => ({}), 'joined'],
    ['different things', 60, (at: number) => ({ members: [`dbmid:${at}`] }), 'queued'],
  ])('that ask for %s are all answered', async (_what, count, more, answerOfOthers) => {
    const connectorId = randomUUID();
    const watch = new Watch();
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    await (
      await server.worker({ ...watch.answers, syncMembers: () => released.then(() => ({ gaps: [] })) })
    ).runUntil(async () => {
      const asked = await Promise.all(
        Array.from({ length: count }, (_, at) =>
          server.runs.request('acme', { connectorId, mode: 'auto', ...more(at) }, ANSWER_WITHIN_SECONDS),
        ),
      );
      release();
      expect(asked.filter(({ answer }) => answer !== answerOfOthers).length).toBeLessThanOrEqual(1);
      const outcomes = await Promise.all(asked.map((run) => run.result()));
      expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['complete']));
      for (let at = 0; at < count; at += 1)
        expect({ at, isRead: watch.isCovered(`dbmid:${at}`) }).toEqual({ at, isRead: true });
    });
  });
});

describe('a request during a run', () => {
  it('of a webhook is queued once, for all members that were named, and follows that run', async () => {
    const connectorId = randomUUID();
    const watch = new Watch();
    const { opened: released, open: release } = gate();
    const slow: Answers = { ...watch.answers, syncMembers: () => released.then(() => ({ gaps: [] })) };
    await server.during(slow, async () => {
      const first = await server.runs.request('acme', { connectorId, mode: 'auto' }, ANSWER_WITHIN_SECONDS);
      const joined = await server.runs.request('acme', { connectorId, mode: 'auto' }, ANSWER_WITHIN_SECONDS);
      const webhook = (member: string): SyncRequest => ({
        connectorId,
        mode: 'incremental',
        reason: 'webhook',
        members: [member],
      });
      const queued = [];
      for (const member of ['a', 'b', 'a', 'c'])
        queued.push(await server.runs.request('acme', webhook(member), ANSWER_WITHIN_SECONDS));
      expect([first, joined, ...queued].map(({ answer }) => answer)).toEqual([
        'started',
        'joined',
        ...Array<string>(4).fill('queued'),
      ]);
      expect(await server.runs.progress(connectorId)).toMatchObject({ queued: true });
      release();
      const [own, shared, ...later] = await Promise.all([first, joined, ...queued].map((run) => run.result()));
      expect(shared).toEqual(own);
      expect(new Set(later.map(({ runId }) => runId)).size).toBe(1);
      expect(later[0]?.runId).not.toBe(own?.runId);
      expect(watch.order.map(({ scope }) => scope)).toEqual(['all', ['a', 'b', 'c']]);
      expect(watch.most).toBe(1);
    });
  });

  it('is queued when the run reads nothing any more, and so is the answer of an operator', async () => {
    const connectorId = randomUUID();
    const watch = new Watch();
    const { opened: released, open: release } = gate();
    const { opened: cleansUp, open: cleaning } = gate();
    const answers: Answers = {
      ...watch.answers,
      ...withOrphans,
      purgeOrphans: async () => {
        cleaning();
        await released;
        return { done: true };
      },
    };
    await server.during(answers, async () => {
      const ask = (reason: SyncRequest['reason']) =>
        server.runs.request(
          'acme',
          { connectorId, mode: 'auto', ...(reason ? { reason } : {}) },
          ANSWER_WITHIN_SECONDS,
        );
      const first = await ask('manual');
      await cleansUp;
      const later = [await ask('manual'), await ask('schedule'), await ask('approval')];
      expect(later.map(({ answer }) => answer)).toEqual(['queued', 'queued', 'queued']);
      release();
      const own = await first.result();
      for (const run of later) expect((await run.result()).runId).not.toBe(own.runId);
      expect(watch.most).toBe(1);
    });
  });

  it('of another program is forwarded, and that program does not wait for the run', async () => {
    const connectorId = randomUUID();
    const watch = new Watch();
    const { opened: released, open: release } = gate();
    await server.during({ ...watch.answers, syncMembers: () => released.then(() => ({ gaps: [] })) }, async () => {
      const run = await server.runs.request('acme', { connectorId, mode: 'auto' }, ANSWER_WITHIN_SECONDS);
      const handle = await startElsewhere({ connectorId });
      expect(await handle.result()).toMatchObject({ answer: 'joined' });
      release();
      await run.result();
      expect(watch.order).toHaveLength(1);
    });
  });

  it('that was queued behind a failing run is still carried out', async () => {
    const connectorId = randomUUID();
    const watch = new Watch();
    const { opened: released, open: release } = gate();
    let tries = 0;
    const failing: Answers = {
      ...watch.answers,
      syncGroups: async () => {
        await released;
        tries += 1;
        if (tries === 1) throw refused();
        return { gaps: [] };
      },
    };
    await server.during(failing, async () => {
      const first = await server.runs.request('acme', { connectorId, mode: 'auto' }, ANSWER_WITHIN_SECONDS);
      const queued = await server.runs.request('acme', { connectorId, mode: 'full' }, ANSWER_WITHIN_SECONDS);
      expect(queued.answer).toBe('queued');
      release();
      expect(await queued.result()).toMatchObject({ status: 'complete', mode: 'full' });
      expect(await first.result()).toMatchObject({ status: 'failed', error: { code: 'CredentialsRefused' } });
      expect(tries).toBe(2);
      expect(watch.most).toBe(1);
    });
  });
});

it('a sync that another program starts is a child with the one id of the connector', async () => {
  const connectorId = randomUUID();
  const watch = new Watch();
  await server.during(watch.answers, async () => {
    const handle = await startElsewhere({ connectorId });
    expect(await handle.result()).toMatchObject({ answer: 'started', status: 'complete', connectorId });
    const { parentExecution } = await server.client.workflow.getHandle(syncWorkflowId(connectorId)).describe();
    expect(parentExecution?.workflowId).toBe(handle.workflowId);
  });
});
