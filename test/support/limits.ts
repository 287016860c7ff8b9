const MINUTE = 60_000;

/**
 * Time limits of test files that wait for servers, in milliseconds: `jest.setTimeout(limits.syncs)`. A limit ends a test
 * that hangs; it says nothing about speed. Each one is at least ten times what the slowest test or hook under it takes on
 * two idle cores, so that the same tests pass on a slower machine, and on one that does other work too.
 */
export const limits = {
  /** Servers and workers start, and a small company is synced a few times. */
  syncs: 10 * MINUTE,
  /** A sync for each member list, for each round of a random company, or with a worker that dies again and again. */
  manySyncs: 60 * MINUTE,
  /** Programs of the project run in processes of their own, and each one loads all of its dependencies first. */
  programs: 10 * MINUTE,
  /** Syncs of a folder that the environment names, with tens of thousands of files. */
  largeFolder: 180 * MINUTE,
  /** The first run on a machine compiles Temporal's development server. */
  serverBuild: 30 * MINUTE,
};

/** How long a request for a sync waits for a worker to take it, in seconds. The client's default is meant for users. */
export const ANSWER_WITHIN_SECONDS = 600;
