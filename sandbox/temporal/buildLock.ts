import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 500;

export interface BuildLock {
  release(): Promise<void>;
}

/**
 * Lets one process at a time build. The lock is a file that holds its owner's process id, so that the lock of a process
 * that was killed is taken over. Two processes that take over the same dead lock at the same moment may both build:
 * harmless, since each builds under a name of its own and renames it.
 *
 * Waits as long as the owner lives; `onWait` is called with its process id at each look.
 */
export async function acquireBuildLock(file: string, onWait: (owner: number) => void): Promise<BuildLock> {
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, String(process.pid));
  try {
    for (;;) {
      if (await tryLink(own, file)) return { release: () => rm(file, { force: true }) };
      const owner = await ownerOf(file);
      if (owner === undefined) continue;
      if (isAlive(owner)) {
        onWait(owner);
        await delay(POLL_INTERVAL_MS);
      } else {
        await discard(file, `${own}.stale`);
      }
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** A hard link appears with its content, unlike a file that is created and then written. */
async function tryLink(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Undefined when the lock has just been released. */
async function ownerOf(file: string): Promise<number | undefined> {
  try {
    return Number(await readFile(file, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function discard(file: string, aside: string): Promise<void> {
  try {
    await rename(file, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user exists as well.
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
