import tseslint from 'typescript-eslint';
import imports from './lint/importOrder.js';
import language from './lint/words.js';

/** The folders of src, each with the folders that it may import. Imports point downwards; types count. */
const borders = {
  sync: { may: [], why: 'src/sync is pure: no I/O, no clock, no Temporal.' },
  contract: { may: ['sync'], why: 'src/contract is below workflows and activities: types and names that both use.' },
  dropbox: { may: ['sync'], why: 'src/dropbox knows Dropbox only.' },
  graph: { may: ['sync'], why: 'src/graph knows ArangoDB and the documents, nothing above.' },
  outbox: { may: ['sync'], why: 'src/outbox publishes record events and knows nothing of where they come from.' },
  verify: { may: ['sync', 'dropbox', 'graph'], why: 'src/verify is below the client.' },
  activities: {
    may: ['contract', 'sync', 'dropbox', 'graph', 'outbox'],
    why: 'Activities know what they exchange with workflows, and the services that the worker gives them.',
  },
  workflows: {
    may: ['contract', 'sync', 'activities'],
    why: 'Workflow code runs in the deterministic sandbox: only @temporalio/workflow, types, src/contract and src/sync.',
  },
  client: {
    may: ['contract', 'sync', 'dropbox', 'graph', 'verify'],
    why: 'The client starts workflows and reads the graph. It does not know who calls it.',
  },
  server: { may: [], why: 'The server reaches everything through src/client.ts.' },
  cli: { may: [], why: 'The command line reaches everything through src/client.ts.' },
};
const folders = Object.keys(borders);

/** Packages, each with the only places that may import it; types may be imported everywhere but in src/sync. */
const packages = [
  [['arangojs'], ['src/graph/**'], 'ArangoDB is reached through src/graph.'],
  [['dropbox'], ['src/dropbox/**'], 'Dropbox is reached through src/dropbox.'],
  [['@temporalio/workflow'], ['src/workflows/**', 'src/contract/**'], 'Only workflow code runs in the sandbox.'],
  [['@temporalio/activity'], ['src/activities/**'], 'Only activities have an activity context.'],
  [['@temporalio/client'], ['src/client/**'], 'Temporal is called through src/client.ts.'],
  [['@temporalio/worker'], ['src/worker.ts'], 'One worker, made in src/worker.ts.'],
  [['fastify', '@fastify/rate-limit', 'fast-jwt', 'prom-client'], ['src/server/**'], 'HTTP is served by src/server.'],
  [['commander', 'cli-progress'], ['src/cli/**'], 'The command line is src/cli.'],
  [['pino'], ['src/log.ts'], 'src/log.ts makes the logger.'],
  [
    ['@opentelemetry', '@temporalio/interceptors-opentelemetry'],
    ['src/tracing.ts'],
    'Spans are made in src/tracing.ts.',
  ],
  [['redis', '@platformatic/kafka'], ['src/outbox/**'], 'Brokers are reached through src/outbox.'],
];

/** Matches what lies in one of these folders or files of src, as it is imported from another one. */
const placesOfSrc = (names) => `^(\\.\\./)+(${names.join('|')})(/|$)`;
const filesOfSrc = (names) => `^(\\.\\./)+(${names.join('|')})$`;

const bordersOf = (folder) => {
  const { may, why } = borders[folder];
  const refused = folders.filter((other) => other !== folder && !may.includes(other));
  const isOutside = folder === 'server' || folder === 'cli';
  const patterns = [
    // `../client` is the file src/client.ts, `../client/…` the folder.
    { regex: placesOfSrc(refused.filter((other) => other !== 'client')), message: why },
    {
      regex: folder === 'client' ? filesOfSrc(['client']) : `^(\\.\\./)+client${isOutside ? '/' : '(/|$)'}`,
      message: why,
    },
  ];
  for (const [names, places, message] of packages) {
    if (places.some((place) => place.startsWith(`src/${folder}/`))) continue;
    patterns.push({ regex: `^(${names.join('|')})(/|$)`, message, allowTypeImports: folder !== 'workflows' });
  }
  if (folder !== 'graph') {
    patterns.push({ regex: 'graph/driver/query$', message: 'All AQL is in src/graph: define the query there.' });
  }
  if (folder === 'workflows') {
    patterns.push({ regex: `^(node:|zod$)|${filesOfSrc(['config(/.*)?', 'log', 'secrets'])}`, message: why });
    patterns.push({ regex: placesOfSrc(['activities']), message: why, allowTypeImports: true });
  }
  if (folder === 'sync') {
    patterns.push({
      regex: `^(@temporalio/|node:(?!crypto$))|${filesOfSrc(['failures', 'config(/.*)?', 'log'])}`,
      message: why,
    });
  }
  return { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] };
};

/** What could be written in two ways, and is written in one. */
const message = 'begins in lower case, unless with a name: it is often part of a longer line.';
const upperCase = '/^(The|There|This|That|These|A|An|No|Nothing|Several|Some|It|Its) /';
/** `as`, `refused` and `unknown` are short forms of some files. */
const thrown =
  ':matches(CallExpression[callee.name=/^(as|failure|refused|unknown)$/], NewExpression[callee.name=/Error$/])';
const given = `:matches(${thrown}, ${thrown} > ConditionalExpression)`;
const oneWay = [
  { selector: 'PrivateIdentifier', message: 'Private members are written `private name`, like private parameters.' },
  { selector: `${given} > Literal[value=${upperCase}]`, message: `The message of an error ${message}` },
  {
    selector: `${given} > TemplateLiteral > TemplateElement:first-child[value.raw=${upperCase}]`,
    message: `The message of an error ${message}`,
  },
];

const noProcess = {
  'no-restricted-globals': ['error', 'console'],
  'no-restricted-properties': [
    'error',
    { object: 'process', property: 'env', message: 'src/config.ts reads the environment; it is passed by hand.' },
  ],
};

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', '**/*.js', '**/*.mjs'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { imports: imports.plugin, language: language.plugin },
    rules: {
      'language/plain-words': 'error',
      'imports/import-order': 'error',
      'max-lines': ['error', 400],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': ['error', ...oneWay],
      // Async functions without await implement interfaces whose other implementations do wait.
      '@typescript-eslint/require-await': 'off',
    },
  },
  ...folders.map((folder) => ({ files: [`src/${folder}/**/*.ts`], rules: bordersOf(folder) })),
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/main.ts', 'src/worker.ts'],
    rules: noProcess,
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'max-params': ['error', 5] },
  },
  {
    files: ['src/cli/**/*.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    files: ['sandbox/**/*.ts'],
    ignores: ['sandbox/demo/**', 'sandbox/demo.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/src/**'], message: 'The stand-ins know nothing of the worker.' }] },
      ],
    },
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
