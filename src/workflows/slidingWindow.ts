import { condition } from '@temporalio/workflow';

/**
 * Runs `start` for each item that `next` gives, at most `size` at a time, and refills as they settle. `start` never
 * rejects: a failure of one item is its own result. `mayStart` holds new starts back (pause) without touching running
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
  for (;;) {
    await condition(() => running < options.size && (options.mayStart?.() ?? true));
    if (options.stop?.()) {
      stopped = true;
      break;
    }
    const item = await options.next();
    if (item === undefined) break;
    running += 1;
    void options.start(item).finally(() => {
      running -= 1;
    });
  }
  await condition(() => running === 0);
  return { stopped };
}
