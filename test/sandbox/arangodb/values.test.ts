import { compare, compareStrings, equals, isTrue, mapKey } from '../../../sandbox/arangodb/values';
import fc from '../../support/properties';

const collator = new Intl.Collator('en-US', { caseFirst: 'upper' });

/** Small alphabets make equal and similar strings likely: case, punctuation, combining marks and non-ASCII letters. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'A', 'b', 'B', '0', '-', '_', ' ', '/') }),
  fc.string({ unit: fc.constantFrom('a', 'e', 'E', '\u0301', 'é', 'ß', 's', 'z', 'Z', '\u0000', '日', '·', 'l') }),
  fc.string(),
);

const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, true, false, 0, -0, 1, -1, 1.5, '', 'a', 'A', 'b'),
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'B', 'constructor'), tie('node'), { maxKeys: 3 }),
  ),
})).node;

describe('the order of values', () => {
  it('orders by type first, then by content', () => {
    const ordered = [null, false, true, -1, 0, 1.5, '', '0', 'A', 'a', 'B', 'b', [0], [0, 1], [1], { a: 1 }, { a: 2 }];
    for (let i = 0; i < ordered.length; i++) {
      for (let j = 0; j < ordered.length; j++) {
        expect(Math.sign(compare(ordered[i], ordered[j]))).toBe(Math.sign(i - j));
      }
    }
  });

  it('treats missing array elements and absent attributes as null', () => {
    expect(compare([1], [1, null])).toBe(0);
    expect(compare({}, { a: null })).toBe(0);
    expect(compare([], [0])).toBeLessThan(0);
    expect(equals([1], [1, null])).toBe(true);
    expect(equals({}, { a: null })).toBe(true);
    expect(equals({ constructor: null }, {})).toBe(true);
  });

  it('agrees with the collator on every pair of strings, and returns 0 only for identical strings', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const expected = collator.compare(a, b);
        const actual = compareStrings(a, b);
        if (expected !== 0) expect(Math.sign(actual)).toBe(Math.sign(expected));
        else expect(actual === 0).toBe(a === b);
      }),
      { numRuns: 5000 },
    );
  });

  it('is a total order that is consistent with equality and with map keys', () => {
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) + 0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0);
        expect(compare(a, b) === 0).toBe(equals(a, b));
        expect(mapKey(a) === mapKey(b)).toBe(equals(a, b));
        expect(mapKey([a, c]) === mapKey([b, c])).toBe(equals(a, b));
      }),
      { numRuns: 3000 },
    );
  });

  it('treats only null, false, 0 and the empty string as false', () => {
    for (const falsy of [null, undefined, false, 0, '']) expect(isTrue(falsy)).toBe(false);
    for (const truthy of [true, 1, -1, ' ', '0', [], {}]) expect(isTrue(truthy)).toBe(true);
  });
});
