/**
 * For what would fill the log while something lasts. Calls `write` at once, but at most once a minute, with the number of
 * calls since the last time and what the latest one was about.
 */
export function onceAMinute<T>(write: (count: number, latest: T) => void): (latest: T) => void {
  let count = 0;
  let last = -Infinity;
  return (latest) => {
    count += 1;
    const now = performance.now();
    if (now - last < 60_000) return;
    write(count, latest);
    [count, last] = [0, now];
  };
}
