import { crashEverywhere } from '../support/crashScenario';
import { form } from '../support/form';
import { limits } from '../support/limits';

jest.setTimeout(limits.manySyncs);

describe('a worker that dies', () => {
  // A fifth of the first attempts die. In `npm run bench -- crash-points` all of them die, for many rounds.
  it('leaves the same graph and the same events wherever it dies', async () => {
    const least = form({ short: 12, long: 30 });
    const report = await crashEverywhere({ least, share: 0.2 });
    expect(report.problems).toEqual([]);
    expect(report.crashes.length).toBeGreaterThanOrEqual(least);
    expect(report.events).toBeGreaterThan(0);
  });
});
