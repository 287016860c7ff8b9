import { MockActivityEnvironment } from '@temporalio/testing';
import { recordProgress, withHeartbeat } from '../../../src/activities/runtime/heartbeat';

describe('an activity', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const heartbeatsOf = (environment: MockActivityEnvironment): unknown[] => {
    const details: unknown[] = [];
    environment.on('heartbeat', (detail: unknown) => void details.push(detail));
    return details;
  };

  it('sends heartbeats while it waits, and none afterwards', async () => {
    const environment = new MockActivityEnvironment();
    const heartbeats = heartbeatsOf(environment);
    let answer: () => void = () => undefined;
    const run = environment.run(() => withHeartbeat(() => new Promise<void>((resolve) => (answer = resolve))));
    await jest.advanceTimersByTimeAsync(15_000);
    expect(heartbeats.length).toBeGreaterThanOrEqual(2);
    answer();
    await run;
    const sent = heartbeats.length;
    await jest.advanceTimersByTimeAsync(15_000);
    expect(heartbeats).toHaveLength(sent);
  });

  it('repeats its last recorded progress, or that of the attempt before it', async () => {
    const environment = new MockActivityEnvironment({ heartbeatDetails: { page: 'a', segments: 1 } });
    const heartbeats = heartbeatsOf(environment);
    await environment.run(async () => {
      recordProgress();
      recordProgress({ page: 'a', segments: 2 });
      recordProgress();
    });
    expect(heartbeats).toEqual([
      { page: 'a', segments: 1 },
      { page: 'a', segments: 2 },
      { page: 'a', segments: 2 },
    ]);
  });
});
