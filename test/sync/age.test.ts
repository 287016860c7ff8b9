import { isTooOld, staleTimes } from '../../src/sync/age';

describe('something that was read', () => {
  it.each([
    [undefined, true],
    [null, true],
    [0, true],
    [899, true],
    [900, false],
    [1_000, false],
    [1_100, false],
    [1_101, true],
  ])('at %s is too old at 1,000, when it may be 100 old: %s', (readAt, expected) => {
    expect(isTooOld(readAt, 1_000, 100)).toBe(expected);
    const { before, after } = staleTimes(1_000, 100);
    expect((readAt ?? 0) < before || (readAt ?? 0) > after).toBe(expected);
  });

  it('never is, when it may be of any age', () => {
    expect(isTooOld(null, 1_000, Number.MAX_VALUE)).toBe(false);
    expect(staleTimes(1_000, Number.MAX_VALUE).after).toBe(Number.MAX_SAFE_INTEGER);
  });
});
