import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/**
 * Failures that no retry can fix are not listed here: src/failures.ts makes them non-retryable. A 429 of Dropbox sets
 * the delay of the next attempt.
 */

/**
 * A worker that dies is noticed after this. Every activity sends heartbeats while its process lives, whatever it waits
 * for (src/activities/runtime/heartbeat.ts), so this only has to be longer than a busy process may be silent.
 */
const HEARTBEAT_TIMEOUT = '20 seconds';

/**
 * A cancelled run ends when its activities have ended, so that nothing is written after it. An activity hears of the
 * cancellation in the answer to a heartbeat; the worker sends one every few seconds (src/worker.ts).
 */
const WAITS_FOR_ITS_END = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;

const UP_TO_A_MINUTE = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;

/** Pages of a listing: an attempt works for up to a minute, returns what it has done, and is called again. */
export const listing: ActivityOptions = {
  // A page of 2,000 entries on a slow database with an exhausted Dropbox budget; the work itself is cut at one minute.
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  ...WAITS_FOR_ITS_END,
  retry: { ...UP_TO_A_MINUTE, maximumAttempts: 12 },
};

/**
 * Pages of a listing after one that has failed with all of its attempts. It shows whether Dropbox answers again; with
 * as much patience for each namespace, a large team would wait for days.
 */
export const impatientListing: ActivityOptions = {
  ...listing,
  retry: { ...UP_TO_A_MINUTE, maximumAttempts: 3 },
};

/** Complete lists of the team (members, groups, namespaces), event pages, probes: many calls, safe to repeat. */
export const lists: ActivityOptions = { ...listing, startToCloseTimeout: '1 hour' };

/**
 * A dry run reads all that a full sync reads, in one activity. An attempt continues where the one before it stopped, and
 * a lost worker is noticed by its heartbeat, so this has to be longer than the largest team takes.
 */
export const preview: ActivityOptions = { ...listing, startToCloseTimeout: '7 days' };

/** One short request or transaction to ArangoDB. */
export const shortGraph: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  ...WAITS_FOR_ITS_END,
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    maximumAttempts: 15,
  },
};

/**
 * Storing how a run ended: this must succeed even after a long outage of ArangoDB, so it gives up only after an hour.
 */
export const finalize: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  ...WAITS_FOR_ITS_END,
  scheduleToCloseTimeout: '1 hour',
  retry: UP_TO_A_MINUTE,
};

/** Publishing to PipesHub's broker: events that can't be published stay in the outbox, so a few attempts are enough. */
export const publish: ActivityOptions = {
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  ...WAITS_FOR_ITS_END,
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds', maximumAttempts: 3 },
};

/** The last events of a connector that is being removed: no later run publishes them, so this waits for the broker. */
export const drain: ActivityOptions = {
  ...publish,
  scheduleToCloseTimeout: '1 hour',
  retry: UP_TO_A_MINUTE,
};

/** Delegates whose folders are listed at the same time, where the worker does not say how many. */
export const USER_WINDOW = 10;
/** Most delegates at the same time, however many workers there are: each one that ends is a task of the run's workflow. */
export const LARGEST_WINDOW = 100;
/** Member lists that one activity reads: each is one or two calls, so an attempt takes about half a minute. */
export const LISTS_PER_ACTIVITY = 200;
/** Delegates that one query returns: keeps payloads at a few KB. */
export const DELEGATES_PAGE = 200;
