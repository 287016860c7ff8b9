import { setTimeout as delay } from 'node:timers/promises';
import { clientError, type SyncOutcome, type SyncRun } from '../client';
import type { Surroundings } from './context';
import { syncProgressView } from './progressBar';
import { heldLines } from './syncText';

const LOOK_EVERY_MS = 700;

/** Waits for the end of a sync and shows its progress. What awaits approval is printed once. */
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
    let shown = '';
    try {
      while (!ended.signal.aborted) {
        await delay(LOOK_EVERY_MS, undefined, { signal: ended.signal });
        const progress = await run.progress();
        if (!progress) continue;
        view.show(progress);
        const held = progress.phase === 'approval' ? heldLines(progress).join('\n') : '';
        if (held !== '' && held !== shown) around.err.write(`${held}\n`);
        shown = held;
      }
    } catch (error) {
      // A sync whose progress can't be read still has a result, which the command waits for.
      if (!ended.signal.aborted) around.err.write(`progress can't be shown: ${clientError(error).message}\n`);
    }
  }
}
