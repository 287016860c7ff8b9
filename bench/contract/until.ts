import { setTimeout as delay } from 'node:timers/promises';

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5000;

/** Waits longer and longer until `look` finds something. */
export async function until<T>(look: () => Promise<T | undefined>, seconds: number): Promise<T | undefined> {
  const end = Date.now() + seconds * 1000;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 1.5, LONGEST_WAIT_MS)) {
    const found = await look();
    if (found !== undefined || Date.now() >= end) return found;
    await delay(wait);
  }
}
