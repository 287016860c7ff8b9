import tseslint from 'typescript-eslint';

/** Modules that a layer may not import. The folders of src/ are the architecture: imports point inwards. */
const refuse = (patterns, message) => ({
  'no-restricted-imports': ['error', { patterns: [{ group: patterns, message }] }],
});

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', '**/*.js', '**/*.mjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Async functions without await implement interfaces whose other implementations do wait.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/workflows/**/*.ts'],
    rules: refuse(
      [
        'node:*',
        'dropbox',
        'arangojs',
        'zod',
        'pino',
        'fastify',
        '**/dropbox/*',
        '**/graph/*',
        '**/server/*',
        '**/cli/*',
        '**/config',
      ],
      'Workflow code runs in the deterministic sandbox: only @temporalio/workflow, types and src/sync.',
    ),
  },
  {
    files: ['src/sync/**/*.ts'],
    rules: refuse(
      ['@temporalio/*', 'arangojs', '**/activities/*', '**/workflows/*', '**/graph/*', '**/cli/*', '**/server/*'],
      'src/sync is pure: no I/O, no Temporal.',
    ),
  },
  {
    files: ['src/graph/**/*.ts'],
    rules: refuse(
      ['**/activities/*', '**/workflows/*', '**/dropbox/*', '**/cli/*', '**/server/*'],
      'src/graph knows ArangoDB and the documents, nothing above.',
    ),
  },
  {
    files: ['src/dropbox/**/*.ts'],
    rules: refuse(
      ['arangojs', '**/activities/*', '**/workflows/*', '**/graph/*', '**/cli/*', '**/server/*'],
      'src/dropbox knows Dropbox only.',
    ),
  },
  {
    files: ['sandbox/**/*.ts'],
    ignores: ['sandbox/demo/**', 'sandbox/demo.ts'],
    rules: refuse(['**/src/**'], 'The stand-ins know nothing of the worker.'),
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**', 'src/config.ts', 'src/worker.ts'],
    rules: { 'no-restricted-globals': ['error', 'console'] },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // Activities are functions of an object literal, and use no `this`.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
