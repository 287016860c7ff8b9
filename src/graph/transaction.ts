import type { Database } from 'arangojs';
import { isConflict } from './errors';

const CONFLICT_TRIES = 8;

/** Sends one driver call as part of the transaction. One call at a time, and no await before it. */
export type Step = <T>(request: () => Promise<T>) => Promise<T>;

/** A step outside of any transaction: for functions that are used both ways. */
export const alone: Step = (request) => request();

/**
 * Runs `body` in a stream transaction that may write the named collections, and commits. After any error it is aborted.
 * Write-write conflicts run the whole body again, on the new state, so `body` must derive everything from what it reads.
 */
export async function inTransaction<T>(
  db: Database,
  write: readonly string[],
  body: (step: Step) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const transaction = await db.beginTransaction({ write: [...write] });
    try {
      const result = await body((request) => transaction.step(request));
      await transaction.commit();
      return result;
    } catch (error) {
      // The abort only frees the server's resources sooner: what made it necessary is the error that counts.
      await transaction.abort().catch(() => undefined);
      if (!isConflict(error) || attempt >= CONFLICT_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10 * 2 ** attempt * Math.random()));
    }
  }
}
