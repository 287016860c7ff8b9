import { Limits } from '../../sandbox/dropbox/http/limits';
import { Budgets, type Bucket, type Clock } from '../../src/dropbox/budgets';

/** Time that passes only when everything waits for it. */
class VirtualTime implements Clock {
  private time = 0;
  private readonly waiting: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.time;
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake, reject) => {
      this.waiting.push({ at: this.time + ms, wake });
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  /** Lets `seconds` pass. */
  async pass(seconds: number): Promise<void> {
    const end = this.time + seconds * 1000;
    for (;;) {
      // Everything that was woken continues first.
      await new Promise((resolve) => setImmediate(resolve));
      this.waiting.sort((a, b) => a.at - b.at);
      const next = this.waiting[0];
      if (next === undefined || next.at > end) break;
      this.waiting.shift();
      this.time = next.at;
      next.wake();
    }
    this.time = end;
  }
}

interface Tally {
  admitted: number;
  refused: number;
}

/** A Dropbox with a rate limit, and callers that always want more. */
function company(calls: number, seconds: number, { latencyMs = 100, concurrentCalls = 4 } = {}) {
  const time = new VirtualTime();
  const limits = new Limits(() => time.now());
  limits.set({ member: { calls, seconds } });
  const budgets = new Budgets({ concurrentCalls, maxWaitSeconds: 60 }, time);
  const tallies = new Map<string, Tally>();
  const callOnce = (member: string) => async (bucket: Bucket) => {
    await time.wait(latencyMs);
    const tally = tallies.get(member) ?? { admitted: 0, refused: 0 };
    tallies.set(member, tally);
    const retryAfter = member === 'unlimited' ? undefined : limits.charge('member', member);
    if (retryAfter === undefined) tally.admitted += 1;
    else {
      tally.refused += 1;
      bucket.close(retryAfter);
    }
  };
  return {
    time,
    limits,
    budgets,
    of: (member: string): Tally => tallies.get(member) ?? { admitted: 0, refused: 0 },
    /** Some callers who call again and again, until `stop`. */
    start(member: string, callers = 8, of = budgets): () => void {
      let isStopped = false;
      const loop = async (): Promise<void> => {
        while (!isStopped) await of.within(member, undefined, callOnce(member));
      };
      for (let caller = 0; caller < callers; caller += 1) void loop();
      return () => (isStopped = true);
    },
  };
}

describe('the pace of a member whom Dropbox limits', () => {
  it.each([
    { calls: 2, seconds: 1, latencyMs: 100 },
    { calls: 10, seconds: 1, latencyMs: 100 },
    { calls: 10, seconds: 1, latencyMs: 20 },
    { calls: 100, seconds: 1, latencyMs: 20 },
    { calls: 300, seconds: 30, latencyMs: 50 },
    { calls: 300, seconds: 100, latencyMs: 200 },
    { calls: 60, seconds: 60, latencyMs: 500 },
  ])('uses 90 % of $calls calls in $seconds s at $latencyMs ms, and is refused 2 % of them', async (limit) => {
    const { time, of, start } = company(limit.calls, limit.seconds, limit);
    start('a');
    // What it learns first is learned in two minutes of the slowest limit.
    await time.pass(120);
    const before = { ...of('a') };
    await time.pass(300);
    const admitted = of('a').admitted - before.admitted;
    const refused = of('a').refused - before.refused;
    const allowed = (300 * limit.calls) / limit.seconds;
    expect(admitted / allowed).toBeGreaterThan(0.9);
    expect(refused / (admitted + refused)).toBeLessThan(0.02);
  });

  it('learns nothing of refusals that have nothing to do with it', async () => {
    const { time, budgets } = company(1, 1);
    let sent = 0;
    const callOnce = async (bucket: Bucket): Promise<void> => {
      await time.wait(100);
      sent += 1;
      // Every tenth call, however slow they are.
      if (sent % 10 === 0) bucket.close(1);
    };
    const loop = async (): Promise<void> => {
      for (;;) await budgets.within('a', undefined, callOnce);
    };
    for (let caller = 0; caller < 8; caller += 1) void loop();
    await time.pass(60);
    const before = sent;
    await time.pass(300);
    // Without a pace it is four at a time for ten calls, then a second of waiting: seven a second.
    expect((sent - before) / 300).toBeGreaterThan(6);
  });

  it('learns nothing of a few calls around long waits', async () => {
    const { time, budgets } = company(1, 1);
    let sent = 0;
    let isLimited = true;
    const callOnce = async (bucket: Bucket): Promise<void> => {
      await time.wait(100);
      sent += 1;
      if (isLimited && sent % 4 === 0) bucket.close(50);
    };
    const loop = async (): Promise<void> => {
      for (;;) await budgets.within('a', undefined, callOnce);
    };
    for (let caller = 0; caller < 8; caller += 1) void loop();
    await time.pass(160);
    isLimited = false;
    await time.pass(60);
    const before = sent;
    await time.pass(10);
    expect(sent - before).toBeGreaterThan(4 * 10 * 9);
  });

  it('is shared by two processes that do not know of each other', async () => {
    const one = company(10, 1);
    const other = new Budgets({ concurrentCalls: 4, maxWaitSeconds: 60 }, one.time);
    one.start('a');
    one.start('a', 8, other);
    await one.time.pass(120);
    const before = { ...one.of('a') };
    await one.time.pass(300);
    expect((one.of('a').admitted - before.admitted) / 3000).toBeGreaterThan(0.85);
  });

  it('delays no call for those that were cancelled', async () => {
    const { time, budgets, start, of } = company(2, 1);
    const stop = start('a');
    await time.pass(120);
    stop();
    const cancel = new AbortController();
    for (let call = 0; call < 40; call += 1)
      budgets.within('a', cancel.signal, () => Promise.resolve()).catch(() => undefined);
    cancel.abort();
    await time.pass(5);
    const before = of('a').admitted;
    start('a');
    await time.pass(20);
    expect(of('a').admitted - before).toBeGreaterThan(30);
  });

  it('delays no other member', async () => {
    const { time, of, start } = company(2, 1);
    start('a');
    start('unlimited');
    await time.pass(60);
    // Four at a time, ten times a second.
    expect(of('unlimited').admitted).toBeGreaterThanOrEqual(4 * 10 * 59);
    expect(of('a').admitted).toBeGreaterThan(2 * 60 * 0.8);
  });

  it('is as fast as before after the limit is gone', async () => {
    const { time, limits, of, start } = company(10, 1);
    start('a');
    await time.pass(120);
    limits.set({});
    await time.pass(900);
    const before = of('a').admitted;
    await time.pass(60);
    expect((of('a').admitted - before) / 60).toBeGreaterThan(30);
  });

  it('does not take a pause between two runs for a slow rate', async () => {
    const { time, of, start } = company(10, 1);
    const stop = start('a');
    await time.pass(60);
    stop();
    await time.pass(240);
    start('a');
    const before = of('a').admitted;
    await time.pass(60);
    expect(of('a').admitted - before).toBeGreaterThan(10 * 60 * 0.9);
  });
});
