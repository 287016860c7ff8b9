'use strict';
// `npm run dev`: a worker that is built and started again when a source changes. Its settings come from the environment
// and from `.env`. When a build fails, its errors are printed and the former worker keeps running.
const { spawn, spawnSync } = require('node:child_process');
const { watch } = require('node:fs');
const path = require('node:path');
const { loadEnvironmentFile } = require('./env');

const root = path.join(__dirname, '..');
/** Editors save several files at once. */
const SAVED_TOGETHER_MS = 200;
let worker;
let timer;
let isStopping = false;
let isReplaced = false;

const note = (text) => process.stderr.write(`dev: ${text}\n`);
const build = () => spawnSync(process.execPath, [path.join(__dirname, 'build.js')], { stdio: 'inherit' }).status === 0;

function start() {
  isReplaced = false;
  worker = spawn(process.execPath, ['--enable-source-maps', path.join(root, 'dist', 'src', 'worker.js')], {
    stdio: 'inherit',
  });
  worker.once('exit', (code, signal) => {
    worker = undefined;
    if (isStopping) process.exit(code ?? 0);
    if (isReplaced) return start();
    note(`the worker ended (${signal ?? code}); the next change starts it again`);
  });
}

/** A worker ends its running activities before the next one starts. */
function restart() {
  if (!build()) return;
  note('a source changed: starting the worker again');
  if (worker === undefined) return start();
  if (!isReplaced) worker.kill('SIGTERM');
  isReplaced = true;
}

function stop(signal) {
  isStopping = true;
  clearTimeout(timer);
  if (worker === undefined) process.exit(0);
  worker.kill(signal);
}

loadEnvironmentFile();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
if (build()) start();
watch(path.join(root, 'src'), { recursive: true }, (_event, file) => {
  if (!file?.endsWith('.ts') || isStopping) return;
  clearTimeout(timer);
  timer = setTimeout(restart, SAVED_TOGETHER_MS);
});
