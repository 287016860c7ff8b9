import type { TeamModel } from '../../sandbox/dropbox/model';
import { describeFailure } from '../support/describeFailure';
import { form } from '../support/form';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { RandomCompanyRunner } from '../support/randomRounds';
import { seedFrom } from '../support/seeds';

jest.setTimeout(limits.manySyncs);

/** RANDOM_SEED takes another company, RANDOM_ROUNDS more rounds. `npm run bench -- random-company` runs many companies. */
const SEED = seedFrom('RANDOM_SEED', process.env['RANDOM_SEED'], 2);
const ROUNDS = Number(process.env['RANDOM_ROUNDS'] ?? form({ short: 1, long: 2 }));
const OPERATIONS = 30;
/** Share of Dropbox's answers that are falsified in the second round, before its last sync. */
const LIES = 0.02;
/** Operations during another sync of each round. */
const DURING = form({ short: 0, long: 15 });
/** Model A is the one of most other tests. */
const MODELS = form<TeamModel[]>({ short: ['B'], long: ['A', 'B', 'C'] });

describe('a random company', () => {
  const resources = closedAfterAll();
  let runner: RandomCompanyRunner;
  beforeAll(async () => {
    runner = resources.add(await RandomCompanyRunner.start());
  });

  it('has after each sync the graph that a full sync would make, and exactly the access of Dropbox', async () => {
    // In parallel, since a sync waits more than it computes.
    const runs = MODELS.map(async (model) => {
      const run = { seed: SEED, model, rounds: ROUNDS, operations: OPERATIONS, lies: LIES, during: DURING };
      return { run, result: await runner.run(run) };
    });
    const ended = await Promise.all(runs);
    const failures = ended.flatMap(({ run, result }) => (result.failure ? [describeFailure(run, result)] : []));
    expect(failures.join('\n')).toBe('');
    for (const { result } of ended) expect(result.operations).toBeGreaterThan(ROUNDS * OPERATIONS * 0.5);
  });
});
