import { randomUUID } from 'node:crypto';
import { syncWorkflowId, workflowTypes, type SyncOutcome } from '../../src/contract/sync';
import { limits } from '../support/limits';
import { begins, refused, type Answers } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const QUEUE = 'early-listings';
const server = useWorkflowServer(QUEUE);

/** A run of a team with a member's own folder and a shared folder, whose member list is read as `lists` says. */
async function ranWith(
  lists: (ownIsListed: Promise<void>) => unknown,
  { rebuilds = true } = {},
): Promise<{ steps: string[]; outcome: SyncOutcome | undefined }> {
  const steps: string[] = [];
  let listed: () => void = () => undefined;
  const ownIsListed = new Promise<void>((resolve) => (listed = resolve));
  const waiting = new Map([
    ['own', { delegate: 'dbmid:a', namespaceIds: ['own'] }],
    ['shared', { delegate: 'dbmid:b', namespaceIds: ['shared'] }],
  ]);
  const answers: Answers = {
    ...begins({ mode: 'full', rebuilds }),
    discoverNamespaces: () => ({ namespaces: 2, gaps: [], listsDue: true }),
    assignDelegates: ({ withoutList }: { withoutList?: boolean }) => void steps.push(`assigns ${withoutList}`),
    readNamespaceMembers: async () => {
      await lists(ownIsListed);
      steps.push('lists are read');
      return { done: true, gaps: [], held: [] };
    },
    probeNamespaces: ({ listsAll = false }: { listsAll?: boolean }) => {
      steps.push(listsAll ? 'assigns the others' : 'probes');
      return { probed: 0, changed: 0, lost: 0, listed: waiting.size, leaving: 0 };
    },
    nextDelegates: ({ withoutList }: { withoutList?: boolean }) =>
      [...waiting]
        .filter(([name]) => withoutList === undefined || withoutList === (name === 'own'))
        .map(([, one]) => one),
    syncNamespace: ({ namespaceId }: { namespaceId: string }) => {
      steps.push(`lists ${namespaceId}`);
      waiting.delete(namespaceId);
      if (namespaceId === 'own') listed();
      return { done: true };
    },
  };
  const connectorId = randomUUID();
  const worker = await server.worker(answers);
  const outcome = await worker.runUntil(() =>
    server.client.workflow
      .execute(workflowTypes.runSync, {
        workflowId: syncWorkflowId(connectorId),
        taskQueue: QUEUE,
        args: [{ connectorId, mode: 'full' }],
      })
      .catch(() => undefined),
  );
  return { steps, outcome: outcome as SyncOutcome | undefined };
}

it('where everything is listed from the start, own folders are listed while member lists are read', async () => {
  // The lists wait for the listing: one after the other, this run would never end.
  const { steps, outcome } = await ranWith((ownIsListed) => ownIsListed);
  expect(steps).toEqual(['assigns true', 'lists own', 'lists are read', 'assigns the others', 'lists shared']);
  expect(outcome?.status).toBe('complete');
});

it('other runs read the member lists first', async () => {
  const { steps } = await ranWith(() => undefined, { rebuilds: false });
  expect(steps.slice(0, 2)).toEqual(['lists are read', 'probes']);
  expect(steps.slice(2).sort()).toEqual(['lists own', 'lists shared']);
});

it('a run whose member lists can not be read ends after the listings that are under way', async () => {
  const { steps, outcome } = await ranWith(async (ownIsListed) => {
    await ownIsListed;
    throw refused();
  });
  expect(steps).toEqual(['assigns true', 'lists own']);
  expect(outcome).toBeUndefined();
});
