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
    const text = 'FOR i IN 1..20 RETURN FIRST(i)';
    expect(db.run(text).extra.warnings).toHaveLength(10);
    expect(db.run(text, {}, { maxWarningCount: 3 }).extra.warnings[0]).toEqual({
      code: 1542,
      message: "invalid argument type in call to function 'FIRST()'",
    });
    expect(() => db.run(text, {}, { failOnWarning: true })).toThrow('invalid argument type');
  });
});

it('every function is tested', () => {
  expect([...functions.keys()].filter((name) => !tested.has(name))).toEqual([]);
});
