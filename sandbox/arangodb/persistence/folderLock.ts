import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';

/** Lock files that this process owns. */
const ownLocks = new Set<string>();

/**
 * Locks a data folder, because two processes must not write to it. Returns the function that unlocks it. The lock file
 * holds its owner's process id; the lock of a process that no longer runs is replaced.
 */
export function lockFolder(folder: string): () => void {
  const path = resolve(folder, 'lock');
  if (ownLocks.has(path)) throw new Error(`data folder ${folder} is in use by this process`);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      ownLocks.add(path);
      return () => {
        ownLocks.delete(path);
        rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(readFileSync(path, 'utf8'));
    // Process ids are reused. This process does not own the lock, so its own id was written by an earlier process.
    if (owner !== process.pid && isRunning(owner)) break;
    rmSync(path, { force: true });
  }
  throw new Error(`data folder ${folder} is in use by another process`);
}

function isRunning(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
