'use strict';
// Compiles the sources into dist/, and the workflows into the bundle that workers load, when a source is newer than the
// last build. `node bin/build.js --check` (npm run build) always builds and checks types. Other commands skip the type
// check, so that `npm run demo` starts soon after a change.
const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const stamp = path.join(root, 'dist', '.built');
const bundle = path.join(root, 'dist', 'workflow-bundle.js');

/** The latest modification time, in milliseconds, of the TypeScript sources below `dir`. */
function newest(dir) {
  let latest = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) latest = Math.max(latest, newest(full));
    else if (entry.name.endsWith('.ts')) latest = Math.max(latest, statSync(full).mtimeMs);
  }
  return latest;
}

/** Builds when a source is newer than dist/. An installed package has no sources, so nothing is built there. */
function buildIfStale() {
  const sources = ['src', 'sandbox', 'bench', 'test/support']
    .map((dir) => path.join(root, dir))
    .filter((dir) => existsSync(dir));
  if (!existsSync(path.join(root, 'tsconfig.build.json')) || sources.length === 0) return;
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (built > Math.max(...sources.map(newest))) return;
  build(['--noCheck']);
}

function build(options) {
  const startedAt = new Date();
  const tsc = require.resolve('typescript/lib/tsc.js', { paths: [root] });
  run([tsc, '-p', 'tsconfig.build.json', ...options]);
  removeOrphans(path.join(root, 'dist'));
  run([__filename, '--bundle']);
  writeFileSync(stamp, '');
  // A source that was saved while the compiler ran must count as newer than this build.
  utimesSync(stamp, startedAt, startedAt);
}

/** Removes what was compiled from sources that are gone, which would become part of a package. */
function removeOrphans(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) removeOrphans(full);
    const source = path.relative(path.join(root, 'dist'), full).replace(/\.(js|js\.map|d\.ts)$/, '.ts');
    const isCompiled = entry.isFile() && source.includes(path.sep) && source.endsWith('.ts');
    if (isCompiled && !existsSync(path.join(root, source))) rmSync(full);
  }
}

function run(args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status === 0) return;
  process.stderr.write(`the build failed:\n${stdout}${stderr}`);
  process.exit(1);
}

/** Workers load this file. Bundling in each worker would cost a second and 200 MB. */
async function bundleWorkflows() {
  const { bundleWorkflowCode, DefaultLogger } = require('@temporalio/worker');
  const workflows = path.join(root, 'dist', 'src', 'workflows');
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(workflows, 'index.js'),
    workflowInterceptorModules: [path.join(workflows, 'interceptors.js')],
    logger: new DefaultLogger('ERROR'),
  });
  writeFileSync(`${bundle}.part`, code);
  renameSync(`${bundle}.part`, bundle);
}

module.exports = { buildIfStale };
if (require.main === module) {
  if (process.argv.includes('--bundle')) {
    bundleWorkflows().catch((error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exit(1);
    });
  } else if (process.argv.includes('--check')) {
    build([]);
  } else {
    buildIfStale();
  }
}
