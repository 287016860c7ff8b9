import { ageSeconds } from '../../src/server/graphMetrics';

it('an age counts from a time that is past, and from one that a wrong clock has put into the future', () => {
  const now = Date.UTC(2026, 0, 1);
  expect(ageSeconds(now - 90_000, now)).toBe(90);
  expect(ageSeconds(now + 90_000, now)).toBe(90);
});
