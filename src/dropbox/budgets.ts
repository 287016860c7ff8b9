import { setTimeout as delay } from 'node:timers/promises';
import { Pace } from './pace';

/** The bucket stays closed for longer than a call may wait. */
export class BucketClosed extends Error {
  override readonly name = 'BucketClosed';
  constructor(readonly retryAfterSeconds: number) {
    super('the bucket is closed for longer than a call may wait');
  }
}

/** Runs a wait for a rate limit. */
export type Waiting = (wait: () => Promise<void>) => Promise<void>;

export interface BudgetLimits {
  /** Concurrent calls in one bucket. */
  concurrentCalls: number;
  /** A Retry-After of up to this many seconds is waited out within the call. */
  maxWaitSeconds: number;
}

/** The time, which a test can make pass. */
export interface Clock {
  /** ms */
  now(): number;
  /** @throws the signal's reason when it is aborted */
  wait(ms: number, signal: AbortSignal | undefined): Promise<void>;
}

const systemClock: Clock = {
  now: () => performance.now(),
  wait: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}),
};

/** A wait for the pace of a bucket that is shorter than this is no reason to let another activity work meanwhile, ms. */
const SHORT_WAIT_MS = 1_000;

/**
 * Dropbox limits a team-linked app per acting member, and separately for the routes of the team itself. Each of these
 * buckets admits few calls at a time, and once Dropbox has refused some, no more a second than it allows. After a
 * Retry-After all of its calls wait: refused requests count against the limit as well, so asking again early prolongs it.
 */
export class Budgets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    readonly limits: BudgetLimits,
    private readonly clock: Clock = systemClock,
  ) {}

  /**
   * Runs a call within its bucket. If it has to wait for a rate limit, `waiting` is given that wait to run.
   * @throws BucketClosed when the bucket is closed for longer than a call may wait
   */
  async within<T>(
    name: string,
    signal: AbortSignal | undefined,
    call: (bucket: Bucket) => Promise<T>,
    waiting: Waiting = (wait) => wait(),
  ): Promise<T> {
    let bucket = this.buckets.get(name);
    if (!bucket) this.buckets.set(name, (bucket = new Bucket(this.limits, this.clock)));
    bucket.users += 1;
    try {
      if (bucket.isLimited) await waiting(() => bucket.enter(signal));
      else await bucket.enter(signal);
      try {
        return await call(bucket);
      } finally {
        bucket.leave();
      }
    } finally {
      bucket.users -= 1;
      // A pace that was learned is kept.
      if (bucket.users === 0 && bucket.knowsNoLimit) this.buckets.delete(name);
    }
  }
}

export class Bucket {
  /** Calls that run or wait. */
  users = 0;
  private running = 0;
  private closedUntil = 0;
  private refusals = 0;
  private readonly pace = new Pace();
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly limits: BudgetLimits,
    private readonly clock: Clock,
  ) {}

  /** Whether a call has to wait for the rate limit for so long that something else can be done meanwhile. */
  get isLimited(): boolean {
    const now = this.clock.now();
    return this.closedUntil > now || this.pace.waitAfter(now, this.waiting.length) > SHORT_WAIT_MS;
  }

  /** Whether nothing is known of a rate limit. */
  get knowsNoLimit(): boolean {
    const now = this.clock.now();
    return this.closedUntil <= now && this.pace.isUnknown(now);
  }

  /** After a refusal, no call starts in this bucket for this many seconds. */
  close(seconds: number): void {
    const now = this.clock.now();
    const openAt = now + seconds * 1000;
    // Calls that were under way at the first refusal are refused as well, and say nothing more.
    if (this.closedUntil <= now) this.pace.refused(now);
    this.refusals += 1;
    this.closedUntil = Math.max(this.closedUntil, openAt);
    this.pace.closed(this.closedUntil);
  }

  async enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.running < this.limits.concurrentCalls) this.running += 1;
    else await this.turn(signal);
    try {
      // A refusal during the wait closes the bucket again, and what was reserved before it does not count any more.
      for (let refusals = -1; refusals !== this.refusals;) {
        for (let wait = this.remaining(); wait > 0; wait = this.remaining()) await this.clock.wait(wait, signal);
        refusals = this.refusals;
        const pause = this.pace.reserve(this.clock.now(), this.limits.concurrentCalls);
        if (pause > 0) await this.clock.wait(pause, signal);
      }
      this.pace.started();
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  /** Passes the place on to the call that has waited longest. */
  leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running -= 1;
  }

  /** Milliseconds until the bucket opens. */
  private remaining(): number {
    const wait = this.closedUntil - this.clock.now();
    if (wait > this.limits.maxWaitSeconds * 1000) throw new BucketClosed(Math.ceil(wait / 1000));
    return wait;
  }

  private turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = (): void => {
        signal?.removeEventListener('abort', cancel);
        resolve();
      };
      const cancel = (): void => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        reject(signal?.reason as Error);
      };
      this.waiting.push(start);
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }
}
