import { randomUUID } from 'node:crypto';
import type { SyncRequest } from '../../src/client';
import { syncWorkflowId, workflowTypes } from '../../src/contract/sync';
import { limits } from '../support/limits';
import { begins, type Answers } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const QUEUE = 'due-work';
const server = useWorkflowServer(QUEUE);

/** Activities that a run needs only if something is due. */
const ON_DEMAND = {
  refreshAccess: { done: true },
  readNamespaceMembers: { done: true, gaps: [], held: [] },
  syncReceivedFiles: {},
  readFileMembers: { done: true },
  purgeOrphans: { done: true },
  publishOutbox: { published: 0 },
} as const;
type OnDemand = keyof typeof ON_DEMAND;

/** Which of them a run starts, in their order, when other activities give these answers. */
async function startedBy(answers: Answers, request: Partial<SyncRequest> = {}): Promise<string[]> {
  const started: string[] = [];
  const counted = Object.entries(ON_DEMAND).map(([name, answer]) => [
    name,
    () => {
      started.push(name);
      return answer;
    },
  ]);
  // A run that began long ago publishes in its middle, too.
  const { mode } = request;
  const begun = begins({ startedAt: Date.now(), ...(mode === 'full' ? { mode, releases: true } : {}) });
  const worker = await server.worker({ ...begun, ...(Object.fromEntries(counted) as Answers), ...answers });
  const connectorId = randomUUID();
  await worker.runUntil(() =>
    server.client.workflow.execute(workflowTypes.runSync, {
      workflowId: syncWorkflowId(connectorId),
      taskQueue: QUEUE,
      args: [{ connectorId, ...request }],
    }),
  );
  return started;
}

const noProblems = { gaps: [], held: [], deadLetters: 0, orphans: false, events: false };
const nothing = { lists: false, files: false, received: false };

it('a run starts no activity for what nothing is due', async () => {
  expect(await startedBy({})).toEqual([]);
  expect(await startedBy({}, { mode: 'full' })).toEqual([]);
});

it.each<[string, Answers, OnDemand[]]>([
  ['the access of members', { syncMembers: () => ({ gaps: [], accessDue: true }) }, ['refreshAccess']],
  [
    'member lists, before the listings',
    { discoverNamespaces: () => ({ namespaces: 1, gaps: [], listsDue: true }) },
    ['readNamespaceMembers'],
  ],
  [
    'member lists, after the listings',
    { readSharingEvents: () => ({ due: { ...nothing, lists: true } }) },
    ['readNamespaceMembers', 'readFileMembers'],
  ],
  ['members of files', { readSharingEvents: () => ({ due: { ...nothing, files: true } }) }, ['readFileMembers']],
  [
    'received files',
    { readSharingEvents: () => ({ due: { ...nothing, received: true } }) },
    ['syncReceivedFiles', 'readFileMembers'],
  ],
  [
    'orphans, whose deletion is published',
    { countProblems: () => ({ ...noProblems, orphans: true }) },
    ['purgeOrphans', 'publishOutbox'],
  ],
  ['record events', { countProblems: () => ({ ...noProblems, events: true }) }, ['publishOutbox']],
])('a run carries out what is due: %s', async (_what, answers, expected) => {
  expect(await startedBy(answers)).toEqual(expected);
});

describe('a run that lists folders after it has read the received files asks again for those of files that have left them', () => {
  const probe = { probed: 1, changed: 1, lost: 0, listed: 1, leaving: 0 };

  it('since a notification named few members, and an item may have moved to a folder of others', async () => {
    const answers: Answers = {
      probeNamespaces: ({ members }: { members?: string[] }) => ({ ...probe, listed: members ? 0 : 1 }),
      countProblems: () => ({ ...noProblems, orphans: true }),
    };
    expect(await startedBy(answers, { members: ['dbmid:a'] })).toEqual([
      'syncReceivedFiles',
      'purgeOrphans',
      'publishOutbox',
    ]);
  });

  it('since deletions were held, and are not too many any more', async () => {
    const held = { namespaceId: '1', deletes: 200, revokes: 0, total: 300 };
    const listings = [{ done: false, held }, { done: true }];
    const answers: Answers = {
      probeNamespaces: () => probe,
      nextDelegates: ({ after }: { after: string }) => (after ? [] : [{ delegate: 'dbmid:a', namespaceIds: ['1'] }]),
      syncNamespace: () => listings.shift() ?? { done: true },
    };
    expect(await startedBy(answers)).toEqual(['syncReceivedFiles']);
    expect(listings).toEqual([]);
  });
});

it('a delegate with more work than one answer holds lists it part by part', async () => {
  const parts = new Map([
    ['', { delegate: 'dbmid:a', namespaceIds: ['1'], more: true }],
    ['1', { delegate: 'dbmid:a', namespaceIds: ['2'] }],
  ]);
  const listed: string[] = [];
  await startedBy({
    probeNamespaces: () => ({ probed: 2, changed: 2, lost: 0, listed: 2, leaving: 0 }),
    nextDelegates: ({ after, rest }: { after: string; rest?: { after: string } }) => {
      const part = after ? undefined : parts.get(rest?.after ?? '');
      return part ? [part] : [];
    },
    syncNamespace: ({ namespaceId }: { namespaceId: string }) => {
      listed.push(namespaceId);
      return { done: true };
    },
  });
  expect(listed).toEqual(['1', '2']);
});

it('a full run removes the orphans that it has released', async () => {
  expect(await startedBy({ releaseOrphans: () => ({ orphans: true }) }, { mode: 'full' })).toEqual([
    'purgeOrphans',
    'publishOutbox',
  ]);
});

it('where a worker of a former version does not say what is due, a run looks for all of it', async () => {
  const answers: Answers = {
    syncMembers: () => ({ gaps: [] }),
    discoverNamespaces: () => ({ namespaces: 1, gaps: [] }),
    readSharingEvents: () => ({}),
    countProblems: () => ({ gaps: [], held: [], deadLetters: 0, orphans: true }),
  };
  expect(await startedBy(answers)).toEqual([
    'refreshAccess',
    'readNamespaceMembers',
    'readNamespaceMembers',
    'syncReceivedFiles',
    'readFileMembers',
    'purgeOrphans',
    'publishOutbox',
  ]);
});
