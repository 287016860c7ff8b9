const signals = ['SIGINT', 'SIGTERM'] as const;
const acts = new Set<() => void>();

/**
 * Runs `act` when a signal ends the command, such as that of Ctrl-C. The command then ends by the signal, as without it.
 * @returns what ends the wait for a signal
 */
export function beforeInterrupt(act: () => void): () => void {
  if (acts.size === 0) for (const signal of signals) process.on(signal, interrupted);
  acts.add(act);
  return () => {
    acts.delete(act);
    if (acts.size === 0) for (const signal of signals) process.off(signal, interrupted);
  };
}

function interrupted(signal: NodeJS.Signals): void {
  // The last one first, so that a progress bar is ended before anything else is written.
  for (const act of [...acts].reverse()) act();
  acts.clear();
  for (const each of signals) process.off(each, interrupted);
  process.kill(process.pid, signal);
}
