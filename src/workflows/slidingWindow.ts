import { condition } from '@temporalio/workflow';

/**
 * Runs `start` for each item that `next` gives, at most `size` at a time, and starts another one whenever one ends.
 * `start` is expected to handle an item's failure; when it or `next` rejects, or the window is cancelled, no further item
 * starts, and the window rejects with that error once the running items have ended. `mayStart` delays new starts (pause) without
 * touching running items; `stop` ends the window early, once the running items have ended. Returns whether it did.
 */
export async function slidingWindow<Item>(options: {
  size: number;
  next: () => Promise<Item | undefined>;
  start: (item: Item) => Promise<void>;
  mayStart?: () => boolean;
  stop?: () => boolean;
}): Promise<{ stopped: boolean }> {
  const running = new Set<Promise<unknown>>();
  let stopped = false;
  const failures: unknown[] = [];
  const isStopped = (): boolean => options.stop?.() ?? false;
  const mayStart = (): boolean => running.size < options.size && (options.mayStart?.() ?? true);
  try {
    for (;;) {
      await condition(() => failures.length > 0 || isStopped() || mayStart());
      if (failures.length > 0) break;
      if (isStopped()) {
        stopped = true;
        break;
      }
      const item = await options.next();
      if (item === undefined) break;
      const started: Promise<unknown> = options
        .start(item)
        .catch((error: unknown) => failures.push(error))
        .finally(() => running.delete(started));
      running.add(started);
    }
  } catch (error) {
    failures.push(error);
  }
  // Not a `condition`, which rejects at once where it is cancelled.
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
  return { stopped };
}
