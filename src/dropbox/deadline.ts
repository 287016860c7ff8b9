/**
 * Runs work that ends when the caller gives up or the time is over. The parts are undone when it has ended: composite
 * signals made by `AbortSignal.any` stay with the caller's signal for as long as that one lives.
 */
export async function withDeadline<T>(
  signal: AbortSignal | undefined,
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const abort = new AbortController();
  const giveUp = (): void => abort.abort(signal?.reason);
  const timer = setTimeout(() => abort.abort(new DOMException('the time is over', 'TimeoutError')), timeoutMs);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await work(abort.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}
