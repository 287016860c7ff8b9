import { functions } from '../../../../sandbox/arangodb/aql/functions';
import { arrayCases } from './functionCases/arrays';
import { controlCases } from './functionCases/control';
import { documentCases } from './functionCases/documents';
import type { FunctionCase } from './functionCases/functionCase';
import { numberCases } from './functionCases/numbers';
import { textCases } from './functionCases/texts';
import { typeCases } from './functionCases/types';
import { TestDatabase } from './testDatabase';

const db = new TestDatabase().collection('c', [
  { _key: '1', v: 1 },
  { _key: '2', v: 2 },
]);

const groups: readonly (readonly [name: string, cases: readonly FunctionCase[]])[] = [
  ['type functions', typeCases],
  ['array functions', arrayCases],
  ['number functions', numberCases],
  ['text functions', textCases],
  ['document functions', documentCases],
  ['control functions', controlCases],
];

const tested = new Set<string>();
for (const [expression] of groups.flatMap(([, cases]) => cases)) {
  for (const [, name] of expression.matchAll(/\b([A-Z][A-Z0-9_]*)\(/g)) tested.add(name as string);
}

describe.each(groups)('%s', (_name, cases) => {
  it.each(cases)('%s', (expression, expected) => {
    expect(db.value(expression)).toEqual(expected);
  });
});

describe('failures and warnings', () => {
  it('FAIL and ASSERT fail with their text', () => {
    expect(db.error('RETURN FAIL("why")')).toMatchObject({
      errorNum: 1569,
      message: 'AQL: FAIL(why) called (while executing)',
    });
    expect(db.error('RETURN ASSERT(1 > 2, "numbers")').errorNum).toBe(1593);
    tested.add('FAIL');
  });

  it('warnings are collected up to the limit, or fail the query with failOnWarning', () => {
    const text = 'FOR i IN 1..20 RETURN MERGE(i)';
    expect(db.run(text).extra.warnings).toHaveLength(10);
    expect(db.run(text, {}, { maxWarningCount: 3 }).extra.warnings[0]).toEqual({
      code: 1542,
      message: "invalid argument type in call to function 'MERGE()'",
    });
    expect(() => db.run(text, {}, { failOnWarning: true })).toThrow('invalid argument type');
  });
});

describe('arguments of another type', () => {
  const warningsOf = (expression: string): unknown => {
    const { rows, extra } = db.run(`RETURN ${expression}`);
    expect(rows).toEqual([null]);
    return extra.warnings;
  };

  it.each(['FIRST', 'LAST', 'UNIQUE', 'SORTED', 'SORTED_UNIQUE', 'FLATTEN', 'REVERSE', 'MIN', 'MAX', 'SUM', 'AVERAGE'])(
    '%s expects an array',
    (name) => {
      expect(warningsOf(`${name}(1)`)).toEqual([{ code: 1563, message: `in function '${name}()': array expected` }]);
    },
  );

  it.each([
    ['AVG(1)', 1563],
    ['AVERAGE(["a"])', 1563],
    ['INTERSECTION([1], null)', 1563],
    ['UNION([1], null)', 1542],
    ['UNION_DISTINCT([1], null)', 1542],
    ['SLICE(1, 1)', 1542],
    ['UNSET(null, "a")', 1542],
    ['DOCUMENT(1, "1")', 1542],
    ['SPLIT("a", "-", null)', 1542],
    ['SPLIT("a", {a: 1})', 1542],
    ['SUBSTITUTE("a", 1, "b")', 1542],
    ['SUBSTITUTE("a", "a", null)', 1542],
    ['SUBSTITUTE("a", ["a"], [1])', 1542],
  ])('%s warns with %d', (expression, code) => {
    expect(warningsOf(expression)).toMatchObject([{ code }]);
  });

  it.each(['SUM(["a"])', 'DOCUMENT("none/1")', 'DOCUMENT("none", "1")'])('%s does not warn', (expression) => {
    expect(warningsOf(expression)).toEqual([]);
  });

  it('COLLECTION_COUNT fails', () => {
    expect(db.failure('RETURN COLLECTION_COUNT(1)')).toBe(1542);
  });

  it('a warning names the function that was called', () => {
    expect(warningsOf('PUSH(1, 1)')).toMatchObject([{ message: expect.stringContaining("'PUSH()'") as unknown }]);
  });

  it('a name that is no text does not keep UNSET from the others', () => {
    const { rows, extra } = db.run('RETURN UNSET({a: 1, b: 2}, ["a", 1])');
    expect(rows).toEqual([{ b: 2 }]);
    expect(extra.warnings).toMatchObject([{ code: 1542 }]);
  });
});

it('every function is tested', () => {
  expect([...functions.keys()].filter((name) => !tested.has(name))).toEqual([]);
});
