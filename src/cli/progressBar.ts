import { SingleBar } from 'cli-progress';
import type { SyncProgress } from '../client';
import type { Surroundings } from './context';
import { phaseNames } from './syncText';

export interface ProgressView {
  show(progress: SyncProgress): void;
  stop(): void;
}

const nothing: ProgressView = { show: () => undefined, stop: () => undefined };

/** A bar over the namespaces on a terminal; nothing elsewhere. */
export function syncProgressView({ err }: Pick<Surroundings, 'err'>): ProgressView {
  if (err.isTTY !== true) return nothing;
  const bar = new SingleBar({
    format: '{bar} {value}/{total} namespaces | {phase} | {records} records | {duration_formatted}',
    stream: err,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 24,
  });
  let started = false;
  return {
    show(progress) {
      const { total, done, failed } = progress.namespaces;
      const { added, updated, moved, deleted } = progress.counts.records;
      const facts = {
        phase: progress.paused ? 'paused' : phaseNames[progress.phase],
        records: added + updated + moved + deleted,
      };
      if (!started) bar.start(Math.max(total, 1), 0, facts);
      started = true;
      bar.setTotal(Math.max(total, 1));
      bar.update(done + failed, facts);
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

/** A line that counts, on a terminal. */
export function countView(
  { err }: Pick<Surroundings, 'err'>,
  what: string,
): { show(number: number): void; stop(): void } {
  if (err.isTTY !== true) return { show: () => undefined, stop: () => undefined };
  const bar = new SingleBar({ format: `{value} ${what} | {duration_formatted}`, stream: err, clearOnComplete: true });
  bar.start(0, 0);
  return { show: (number) => bar.update(number), stop: () => bar.stop() };
}

/** A bar over members, on a terminal. */
export function memberBar({ err }: Pick<Surroundings, 'err'>): {
  show: (done: number, total: number) => void;
  stop: () => void;
} {
  if (err.isTTY !== true) return { show: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    format: '{bar} {value}/{total} members | {duration_formatted}',
    stream: err,
    clearOnComplete: true,
  });
  let started = false;
  return {
    show(done, total) {
      if (!started) bar.start(total, done);
      started = true;
      bar.update(done);
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
