export const WORKER_FAILED = 'the process ends: its worker has failed, for the reason in the line `Worker failed`';

const LOOK_EVERY_MS = 1_000;
const ENDS_WITHIN_MS = 10_000;

/**
 * Calls `end` when a worker has failed and its process is still there some seconds later. Temporal's SDK may wait
 * endlessly for the end of a worker that has failed, such as one whose login Temporal has refused for a minute. A process
 * that ends is started again by what has started it; one that stays does nothing, even when the login is right again.
 */
export function endWhenFailed(state: () => string, end: () => void): void {
  const watch = setInterval(() => {
    if (state() !== 'FAILED') return;
    clearInterval(watch);
    setTimeout(end, ENDS_WITHIN_MS).unref();
  }, LOOK_EVERY_MS).unref();
}
