/**
 * Which parts of the ArangoDB emulator the test run reaches: functions, statements, expressions and options of AQL, and
 * routes with their options. Recorded are requests that were answered without an error. What no request reaches but
 * those of the emulator's own tests can be removed, unless a driver or PipesHub needs it.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { BinaryOperator, StatementSyntax, Syntax } from '../sandbox/arangodb/aql/ast';
import { functions } from '../sandbox/arangodb/aql/functions';
import { obeyedOptions } from '../sandbox/arangodb/aql/options';
import { parse } from '../sandbox/arangodb/aql/parser';

/** Tests of the emulator itself. */
const OWN = ['test/arangodb/', 'test/sandbox/arangodb/'];

const STATEMENTS: Record<StatementSyntax['kind'], true> = {
  for: true,
  traversal: true,
  filter: true,
  let: true,
  sort: true,
  limit: true,
  collect: true,
  insert: true,
  update: true,
  replace: true,
  remove: true,
  upsert: true,
  return: true,
};
const EXPRESSIONS: Record<Syntax['kind'], true> = {
  constant: true,
  attribute: true,
  index: true,
  array: true,
  object: true,
  unary: true,
  binary: true,
  ternary: true,
  call: true,
  name: true,
  parameter: true,
  boundAttribute: true,
  subquery: true,
  element: true,
  expansion: true,
  parenthesized: true,
};
const OPERATORS: Record<BinaryOperator, true> = {
  '==': true,
  '!=': true,
  '<': true,
  '<=': true,
  '>': true,
  '>=': true,
  in: true,
  'not in': true,
  '+': true,
  '-': true,
  '*': true,
  '/': true,
  '%': true,
  '&&': true,
  '||': true,
  '..': true,
};

const recordSchema = z.object({ route: z.string(), query: z.string().optional(), options: z.array(z.string()) });

/** Kinds of parts, such as `functions`, each with the names that were reached. */
class Reached {
  private readonly byKind = new Map<string, Set<string>>();

  of(kind: string): ReadonlySet<string> {
    return this.byKind.get(kind) ?? new Set();
  }

  get kinds(): string[] {
    return [...this.byKind.keys()];
  }

  add(kind: string, name: string): void {
    this.byKind.set(kind, new Set([...this.of(kind), name]));
  }

  addQuery(text: string): void {
    try {
      this.addSyntax(parse(text));
    } catch {
      // A query that is refused reaches nothing.
    }
  }

  /** Adds a part of a syntax tree with everything in it. */
  private addSyntax(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const inner of Object.values(value)) this.addSyntax(inner);
    const { kind, name, operator, options } = value as Record<string, unknown>;
    if (typeof kind !== 'string') return;
    if (kind in STATEMENTS) this.add('statements', kind);
    if (kind in EXPRESSIONS) this.add('expressions', kind);
    if (kind === 'call' && functions.has(String(name))) this.add('functions', String(name));
    if (kind === 'binary') this.add('operators', String(operator));
    if (kind === 'collect')
      for (const { function: of } of (value as { aggregates: { function: string }[] }).aggregates)
        this.add('functions', of);
    const { entries = [], value: constant } = (options ?? {}) as { entries?: { name: unknown }[]; value?: object };
    const names = [...entries.map((entry) => String(entry.name)), ...Object.keys(constant ?? {})];
    for (const option of names)
      this.add('options', `${kind === 'traversal' ? 'TRAVERSAL' : kind.toUpperCase()} ${option}`);
  }
}

function read(folder: string): Reached {
  const reached = new Reached();
  for (const file of readdirSync(folder))
    for (const line of readFileSync(path.join(folder, file), 'utf8').split('\n').filter(Boolean)) {
      const { route, query, options } = recordSchema.parse(JSON.parse(line));
      reached.add('routes', route);
      const isQuery = query !== undefined;
      for (const option of options) reached.add('options of requests', `${isQuery ? '' : `${route} `}${option}`);
      if (isQuery) reached.addQuery(query);
    }
  return reached;
}

/** Everything that the emulator has, as far as it is listed in its code. */
function known(): Reached {
  const all = new Reached();
  for (const name of functions.keys()) all.add('functions', name);
  for (const name of Object.keys(STATEMENTS)) all.add('statements', name);
  for (const name of Object.keys(EXPRESSIONS)) all.add('expressions', name);
  for (const name of Object.keys(OPERATORS)) all.add('operators', name);
  for (const [operation, names] of Object.entries(obeyedOptions))
    for (const name of names.split(' ')) all.add('options', `${operation} ${name}`);
  return all;
}

/** Runs tests while each of their emulators records its requests in `folder`. Resolves to whether they passed. */
function runTests(folder: string, args: readonly string[]): Promise<boolean> {
  const recorder = path.resolve('bench/record-requests.js');
  const options = [process.env['NODE_OPTIONS'] ?? '', `--require=${JSON.stringify(recorder)}`].join(' ').trim();
  const jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', ...args], {
    stdio: 'inherit',
    env: { ...process.env, NODE_OPTIONS: options, RECORDED_REQUESTS: folder, TEST_FORM: 'all' },
  });
  return new Promise((resolve, reject) => {
    jest.once('error', reject);
    jest.once('close', (code) => resolve(code === 0));
  });
}

function report(tests: Reached, own: Reached): string {
  const all = known();
  const kinds = [...new Set([...all.kinds, ...tests.kinds, ...own.kinds])];
  return kinds
    .flatMap((kind) => {
      const names = [...new Set([...all.of(kind), ...own.of(kind), ...tests.of(kind)])].sort();
      const others = names.filter((name) => !tests.of(kind).has(name));
      const listed = (which: readonly string[]): string => which.join(', ') || 'none';
      return [
        `${kind}`,
        `  reached: ${listed(names.filter((name) => tests.of(kind).has(name)))}`,
        `  by requests of the emulator's own tests only: ${listed(others.filter((name) => own.of(kind).has(name)))}`,
        `  by no request: ${listed(others.filter((name) => !own.of(kind).has(name)))}`,
      ];
    })
    .join('\n');
}

export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      /** A regular expression for the paths of test files. */
      tests: { type: 'string', default: '' },
    },
  });
  const folders = ['tests', 'own'].map((name) => mkdtempSync(path.join(tmpdir(), `reached-${name}-`)));
  const [ofTests, ofOwn] = folders as [string, string];
  try {
    const passed = [
      await runTests(ofTests, [
        ...(values.tests === '' ? [] : ['--testPathPatterns', values.tests]),
        ...OWN.flatMap((folder) => ['--testPathIgnorePatterns', folder]),
      ]),
      await runTests(
        ofOwn,
        OWN.flatMap((folder) => ['--testPathPatterns', folder]),
      ),
    ];
    process.stdout.write(`${report(read(ofTests), read(ofOwn))}\n`);
    return passed.every(Boolean);
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true });
  }
}
