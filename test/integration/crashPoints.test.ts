import { crashEverywhere } from '../support/crashScenario';
import { limits } from '../support/limits';

jest.setTimeout(limits.manySyncs);

describe('a worker that dies', () => {
  // A fifth of the first attempts die. In `npm run bench -- crash-points` all of them die, for many rounds.
  it('leaves the same graph and the same events wherever it dies', async () => {
    const report = await crashEverywhere({ least: 12, share: 0.2 });
    expect(report.problems).toEqual([]);
    expect(report.crashes.length).toBeGreaterThanOrEqual(12);
    expect(report.events).toBeGreaterThan(0);
  });
});
