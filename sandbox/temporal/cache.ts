import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { acquireBuildLock } from './buildLock';

/** Suffix of an executable, and of a folder for its parts, that are still being written. */
export const UNFINISHED = '.building';

/** `dropbox-teams` in the user's cache folder, which is XDG_CACHE_HOME or ~/.cache. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_CACHE_HOME'];
  return path.join(
    base !== undefined && path.isAbsolute(base) ? base : path.join(homedir(), '.cache'),
    'dropbox-teams',
  );
}

/** Path of the executable in a folder of the cache. A folder holds one version. */
export function cachedPath(cacheDir: string, folder: string): string {
  return path.join(cacheDir, folder, process.platform === 'win32' ? 'temporal.exe' : 'temporal');
}

/**
 * Returns `target`, which `write` creates at the path that it is given when it does not exist. Concurrent processes
 * write it once. What a killed process left there is removed, and the folder of `target` when `write` fails.
 */
export async function cacheOnce(
  target: string,
  stderr: NodeJS.WriteStream,
  write: (unfinished: string) => Promise<void>,
): Promise<string> {
  if (existsSync(target)) return target;
  const dir = path.dirname(target);
  await mkdir(dir, { recursive: true });
  let isReported = false;
  const lock = await acquireBuildLock(`${dir}.lock`, (owner) => {
    if (!isReported) stderr.write(`process ${owner} is preparing Temporal's server: waiting for it\n`);
    isReported = true;
  });
  const unfinished = `${target}.${randomUUID()}${UNFINISHED}`;
  try {
    if (existsSync(target)) return target;
    for (const name of await readdir(dir)) {
      if (name.endsWith(UNFINISHED)) await rm(path.join(dir, name), { recursive: true, force: true });
    }
    await write(unfinished);
    await rename(unfinished, target);
    return target;
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  } finally {
    await lock.release();
  }
}
