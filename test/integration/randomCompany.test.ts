import type { TeamModel } from '../../sandbox/dropbox/model';
import { describeFailure, RandomStage } from '../support/randomRounds';

/** Another life with RANDOM_SEED; a longer one with RANDOM_ROUNDS. `npm run bench -- random-company` does many. */
const SEED = Number(process.env['RANDOM_SEED'] ?? 1);
const ROUNDS = Number(process.env['RANDOM_ROUNDS'] ?? 4);
const OPERATIONS = 25;

describe('a random company', () => {
  let stage: RandomStage;
  beforeAll(async () => {
    stage = await RandomStage.start();
  }, 120_000);
  afterAll(() => stage.stop());

  it.each<TeamModel>(['A', 'B', 'C'])(
    'is after each sync in the graph as a full sync would make it, readable by exactly those who may (model %s)',
    async (model) => {
      const run = { seed: SEED, model, rounds: ROUNDS, operations: OPERATIONS };
      const result = await stage.run(run);
      if (result.failure) throw new Error(describeFailure(run, result));
      expect(result.operations).toBeGreaterThan(ROUNDS * OPERATIONS * 0.5);
    },
    600_000,
  );
});
