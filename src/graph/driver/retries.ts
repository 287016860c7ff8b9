import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '../../backoff';
import { arangoErrors, errorNumOf, isConflict, isTransient, ofDriver } from './errors';

/** Retrying one request is cheap. Retrying the activity would repeat hundreds of them. */
export const TRANSIENT_TRIES = 6;
/**
 * For one to two seconds. ArangoDB waits for a millisecond for a document that a transaction has written, and that
 * transaction may be writing a batch.
 */
const CONFLICT_TRIES = 8;
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
      if (!isRepeatable(error) || attempt >= triesFor(error)) throw error;
      await pause(attempt);
    }
  }
}

/** How often work is tried that fails with this error: once, unless it is a conflict or transient. */
export const triesFor = (error: unknown): number =>
  isConflict(error) ? CONFLICT_TRIES : isTransient(error) ? TRANSIENT_TRIES : 1;

/** After a conflict, and without the locks that it waited for, the server has done nothing. */
const undone = new Set<number | undefined>([arangoErrors.conflict, arangoErrors.lockTimeout]);

const isRepeatable = (error: unknown): boolean => isTransient(error) || undone.has(errorNumOf(error));

export const pause = (attempt: number): Promise<void> => delay(backoff(attempt, WAITS));
