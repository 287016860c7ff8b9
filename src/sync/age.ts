/** Whether something that was read at a time (ms) has to be read again; null: it never was. */
export const isTooOld = (readAt: number | null | undefined, now: number, maxAge: number): boolean =>
  Math.abs(now - (readAt ?? 0)) > maxAge;

/**
 * What was read before `before` or after `after` (ms) has to be read again. A time far in the future was written by a
 * wrong clock; without the upper limit, nothing would be read again until then.
 */
export const staleTimes = (now: number, maxAge: number): { before: number; after: number } => ({
  before: now - maxAge,
  after: Math.min(now + maxAge, Number.MAX_SAFE_INTEGER),
});
