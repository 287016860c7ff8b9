'use strict';
// Plants a violation of each rule that ARCHITECTURE.md relies on, and fails when the tool that holds the rule accepts it.
// `node lint/planted.js`; CI runs it.
const { spawnSync } = require('node:child_process');
const { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { ESLint } = require('eslint');

const root = path.join(__dirname, '..');
const restricted = '@typescript-eslint/no-restricted-imports';

/** Violations for ESLint: a file that exists, so that its folder's rules and the type checker apply; its text; the rule. */
const planted = [
  ['src/sync/keys.ts', "import '../graph/driver/query';", restricted],
  ['src/sync/keys.ts', "import { readFile } from 'node:fs';\nvoid readFile;", restricted],
  [
    'src/sync/keys.ts',
    "import { ApplicationFailure } from '@temporalio/common';\nvoid ApplicationFailure;",
    restricted,
  ],
  ['src/contract/sync.ts', "import type { X } from '../activities';\nexport type Y = X;", restricted],
  ['src/contract/sync.ts', "import '../workflows/runSync';", restricted],
  ['src/dropbox/team.ts', "import '../graph/state/outbox';", restricted],
  ['src/dropbox/team.ts', "import '../client/errors';", restricted],
  ['src/graph/driver/query.ts', "import '../../activities';", restricted],
  [
    'src/graph/driver/query.ts',
    "import type { DropboxActor } from '../../dropbox';\nexport type Y = DropboxActor;",
    restricted,
  ],
  ['src/outbox/broker.ts', "import '../graph/state/outbox';", restricted],
  ['src/verify/verify.ts', "import '../client/errors';", restricted],
  ['src/verify/verify.ts', "import '../client';", restricted],
  ['src/verify/verify.ts', "import { defineQuery } from '../graph/driver/query';\nvoid defineQuery;", restricted],
  ['src/client/errors.ts', "import { defineQuery } from '../graph/driver/query';\nvoid defineQuery;", restricted],
  ['src/client/errors.ts', "import { Dropbox } from 'dropbox';\nvoid Dropbox;", restricted],
  ['src/client/errors.ts', "import { Database } from 'arangojs';\nvoid Database;", restricted],
  ['src/client/errors.ts', "import '../server/http';", restricted],
  ['src/activities/index.ts', "import '../workflows';", restricted],
  ['src/activities/index.ts', "import '../client';", restricted],
  ['src/activities/index.ts', "import '../verify/verify';", restricted],
  ['src/activities/index.ts', "import { Client } from '@temporalio/client';\nvoid Client;", restricted],
  ['src/workflows/runSync.ts', "import { createActivities } from '../activities';\nvoid createActivities;", restricted],
  ['src/workflows/runSync.ts', "import { randomUUID } from 'node:crypto';\nvoid randomUUID;", restricted],
  ['src/workflows/runSync.ts', "import { z } from 'zod';\nvoid z;", restricted],
  ['src/workflows/runSync.ts', "import '../graph/state/outbox';", restricted],
  ['src/workflows/runSync.ts', "import type { Database } from 'arangojs';\nexport type Y = Database;", restricted],
  ['src/server/http.ts', "import '../client/errors';", restricted],
  ['src/server/http.ts', "import '../graph/state/outbox';", restricted],
  ['src/cli/run.ts', "import '../client/errors';", restricted],
  ['src/cli/run.ts', "import '../dropbox';", restricted],
  ['sandbox/serve.ts', "import '../src/log';", 'no-restricted-imports'],
  ['src/graph/driver/query.ts', "export const url = process.env['ARANGO_URL'];", 'no-restricted-properties'],
  ['src/graph/driver/query.ts', "console.log('x');", 'no-restricted-globals'],
  [
    'src/graph/driver/query.ts',
    'export async function f(): Promise<void> {}\nf();',
    '@typescript-eslint/no-floating-promises',
  ],
  ['src/graph/driver/query.ts', 'export class X {\n  #y = 1;\n}', 'no-restricted-syntax'],
  ['src/graph/driver/query.ts', "throw new Error('The query is wrong');", 'no-restricted-syntax'],
  ['src/graph/driver/query.ts', 'throw new TypeError(`No ${String(module)} here`);', 'no-restricted-syntax'],
  ['src/graph/driver/query.ts', "throw new Error(module ? 'The query' : 'a query');", 'no-restricted-syntax'],
  [
    'src/graph/driver/query.ts',
    "const refused = (text: string): Error => new TypeError(text);\nthrow refused('The query');",
    'no-restricted-syntax',
  ],
  [
    'src/graph/driver/query.ts',
    "import { chunks } from '../../chunks';\nimport path from 'node:path';\nvoid [chunks, path];",
    'imports/import-order',
  ],
  ['src/graph/driver/query.ts', '// a\n'.repeat(401), 'max-lines'],
  ['src/graph/driver/query.ts', `/** What ${'some'}${'body'} wrote. */\nexport const x = 1;`, 'language/plain-words'],
  ['test/sync/access.test.ts', `test('${'set'}${'tles'} it', () => undefined);`, 'language/plain-words'],
];

async function lint() {
  const eslint = new ESLint({ cwd: root });
  const accepted = [];
  for (const [file, text, rule] of planted) {
    const [result] = await eslint.lintText(`${text}\n`, { filePath: path.join(root, file) });
    if (!result.messages.some(({ ruleId }) => ruleId === rule)) {
      accepted.push(`${rule} accepts ${JSON.stringify(text.slice(0, 80))} in ${file}`);
    }
  }
  return accepted;
}

/** A small project with this project's configuration, in which a tool has to find one thing wrong. */
function inProject(files, tool, args, expected) {
  const dir = mkdtempSync(path.join(tmpdir(), 'planted-'));
  try {
    for (const name of ['.dependency-cruiser.js', 'knip.jsonc', 'tsconfig.json', 'package.json']) {
      cpSync(path.join(root, name), path.join(dir, name));
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
      writeFileSync(path.join(dir, name), text);
    }
    const program = path.join(root, 'node_modules', '.bin', tool);
    const { status, stdout, stderr } = spawnSync(program, args, { cwd: dir, encoding: 'utf8' });
    const found = status !== 0 && `${stdout}${stderr}`.includes(expected);
    return found ? [] : [`${tool} accepts ${expected}: ${stdout}${stderr}`.trim()];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const cycle = {
  'src/one.ts': "import type { Two } from './two';\nexport type One = Two | 1;\n",
  'src/two.ts': "import type { One } from './one';\nexport type Two = One | 2;\n",
};
const dead = {
  'src/client.ts': "export { used } from './used';\n",
  'src/used.ts': 'export const used = 1;\n',
  'src/never-imported.ts': 'export const never = 1;\n',
};

lint().then((accepted) => {
  accepted.push(
    ...inProject(cycle, 'depcruise', ['src'], 'no-cycles'),
    ...inProject(dead, 'knip', ['--no-progress', '--include', 'files'], 'never-imported.ts'),
  );
  for (const line of accepted) console.error(line);
  console.log(`${planted.length + 2 - accepted.length} of ${planted.length + 2} planted violations were found`);
  process.exitCode = accepted.length === 0 ? 0 : 1;
});
