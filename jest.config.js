/** Pure code: no server, no build, no Temporal. */
const unit = [
  'test/*.test.ts',
  'test/sync/**/*.test.ts',
  'test/contract/**/*.test.ts',
  'test/client/{arguments,contentHash,errors,intervals,webhookBody}.test.ts',
  'test/cli/{syncText,pages,watchStatus}.test.ts',
  'test/workflows/{details,queuedRequest}.test.ts',
  'test/activities/runtime/**/*.test.ts',
  'test/sandbox/arangodb/{values,storage/**/*,aql/**/*}.test.ts',
];
/** Servers that live in the process of the test: the ArangoDB emulator, the Dropbox simulator, a fake of either. */
const graph = [
  'test/graph/**/*.test.ts',
  'test/activities/runs.test.ts',
  'test/activities/{listing,team,access,finish}/**/*.test.ts',
  'test/arangodb/**/*.test.ts',
  'test/dropbox/**/*.test.ts',
];

const project = (displayName, testMatch, more = {}) => ({
  displayName,
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: testMatch.map((pattern) => pattern.replace(/^(!?)/, `$1${__dirname}/`)),
  transform: {
    '^.+\\.(t|j)s$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  ...more,
});

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    project('unit', unit),
    project('graph', graph),
    // Everything else runs the compiled programs or Temporal's server, which the set-up prepares.
    project('stack', ['test/**/*.test.ts', ...[...unit, ...graph].map((pattern) => `!${pattern}`)], {
      globalSetup: '<rootDir>/test/support/setup.ts',
    }),
  ],
  // Suites that run whole syncs wait for servers more than they compute.
  maxWorkers: 2,
  // Servers start and stop in some tests. The limit ends a test that hangs; it says nothing about speed.
  testTimeout: 120000,
};
