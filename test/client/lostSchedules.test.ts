import { restoreSchedules } from '../../src/client/lostSchedules';
import { scheduleProblem } from '../../src/client/schedules';
import { failure } from '../../src/failures';
import type { ConnectorDocument } from '../../src/sync/connectorDocument';

type Stored = Pick<ConnectorDocument, '_key' | 'orgId' | 'every' | 'paused'>;

/** A connector whose Schedule is lost or not, and what happens to it while that is restored. */
async function restoredWhile(
  happens: (stored: Stored[]) => void,
  { present, list, ...options }: { present?: object; missingOnly?: boolean; list?: Stored[][] } = {},
) {
  const stored: Stored[] = [{ _key: 'c', orgId: 'acme', every: '1h', paused: false }];
  const schedules = new Map<string, object>(present ? [['c', present]] : []);
  const set = ({ _key, paused, every }: Stored): void => void schedules.set(_key, { every, paused });
  const services = {
    connectors: {
      list: () => Promise.resolve(list?.shift() ?? stored.map((connector) => ({ ...connector }))),
      get: (id: string) => {
        const found = stored.find(({ _key }) => _key === id);
        return found ? Promise.resolve(found) : Promise.reject(failure('ConnectorUnknown', 'it is not there'));
      },
    },
    schedules: {
      restore: (connector: Stored) => {
        happens(stored);
        if (present) return Promise.resolve(false);
        set(connector);
        return Promise.resolve(true);
      },
      reset: (connector: Stored) => Promise.resolve(set(connector)),
      remove: (id: string) => Promise.resolve(void schedules.delete(id)),
    },
  };
  const given = services as unknown as Parameters<typeof restoreSchedules>[0];
  const { restored, present: found } = await restoreSchedules(given, options);
  const restoredIds = restored.map(({ connectorId }) => connectorId);
  return { restored: restoredIds, present: found, schedules: Object.fromEntries(schedules) };
}

const HOURLY = { every: '1h', paused: false };
const change = (changed: Partial<Stored>) => (stored: Stored[]) => void Object.assign(stored[0] ?? {}, changed);

describe('a lost Schedule', () => {
  it('is created again', async () => {
    const created = { restored: ['c'], present: [], schedules: { c: HOURLY } };
    expect(await restoredWhile(() => undefined)).toEqual(created);
    expect(await restoredWhile(() => undefined, { missingOnly: true })).toEqual(created);
  });

  it('does not outlive a connector that is removed meanwhile', async () => {
    const isRemoved = { restored: [], present: [], schedules: {} };
    expect(await restoredWhile((stored) => void stored.pop())).toEqual(isRemoved);
    expect(await restoredWhile(change({ every: null }))).toEqual(isRemoved);
  });

  it('is what its connector becomes meanwhile', async () => {
    for (const changed of [{ paused: true }, { every: '4h' }]) {
      expect((await restoredWhile(change(changed))).schedules).toEqual({ c: { ...HOURLY, ...changed } });
    }
  });
});

describe('a Schedule that was changed by hand in Temporal', () => {
  const connector = { connectorId: 'c', taskQueue: 'queue' };
  const action = { workflowType: 'runSync', args: [{ connectorId: 'c', reason: 'schedule' }], taskQueue: 'queue' };
  const whole = { action, state: { paused: false }, info: { nextActionTimes: [new Date(1)] } };
  const problemOf = (changed: object): string | null =>
    scheduleProblem({ ...whole, ...changed } as unknown as Parameters<typeof scheduleProblem>[0], connector);

  it.each<[string, object, string | null]>([
    ['in nothing that counts', {}, null],
    ['in its pause', { state: { paused: true }, info: { nextActionTimes: [] } }, null],
    ['in its workflow', { action: { ...action, workflowType: 'other' } }, 'it starts the workflow other'],
    ['in its connector', { action: { ...action, args: [{ connectorId: 'd' }] } }, 'it starts syncs of something else'],
    ['in its arguments', { action: { ...action, args: ['c'] } }, 'it starts syncs of something else'],
    ['by losing its arguments', { action: { ...action, args: undefined } }, 'it starts syncs of something else'],
    ['in its task queue', { action: { ...action, taskQueue: 'q' } }, 'it starts syncs on task queue q'],
    ['in its times', { info: { nextActionTimes: [] } }, 'it has no next time'],
  ])('%s', (_case, changed, problem) => expect(problemOf(changed)).toBe(problem));
});

describe('a Schedule that is there', () => {
  const present = { every: '4h', paused: true };

  it('stays where one list of connectors lacks its connector', async () => {
    const whole: Stored[] = [{ _key: 'c', orgId: 'acme', every: '1h', paused: false }];
    const answer = await restoredWhile(() => undefined, { present, list: [whole, []] });
    expect(answer).toEqual({ restored: [], present: ['c'], schedules: { c: HOURLY } });
  });

  it('is set to what its connector stores, which a backup of another moment need not be', async () => {
    const set = { restored: [], present: ['c'], schedules: { c: HOURLY } };
    expect(await restoredWhile(() => undefined, { present })).toEqual(set);
  });

  it('stays as it is where only missing ones are restored', async () => {
    const kept = { restored: [], present: ['c'], schedules: { c: present } };
    expect(await restoredWhile(() => undefined, { present, missingOnly: true })).toEqual(kept);
  });

  it('follows what becomes of its connector meanwhile', async () => {
    expect((await restoredWhile(change({ paused: true }), { present })).schedules).toEqual({
      c: { every: '1h', paused: true },
    });
    expect((await restoredWhile((stored) => void stored.pop(), { present })).schedules).toEqual({});
  });
});
