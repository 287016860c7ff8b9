/** Whether something that was read at a time (ms) has to be read again; null: it never was. */
export const isTooOld = (readAt: number | null | undefined, now: number, maxAge: number): boolean =>
  Math.abs(now - (readAt ?? 0)) > maxAge;

/**
 * What was read before `before` or after `after` (ms) has to be read again: a time that lies far ahead is that of a clock
 * which was wrong, and nothing would be read again until then.
 */
export const staleTimes = (now: number, maxAge: number): { before: number; after: number } => ({
  before: now - maxAge,
  after: Math.min(now + maxAge, Number.MAX_SAFE_INTEGER),
});
