import { Context } from '@temporalio/activity';

/**
 * Well below the heartbeat timeout in src/workflows/profiles.ts. It is also the worker's throttle: an activity
 * hears of its cancellation in the answer to a heartbeat.
 */
export const HEARTBEAT_INTERVAL_MS = 4_000;

const progress = new WeakMap<Context, unknown>();

/** Sends a heartbeat with the progress of the activity. Without `details` it repeats what was recorded last. */
export function recordProgress(details?: unknown, context = Context.current()): void {
  if (details !== undefined) progress.set(context, details);
  // An attempt that has recorded no progress keeps that of the attempt before it.
  context.heartbeat(progress.get(context) ?? context.info.heartbeatDetails);
}

/**
 * Sends heartbeats while an activity runs, whatever it waits for, so that a heartbeat timeout means that its process
 * has died. The timeouts of its requests and its start-to-close timeout ensure that it makes progress.
 */
export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => recordProgress(undefined, context), HEARTBEAT_INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
