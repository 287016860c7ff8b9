/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
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
  globalSetup: '<rootDir>/test/support/setup.ts',
  // Suites that run whole syncs wait for servers more than they compute.
  maxWorkers: 2,
  // Whole servers start and stop in some of them: far more than an idle machine needs, for one that is busy.
  testTimeout: 120000,
};
