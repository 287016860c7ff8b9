import { restoreSchedules } from '../../src/client/lostSchedules';
import type { ConnectorDocument } from '../../src/sync/documents';

type Stored = Pick<ConnectorDocument, '_key' | 'orgId' | 'every' | 'paused'>;

/** A connector whose Schedule is lost, and what happens to it while the Schedule is created. */
async function restoredWhile(happens: (stored: Stored[]) => void) {
  const stored: Stored[] = [{ _key: 'c', orgId: 'acme', every: '1h', paused: false }];
  const schedules = new Map<string, { paused: boolean }>();
  const services = {
    connectors: { list: () => Promise.resolve(stored.map((connector) => ({ ...connector }))) },
    schedules: {
      restore: ({ _key, paused }: Stored) => {
        happens(stored);
        schedules.set(_key, { paused });
        return Promise.resolve(true);
      },
      remove: (id: string) => Promise.resolve(void schedules.delete(id)),
      pause: (id: string) => Promise.resolve(void schedules.set(id, { paused: true })),
    },
  };
  const { restored } = await restoreSchedules(services as unknown as Parameters<typeof restoreSchedules>[0]);
  return { restored: restored.map(({ connectorId }) => connectorId), schedules: Object.fromEntries(schedules) };
}

describe('a lost Schedule', () => {
  it('is created again', async () => {
    expect(await restoredWhile(() => undefined)).toEqual({ restored: ['c'], schedules: { c: { paused: false } } });
  });

  it('does not outlive a connector that is removed meanwhile', async () => {
    const isRemoved = { restored: [], schedules: {} };
    expect(await restoredWhile((stored) => void stored.pop())).toEqual(isRemoved);
    expect(await restoredWhile(([one]) => void Object.assign(one ?? {}, { every: null }))).toEqual(isRemoved);
  });

  it('is paused if its connector is paused meanwhile', async () => {
    const paused = await restoredWhile(([one]) => void Object.assign(one ?? {}, { paused: true }));
    expect(paused).toEqual({ restored: ['c'], schedules: { c: { paused: true } } });
  });
});
