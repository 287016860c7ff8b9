import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** The machine and its load: a figure means nothing without them. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0] ?? 0;
  return `${model}, ${availableParallelism()} cores, ${memory} GB, Node ${process.version}, ${process.platform}; load ${load.toFixed(1)}`;
}
