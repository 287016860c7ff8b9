/** How the waits between attempts grow. */
export interface BackoffSettings {
  /** Longest wait before the first retry, milliseconds. */
  firstMs: number;
  /** No wait is longer, milliseconds. */
  maxMs: number;
  /** How many times longer each wait is than the one before it. Default 2. */
  factor?: number;
}

/**
 * Milliseconds to wait after failed attempt number `attempt`, which starts at 1. The wait grows exponentially up to
 * `maxMs`. It is spread over the upper half of its range, so that calls that failed together are not sent again
 * together. `random` is a number from 0 to 1; tests pass it.
 */
export function backoff(
  attempt: number,
  { firstMs, maxMs, factor = 2 }: BackoffSettings,
  random: number = Math.random(),
): number {
  const longest = Math.min(maxMs, firstMs * factor ** (attempt - 1));
  return longest * (0.5 + random / 2);
}
