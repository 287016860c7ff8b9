import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '../../backoff';
import { arangoErrors, errorNumOf, isTransient, ofDriver } from './errors';

/** Retrying one request is cheap. Retrying the activity would repeat hundreds of them. */
export const TRANSIENT_TRIES = 6;
const WAITS = { firstMs: 15, maxMs: 2000 };

/**
 * Repeats a request while its failure is transient, or another writer changed the same document. The server may see it
 * twice: only for reads and writes by key.
 */
export async function withRetries<T>(request: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ofDriver(request);
    } catch (error) {
      if (!isRepeatable(error) || attempt >= TRANSIENT_TRIES) throw error;
      await pause(attempt);
    }
  }
}

const isRepeatable = (error: unknown): boolean => isTransient(error) || errorNumOf(error) === arangoErrors.conflict;

export const pause = (attempt: number): Promise<void> => delay(backoff(attempt, WAITS));
