import fc from '../../../support/properties';
import { TestDatabase } from './testDatabase';

/** A fully parenthesized expression, and its value by a direct implementation of the rules. */
interface Case {
  readonly text: string;
  readonly value: unknown;
}

const collator = new Intl.Collator('en-US', { caseFirst: 'upper' });

function rank(value: unknown): number {
  if (value === null) return 0;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number') return 2;
  if (typeof value === 'string') return 3;
  return Array.isArray(value) ? 4 : 5;
}

function order(a: unknown, b: unknown): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  switch (rank(a)) {
    case 1:
    case 2:
      return Number(a) - Number(b);
    case 3: {
      const byCollation = collator.compare(a as string, b as string);
      return byCollation !== 0 ? byCollation : a === b ? 0 : (a as string) < (b as string) ? -1 : 1;
    }
    case 4: {
      const [left, right] = [a as unknown[], b as unknown[]];
      for (let i = 0; i < Math.max(left.length, right.length); i++) {
        const each = order(left[i] ?? null, right[i] ?? null);
        if (each !== 0) return each;
      }
      return 0;
    }
    case 5: {
      const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
      for (const name of [...new Set([...Object.keys(left), ...Object.keys(right)])].sort(collator.compare)) {
        const each = order(left[name] ?? null, right[name] ?? null);
        if (each !== 0) return each;
      }
      return 0;
    }
    default:
      return 0;
  }
}

function truth(value: unknown): boolean {
  return !(value === null || value === false || value === 0 || value === '');
}

function number(value: unknown): number {
  if (value === true) return 1;
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : 0;
  return Array.isArray(value) && value.length === 1 ? number(value[0]) : 0;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const operators: Readonly<Record<string, (a: unknown, b: unknown) => unknown>> = {
  '+': (a, b) => finite(number(a) + number(b)),
  '-': (a, b) => finite(number(a) - number(b)),
  '*': (a, b) => finite(number(a) * number(b)),
  '/': (a, b) => (number(b) === 0 ? null : finite(number(a) / number(b))),
  '%': (a, b) => (number(b) === 0 ? null : finite(number(a) % number(b))),
  '==': (a, b) => order(a, b) === 0,
  '!=': (a, b) => order(a, b) !== 0,
  '<': (a, b) => order(a, b) < 0,
  '<=': (a, b) => order(a, b) <= 0,
  '>': (a, b) => order(a, b) > 0,
  '>=': (a, b) => order(a, b) >= 0,
  IN: (a, b) => Array.isArray(b) && b.some((item) => order(item, a) === 0),
  'NOT IN': (a, b) => !(Array.isArray(b) && b.some((item) => order(item, a) === 0)),
  AND: (a, b) => (truth(a) ? b : a),
  OR: (a, b) => (truth(a) ? a : b),
};

const variables: Readonly<Record<string, unknown>> = {
  n: null,
  one: 1,
  text: 'b',
  list: [1, null, 'a', [2]],
  object: { a: 1, b: { c: ['x', 'Y'] }, z: null },
};

const { expression } = fc.letrec<{ expression: Case }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc
      .constantFrom<unknown>(null, true, false, 0, 1, -2, 2.5, '', 'a', 'A', 'b', '3', ' 4 ', 'é')
      .map((value) => ({ text: JSON.stringify(value), value })),
    fc.constantFrom(...Object.keys(variables)).map((name) => ({ text: name, value: variables[name] })),
    fc.array(tie('expression'), { maxLength: 3 }).map((items) => ({
      text: `[${items.map((item) => item.text).join(', ')}]`,
      value: items.map((item) => item.value),
    })),
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('expression'), { maxKeys: 3 }).map((entries) => ({
      text: `{${Object.entries(entries)
        .map(([name, item]) => `"${name}": ${item.text}`)
        .join(', ')}}`,
      value: Object.fromEntries(Object.entries(entries).map(([name, item]) => [name, item.value])),
    })),
    fc
      .tuple(tie('expression'), fc.constantFrom(...Object.keys(operators)), tie('expression'))
      .map(([left, operator, right]) => ({
        text: `(${left.text} ${operator} ${right.text})`,
        value: operators[operator]?.(left.value, right.value),
      })),
    tie('expression').map((operand) => ({ text: `(NOT ${operand.text})`, value: !truth(operand.value) })),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([condition, then, otherwise]) => ({
      text: `(${condition.text} ? ${then.text} : ${otherwise.text})`,
      value: truth(condition.value) ? then.value : otherwise.value,
    })),
    fc.tuple(tie('expression'), fc.constantFrom('a', 'b', 'constructor')).map(([base, name]) => ({
      text: `(${base.text}).${name}`,
      value:
        rank(base.value) === 5 && Object.hasOwn(base.value as object, name)
          ? (base.value as Record<string, unknown>)[name]
          : null,
    })),
    fc.tuple(tie('expression'), fc.integer({ min: -3, max: 3 })).map(([base, index]) => ({
      text: `(${base.text})[${index}]`,
      value: Array.isArray(base.value) ? (base.value.at(index) ?? null) : null,
    })),
    tie('expression').map((base) => ({
      text: `((${base.text})[*].a)`,
      value: Array.isArray(base.value)
        ? base.value.map((item) => (rank(item) === 5 ? ((item as Record<string, unknown>).a ?? null) : null))
        : [],
    })),
    fc.tuple(tie('expression'), tie('expression')).map(([base, least]) => ({
      text: `((${base.text})[* FILTER CURRENT >= ${least.text}])`,
      value: Array.isArray(base.value) ? base.value.filter((item) => order(item, least.value) >= 0) : [],
    })),
  ),
}));

describe('a random expression', () => {
  const db = new TestDatabase();
  const lets = `${Object.keys(variables)
    .map((name) => `LET ${name} = NOOPT(@${name})`)
    .join(' ')} RETURN `;

  it('has the value that the rules define', () => {
    fc.assert(
      fc.property(expression, ({ text, value }) => {
        expect(db.query(lets + text, variables)).toEqual([value]);
      }),
      { numRuns: 3000 },
    );
  });

  it('has the same value in loops, filters and subqueries', () => {
    fc.assert(
      fc.property(expression, ({ text, value }) => {
        const inside = lets.replace(
          'RETURN ',
          `FOR i IN 1..2 LET v = (${text}) FILTER v == (${text}) LET s = FIRST(FOR j IN [${text}] RETURN j) SORT v LIMIT 1 RETURN [v, s]`,
        );
        expect(db.query(inside, variables)).toEqual([[value, value]]);
      }),
      { numRuns: 1000 },
    );
  });
});
