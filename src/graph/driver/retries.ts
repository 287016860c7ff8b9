import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '../../backoff';
import { isTransient } from './errors';

/** Retrying one request is cheap. Retrying the activity would repeat hundreds of them. */
export const TRANSIENT_TRIES = 6;
const WAITS = { firstMs: 15, maxMs: 2000 };

/** Repeats a request while its failure is transient. The server may see it twice: only for reads and writes by key. */
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

export const pause = (attempt: number): Promise<void> => delay(backoff(attempt, WAITS));
