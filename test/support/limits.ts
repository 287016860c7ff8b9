const MINUTE = 60_000;

/**
 * Time limits of test files that wait for servers, in milliseconds: `jest.setTimeout(limits.syncs)`. A limit ends a test
 * that hangs, and is no measure of speed. Each one is at least ten times as long as the slowest test or hook takes on two
 * idle cores, so that the tests succeed on slower machines and on machines that do other work at the same time.
 */
export const limits = {
  /** Servers and workers start, and a small company is synced a few times. */
  syncs: 10 * MINUTE,
  /** A sync for each member list, for each round of a random company, or with a worker that dies repeatedly. */
  manySyncs: 60 * MINUTE,
  /** Programs of the project start in separate processes, and load their dependencies. */
  programs: 10 * MINUTE,
  /** Syncs of a folder that KILL_FOLDER names, with tens of thousands of files. */
  largeFolder: 180 * MINUTE,
  /** The first run on a machine compiles Temporal's development server. */
  serverBuild: 30 * MINUTE,
};

/** How long a request for a sync waits for a worker to take it, in seconds. The client's default is meant for users. */
export const ANSWER_WITHIN_SECONDS = 600;
