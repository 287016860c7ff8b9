import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Worker } from '@temporalio/worker';
import { startTemporalServer, temporalServerPath } from '../../sandbox/temporal/server';
import type { SyncRun } from '../../src/client/syncRuns';
import {
  pauseSignal,
  requestSyncUpdate,
  resumeSignal,
  syncWorkflowId,
  type SyncOutcome,
  type SyncRequest,
} from '../../src/contract/sync';
import { gate } from '../support/gate';
import { closedAfterAll } from '../support/hooks';
import { ANSWER_WITHIN_SECONDS, limits } from '../support/limits';
import { begins, withOrphans, type Answers } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

/** Events after which this server suggests to continue as new; its own default is 4,096. */
const SUGGESTED_AFTER = 60;
/** Events after which this server ends a workflow; its own default is 51,200. */
const ENDED_AFTER = 750;
const DELEGATES = Array.from({ length: 40 }, (_, at) => `dbmid:${String(at).padStart(3, '0')}`);
const QUEUE = 'continued-run';

const answers: Answers = {
  discoverNamespaces: () => ({ namespaces: DELEGATES.length, gaps: [] }),
  probeNamespaces: () => ({ probed: 0, changed: 0, lost: 0, listed: DELEGATES.length, leaving: 0 }),
  nextDelegates: ({ after }: { after: string }) =>
    DELEGATES.filter((delegate) => delegate > after).map((delegate) => ({ delegate, namespaceIds: [delegate] })),
};

/** The result of a call, which is repeated while it fails. */
async function eventually<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
}

/** Updates that this server takes for one run; its own default is 2,000. */
const UPDATES = 30;

describe('a run', () => {
  const folders = closedAfterAll();
  /** A server with low limits, so that a short run reaches them. */
  const server = useWorkflowServer(QUEUE, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'continued-run-'));
    folders.defer(() => rm(folder, { recursive: true }));
    const executable = path.join(folder, 'temporal');
    const settings = [
      `limit.historyCount.suggestContinueAsNew=${SUGGESTED_AFTER}`,
      `limit.historyCount.error=${ENDED_AFTER}`,
      `history.maxTotalUpdates=${UPDATES}`,
    ]
      .map((setting) => `--dynamic-config-value ${setting}`)
      .join(' ');
    await writeFile(executable, `#!/bin/sh\nexec '${await temporalServerPath()}' "$@" ${settings}\n`);
    await chmod(executable, 0o755);
    return startTemporalServer({ port: 0, executable });
  });
  const worker = (more: Answers): Promise<Worker> => server.worker({ ...answers, ...more });

  it('with a long history continues as new in the middle of its early listings, and lists each namespace once', async () => {
    const half = DELEGATES.length / 2;
    const own = (delegate: string): boolean => DELEGATES.indexOf(delegate) < half;
    const listed: string[] = [];
    const running = await worker({
      ...begins({ mode: 'full', rebuilds: true }),
      discoverNamespaces: () => ({ namespaces: DELEGATES.length, gaps: [], listsDue: true }),
      nextDelegates: ({ after, withoutList }: { after: string; withoutList?: boolean }) =>
        DELEGATES.filter((delegate) => delegate > after && own(delegate) === withoutList).map((delegate) => ({
          delegate,
          namespaceIds: [delegate],
        })),
      syncNamespace: ({ namespaceId }: { namespaceId: string }) => {
        listed.push(namespaceId);
        return { done: true, added: 1 };
      },
    });
    const outcome = await running.runUntil(() =>
      server.client.workflow.execute('runSync', {
        workflowId: syncWorkflowId('dropbox-early'),
        taskQueue: QUEUE,
        args: [{ connectorId: 'dropbox-early', mode: 'full' }],
      }),
    );
    expect(outcome).toMatchObject({ status: 'complete', records: { added: DELEGATES.length } });
    expect([...listed].sort()).toEqual(DELEGATES);
  });

  it('with a long history continues as new, and counts all of it', async () => {
    const listed: string[] = [];
    const running = await worker({
      syncNamespace: ({ namespaceId }: { namespaceId: string }) => {
        listed.push(namespaceId);
        return { done: true, added: 1 };
      },
    });
    const outcome = await running.runUntil(async () => {
      const handle = await server.client.workflow.start('runSync', {
        workflowId: syncWorkflowId('dropbox-1'),
        taskQueue: QUEUE,
        args: [{ connectorId: 'dropbox-1' }],
      });
      const result = (await handle.result()) as SyncOutcome;
      const first = server.client.workflow.getHandle(syncWorkflowId('dropbox-1'), handle.firstExecutionRunId);
      expect((await first.describe()).status.name).toBe('CONTINUED_AS_NEW');
      return result;
    });
    expect(outcome).toMatchObject({ status: 'complete', records: { added: DELEGATES.length } });
    expect([...listed].sort()).toEqual(DELEGATES);
  });

  it('in one long phase takes more requests than the server takes updates', async () => {
    const connectorId = 'dropbox-3';
    const { opened: released, open: release } = gate();
    let runsStarted = 0;
    const running = await worker({
      discoverNamespaces: () => ({ namespaces: 0, gaps: [] }),
      probeNamespaces: () => ({ probed: 0, changed: 0, lost: 0, listed: 0, leaving: 0 }),
      syncMembers: () => released.then(() => ({ gaps: [] })),
      finishRun: () => {
        runsStarted += 1;
        return { gapCount: 0 };
      },
    });
    await running.runUntil(async () => {
      const request: SyncRequest = { connectorId, reason: 'webhook' };
      await server.runs.request('acme', { connectorId }, ANSWER_WITHIN_SECONDS);
      let last: SyncRun | undefined;
      for (let sent = 0; sent < 2 * UPDATES; sent += 1) {
        last = await server.runs.request('acme', request, ANSWER_WITHIN_SECONDS);
        expect(last.answer).toBe('queued');
      }
      release();
      expect(await last?.result()).toMatchObject({ status: 'complete' });
      expect(runsStarted).toBe(2);
    });
  });

  it('that is paused takes any number of requests, and continues where it was', async () => {
    const REQUESTS = 100;
    const connectorId = 'dropbox-2';
    const calls: string[] = [];
    const counted = (name: string) => () => {
      calls.push(name);
      return { gaps: [] };
    };
    const running = await worker({
      discoverNamespaces: () => ({ namespaces: 0, gaps: [] }),
      probeNamespaces: () => ({ probed: 0, changed: 0, lost: 0, listed: 0, leaving: 0 }),
      syncMembers: counted('members'),
      syncGroups: counted('groups'),
    });
    await running.runUntil(async () => {
      const handle = server.client.workflow.getHandle(syncWorkflowId(connectorId));
      const start = { workflowId: syncWorkflowId(connectorId), taskQueue: QUEUE, args: [{ connectorId }] };
      const first = await server.client.workflow.signalWithStart('runSync', {
        ...start,
        signal: pauseSignal,
        signalArgs: [],
      });
      const request: SyncRequest = { connectorId, reason: 'webhook' };
      const answers = new Set<string>();
      for (let sent = 0; sent < REQUESTS; sent += 1) {
        // The workflow may be about to continue as new. Then the server answers that the update has to be sent again.
        const { answer } = await eventually(() => handle.executeUpdate(requestSyncUpdate, { args: [request] }));
        answers.add(answer);
      }
      expect([...answers]).toEqual(['queued']);
      expect(
        (await server.client.workflow.getHandle(first.workflowId, first.signaledRunId).describe()).status.name,
      ).toBe('CONTINUED_AS_NEW');
      expect((await handle.describe()).historyLength).toBeLessThan(2 * SUGGESTED_AFTER);
      await handle.signal(resumeSignal);
      expect(await handle.result()).toMatchObject({ status: 'complete' });
      // Once in the paused run, once in the one that was queued.
      expect(calls).toEqual(['members', 'groups', 'members', 'groups']);
    });
  });

  /** A sync with these answers, and the longest history among its own and those of its children. */
  const syncWith = async (connectorId: string, more: Answers): Promise<{ outcome: SyncOutcome; longest: number }> => {
    const workflowId = syncWorkflowId(connectorId);
    const outcome = await (
      await worker({ discoverNamespaces: () => ({ namespaces: 0, gaps: [] }), ...more })
    ).runUntil(
      async () =>
        server.client.workflow.execute('runSync', {
          workflowId,
          taskQueue: QUEUE,
          args: [{ connectorId }],
        }) as Promise<SyncOutcome>,
    );
    let longest = 0;
    for await (const { historyLength } of server.client.workflow.list({
      query: `WorkflowId STARTS_WITH "dropbox/${connectorId}/"`,
    }))
      longest = Math.max(longest, historyLength);
    return { outcome, longest };
  };
  /** Three events each, so that a history that holds all of them is too long. */
  const SLICES = 60;
  /** 10,000 events of a server with its own settings. */
  const LONGEST = (10_000 / 4_096) * SUGGESTED_AFTER;

  it('removes the records of an archived folder in several activities, without a long history', async () => {
    let slices = SLICES;
    let purges = SLICES;
    const { outcome, longest } = await syncWith('dropbox-4', {
      probeNamespaces: () => ({ probed: 0, changed: 0, lost: 0, listed: 0, leaving: 1 }),
      nextRemovals: ({ after }: { after: string }) => ['1'].filter((id) => id > after),
      removeNamespace: () => ({ done: (slices -= 1) === 0, deleted: 0, revoked: 1 }),
      ...withOrphans,
      purgeOrphans: () => ({ done: (purges -= 1) === 0, deleted: 100 }),
    });
    expect(outcome).toMatchObject({
      status: 'complete',
      permissions: { revoked: SLICES },
      records: { deleted: 100 * SLICES },
    });
    expect(longest).toBeLessThan(LONGEST);
  });

  it('removes each of many namespaces once, without a long history', async () => {
    const waiting = Array.from({ length: SLICES }, (_, at) => String(at).padStart(3, '0'));
    const removed: string[] = [];
    const { outcome, longest } = await syncWith('dropbox-5', {
      probeNamespaces: () => ({ probed: 0, changed: 0, lost: 0, listed: 0, leaving: waiting.length }),
      // A namespace that stays, whatever the reason, is not met again in this run.
      nextRemovals: ({ after }: { after: string }) => waiting.filter((id) => id > after).slice(0, 20),
      removeNamespace: ({ namespaceId }: { namespaceId: string }) => {
        removed.push(namespaceId);
        return { done: true, revoked: 1 };
      },
    });
    expect(outcome).toMatchObject({ status: 'complete', permissions: { revoked: SLICES } });
    expect(removed).toEqual(waiting);
    expect(longest).toBeLessThan(LONGEST);
  });
});
