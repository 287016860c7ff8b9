import { SingleBar, type Options } from 'cli-progress';
import type { SyncProgress } from '../client';
import type { CommandContext } from './context';
import { beforeInterrupt } from './interrupt';
import { phaseNames } from './syncText';

interface View<Shown extends unknown[]> {
  show: (...shown: Shown) => void;
  stop: () => void;
}

const BAR = '{bar} {value}/{total}';

/** A line on a terminal that starts with what is shown first; nothing elsewhere. */
function view<Shown extends unknown[]>(
  { notes }: Pick<CommandContext, 'notes'>,
  options: Options,
  stateOf: (...shown: Shown) => { value: number; total: number; facts?: object },
): View<Shown> {
  if (notes.isTTY !== true) return { show: () => undefined, stop: () => undefined };
  const bar = new SingleBar({ stream: notes, clearOnComplete: true, ...options });
  // The bar hides the cursor of the terminal and switches off line wrapping. An interrupt of the command restores both.
  let ended: (() => void) | undefined;
  const stop = (): void => {
    if (ended) bar.stop();
    ended?.();
    ended = undefined;
  };
  return {
    show(...shown) {
      const { value, total, facts } = stateOf(...shown);
      if (!ended) bar.start(total, value, facts);
      ended ??= beforeInterrupt(stop);
      bar.setTotal(total);
      bar.update(value, facts);
    },
    stop,
  };
}

export const syncProgressView = (io: Pick<CommandContext, 'notes'>): View<[SyncProgress]> =>
  view(
    io,
    { format: `${BAR} namespaces | {phase} | {records} records | {duration_formatted}`, hideCursor: true, barsize: 24 },
    ({ namespaces: { total, done, failed }, counts: { records }, paused, phase }) => ({
      value: done + failed,
      total: Math.max(total, 1),
      facts: {
        phase: paused ? 'paused' : phaseNames[phase],
        records: records.added + records.updated + records.moved + records.deleted,
      },
    }),
  );

export const memberBar = (io: Pick<CommandContext, 'notes'>): View<[done: number, total: number]> =>
  view(io, { format: `${BAR} members | {duration_formatted}` }, (value, total) => ({ value, total }));

/** A line that counts. */
export const countView = (io: Pick<CommandContext, 'notes'>, what: string): View<[number: number]> =>
  view(io, { format: `{value} ${what} | {duration_formatted}` }, (value) => ({ value, total: 0 }));
