import { setTimeout as delay } from 'node:timers/promises';

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

/**
 * Dropbox limits a team-linked app per acting member, and separately for the routes of the team itself. Each of these
 * buckets admits few calls at a time. After a Retry-After all of its calls wait: refused requests count against the
 * limit as well, so asking again early prolongs it.
 */
export class Budgets {
  readonly #buckets = new Map<string, Bucket>();

  constructor(readonly limits: BudgetLimits) {}

  /**
   * Runs a call within its bucket. `waiting` runs its wait for a rate limit.
   * @throws BucketClosed when the bucket is closed for longer than a call may wait
   */
  async within<T>(
    name: string,
    signal: AbortSignal | undefined,
    call: (bucket: Bucket) => Promise<T>,
    waiting: Waiting = (wait) => wait(),
  ): Promise<T> {
    let bucket = this.#buckets.get(name);
    if (!bucket) this.#buckets.set(name, (bucket = new Bucket(this.limits)));
    bucket.users += 1;
    try {
      if (bucket.isClosed) await waiting(() => bucket.enter(signal));
      else await bucket.enter(signal);
      try {
        return await call(bucket);
      } finally {
        bucket.leave();
      }
    } finally {
      bucket.users -= 1;
      if (bucket.users === 0 && !bucket.isClosed) this.#buckets.delete(name);
    }
  }
}

export class Bucket {
  /** Calls that run or wait. */
  users = 0;
  #running = 0;
  #closedUntil = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly limits: BudgetLimits) {}

  get isClosed(): boolean {
    return this.#closedUntil > Date.now();
  }

  /** For this many seconds no call starts in this bucket. */
  close(seconds: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, Date.now() + seconds * 1000);
  }

  async enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#running < this.limits.concurrentCalls) this.#running += 1;
    else await this.#turn(signal);
    try {
      // The bucket may have been closed again during the wait.
      for (let wait = this.#remaining(); wait > 0; wait = this.#remaining()) {
        await delay(wait, undefined, signal ? { signal } : {});
      }
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  /** Passes the place on to the call that has waited longest. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }

  /** Milliseconds until the bucket opens. */
  #remaining(): number {
    const wait = this.#closedUntil - Date.now();
    if (wait > this.limits.maxWaitSeconds * 1000) throw new BucketClosed(Math.ceil(wait / 1000));
    return wait;
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = (): void => {
        signal?.removeEventListener('abort', cancel);
        resolve();
      };
      const cancel = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(signal?.reason as Error);
      };
      this.#waiting.push(start);
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }
}
