import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunSettings } from '../../src/contract/activities';
import type { SyncOutcome } from '../../src/contract/sync';
import { limits } from '../support/limits';
import { begins, refused, type Answers } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const server = useWorkflowServer('early-listings');

interface RunOptions extends Partial<RunSettings> {
  own?: (sharedIsListed: Promise<void>) => unknown;
  assigns?: () => unknown;
}

/**
 * A run of a team with a member's own folder and a shared folder, which the same member lists. The member list is read
 * as `lists` says, and the own folder as `own` does.
 */
async function ranWith(
  lists: (ownIsListed: Promise<void>) => unknown,
  { own = () => undefined, assigns = () => undefined, ...settings }: RunOptions = {},
): Promise<{ steps: string[]; outcome: SyncOutcome | undefined }> {
  const steps: string[] = [];
  const isListed = new EventEmitter();
  const ownIsListed = once(isListed, 'own').then(() => undefined);
  const sharedIsListed = once(isListed, 'shared').then(() => undefined);
  const waiting = new Set(['own', 'shared']);
  const answers: Answers = {
    ...begins({ mode: 'full', rebuilds: true, ...settings }),
    discoverNamespaces: () => ({ namespaces: 2, gaps: [], listsDue: true }),
    assignDelegates: ({ withoutList }: { withoutList?: boolean }) => {
      steps.push(`assigns ${withoutList}`);
      return assigns();
    },
    readNamespaceMembers: async () => {
      await lists(ownIsListed);
      steps.push('lists are read');
      return { done: true, gaps: [], held: [] };
    },
    probeNamespaces: ({ listsAll = false }: { listsAll?: boolean }) => {
      steps.push(listsAll ? 'assigns the others' : 'probes');
      return { probed: 0, changed: 0, lost: 0, listed: waiting.size, leaving: 0 };
    },
    nextDelegates: ({ withoutList }: { withoutList?: boolean }) => {
      const namespaceIds = [...waiting].filter((id) => withoutList === undefined || withoutList === (id === 'own'));
      return namespaceIds.length === 0 ? [] : [{ delegate: 'dbmid:a', namespaceIds }];
    },
    syncNamespace: async ({ namespaceId }: { namespaceId: string }) => {
      if (namespaceId === 'own') await own(sharedIsListed);
      steps.push(`lists ${namespaceId}`);
      waiting.delete(namespaceId);
      isListed.emit(namespaceId);
      return { done: true };
    },
  };
  const outcome = await server.fullRun(answers).catch(() => void steps.push('the run fails'));
  return { steps, outcome: outcome ?? undefined };
}

it('where everything is listed from the start, own folders are listed while member lists are read', async () => {
  // The lists wait for the listing: one after the other, this run would never end.
  const { steps, outcome } = await ranWith((ownIsListed) => ownIsListed);
  expect(steps).toEqual(['assigns true', 'lists own', 'lists are read', 'assigns the others', 'lists shared']);
  expect(outcome?.status).toBe('complete');
});

it('an own folder that takes long delays no other one once the member lists are read', async () => {
  const { steps, outcome } = await ranWith(() => undefined, { own: (sharedIsListed) => sharedIsListed });
  expect(steps.slice(-2)).toEqual(['lists shared', 'lists own']);
  expect(outcome).toMatchObject({ status: 'complete' });
});

it.each([{ rebuilds: false }, { refilter: true }])('a run with %j reads the member lists first', async (settings) => {
  const { steps } = await ranWith(() => undefined, settings);
  expect(steps.slice(0, 2)).toEqual(['lists are read', 'probes']);
  expect(steps.slice(2).sort()).toEqual(['lists own', 'lists shared']);
});

it('a run whose member lists cannot be read ends after the listings that are under way', async () => {
  const events = new EventEmitter();
  const [hasBegun, isRefused] = [once(events, 'begun'), once(events, 'refused')];
  const { steps, outcome } = await ranWith(
    async () => {
      await hasBegun;
      events.emit('refused');
      throw refused();
    },
    {
      own: async () => {
        events.emit('begun');
        await isRefused;
        // Longer than a run takes that does not wait.
        await delay(1_000);
      },
    },
  );
  expect(steps).toEqual(['assigns true', 'lists own', 'the run fails']);
  expect(outcome).toBeUndefined();
});

it('a run whose early listings cannot begin fails', async () => {
  const { steps } = await ranWith(() => undefined, {
    assigns: () => {
      throw refused();
    },
  });
  expect(steps).not.toContain('lists own');
  expect(steps.at(-1)).toBe('the run fails');
});
