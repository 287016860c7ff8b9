import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from 'arangojs';
import { isConflict, isTransient } from './errors';

const CONFLICT_TRIES = 8;
/** An answer that was lost costs one more request, not one more attempt of an activity, which may need hundreds. */
const PASSING_TRIES = 6;

/** Sends one driver call as part of the transaction. One call at a time, and no await before it. */
export type Step = <T>(request: () => Promise<T>) => Promise<T>;

const inside = new AsyncLocalStorage<true>();

/**
 * Sends a request again while its trouble passes. Whatever is sent this way may be sent twice: reads, and writes by key.
 * Inside of a transaction nothing is sent again by itself, since it would not be part of it: the whole body is.
 */
export async function withRetries<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (inside.getStore() === true || !isTransient(error) || attempt >= PASSING_TRIES) throw error;
      await pause(attempt);
    }
  }
}

/** A step outside of any transaction: for functions that are used both ways. */
export const alone: Step = (request) => withRetries(request);

/**
 * Runs `body` in a stream transaction that may write the named collections, and commits. After any error it is aborted.
 * Write-write conflicts and lost answers run the whole body again, on the new state, so `body` must derive everything
 * from what it reads: when it was the answer of the commit that was lost, everything is there already.
 */
export async function inTransaction<T>(
  db: Database,
  write: readonly string[],
  body: (step: Step) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const transaction = await withRetries(() => db.beginTransaction({ write: [...write] }));
    try {
      const result = await inside.run(true, () => body((request) => transaction.step(request)));
      await transaction.commit();
      return result;
    } catch (error) {
      // The abort only frees the server's resources sooner: what made it necessary is the error that counts.
      await transaction.abort().catch(() => undefined);
      const tries = isConflict(error) ? CONFLICT_TRIES : isTransient(error) ? PASSING_TRIES : 0;
      if (attempt >= tries) throw error;
      await pause(attempt);
    }
  }
}

/** Longer each time, and spread: what failed together does not return together. At most 2.6 seconds. */
const pause = (attempt: number): Promise<void> => delay(10 * 2 ** attempt * Math.random());
