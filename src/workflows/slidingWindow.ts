import { condition } from '@temporalio/workflow';

/**
 * Runs `start` for each item that `next` gives, at most `size` at a time, and starts another one whenever one ends.
 * `start` is expected to handle an item's failure; when it rejects (a cancellation), no further item starts, and the
 * window rejects with that error once the running items have ended. `mayStart` delays new starts (pause) without
 * touching running items; `stop` ends the window early, once the running items have ended. Returns whether it did.
 */
export async function slidingWindow<Item>(options: {
  size: number;
  next: () => Promise<Item | undefined>;
  start: (item: Item) => Promise<void>;
  mayStart?: () => boolean;
  stop?: () => boolean;
}): Promise<{ stopped: boolean }> {
  let running = 0;
  let stopped = false;
  const rejected: unknown[] = [];
  for (;;) {
    const isStopped = (): boolean => options.stop?.() ?? false;
    await condition(
      () => rejected.length > 0 || isStopped() || (running < options.size && (options.mayStart?.() ?? true)),
    );
    if (rejected.length > 0) break;
    if (isStopped()) {
      stopped = true;
      break;
    }
    const item = await options.next();
    if (item === undefined) break;
    running += 1;
    void options
      .start(item)
      .catch((error: unknown) => rejected.push(error))
      .finally(() => (running -= 1));
  }
  await condition(() => running === 0);
  if (rejected.length > 0) throw rejected[0];
  return { stopped };
}
