/**
 * An ArangoDB that answers with errors: each error that the driver layer classifies, at each query that a run sends, once
 * and, for what no retry repairs, for a whole run. Each run ends by itself, loses no record, and is exact one run later.
 */
import { parseArgs } from 'node:util';
import { DatabaseErrors, describeError, type ErrorJudgement, type Mode } from '../test/support/liar/databaseErrors';

const MODES: Mode[] = ['full', 'incremental'];

export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      /** Regular expressions for names of queries and errors. */
      queries: { type: 'string', default: '' },
      errors: { type: 'string', default: '' },
      /** Every n-th cell only. */
      every: { type: 'string', default: '1' },
      /** Number of companies at the same time. */
      parallel: { type: 'string', default: '6' },
    },
  });
  const database = await DatabaseErrors.start();
  const judgements: ErrorJudgement[] = [];
  try {
    const [queries, errors] = [new RegExp(values.queries), new RegExp(values.errors)];
    const { cells, notSent } = database.cells((query) => queries.test(query));
    const waiting = cells
      .filter(({ error }) => errors.test(error))
      .flatMap((cell) => MODES.map((mode) => ({ cell, mode })))
      .filter((_, at) => at % Number(values.every) === 0);
    process.stdout.write(`${waiting.length} cells; not sent by honest runs: ${notSent.join(', ')}\n`);
    const judgeNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { cell, mode } = next;
        const judgement = await database.judge(cell, mode);
        process.stdout.write(`${describeError(judgement)}\n`);
        const { tried, broken, status } = judgement;
        // So many errors at once can end a run that one of them would not, and hide which one breaks it.
        const isUnclear = cell.queries.length > 1 && (broken.length > 0 || (tried.size > 0 && status !== 'complete'));
        if (isUnclear) waiting.push(...[...tried].map((query) => ({ cell: { ...cell, queries: [query] }, mode })));
        if (broken.length > 0 || !isUnclear) judgements.push(judgement);
        // What the run did not send after it had failed.
        const rest = cell.queries.filter((query) => !tried.has(query));
        if (tried.size > 0 && rest.length > 0) waiting.push({ cell: { ...cell, queries: rest }, mode });
      }
    };
    // A judgement can lead to others after most of the loops have ended.
    while (waiting.length > 0) await Promise.all(Array.from({ length: Number(values.parallel) }, judgeNext));
  } finally {
    await database.close();
  }
  process.stdout.write(matrix(judgements));
  return judgements.every(({ broken }) => broken.length === 0);
}

/** A line for each error: at how many queries it was tried, and held. A query that its mode does not send is not tried. */
function matrix(judgements: readonly ErrorJudgement[]): string {
  const kindOf = ({ cell }: ErrorJudgement): string => `${cell.error}${cell.scope === 'run' ? ' (run)' : ''}`;
  const queries = (of: readonly ErrorJudgement[]): number => of.reduce((sum, { tried }) => sum + tried.size, 0);
  const lines = [...new Set(judgements.map(kindOf))].sort().map((kind) => {
    const tried = judgements.filter((judgement) => kindOf(judgement) === kind);
    const held = tried.filter(({ broken }) => broken.length === 0);
    return [kind.padEnd(26), ...[tried, held].map((of) => String(queries(of)).padStart(8))].join(' ');
  });
  return `${'error'.padEnd(26)}    tried     held\n${lines.join('\n')}\n`;
}
