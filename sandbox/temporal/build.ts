import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { cacheOnce, cachedPath } from './cache';
import { startProgress } from './progress';

/** The command's package; the version comes from the `tool` line of the pinned go.mod. */
const GO_PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
const GO_MODULE = 'github.com/temporalio/cli';
const SHOWN_ERROR_LINES = 12;

export interface BuildOptions {
  /** Folder with the pinned go.mod and go.sum. */
  moduleDir: string;
  /** Folder outside of the project for finished builds. */
  cacheDir: string;
  /** The `go` command. */
  go: string;
  stderr: NodeJS.WriteStream;
}

/** Path of the build for the pinned go.mod and go.sum. Other versions have another folder. */
export function builtServerPath(moduleDir: string, cacheDir: string): string {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum']) hash.update(readFileSync(path.join(moduleDir, name)));
  return cachedPath(cacheDir, `temporal-${hash.digest('hex').slice(0, 16)}`);
}

/**
 * Builds Temporal's server and CLI from the pinned modules. It takes about two and a half minutes on two cores, 1.8 GB in
 * Go's module cache and 210 MB in `cacheDir`. A repeat returns the existing file, and concurrent processes build once.
 */
export function buildServer(options: BuildOptions): Promise<string> {
  const target = builtServerPath(options.moduleDir, options.cacheDir);
  return cacheOnce(target, options.stderr, (unfinished) => compile(options, unfinished));
}

async function compile(options: BuildOptions, output: string): Promise<void> {
  const counts = { modules: 0, packages: 0 };
  const progress = startProgress(
    options.stderr,
    () =>
      "building Temporal's server from Go's module proxy (1.8 GB, once, a few minutes): " +
      `${counts.modules} modules downloaded, ${counts.packages} packages compiled`,
  );
  const tail: string[] = [];
  const child = spawn(
    options.go,
    ['build', '-v', '-ldflags', `-s -w -X ${GO_MODULE}/temporalcli.Version=${cliVersion(options.moduleDir)}`].concat([
      '-o',
      output,
      GO_PACKAGE,
    ]),
    // The user's Go settings must not change the build.
    {
      cwd: options.moduleDir,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, GOFLAGS: '', GOWORK: 'off' },
    },
  );
  const stopWithThisProcess = () => child.kill();
  process.once('exit', stopWithThisProcess);
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('go: downloading ')) counts.modules += 1;
    else if (/^[\w.-]+(\/[\w.~-]+)*$/.test(line)) counts.packages += 1;
    else tail.push(line);
  });
  const status = await new Promise<number | string>((resolve) => {
    child.once('error', (error) => {
      tail.push(error.message);
      resolve('not started');
    });
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  process.off('exit', stopWithThisProcess);
  if (status === 0) {
    progress.end("built Temporal's server");
    return;
  }
  progress.end("building Temporal's server failed");
  throw new Error(
    `building Temporal's server with ${options.go} failed (${status}): ${tail.slice(-SHOWN_ERROR_LINES).join('; ')}`,
  );
}

/** The version of the CLI that go.mod requires, without its leading v. */
function cliVersion(moduleDir: string): string {
  const pinned = /^\s*(?:require )?github\.com\/temporalio\/cli v(\S+)/m.exec(
    readFileSync(path.join(moduleDir, 'go.mod'), 'utf8'),
  );
  if (pinned?.[1] === undefined) throw new Error(`${moduleDir}/go.mod does not require ${GO_MODULE}`);
  return pinned[1];
}
