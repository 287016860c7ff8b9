import { Context } from '@temporalio/activity';

/** Well below the heartbeat timeout of src/workflows/profiles.ts; the SDK sends on fewer of them, at 80 % of it. */
const HEARTBEAT_INTERVAL = 4_000;

/** What each running attempt last said about its progress. */
const progress = new WeakMap<Context, unknown>();

/** Tells the server how far the activity is. Without details, only that it lives: what was told before stays. */
export function recordProgress(details?: unknown, context = Context.current()): void {
  if (details !== undefined) progress.set(context, details);
  // An attempt that has not got anywhere passes on where the one before it was.
  context.heartbeat(progress.get(context) ?? context.info.heartbeatDetails);
}

/**
 * Runs an activity with a heartbeat all the while, so that a heartbeat timeout speaks of its process alone: one that waits
 * for a slow answer or for Dropbox's rate limit lives, one that was killed is noticed within seconds. That it gets on is
 * the business of the timeouts of its requests, and of its start-to-close timeout.
 */
export async function withHeartbeat<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => recordProgress(undefined, context), HEARTBEAT_INTERVAL);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
