import type { TeamModel } from '../../sandbox/dropbox/model';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { describeFailure, RandomStage } from '../support/randomRounds';

jest.setTimeout(limits.manySyncs);

/** Another life with RANDOM_SEED; a longer one with RANDOM_ROUNDS. `npm run bench -- random-company` does many. */
const SEED = Number(process.env['RANDOM_SEED'] ?? 2);
const ROUNDS = Number(process.env['RANDOM_ROUNDS'] ?? 2);
const OPERATIONS = 30;
const MODELS: TeamModel[] = ['A', 'B', 'C'];

describe('a random company', () => {
  const resources = closedAfterAll();
  let stage: RandomStage;
  beforeAll(async () => {
    stage = resources.add(await RandomStage.start());
  });

  it('is after each sync in the graph as a full sync would make it, readable by exactly those who may', async () => {
    // Side by side: a sync waits more than it works.
    const lives = MODELS.map(async (model) => {
      const run = { seed: SEED, model, rounds: ROUNDS, operations: OPERATIONS };
      return { run, result: await stage.run(run) };
    });
    const ended = await Promise.all(lives);
    const failures = ended.flatMap(({ run, result }) => (result.failure ? [describeFailure(run, result)] : []));
    expect(failures.join('\n')).toBe('');
    for (const { result } of ended) expect(result.operations).toBeGreaterThan(ROUNDS * OPERATIONS * 0.5);
  });
});
