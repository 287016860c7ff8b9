/**
 * Random companies: rounds of operations of all kinds, with an incremental sync after each round. After each sync, the
 * graph is compared with a full sync into an empty database, and its access with what Dropbox lets each member read.
 */
import { parseArgs } from 'node:util';
import type { TeamModel } from '../sandbox/dropbox/model';
import { describeFailure } from '../test/support/describeFailure';
import { RandomCompanyRunner, type RandomRun, type RunResult } from '../test/support/randomRounds';
import { seedFrom } from '../test/support/seeds';

const MODELS: TeamModel[] = ['A', 'B', 'C'];

export async function run(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '50' },
      operations: { type: 'string', default: '40' },
      /** Numbers and ranges such as 1,5-8; or `fresh`, a seed that no run has used. */
      seeds: { type: 'string', default: '1-3' },
      models: { type: 'string', default: MODELS.join(',') },
      /** Share of Dropbox's answers that are falsified in every third round, before its last sync. */
      lies: { type: 'string', default: '0.02' },
      /** Number of operations during another sync of each round. */
      during: { type: 'string', default: '0' },
      /** Number of companies at the same time: a sync waits more than it computes. */
      parallel: { type: 'string', default: '4' },
    },
  });
  const rounds = Number(values.rounds);
  const operations = Number(values.operations);
  const lies = Number(values.lies);
  const during = Number(values.during);
  const models = values.models.split(',').filter((model): model is TeamModel => MODELS.includes(model as TeamModel));
  const sum = { companies: 0, rounds: 0, operations: 0, refused: 0, seconds: 0, failures: 0 };
  const kinds: Record<string, number> = {};
  const runner = await RandomCompanyRunner.start();
  try {
    const waiting = seedsOf(values.seeds).flatMap((seed) =>
      models.map((model) => ({ seed, model, rounds, operations, lies, during })),
    );
    const runNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const result = await runner.run(next, (line) => process.stderr.write(`${line}\n`));
        sum.companies += 1;
        sum.rounds += result.rounds;
        sum.operations += result.operations;
        sum.refused += result.refused;
        sum.seconds += result.seconds;
        for (const [name, count] of Object.entries(result.applied)) kinds[name] = (kinds[name] ?? 0) + count;
        if (result.failure) sum.failures += 1;
        process.stdout.write(`${result.failure ? describeFailure(next, result) : describe(next, result)}\n`);
      }
    };
    await Promise.all(Array.from({ length: Number(values.parallel) }, runNext));
  } finally {
    await runner.close();
  }
  process.stdout.write(`${JSON.stringify(kinds)}\n${JSON.stringify(sum)}\n`);
  return sum.failures === 0;
}

const describe = ({ seed, model }: RandomRun, { rounds, operations, seconds }: RunResult): string =>
  `seed ${seed} model ${model}: ${rounds} rounds, ${operations} operations, no difference, ${seconds.toFixed(1)} s`;

function seedsOf(text: string): number[] {
  if (text === 'fresh') return [seedFrom('--seeds', text, 1)];
  return text.split(',').flatMap((part) => {
    const [from = 1, to = from] = part.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  });
}
