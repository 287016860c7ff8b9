import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { version as sdkVersion } from '@temporalio/worker/package.json';
import { buildServer, builtServerPath, defaultCacheDir } from './build';

export interface FindOptions {
  env?: NodeJS.ProcessEnv;
  /** Folder of the SDK's downloads. Default: the system's temporary folder. */
  tempDir?: string;
  moduleDir?: string;
  cacheDir?: string;
  stderr?: NodeJS.WriteStream;
}

/**
 * Path of a `temporal` executable with the development server: the one that TEMPORAL_CLI_PATH names, the one on the
 * PATH, or the one that Temporal's SDK has downloaded. If there is none, it is built once from Go's module proxy, which
 * takes minutes and reports its progress on standard error. Rejects with a message that says what to install or set.
 */
export async function temporalServerPath(options: FindOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  const named = env['TEMPORAL_CLI_PATH'];
  if (named !== undefined && named !== '') {
    if (!isExecutable(named)) throw new Error(`TEMPORAL_CLI_PATH names ${named}, which is not an executable file`);
    return named;
  }
  const found = onPath('temporal', env) ?? sdkDownload(options.tempDir ?? tmpdir());
  if (found !== undefined) return found;

  const moduleDir = options.moduleDir ?? path.join(projectRoot(), 'sandbox', 'temporal', 'temporal-cli');
  const cacheDir = options.cacheDir ?? defaultCacheDir(env);
  const built = builtServerPath(moduleDir, cacheDir);
  if (existsSync(built)) return built;
  const go = onPath('go', env);
  if (go === undefined) {
    throw new Error(
      "Temporal's server is not on this machine, and neither is Go to build it: install the Temporal CLI " +
        '(https://docs.temporal.io/cli) or Go 1.25 or later (https://go.dev/dl), or set TEMPORAL_CLI_PATH to a `temporal` executable',
    );
  }
  return buildServer({ moduleDir, cacheDir, go, stderr: options.stderr ?? process.stderr });
}

/** The first executable of that name on the PATH. */
function onPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  return (env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((dir) => dir !== '')
    .map((dir) => path.join(dir, file))
    .find(isExecutable);
}

/** The SDK's name and version are in the file name of its download (sdk-core, ephemeral_server: get_or_download). */
function sdkDownload(tempDir: string): string | undefined {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const file = path.join(tempDir, `temporal-sdk-typescript-${sdkVersion}${suffix}`);
  return isExecutable(file) ? file : undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // It does not exist, or this user may not run it: the next candidate is tried.
    return false;
  }
}

/** The folder with package.json, found from the sources and from dist/. */
function projectRoot(): string {
  let dir = __dirname;
  while (!existsSync(path.join(dir, 'package.json'))) {
    const parent = path.dirname(dir);
    if (parent === dir) throw new Error(`no package.json above ${__dirname}`);
    dir = parent;
  }
  return dir;
}
