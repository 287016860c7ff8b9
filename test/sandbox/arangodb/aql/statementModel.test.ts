import fc from '../../../support/properties';
import { TestDatabase } from './testDatabase';

/** A statement, and its effect on rows of variables by a direct implementation. */
interface Statement {
  readonly text: string;
  readonly apply: (rows: readonly Row[]) => Row[];
}
type Row = Readonly<Record<string, number>>;

const names = ['a', 'b', 'c', 'd', 'e', 'f'];

/** An operand that uses the variables declared so far: a constant, a variable, or a sum of both. */
interface Operand {
  readonly text: string;
  readonly value: (row: Row) => number;
}

function operand(known: readonly string[], seed: number): Operand {
  const number = seed % 4;
  const variable = known[seed % Math.max(1, known.length)];
  if (variable === undefined || seed % 5 === 0) return { text: String(number), value: () => number };
  if (seed % 5 === 1) return { text: `(${variable} + ${number})`, value: (row) => (row[variable] ?? 0) + number };
  return { text: variable, value: (row) => row[variable] ?? 0 };
}

const comparisons: readonly (readonly [string, (x: number, y: number) => boolean])[] = [
  ['<', (x, y) => x < y],
  ['==', (x, y) => x === y],
  ['!=', (x, y) => x !== y],
  ['>=', (x, y) => x >= y],
];

/** Builds a statement from random numbers and the variables declared so far. */
function build(kind: number, seeds: readonly number[], known: string[]): Statement {
  const [s0 = 0, s1 = 0, s2 = 0] = seeds;
  const left = operand(known, s0);
  const right = operand(known, s1);
  const name = names[known.length];
  switch (kind) {
    case 0:
    case 1:
      if (name !== undefined) {
        known.push(name);
        const last = s2 % 3;
        return {
          text: `FOR ${name} IN 0..${last}`,
          apply: (rows) =>
            rows.flatMap((row) => Array.from({ length: last + 1 }, (_none, i) => ({ ...row, [name]: i }))),
        };
      }
      break;
    case 2:
      if (name !== undefined) {
        known.push(name);
        return {
          text: `LET ${name} = ${left.text}`,
          apply: (rows) => rows.map((row) => ({ ...row, [name]: left.value(row) })),
        };
      }
      break;
    case 3:
      if (name !== undefined) {
        known.push(name);
        const text = `LET ${name} = SUM(FOR inner IN 0..2 FILTER inner < ${left.text} RETURN inner + ${right.text})`;
        const sum = (row: Row) =>
          [0, 1, 2].filter((i) => i < left.value(row)).reduce((total, i) => total + i + right.value(row), 0);
        return { text, apply: (rows) => rows.map((row) => ({ ...row, [name]: sum(row) })) };
      }
      break;
    case 4: {
      const count = s2 % 9;
      return { text: `LIMIT ${s0 % 3}, ${count}`, apply: (rows) => rows.slice(s0 % 3, (s0 % 3) + count) };
    }
    case 5:
      // All variables are sort keys, so only equal rows can tie.
      return {
        text: `SORT ${[...known, '0'].map((each) => `${each} DESC`).join(', ')}`,
        apply: (rows) =>
          [...rows].sort(
            (x, y) => known.map((each) => (y[each] ?? 0) - (x[each] ?? 0)).find((order) => order !== 0) ?? 0,
          ),
      };
    default:
      break;
  }
  const [text, holds] = comparisons[s2 % comparisons.length] as (typeof comparisons)[number];
  return {
    text: `FILTER ${left.text} ${text} ${right.text}`,
    apply: (rows) => rows.filter((row) => holds(left.value(row), right.value(row))),
  };
}

describe('a random sequence of statements', () => {
  const db = new TestDatabase();
  const seeds = fc.array(fc.nat({ max: 59 }), { minLength: 3, maxLength: 3 });
  const program = fc.array(fc.tuple(fc.nat({ max: 8 }), seeds), { minLength: 1, maxLength: 9 });

  it('returns the rows that applying the statements one by one returns, in the same order', () => {
    fc.assert(
      fc.property(program, (parts) => {
        const known: string[] = [];
        const statements = parts.map(([kind, numbers]) => build(kind, numbers, known));
        const text = `${statements.map((statement) => statement.text).join('\n')}\nRETURN { ${known.join(', ')} }`;
        const expected = statements.reduce<readonly Row[]>((rows, statement) => statement.apply(rows), [{}]);
        expect(db.query(text)).toEqual(expected);
      }),
      { numRuns: 1500 },
    );
  });
});
