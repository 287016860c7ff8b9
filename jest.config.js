/** Pure code: no server, no build, no Temporal. */
const unit = [
  'test/*.test.ts',
  'test/sync/**/*.test.ts',
  'test/contract/**/*.test.ts',
  'test/bench/cast.test.ts',
  'test/client/{arguments,closedClient,contentHash,errors,intervals,loggedClient,runOutcome,temporalClose,webhookBody}.test.ts',
  'test/cli/{syncText,pages,watchStatus}.test.ts',
  'test/workflows/{details,queuedRequest}.test.ts',
  'test/activities/runtime/**/*.test.ts',
  'test/sandbox/arangodb/{values,storage/**/*,aql/**/*}.test.ts',
];
/** Servers that live in the process of the test: the ArangoDB emulator, the Dropbox simulator, a fake of either. */
const graph = [
  'test/graph/**/*.test.ts',
  'test/activities/runs.test.ts',
  'test/activities/{listing,team,access,finish,guard}/**/*.test.ts',
  'test/arangodb/**/*.test.ts',
  'test/dropbox/**/*.test.ts',
  'test/client/frozenArango.test.ts',
];

/** Files that try more in `npm run test:long` than in `npm test`; see `form` of test/support/form.ts. */
const twoForms = ['test/cli/verify.test.ts', 'test/integration/{crashPoints,randomCompany}.test.ts'];

/**
 * What `npm test` leaves out: more team models, filters, kills, outages and wrong answers of either server, minutes of a
 * changing company, programs beside the worker and its client, and what is slow for what it finds.
 */
const longOnly = [
  'test/bench/{arangoContract,dropboxContract,soak}.test.ts',
  'test/bin/dev.test.ts',
  'test/cli/{followSync,setup,verifyFilters,verifyModels,wrongInput}.test.ts',
  'test/deploy/monitoring.test.ts',
  'test/integration/{accessCost,databaseErrors,deafWorker,faults,kill,liar,logs,migratedTeam,notSeen,payloads,traces,upgrade}.test.ts',
  'test/integrations/**/*.test.ts',
  'test/outbox/kafka.test.ts',
  'test/sandbox/dropbox/{rclone,model/randomOperations}.test.ts',
  'test/sandbox/main/{commands,demo}.test.ts',
  'test/security/faults.test.ts',
  'test/server/webhookRestart.test.ts',
  'test/workflows/longRun.test.ts',
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

/** Builds what the tests run, and prepares Temporal's server. */
const prepared = { globalSetup: '<rootDir>/test/support/setup.ts' };
const SHORT = [
  project('unit', unit),
  project('graph', graph),
  // Everything else runs the compiled programs or Temporal's server.
  project(
    'stack',
    ['test/**/*.test.ts', ...[...unit, ...graph, ...longOnly].map((pattern) => `!${pattern}`)],
    prepared,
  ),
];

function projectsOf(form) {
  if (form === 'long') return [project('long', [...twoForms, ...longOnly], prepared)];
  return form === 'all' ? [...SHORT, project('long', longOnly, prepared)] : SHORT;
}

/** @type {import('jest').Config} */
module.exports = {
  // `npm run test:long` sets TEST_FORM to `long`, which `form` of test/support/form.ts reads, too. With `all`, every file
  // can be chosen, in its short form: `.ci/run` takes the project `long` so.
  projects: projectsOf(process.env.TEST_FORM),
  testSequencer: '<rootDir>/test/support/sequencer.js',
  // Suites that run whole syncs wait for servers more than they compute.
  maxWorkers: 4,
  // Servers start and stop in some tests. The limit ends a test that hangs; it says nothing about speed.
  testTimeout: 120000,
};
