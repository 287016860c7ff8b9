import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Where a figure was measured: without it the figure says nothing. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[0] ?? 0;
  return `${model}, ${availableParallelism()} cores, ${memory} GB, Node ${process.version}, ${process.platform}; load ${load.toFixed(1)}`;
}
