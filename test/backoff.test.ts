import { backoff } from '../src/backoff';

const settings = { firstMs: 100, maxMs: 1_000 };

describe('backoff', () => {
  it('waits twice as long with every attempt, up to the longest one', () => {
    expect([1, 2, 3, 4, 5, 6].map((attempt) => backoff(attempt, settings, 1))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
  });

  it('grows by another factor on request', () => {
    expect([1, 2, 3].map((attempt) => backoff(attempt, { ...settings, factor: 3 }, 1))).toEqual([100, 300, 900]);
  });

  it('spreads waits over the upper half of their range', () => {
    expect(backoff(3, settings, 0)).toBe(200);
    expect(backoff(3, settings, 0.5)).toBe(300);
    expect(backoff(3, settings, 1)).toBe(400);
  });

  it('draws a random wait when no number is passed', () => {
    const waits = Array.from({ length: 50 }, () => backoff(1, settings));
    expect(new Set(waits).size).toBeGreaterThan(1);
    expect(waits.every((wait) => wait >= 50 && wait <= 100)).toBe(true);
  });

  it('stays at the longest wait however many attempts have failed', () => {
    expect(backoff(10_000, settings, 1)).toBe(1_000);
  });
});
