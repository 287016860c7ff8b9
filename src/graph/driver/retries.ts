import { setTimeout as delay } from 'node:timers/promises';
import { isTransient } from './errors';

/** A lost answer costs one more request, not one more attempt of an activity, which may need hundreds. */
export const TRANSIENT_TRIES = 6;

/** Repeats a request while its failure is transient. It may arrive twice: for reads, and for writes by key. */
export async function withRetries<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (!isTransient(error) || attempt >= TRANSIENT_TRIES) throw error;
      await pause(attempt);
    }
  }
}

/** Exponential with jitter, so that requests that failed together are not repeated together. At most 2.6 seconds. */
export const pause = (attempt: number): Promise<void> => delay(10 * 2 ** attempt * Math.random());
