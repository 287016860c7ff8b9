import { crashEverywhere } from '../support/crashScenario';
import { limits } from '../support/limits';

jest.setTimeout(limits.manySyncs);

describe('a worker that dies', () => {
  // A fifth of all attempts die in three syncs; `npm run bench crash-points` lets each of them die, round after round.
  it('leaves the same graph and the same events wherever it dies', async () => {
    const report = await crashEverywhere({ least: 12, share: 0.2 });
    expect(report.problems).toEqual([]);
    expect(report.struck.length).toBeGreaterThanOrEqual(12);
    expect(report.events).toBeGreaterThan(0);
  });
});
