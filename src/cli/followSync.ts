import { setTimeout as delay } from 'node:timers/promises';
import type { SyncOutcome, SyncRun } from '../client';
import type { Surroundings } from './context';
import { syncProgressView } from './progressBar';
import { heldLines } from './syncText';

const LOOK_EVERY_MS = 700;

/** Waits for a sync's end and shows its progress meanwhile. An operator's decision that it waits for is told once. */
export async function followSync(around: Surroundings, run: SyncRun): Promise<SyncOutcome> {
  const view = syncProgressView(around);
  const ended = new AbortController();
  const watching = watch();
  try {
    return await run.result();
  } finally {
    ended.abort();
    await watching;
    view.stop();
  }

  async function watch(): Promise<void> {
    let told = '';
    try {
      while (!ended.signal.aborted) {
        await delay(LOOK_EVERY_MS, undefined, { signal: ended.signal });
        const progress = await run.progress();
        if (!progress) continue;
        view.show(progress);
        const held = progress.phase === 'approval' ? heldLines(progress).join('\n') : '';
        if (held !== '' && held !== told) around.err.write(`${held}\n`);
        told = held;
      }
    } catch (error) {
      // Progress is a courtesy: the result itself is waited for, and tells what went wrong.
      if (!ended.signal.aborted) around.err.write(`progress can't be shown: ${messageOf(error)}\n`);
    }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
