import { setTimeout as delay } from 'node:timers/promises';
import { clientError, type DropboxTeamsError, type SyncOutcome, type SyncRun } from '../client';
import type { CommandContext } from './context';
import { beforeInterrupt } from './interrupt';
import { syncProgressView } from './progressBar';

const LOOK_EVERY_MS = 700;
/** How long Temporal may stay away before the command no longer waits for it. */
const OUTAGE_SECONDS = 15 * 60;

/** The end of a sync can't be seen. Where only Temporal is away, the sync itself continues. */
export class LostSight extends Error {
  override readonly name = 'LostSight';
  constructor(readonly problem: DropboxTeamsError) {
    const continues = problem.code === 'TemporalUnavailable' ? ', which continues' : '';
    super(`lost sight of the sync${continues}: ${problem.message}`, { cause: problem });
  }
}

/**
 * Waits for the end of a sync, over outages of Temporal, and shows its progress. Ctrl-C ends the command, not the sync.
 * @throws SyncCancelled, SyncFailed, LostSight
 */
export async function followSync(
  io: Pick<CommandContext, 'notes'>,
  run: SyncRun,
  outageSeconds = OUTAGE_SECONDS,
): Promise<SyncOutcome> {
  const view = syncProgressView(io);
  const ended = new AbortController();
  /** When Temporal answered last. */
  let answered = performance.now();
  const watching = watch();
  const { connectorId } = run;
  const stayed = beforeInterrupt(() => {
    view.stop();
    io.notes.write(
      `the sync continues; look at it: dropbox-teams status ${connectorId}; end it: dropbox-teams cancel ${connectorId}\n`,
    );
  });
  try {
    return await result();
  } finally {
    stayed();
    ended.abort();
    await watching;
    view.stop();
  }

  async function result(): Promise<SyncOutcome> {
    for (let isAway = false; ; isAway = true) {
      try {
        return await run.result();
      } catch (error) {
        const problem = clientError(error);
        if (problem.code === 'SyncCancelled' || problem.code === 'SyncFailed') throw problem;
        if (problem.code !== 'TemporalUnavailable' || performance.now() - answered > outageSeconds * 1000) {
          throw new LostSight(problem);
        }
        if (!isAway) io.notes.write('Temporal does not answer; the command waits for it\n');
        await delay(LOOK_EVERY_MS);
      }
    }
  }

  async function watch(): Promise<void> {
    let isReported = false;
    while (!ended.signal.aborted) {
      try {
        await delay(LOOK_EVERY_MS, undefined, { signal: ended.signal });
        const progress = await run.progress();
        answered = performance.now();
        if (progress) view.show(progress);
      } catch (error) {
        const { code, message } = clientError(error);
        if (ended.signal.aborted) return;
        if (code === 'TemporalUnavailable') continue;
        // A sync whose progress can't be read still has a result, which the command waits for.
        if (!isReported) io.notes.write(`progress can't be shown: ${message}\n`);
        isReported = true;
        answered = performance.now();
      }
    }
  }
}
