/**
 * Runs work with a signal that aborts when the caller cancels or the timeout expires. Timer and listener are removed
 * when the work has ended: a signal made by `AbortSignal.any` would stay attached to the caller's signal as long as
 * that one exists.
 */
export async function withDeadline<T>(
  signal: AbortSignal | undefined,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const deadline = new AbortController();
  const cancel = (): void => deadline.abort(signal?.reason);
  const timer = setTimeout(() => deadline.abort(new DOMException('the timeout expired', 'TimeoutError')), timeoutMs);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
  }
}
