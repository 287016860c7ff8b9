import { parseArgs } from 'node:util';
import { crashEverywhere } from '../test/support/crashScenario';
import { seedFrom } from '../test/support/seeds';
import { machine } from './machine';

/** Attempts that have to die; a round has about 150. */
const DEFAULT_POINTS = 200;

/**
 * `npm run bench -- crash-points [--points 200] [--seed 1]`: the first attempt of every activity of three syncs dies: at
 * its start, at its end, or before, during or after an answer of ArangoDB or Dropbox. Each round chooses other points.
 * `--seed fresh` takes a seed that no run has used, and prints it.
 */
export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({ args, options: { points: { type: 'string' }, seed: { type: 'string' } } });
  const least = Number(values.points ?? DEFAULT_POINTS);
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  write(machine());
  const report = await crashEverywhere({ least, seed: seedFrom('--seed', values.seed, 1), log: write });
  write(
    `${report.crashes.length} attempts died at ${report.points} different points in ${report.rounds} rounds, ` +
      `${report.events} events to publish, ${report.problems.length} differences, ${report.seconds} s`,
  );
  for (const problem of report.problems.slice(0, 50)) write(problem);
  return report.problems.length === 0 && report.crashes.length >= least;
}
