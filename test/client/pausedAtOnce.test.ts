import { Syncs } from '../../src/client/syncs';

/** A connector with a running sync, whose workflow hears of a pause when Temporal delivers it. */
function runningSync() {
  const stored = { paused: false, strategy: 'manual' };
  const state = { isPaused: false, meanwhile: undefined as (() => Promise<unknown>) | undefined };
  const deliver = async (paused: boolean): Promise<boolean> => {
    const { meanwhile } = state;
    state.meanwhile = undefined;
    await meanwhile?.();
    state.isPaused = paused;
    return true;
  };
  const store = (paused: boolean): Promise<void> => {
    stored.paused = paused;
    return Promise.resolve();
  };
  const nothing = () => Promise.resolve();
  const syncs = new Syncs({
    temporal: {
      ping: nothing,
      client: () => Promise.resolve({ workflow: { getHandle: () => ({ cancel: nothing }) } }),
    },
    connectors: {
      get: () => Promise.resolve({ ...stored }),
      pause: () => store(true),
      resume: () => store(false),
    },
    runs: { pause: () => deliver(true), resume: () => deliver(false) },
  } as never);
  return { syncs, stored, state };
}

describe('of two callers, a running sync does what the last one has stored', () => {
  it.each([
    ['pause', 'resume'],
    ['resume', 'pause'],
    ['pause', 'pause'],
    ['resume', 'resume'],
  ] as const)('%s, and meanwhile %s', async (outer, inner) => {
    const { syncs, stored, state } = runningSync();
    state.meanwhile = () => syncs[inner]('c');
    expect(await syncs[outer]('c')).toBe(true);
    expect(state.isPaused).toBe(stored.paused);
  });
});
