/** An attempt returns after this, so that its counts reach the workflow. */
const TIME_SLICE_MS = 60_000;

/** Starts a slice of an activity's work. The function that it returns says whether the slice is over. */
export function timeSlice(): () => boolean {
  const startedAt = performance.now();
  return () => performance.now() - startedAt > TIME_SLICE_MS;
}
