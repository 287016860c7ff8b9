'use strict';
// Compiles the sources into dist/ when they are newer than the last build. Type errors are left to `npm run typecheck`:
// here only the JavaScript matters, so that `npm run demo` starts at once after a change.
const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, statSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const stamp = path.join(root, 'dist', '.built');

/** Newest modification time, in milliseconds, of the TypeScript sources below `dir`. */
function newest(dir) {
  let latest = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) latest = Math.max(latest, newest(full));
    else if (entry.name.endsWith('.ts')) latest = Math.max(latest, statSync(full).mtimeMs);
  }
  return latest;
}

/** Builds if a source is newer than dist/; does nothing in an installed package, which has no sources. */
function buildIfStale() {
  const sources = ['src', 'sandbox', 'bench'].map((dir) => path.join(root, dir)).filter((dir) => existsSync(dir));
  if (!existsSync(path.join(root, 'tsconfig.build.json')) || sources.length === 0) return;
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  if (built > Math.max(...sources.map(newest))) return;
  const startedAt = new Date();
  const tsc = require.resolve('typescript/lib/tsc.js', { paths: [root] });
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) {
    process.stderr.write(`the build failed:\n${stdout}`);
    process.exit(1);
  }
  writeFileSync(stamp, '');
  // A source saved while the compiler ran must count as newer than this build.
  require('node:fs').utimesSync(stamp, startedAt, startedAt);
}

module.exports = { buildIfStale };
if (require.main === module) buildIfStale();
