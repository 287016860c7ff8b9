import type { ActivityOptions } from '@temporalio/workflow';

/**
 * All timeouts and retry policies, as named profiles. The types of failures that no retry can mend are not listed here:
 * src/errors.ts marks them when they are made. A 429 of Dropbox carries its own next delay.
 */

/**
 * A worker that dies is noticed after this. Every activity sends heartbeats while its process lives, whatever it waits
 * for (src/activities/alive.ts), so this only has to be longer than a busy process may be silent.
 */
const NOTICED_AFTER = '20 seconds';

/** Pages of a listing: one attempt works on for up to a minute, saves what it has, and is asked again. */
export const listing: ActivityOptions = {
  // A page of 2,000 entries at a slow database and a waiting Dropbox budget; the work inside is cut at one minute.
  startToCloseTimeout: '15 minutes',
  heartbeatTimeout: NOTICED_AFTER,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 12 },
};

/** Complete lists of the team (members, groups, namespaces), event pages, probes: many calls, resumable by repetition. */
export const lists: ActivityOptions = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: NOTICED_AFTER,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute', maximumAttempts: 12 },
};

/** One short request or transaction to ArangoDB. */
export const shortGraph: ActivityOptions = {
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: NOTICED_AFTER,
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    maximumAttempts: 15,
  },
};

/** The end of a run: it must be written down however long ArangoDB is away, so it gives up only after an hour. */
export const finalize: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: NOTICED_AFTER,
  scheduleToCloseTimeout: '1 hour',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
};

/** Publishing to PipesHub's broker: what can't be published stays in the outbox, so few tries are enough. */
export const publish: ActivityOptions = {
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: NOTICED_AFTER,
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds', maximumAttempts: 3 },
};

/** The last events of a connector that is being removed: nobody publishes them later, so the broker is waited for. */
export const drain: ActivityOptions = {
  ...publish,
  scheduleToCloseTimeout: '1 hour',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
};

/** Children that list users' namespaces at the same time; each holds one activity slot and one Dropbox budget. */
export const USER_WINDOW = 10;
/** Member lists that one activity reads: each is one or two calls, so an attempt takes about half a minute. */
export const LISTS_PER_ACTIVITY = 200;
/** Delegates that one query of the window asks for: keeps payloads in a few KB. */
export const DELEGATES_PAGE = 200;
