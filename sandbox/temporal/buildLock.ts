import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 500;

export interface BuildLock {
  release(): Promise<void>;
}

/**
 * Lets one process at a time build. The lock is a file with its owner's process id, so that the lock of a killed process
 * can be taken over. Two processes that take over the same stale lock at the same moment may both build. That is
 * harmless: each one writes a file with a unique name and then renames it.
 *
 * Waits while the owner is running, and calls `onWait` with its process id at each check.
 */
export async function acquireBuildLock(file: string, onWait: (owner: number) => void): Promise<BuildLock> {
  const own = `${file}.${randomUUID()}`;
  await writeFile(own, String(process.pid));
  try {
    for (;;) {
      if (await tryLink(own, file)) return { release: () => rm(file, { force: true }) };
      const owner = await ownerOf(file);
      if (owner === undefined) continue;
      if (isRunning(owner)) {
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

/** A hard link has its content from the first moment, unlike a file that is created and then written. */
async function tryLink(own: string, file: string): Promise<boolean> {
  try {
    await link(own, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** The owner's process id, or undefined when the lock has just been released. */
async function ownerOf(file: string): Promise<number | undefined> {
  try {
    return Number(await readFile(file, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function discard(file: string, renamed: string): Promise<void> {
  try {
    await rename(file, renamed);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  await rm(renamed, { force: true });
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
