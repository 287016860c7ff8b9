'use strict';
// `npm run release:check`: what a release has to pass besides the tests. It packs the package, installs it in an empty
// folder, and uses the commands and the client there as one does who has only the package; then it carries out the
// steps of the Dockerfile without a container engine, and starts what they produce. It publishes nothing.
const { execFileSync, spawnSync } = require('node:child_process');
const { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { audit, UNANSWERED } = require('./audit');

const root = path.join(__dirname, '..');
const { name, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const BELONGS =
  /^((dist|bin|docs|deploy|examples|integrations|sandbox\/temporal\/temporal-cli)\/|[A-Z]+(\.md)?$|package\.json$|\.env\.example$)/;
const LARGEST_PACKAGE = 5_000_000;
const failed = [];
const leftOut = [];

function check(what, work) {
  process.stdout.write(`${what} … `);
  try {
    process.stdout.write(`${work() ?? 'ok'}\n`);
  } catch (error) {
    failed.push(what);
    process.stdout.write(`FAILED\n${error.stdout ?? ''}${error.stderr ?? ''}${error.message}\n`);
  }
}

function requireThat(holds, message) {
  if (!holds) throw new Error(message);
}

const run = (program, args, cwd, env = process.env) =>
  execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });

/** A worker without settings names what is missing, before it connects to anything. */
function refusesToStart(folder, ...worker) {
  const env = { PATH: process.env.PATH, NODE_ENV: 'production' };
  const { status, stderr } = spawnSync(process.execPath, worker, { cwd: folder, env, encoding: 'utf8' });
  requireThat(status === 2, `exit code ${status} instead of 2: ${stderr}`);
  requireThat(/^CONNECTOR_SECRET_KEY is not set/m.test(stderr), `it does not name what is missing: ${stderr}`);
}

function checkPackage(work) {
  const folder = path.join(work, 'user');
  mkdirSync(folder);
  let tarball;
  check('pack', () => {
    const [packed] = JSON.parse(run('npm', ['pack', '--json', '--silent', '--pack-destination', work], root));
    const paths = packed.files.map((file) => file.path);
    const strange = paths.filter((file) => !BELONGS.test(file) || file.includes('__pycache__'));
    requireThat(strange.length === 0, `files that do not belong into the package: ${strange.join(', ')}`);
    requireThat(packed.size < LARGEST_PACKAGE, `the package has ${packed.size} bytes`);
    tarball = path.join(work, packed.filename);
    return `${packed.files.length} files, ${Math.round(packed.size / 1000)} kB packed`;
  });
  if (tarball === undefined) return;
  writeFileSync(path.join(folder, 'package.json'), '{"name":"user","private":true}');
  check('install', () => void run('npm', ['install', '--no-audit', '--no-fund', tarball], folder));
  const command = path.join(folder, 'node_modules', '.bin', name);
  check('command: --version', () => {
    const printed = run(command, ['--version'], folder).trim();
    requireThat(printed === version, `it prints ${printed} instead of ${version}`);
  });
  check('command: --help', () =>
    requireThat(run(command, ['--help'], folder).includes('sync'), 'it lists no commands'),
  );
  check('worker', () => refusesToStart(folder, path.join('node_modules', name, 'dist', 'src', 'worker.js')));
  check('command: worker', () =>
    refusesToStart(folder, path.join('node_modules', name, 'bin', `${name}.js`), 'worker'),
  );
  check('command: demo --once', () => {
    const last = run(command, ['demo', '--once'], folder).trim().split('\n').at(-1);
    requireThat(last === 'PipesHub and Dropbox agree on every user and file.', last);
  });
  const use =
    "if (typeof DropboxTeamsClient.connect !== 'function' || typeof loadConfig !== 'function') process.exit(1);";
  const programs = {
    'client.cjs': `const { DropboxTeamsClient, loadConfig } = require('${name}');\n${use}`,
    'client.mjs': `import { DropboxTeamsClient, loadConfig } from '${name}';\n${use}`,
  };
  for (const [file, text] of Object.entries(programs)) {
    writeFileSync(path.join(folder, file), text);
    check(file, () => void run(process.execPath, [file], folder));
  }
  check('types of the client', () => {
    const text = `import { DropboxTeamsClient, loadConfig, type SyncOutcome } from '${name}';
export const sync = async (connector: string): Promise<SyncOutcome> =>
  (await DropboxTeamsClient.connect(loadConfig({})).runSync(connector)).result();\n`;
    writeFileSync(path.join(folder, 'client.ts'), text);
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'node16', '--target', 'es2022'];
    const types = ['--types', 'node', '--typeRoots', path.join(root, 'node_modules', '@types')];
    run(process.execPath, [require.resolve('typescript/lib/tsc.js'), ...options, ...types, 'client.ts'], folder);
  });
}

/** The instructions of a stage of the Dockerfile, with continued lines joined. */
function stageOf(dockerfile, pattern) {
  const stages = dockerfile.replaceAll(/\\\n\s*/g, '').split(/^(?=FROM )/m);
  return (stages.find((stage) => pattern.test(stage)) ?? '').split('\n').map((line) => line.trim());
}

function checkImage(work) {
  const [source, image] = [path.join(work, 'source'), path.join(work, 'image')];
  const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
  const runs = (pattern) =>
    stageOf(dockerfile, pattern).flatMap((line) => (line.startsWith('RUN ') ? [line.slice('RUN '.length)] : []));
  check('image: copy', () => {
    for (const file of run('git', ['ls-files', '-z'], root).split('\0').filter(Boolean)) {
      cpSync(path.join(root, file), path.join(source, file));
    }
  });
  for (const step of [...runs(/ AS build$/m), ...runs(/ AS production$/m)]) {
    check(`image: ${step.slice(0, 60)}`, () => void run('sh', ['-ec', step], source));
  }
  check('image: files', () => {
    const final = stageOf(dockerfile, /^FROM \S+\n/);
    const copies = final.flatMap((line) => [...line.matchAll(/^COPY --from=production \/app\/(\S+) \.\/(\S*)$/g)]);
    for (const [, from, to] of copies) {
      cpSync(
        path.join(source, from),
        path.join(image, to === '' || to.endsWith('/') ? path.join(to, path.basename(from)) : to),
        {
          recursive: true,
          verbatimSymlinks: true,
        },
      );
    }
    const platforms = readdirSync(path.join(image, 'node_modules/@temporalio/core-bridge/releases'));
    requireThat(platforms.length === 1, `native parts for ${platforms.join(', ')}`);
    return run('du', ['-sh', image], root).split('\t')[0];
  });
  check('image: worker', () => refusesToStart(image, path.join('dist', 'src', 'worker.js')));
  check('image: command', () => void run(process.execPath, ['bin/dropbox-teams.js', '--version'], image));
}

const work = mkdtempSync(path.join(tmpdir(), 'release-'));
try {
  check('CHANGELOG.md has a section of this version', () =>
    requireThat(
      readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8').includes(`\n## [${version}]`),
      `there is no section [${version}]`,
    ),
  );
  check('known vulnerabilities', () => {
    const code = audit();
    requireThat(code !== 1, 'update the packages, or explain why they do no harm');
    if (code !== UNANSWERED) return undefined;
    leftOut.push('known vulnerabilities');
    return 'left out';
  });
  checkPackage(work);
  if (process.platform === 'linux') checkImage(work);
  else leftOut.push('image');
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (leftOut.length > 0) process.stdout.write(`left out: ${leftOut.join(', ')}\n`);
process.stdout.write(failed.length > 0 ? `failed: ${failed.join(', ')}\n` : `${name} ${version} can be released\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
