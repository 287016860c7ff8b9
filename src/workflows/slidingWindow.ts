import { condition } from '@temporalio/workflow';

/**
 * Runs `start` for each item that `next` gives, at most `size` at a time, and refills as they settle. A failure of one
 * item is its own result; where `start` rejects all the same (a cancellation), nothing more begins, and the window
 * rejects with it when what runs has settled. `mayStart` holds new starts back (pause) without touching running
 * ones; `stop` ends the window early, after what runs has settled. Returns whether it was stopped.
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
    await condition(() => rejected.length > 0 || (running < options.size && (options.mayStart?.() ?? true)));
    if (rejected.length > 0) break;
    if (options.stop?.()) {
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
