/**
 * Random companies: operations of all kinds, an incremental sync after each round, and after each sync the comparison
 * with a full sync into an empty database and with who may read what in Dropbox.
 */
import { parseArgs } from 'node:util';
import type { TeamModel } from '../sandbox/dropbox/model';
import { describeFailure, RandomStage, type RandomRun, type RunResult } from '../test/support/randomRounds';

const MODELS: TeamModel[] = ['A', 'B', 'C'];

export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '50' },
      operations: { type: 'string', default: '40' },
      /** Numbers or ranges: 1,5-8 */
      seeds: { type: 'string', default: '1-3' },
      models: { type: 'string', default: MODELS.join(',') },
      /** Companies that live at the same time: a sync waits more than it works. */
      parallel: { type: 'string', default: '4' },
    },
  });
  const rounds = Number(values.rounds);
  const operations = Number(values.operations);
  const models = values.models.split(',').filter((model): model is TeamModel => MODELS.includes(model as TeamModel));
  const sum = { lives: 0, rounds: 0, operations: 0, refused: 0, seconds: 0, failures: 0 };
  const kinds: Record<string, number> = {};
  const stage = await RandomStage.start();
  try {
    const waiting = seedsOf(values.seeds).flatMap((seed) =>
      models.map((model) => ({ seed, model, rounds, operations })),
    );
    const live = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const result = await stage.run(one, (line) => process.stderr.write(`${line}\n`));
        sum.lives += 1;
        sum.rounds += result.rounds;
        sum.operations += result.operations;
        sum.refused += result.refused;
        sum.seconds += result.seconds;
        for (const [name, count] of Object.entries(result.done)) kinds[name] = (kinds[name] ?? 0) + count;
        if (result.failure) sum.failures += 1;
        process.stdout.write(`${result.failure ? describeFailure(one, result) : describe(one, result)}\n`);
      }
    };
    await Promise.all(Array.from({ length: Number(values.parallel) }, live));
  } finally {
    await stage.close();
  }
  process.stdout.write(`${JSON.stringify(kinds)}\n${JSON.stringify(sum)}\n`);
  return sum.failures === 0;
}

const describe = ({ seed, model }: RandomRun, { rounds, operations, seconds }: RunResult): string =>
  `seed ${seed} model ${model}: ${rounds} rounds, ${operations} operations, no difference, ${seconds.toFixed(1)} s`;

function seedsOf(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [from = 1, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
}
