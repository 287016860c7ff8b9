import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { Stack } from '../support/stack';
import { TerminalSession } from '../support/terminal';

jest.setTimeout(limits.syncs);

const ROOT = path.join(__dirname, '..', '..');
const resources = closedAfterAll();
let stack: Stack;
/** A copy of the sources, which the test changes. */
let copy: string;

beforeAll(async () => {
  stack = resources.add(await Stack.start());
  copy = realpathSync(mkdtempSync(path.join(tmpdir(), 'dev-')));
  resources.defer(async () => rmSync(copy, { recursive: true }));
  for (const name of ['src', 'bin', 'package.json', 'tsconfig.json', 'tsconfig.build.json']) {
    cpSync(path.join(ROOT, name), path.join(copy, name), { recursive: true });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
});

/** Process ids of the workers that run the copy. */
const workers = (): string[] =>
  execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(path.join(copy, 'dist', 'src', 'worker.js')))
    .map((line) => line.trim().split(' ')[0] ?? '');

it('npm run dev: a changed source starts the worker again, one that does not compile leaves it, Ctrl-C ends both', async () => {
  // The settings come from .env.
  const settings = Object.entries(stack.environment).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(path.join(copy, '.env'), settings.join(''));
  const dev = TerminalSession.run(['npm', 'run', 'dev'], copy, {}, resources);
  await dev.sees(/listening on /);
  const before = workers();
  expect(before).toHaveLength(1);

  appendFileSync(path.join(copy, 'src', 'worker.ts'), '\n// A change.\n');
  await dev.sees(/a source changed: starting the worker again[^]*listening on /);
  const after = workers();
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);

  appendFileSync(path.join(copy, 'src', 'worker.ts'), '\nconst = ;\n');
  await dev.sees(/the build failed:[^]*worker\.ts/);
  expect(workers()).toEqual(after);

  dev.type('\u0003');
  await dev.ended();
  expect(workers()).toEqual([]);
});
