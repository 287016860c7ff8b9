/**
 * A Dropbox that lies: for every route that the worker calls and every kind of lie, a first, a full and an incremental
 * run of the sample company. Each run ends by itself, loses nothing that Dropbox still has, widens no access, and reports
 * what it did not believe. After one honest run, the graph equals Dropbox.
 */
import { parseArgs } from 'node:util';
import { describeCell } from '../test/support/liar/cells';
import { describeJudgement, Liar, MODES, type Judgement } from '../test/support/liar/liar';

export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      /** Regular expressions: for routes, and for cells as they are printed. */
      routes: { type: 'string', default: '' },
      kinds: { type: 'string', default: '' },
      modes: { type: 'string', default: MODES.join(',') },
      /** Every n-th cell only. */
      every: { type: 'string', default: '1' },
      /** Without so many cells at the beginning, to continue what was interrupted. */
      skip: { type: 'string', default: '0' },
      /** Number of companies at the same time: a run waits more than it computes. */
      parallel: { type: 'string', default: '16' },
      /** Prints broken cells only. */
      quiet: { type: 'boolean', default: false },
    },
  });
  const liar = await Liar.start();
  const judgements: Judgement[] = [];
  try {
    const [routes, kinds] = [new RegExp(values.routes), new RegExp(values.kinds)];
    const modes = MODES.filter((mode) => values.modes.includes(mode));
    const waiting = modes
      .flatMap((mode) => liar.cells(mode).cells.map((cell) => ({ cell, mode })))
      .filter(({ cell }) => routes.test(cell.route) && kinds.test(describeCell(cell)))
      .filter((_, at) => at % Number(values.every) === 0)
      .slice(Number(values.skip));
    process.stdout.write(`${waiting.length} cells\n`);
    for (const mode of modes)
      process.stdout.write(`not called by an honest run that is ${mode}: ${liar.cells(mode).notCalled.join(', ')}\n`);
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
  process.stdout.write(matrix(judgements.filter(({ isTold }) => isTold)));
  return judgements.every(({ broken }) => broken.length === 0);
}

/**
 * How many cells of each route and of each kind of lie were tried, held, and were reported in the run's result. A cell
 * whose lie would have changed no answer of its run is not tried.
 */
function matrix(judgements: readonly Judgement[]): string {
  const table = (title: string, nameOf: (judgement: Judgement) => string): string[] => {
    const names = [...new Set(judgements.map(nameOf))].sort();
    const width = Math.max(title.length, ...names.map(({ length }) => length));
    const row = (name: string, cells: readonly unknown[]): string =>
      [name.padEnd(width), ...cells.map((cell) => String(cell).padStart(8))].join(' ');
    const counted = (name: string, tried: readonly Judgement[]): string => {
      const held = tried.filter(({ broken }) => broken.length === 0);
      const reported = tried.filter(({ isReported }) => isReported);
      return row(name, [tried.length, held.length, reported.length]);
    };
    const ofName = (name: string): Judgement[] => judgements.filter((judgement) => nameOf(judgement) === name);
    return [
      row(title, ['tried', 'held', 'reported']),
      ...names.map((name) => counted(name, ofName(name))),
      counted('all', judgements),
      '',
    ];
  };
  return [
    ...table('route', ({ cell, mode }) => `${cell.route} (${mode})`),
    ...table('lie', ({ cell }) => cell.kind),
  ].join('\n');
}
