import { machine } from './machine';

/** `run` resolves to false when the claim did not hold. */
type Bench = { run: (args: string[]) => Promise<void | boolean> };

/** The modules are loaded on demand. */
const benches: Record<string, { what: string; load: () => Promise<Bench> }> = {
  'full-sync': {
    what: 'files per second of a full sync, its calls and requests, and its time compared with bare listing',
    load: () => import('./full-sync.js'),
  },
  idle: {
    what: 'the cost of an incremental run when nothing has changed',
    load: () => import('./idle.js'),
  },
  fairness: {
    what: 'the time of a small connector beside a busy one, compared with its time alone',
    load: () => import('./fairness.js'),
  },
  workers: {
    what: 'pages a second that one, two and four workers list, and what it costs when one of them is killed',
    load: () => import('./workers.js'),
  },
  memory: {
    what: "the worker's memory in the full sync of a large team",
    load: () => import('./memory.js'),
  },
  large: {
    what: 'a million files, 2,000 members: whether a sync and `verify` end, how fast, and in how much memory',
    load: () => import('./large.js'),
  },
  stream: {
    what: 'a file of 2 GB through the content route: its speed, and the memory of the worker that serves it',
    load: () => import('./stream.js'),
  },
  verify: {
    what: 'the time of `verify` on a team with 10,000 files that have members of their own',
    load: () => import('./verify.js'),
  },
  arangodb: { what: "the ArangoDB emulator's requests per second", load: () => import('./arangodb.js') },
  dropbox: { what: "the Dropbox simulator's pages per second", load: () => import('./dropbox.js') },
  'random-company': {
    what: 'random changes for many rounds: each incremental sync compared with a full sync into an empty database',
    load: () => import('./random-company.js'),
  },
  'crash-points': {
    what: 'a worker that dies before, during and after each commit: the graph is always the same',
    load: () => import('./crash-points.js'),
  },
  liar: {
    what: 'a Dropbox that lies about each route in each way: nothing is lost, nothing is leaked, each run ends',
    load: () => import('./liar.js'),
  },
  'database-errors': {
    what: 'an ArangoDB that answers each query with each error: each run ends, nothing is lost, the next one is exact',
    load: () => import('./database-errors.js'),
  },
  soak: {
    what: 'a company that changes for --minutes N, with faults, lies, restarts and a migration: exact, and flat in memory',
    load: () => import('./soak.js'),
  },
  reached: {
    what: 'which functions, statements, options and routes of the ArangoDB emulator the test run reaches',
    load: () => import('./reached.js'),
  },
  histories: { what: 'records test/histories again, for a release', load: () => import('./record-histories.js') },
};

/** `npm run bench -- NAME [options]`: the exit code is 1 when a target is missed and 2 for wrong usage. */
async function main(): Promise<void> {
  const [name = '', ...args] = process.argv.slice(2);
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (!bench) {
    const width = Math.max(...Object.keys(benches).map(({ length }) => length));
    const lines = Object.entries(benches).map(([known, { what }]) => `  ${known.padEnd(width)}  ${what}`);
    process.stderr.write(`npm run bench -- NAME [options], where NAME is one of:\n${lines.join('\n')}\n`);
    process.exitCode = 2;
    return;
  }
  process.stdout.write(`${name} on ${machine()}\n`);
  const { run } = await bench.load();
  if ((await run(args)) === false) process.exitCode = 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  process.exitCode = code.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
});
