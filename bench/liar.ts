/**
 * A Dropbox that lies: for every route that the worker calls and every kind of lie, one full and one incremental run of
 * the sample company. Each run ends by itself, loses nothing that Dropbox still has, widens no access, and reports what it
 * did not believe. After one honest run, the graph equals Dropbox.
 */
import { parseArgs } from 'node:util';
import { describeJudgement, Liar, type Mode, type Judgement } from '../test/support/liar/liar';

const MODES: Mode[] = ['full', 'incremental'];

export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      /** Regular expressions for routes and kinds. */
      routes: { type: 'string', default: '' },
      kinds: { type: 'string', default: '' },
      modes: { type: 'string', default: MODES.join(',') },
      /** Every n-th cell only. */
      every: { type: 'string', default: '1' },
      /** Number of companies at the same time: a run waits more than it computes. */
      parallel: { type: 'string', default: '6' },
      /** Prints broken cells only. */
      quiet: { type: 'boolean', default: false },
    },
  });
  const liar = await Liar.start();
  const judgements: Judgement[] = [];
  try {
    const { cells, notCalled } = liar.cells();
    const [routes, kinds] = [new RegExp(values.routes), new RegExp(values.kinds)];
    const waiting = cells
      .filter(({ route, kind }) => routes.test(route) && kinds.test(kind))
      .flatMap((cell) => MODES.filter((mode) => values.modes.includes(mode)).map((mode) => ({ cell, mode })))
      .filter((_, at) => at % Number(values.every) === 0);
    process.stdout.write(`${waiting.length} cells; not called by honest runs: ${notCalled.join(', ')}\n`);
    const judgeNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const judgement = await liar.judge(next.cell, next.mode);
        judgements.push(judgement);
        if (!values.quiet || judgement.broken.length > 0) process.stdout.write(`${describeJudgement(judgement)}\n`);
      }
    };
    await Promise.all(Array.from({ length: Number(values.parallel) }, judgeNext));
  } finally {
    await liar.close();
  }
  process.stdout.write(matrix(judgements));
  return judgements.every(({ broken }) => broken.length === 0);
}

/** A line for each kind of lie: tried, held, and reported in the result. */
function matrix(judgements: readonly Judgement[]): string {
  const kinds = [...new Set(judgements.map(({ cell }) => cell.kind))].sort();
  const lines = kinds.map((kind) => {
    const tried = judgements.filter(({ cell }) => cell.kind === kind);
    const held = tried.filter(({ broken }) => broken.length === 0).length;
    const reported = tried.filter(({ isReported }) => isReported).length;
    return [kind.padEnd(14), ...[tried.length, held, reported].map((count) => String(count).padStart(8))].join(' ');
  });
  return `${'lie'.padEnd(14)}    tried     held reported\n${lines.join('\n')}\n`;
}
