import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';

/** Folders that this process has locked. */
const held = new Set<string>();

/** Two processes must not write one data folder. The lock names its process; that of a dead one does not count. */
export function lockFolder(folder: string): () => void {
  const path = resolve(folder, 'lock');
  if (held.has(path)) throw new Error(`data folder ${folder} is in use by this process`);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      held.add(path);
      return () => {
        held.delete(path);
        rmSync(path, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(readFileSync(path, 'utf8'));
    // A process number comes again after a restart: our own can only be a former process's.
    if (owner !== process.pid && isAlive(owner)) break;
    rmSync(path, { force: true });
  }
  throw new Error(`data folder ${folder} is in use by another process`);
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
