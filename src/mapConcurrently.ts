/**
 * Runs `work` on every item, at most `limit` of them at a time, and returns the results in the order of the items.
 * Unlike a `Promise.all` per group, a slow item delays only the end: the next item starts as soon as any has finished.
 * After the first error no further item starts. It is thrown when the items under way have ended, so that nothing still
 * runs behind the caller's back.
 */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  if (!(limit >= 1)) throw new RangeError('at least one item has to run at a time');
  const results = new Array<R>(items.length);
  const errors: unknown[] = [];
  // All lanes share one iterator, so each item is taken once.
  const pending = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of pending) {
      try {
        results[index] = await work(item, index);
      } catch (error) {
        errors.push(error);
      }
      if (errors.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  if (errors.length > 0) throw errors[0];
  return results;
}

/** Runs both at the same time. The first error is thrown when both have ended. */
export async function runBoth<A, B>(one: () => Promise<A>, other: () => Promise<B>): Promise<[A, B]> {
  const results = await mapConcurrently<() => Promise<A | B>, A | B>([one, other], 2, (work) => work());
  return results as [A, B];
}
