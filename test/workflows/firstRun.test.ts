import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunSettings } from '../../src/contract/activities';
import { limits } from '../support/limits';
import { begins, refused, type Answers } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const server = useWorkflowServer('first-run');

type Reader = (other: Promise<unknown>) => Promise<unknown> | void;

interface TeamOptions extends Partial<RunSettings> {
  isFirst?: boolean;
  /** Waits, for example until the other list is being read. */
  groups?: Reader;
  namespaces?: Reader;
}

/** The steps of a full run that finds no sync points, in the order in which they begin and end. */
async function ranWith(options: TeamOptions = {}): Promise<string[]> {
  const { isFirst = true, groups = () => undefined, namespaces = () => undefined, ...settings } = options;
  const steps: string[] = [];
  const events = new EventEmitter();
  const [groupsBegin, namespacesBegin] = [once(events, 'groups'), once(events, 'namespaces')];
  const step = async (name: string, reader: Reader, other: Promise<unknown>): Promise<void> => {
    steps.push(`begins ${name}`);
    events.emit(name);
    await reader(other);
    steps.push(`ends ${name}`);
  };
  const answers: Answers = {
    ...begins({ mode: 'full', rebuilds: true, ...settings }),
    syncMembers: () => ({ gaps: [], accessDue: false, isFirst }),
    syncGroups: async () => {
      await step('groups', groups, namespacesBegin);
      return { groups: 3, gaps: ['a group is missing'] };
    },
    discoverNamespaces: async () => {
      await step('namespaces', namespaces, groupsBegin);
      return { namespaces: 2, recordGroups: 2, gaps: ['a namespace is missing'], listsDue: true };
    },
    readNamespaceMembers: () => {
      steps.push('reads member lists');
      return { done: true, gaps: [], held: [] };
    },
  };
  const outcome = await server.fullRun(answers).catch(() => void steps.push('the run fails'));
  if (outcome) {
    expect(outcome).toMatchObject({
      groups: 3,
      recordGroups: 2,
      gaps: ['a group is missing', 'a namespace is missing'],
      status: 'partial',
    });
  }
  return steps;
}

it('a first run reads groups and namespaces at the same time, and the member lists after both', async () => {
  // Each waits until the other one has begun: one after the other, this run would never end.
  const wait: Reader = (other) => other;
  const steps = await ranWith({ groups: wait, namespaces: wait });
  expect(steps.slice(0, 2).sort()).toEqual(['begins groups', 'begins namespaces']);
  expect(steps.slice(2, 4).sort()).toEqual(['ends groups', 'ends namespaces']);
  expect(steps.slice(4)).toEqual(['reads member lists']);
});

it.each([
  ['namespaces are stored', { isFirst: false }],
  ['sync points are stored', { rebuilds: false }],
  ['filters have changed', { refilter: true }],
])('a run reads the groups before the namespaces where %s', async (_where, options) => {
  const steps = await ranWith(options);
  expect(steps).toEqual(['begins groups', 'ends groups', 'begins namespaces', 'ends namespaces', 'reads member lists']);
});

it.each(['groups', 'namespaces'] as const)('a first run that cannot read the %s ends after both', async (failing) => {
  const other = failing === 'groups' ? 'namespaces' : 'groups';
  const steps = await ranWith({
    [failing]: async (otherBegins: Promise<unknown>) => {
      await otherBegins;
      throw refused();
    },
    [other]: async (failingBegins: Promise<unknown>) => {
      await failingBegins;
      // Longer than a run takes that does not wait.
      await delay(1_000);
    },
  });
  expect(steps.slice(2)).toEqual([`ends ${other}`, 'the run fails']);
});
