import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { GiveUpInput } from '../../src/contract/activities';
import { syncWorkflowId, type SyncOutcome, type SyncRequest } from '../../src/contract/sync';
import { gate } from '../support/gate';
import { limits } from '../support/limits';
import { begins, refused, type Answers } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const QUEUE = 'long-run';
const server = useWorkflowServer(QUEUE);

/** A run that started long ago, as far as it knows. */
async function run(answers: Answers, request: Partial<SyncRequest> = {}): Promise<SyncOutcome> {
  const connectorId = randomUUID();
  const worker = await server.worker(answers);
  const workflowId = syncWorkflowId(connectorId);
  return worker.runUntil(
    () =>
      server.client.workflow.execute('runSync', {
        workflowId,
        taskQueue: QUEUE,
        args: [{ connectorId, ...request }],
      }) as Promise<SyncOutcome>,
  );
}

const delegates = (ids: string[], namespaces: (id: string) => string[]): Answers => ({
  discoverNamespaces: () => ({ namespaces: ids.length, gaps: [] }),
  probeNamespaces: () => ({ probed: 0, changed: 0, lost: 0, listed: ids.length, leaving: 0 }),
  nextDelegates: ({ after }: { after: string }) =>
    ids.filter((delegate) => delegate > after).map((delegate) => ({ delegate, namespaceIds: namespaces(delegate) })),
});

it('a dry run may take days', async () => {
  let days = 0;
  await run(
    {
      previewSync: () => {
        days = activityInfo().startToCloseTimeoutMs / (24 * 60 * 60 * 1000);
        return { previews: [] };
      },
    },
    { dryRun: true },
  );
  expect(days).toBeGreaterThanOrEqual(2);
});

it('waits for a listing that fails again and again, and tries those after it a few times until one succeeds', async () => {
  const attempts: Record<string, number> = {};
  const fails = new Set(['1', '2', '4', '5']);
  const outcome = await run({
    ...delegates(['dbmid:a', 'dbmid:b'], (id) => (id === 'dbmid:a' ? ['1', '2', '3', '4'] : ['5', '6'])),
    // One delegate after the other.
    ...begins({ window: 1 }),
    syncNamespace: ({ namespaceId }: { namespaceId: string }) => {
      attempts[namespaceId] = activityInfo().attempt;
      if (fails.has(namespaceId))
        throw ApplicationFailure.create({ type: 'DropboxUnexpected', message: 'no answer', nextRetryDelay: 1 });
      return { done: true };
    },
  });
  expect(attempts).toEqual({ 1: 12, 2: 3, 3: 1, 4: 12, 5: 3, 6: 1 });
  expect(outcome).toMatchObject({
    status: 'partial',
    gaps: [...fails].map(() => expect.stringContaining('no answer')),
  });
});

describe('record events are published', () => {
  it('while folders are still listed', async () => {
    const { opened: published, open: publish } = gate();
    const outcome = await run({
      ...delegates(['dbmid:a', 'dbmid:b'], (id) => [id]),
      // The second folder is read only after the first one's events are out.
      syncNamespace: async ({ namespaceId }: { namespaceId: string }) => {
        if (namespaceId === 'dbmid:b') await published;
        return { done: true, added: 1 };
      },
      publishOutbox: () => {
        publish();
        return { published: 1 };
      },
    });
    expect(outcome).toMatchObject({ status: 'complete', records: { added: 2 } });
  });

  it('when the run fails, before its result is stored', async () => {
    const order: string[] = [];
    const failing = run({
      syncGroups: () => {
        throw refused();
      },
      publishOutbox: () => {
        order.push('published');
        return { published: 1 };
      },
      finishRun: ({ outcome }: { outcome: SyncOutcome }) => {
        order.push(outcome.status);
        return { gapCount: 0 };
      },
    });
    await expect(failing).rejects.toThrow();
    expect(order).toEqual(['published', 'failed']);
  });
});

it('a run with many failed folders lists the first fifty, says how many there are, and stores why each failed', async () => {
  const folders = Array.from({ length: 70 }, (_, at) => `folder-${at}`);
  const problems = new Map<string, string>();
  const outcome = await run({
    ...delegates(['dbmid:a', 'dbmid:b'], (id) => folders.filter((_, at) => at % 2 === (id === 'dbmid:a' ? 0 : 1))),
    syncNamespace: () => {
      throw ApplicationFailure.create({ type: 'DropboxUnexpected', message: 'no such answer', nonRetryable: true });
    },
    giveUpListings: ({ namespaceIds, problem }: GiveUpInput) => {
      for (const id of namespaceIds) problems.set(id, problem);
    },
    finishRun: () => ({ gapCount: problems.size }),
  });
  expect(outcome).toMatchObject({ status: 'partial', gapCount: 70 });
  expect(outcome.gaps).toHaveLength(50);
  expect([...problems.keys()].sort()).toEqual([...folders].sort());
  expect(new Set(problems.values())).toEqual(new Set(['no such answer']));
});
