import { MockActivityEnvironment } from '@temporalio/testing';
import { recordProgress, withHeartbeat } from '../../../src/activities/runtime/heartbeat';

describe('an activity', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const told = (environment: MockActivityEnvironment): unknown[] => {
    const details: unknown[] = [];
    environment.on('heartbeat', (one: unknown) => void details.push(one));
    return details;
  };

  it('sends heartbeats while it waits, and none afterwards', async () => {
    const environment = new MockActivityEnvironment();
    const beats = told(environment);
    let answer: () => void = () => undefined;
    const run = environment.run(() => withHeartbeat(() => new Promise<void>((resolve) => (answer = resolve))));
    await jest.advanceTimersByTimeAsync(15_000);
    expect(beats.length).toBeGreaterThanOrEqual(2);
    answer();
    await run;
    const sent = beats.length;
    await jest.advanceTimersByTimeAsync(15_000);
    expect(beats).toHaveLength(sent);
  });

  it('repeats what it last said about its progress, also what an attempt before it has said', async () => {
    const environment = new MockActivityEnvironment({ heartbeatDetails: { page: 'a', segments: 1 } });
    const beats = told(environment);
    await environment.run(async () => {
      recordProgress();
      recordProgress({ page: 'a', segments: 2 });
      recordProgress();
    });
    expect(beats).toEqual([
      { page: 'a', segments: 1 },
      { page: 'a', segments: 2 },
      { page: 'a', segments: 2 },
    ]);
  });
});
