import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import {
  notificationSignal,
  notificationsWorkflowId,
  progressQuery,
  syncWorkflowId,
  workflowTypes,
  type CollectRequest,
} from '../../src/contract/sync';
import { gate } from '../support/gate';
import { limits } from '../support/limits';
import type { Answers } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const QUEUE = 'notifications';
type Scope = string[] | 'everyone';

const server = useWorkflowServer(QUEUE);

/** Runs a worker while `work` runs. `scopes` is filled with the members of each sync, by connector. */
async function whileServed<T>(scopes: Map<string, Scope[]>, work: () => Promise<T>, more: Answers = {}): Promise<T> {
  const worker = await server.worker({
    probeNamespaces: ({ connectorId, members }: { connectorId: string; members?: string[] }) => {
      scopes.set(connectorId, [...(scopes.get(connectorId) ?? []), members ? [...members].sort() : 'everyone']);
      return { probed: 0, changed: 0, lost: 0, listed: 0, leaving: 0 };
    },
    ...more,
  });
  return worker.runUntil(work);
}

/** Notifies as the client does, with pauses that suit a test. */
const notify = (
  connectorId: string,
  notification: unknown,
  { quietMs = 100, longestMs = 60_000 }: Omit<CollectRequest, 'connectorId'> = {},
): Promise<WorkflowHandle> =>
  server.client.workflow.signalWithStart(workflowTypes.collectNotifications, {
    workflowId: notificationsWorkflowId(connectorId),
    taskQueue: QUEUE,
    args: [{ connectorId, quietMs, longestMs }],
    signal: notificationSignal.name,
    signalArgs: [notification],
  });

const requested = (connectorId: string): Promise<unknown> =>
  server.client.workflow.getHandle(notificationsWorkflowId(connectorId)).result();
const synced = (connectorId: string): Promise<unknown> =>
  server.client.workflow.getHandle(syncWorkflowId(connectorId)).result();

describe('notifications of Dropbox', () => {
  it('become one sync for a burst, for all members that were named', async () => {
    const [connectorId, scopes] = [randomUUID(), new Map<string, Scope[]>()];
    // All of the burst is there before a worker is.
    for (const member of ['b', 'a', 'b']) await notify(connectorId, { members: [member] });
    await whileServed(scopes, async () => {
      await requested(connectorId);
      await synced(connectorId);
    });
    expect(scopes.get(connectorId)).toEqual([['a', 'b']]);
  });

  it('lead to a sync although they keep coming', async () => {
    const [connectorId, scopes] = [randomUUID(), new Map<string, Scope[]>()];
    await whileServed(scopes, async () => {
      // Quiet would be an hour without a notification: only the longest wait ends the burst.
      const pauses = { quietMs: 3_600_000, longestMs: 1_000 };
      const { signaledRunId } = (await notify(connectorId, { members: ['a'] }, pauses)) as WorkflowHandle & {
        signaledRunId: string;
      };
      let isOver = false;
      const first = server.client.workflow.getHandle(notificationsWorkflowId(connectorId), signaledRunId, {
        followRuns: false,
      });
      const ended = first
        .result()
        .catch(() => undefined)
        .then(() => (isOver = true));
      while (!isOver) await notify(connectorId, { members: ['b'] }, pauses);
      await ended;
      await requested(connectorId);
      await synced(connectorId);
    });
    expect(new Set(scopes.get(connectorId)!.flat())).toEqual(new Set(['a', 'b']));
  });

  it('that come while a sync runs become one more sync, which follows it', async () => {
    const [connectorId, scopes] = [randomUUID(), new Map<string, Scope[]>()];
    const { opened: released, open: release } = gate();
    const work = async (): Promise<void> => {
      await notify(connectorId, { members: ['a'] });
      await requested(connectorId);
      for (const member of ['b', 'd']) {
        await notify(connectorId, { members: [member] });
        await requested(connectorId);
      }
      const running = server.client.workflow.getHandle(syncWorkflowId(connectorId));
      expect(await running.query(progressQuery)).toMatchObject({ reason: 'webhook', queued: true });
      release();
      await synced(connectorId);
    };
    await whileServed(scopes, work, { syncMembers: () => released.then(() => ({ gaps: [] })) });
    expect(scopes.get(connectorId)).toEqual([['a'], ['b', 'd']]);
  });

  it('are all part of some sync, whenever they come', async () => {
    const [connectorId, scopes] = [randomUUID(), new Map<string, Scope[]>()];
    const members = Array.from({ length: 50 }, (_, at) => `m${String(at).padStart(3, '0')}`);
    await whileServed(scopes, async () => {
      for (const member of members) {
        await notify(connectorId, { members: [member] }, { quietMs: 5, longestMs: 50 });
        // Most bursts have just ended, are about to end, or are being handed over when the next one comes.
        await delay(Number(member.slice(1)) % 11);
      }
      await requested(connectorId);
      await synced(connectorId);
    });
    expect([...new Set(scopes.get(connectorId)!.flat())].sort()).toEqual(members);
    expect(scopes.get(connectorId)!.length).toBeLessThan(members.length);
  });

  it('of several connectors are kept apart', async () => {
    const [first, second, scopes] = [randomUUID(), randomUUID(), new Map<string, Scope[]>()];
    await whileServed(scopes, async () => {
      await notify(first, { members: ['a'] });
      await notify(second, { members: ['b'] });
      for (const connectorId of [first, second]) {
        await requested(connectorId);
        await synced(connectorId);
      }
    });
    expect([scopes.get(first), scopes.get(second)]).toEqual([[['a']], [['b']]]);
  });

  it.each<[string, unknown[]]>([
    ['name no one', [{ members: ['a'] }, { members: [] }, { members: ['b'] }]],
    ['name more members than are worth naming', [{ members: Array.from({ length: 501 }, (_, at) => `m${at}`) }]],
    [
      'name them in many notifications',
      [0, 1].map((part) => ({ members: Array.from({ length: 251 }, (_, at) => `m${part}-${at}`) })),
    ],
    ['are empty', [undefined]],
    ['are null', [null]],
    ['have another form', [{ members: 'all' }]],
    ['list something else', [{ members: [1, { id: 'a' }] }]],
  ])('that %s ask for everyone', async (_name, notifications) => {
    const [connectorId, scopes] = [randomUUID(), new Map<string, Scope[]>()];
    for (const notification of notifications) await notify(connectorId, notification);
    await whileServed(scopes, async () => {
      await requested(connectorId);
      await synced(connectorId);
    });
    expect(scopes.get(connectorId)).toEqual(['everyone']);
  });

  it('are kept by Temporal until a worker is there', async () => {
    const [connectorId, scopes] = [randomUUID(), new Map<string, Scope[]>()];
    const collecting = await notify(connectorId, { members: ['a'] }, { quietMs: 0 });
    await notify(connectorId, { members: ['b'] });
    expect((await collecting.describe()).status.name).toBe('RUNNING');
    await whileServed(scopes, async () => {
      await requested(connectorId);
      await synced(connectorId);
    });
    expect(scopes.get(connectorId)).toEqual([['a', 'b']]);
  });
});
