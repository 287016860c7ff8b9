import { TestDatabase } from './testDatabase';

const db = new TestDatabase();
const doc = {
  a: { b: { c: 1 } },
  list: [1, 2, 3],
  nested: [{ x: 1, y: [1, 2] }, { x: 2, y: [3] }, { x: 3 }],
  name: 'n',
};

function table(rows: readonly (readonly [string, unknown])[]): void {
  it.each(rows)('%s', (expression, expected) => {
    const text = `LET doc = @doc RETURN NOOPT(doc) == null ? null : (${expression})`;
    expect(db.query(text, { doc })).toEqual([expected]);
  });
}

describe('literals', () => {
  table([
    ['null', null],
    ['true', true],
    ['FALSE', false],
    ['1', 1],
    ['.5', 0.5],
    ['1.5e3', 1500],
    ['1E-2', 0.01],
    ['0x1F', 31],
    ['0b101', 5],
    ['-1', -1],
    ['"a\\"b"', 'a"b'],
    ["'it\\'s'", "it's"],
    ['"\\u00e9\\n"', 'é\n'],
    ['"line\nbreak"', 'line\nbreak'],
    ['[1, 2, ]', [1, 2]],
    ['[]', []],
    ['{}', {}],
    ['{ a: 1, "b c": 2, }', { a: 1, 'b c': 2 }],
    ['{ [CONCAT("a", "b")]: 1 }', { ab: 1 }],
    ['{ doc }.doc.name', 'n'],
    ['{ a: 1, a: 2, a: 3 }', { a: 3 }],
    ['{ a: 1, b: doc.name, a: doc.list }', { a: [1, 2, 3], b: 'n' }],
    ['MERGE({ a: 1, a: 2 }, { a: 3, a: 4 })', { a: 4 }],
    ['1 /* one */ + // two\n 2', 3],
  ]);
});

describe('precedence', () => {
  table([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['1 + 1 == 2', true],
    ['1 == 1 IN [true]', false],
    ['true == 1 IN [1]', true],
    ['NOT 1 IN [1]', false],
    ['NOT 1 IN [false]', true],
    ['1 NOT IN [2]', true],
    ['!1 == 2', false],
    ['1 < 2 IN [true]', true],
    ['true || false && false', true],
    ['false ? 1 : true ? 2 : 3', 2],
    ['1 + 1 > 1 ? "y" : "n"', 'y'],
    ['2 * 2..1 + 5', [4, 5, 6]],
    ['-1 + 2', 1],
    ['- -1', 1],
    ['"a" LIKE "a" == true', true],
  ]);
});

describe('truthiness', () => {
  table([
    ['null || "x"', 'x'],
    ['null && true', null],
    ['"" || 0', 0],
    ['[] && 1', 1],
    ['{} ? 1 : 2', 1],
    ['0 ? 1 : 2', 2],
    ['"" ?: "else"', 'else'],
    ['"x" ?: "else"', 'x'],
    ['!null', true],
    ['!"0"', false],
    ['!!""', false],
  ]);
});

describe('comparison', () => {
  table([
    ['0 == "0"', false],
    ['true < 0', true],
    ['null < false', true],
    ['"z" < []', true],
    ['[9] < {}', true],
    ['"A" < "a"', true],
    ['"a" < "B"', true],
    ['"ab" < "AC"', true],
    ['"Ab" < "aB"', true],
    ['SORTED(["b", "B", "a", "A"])', ['A', 'a', 'B', 'b']],
    ['"a" == "A"', false],
    ['"1" < "a"', true],
    ['"_" < "1"', true],
    ['[] < [0]', true],
    ['[1] == [1, null]', true],
    ['{} == {a: null}', true],
    ['{a: 1, b: 2} == {b: 2, a: 1}', true],
    ['{a: 1} < {a: 2}', true],
    ['doc.absent == null', true],
    ['doc.absent < 10', true],
    ['doc.absent != null', false],
    ['doc.absent IN [null]', true],
    ['1 IN 1', false],
    ['1 NOT IN 1', true],
    ['[1] IN [[1]]', true],
    ['"abc" LIKE "a%"', true],
    ['"abc" LIKE "A%"', false],
    ['"abc" LIKE "_bc"', true],
    ['"a%c" LIKE "a\\\\%c"', true],
    ['"abc" LIKE "a\\\\%c"', false],
    ['1 LIKE "1"', true],
    ['1 NOT LIKE "1"', false],
    ['"abc" NOT LIKE "a%"', false],
  ]);
});

describe('arithmetic', () => {
  table([
    ['"3" + 4', 7],
    ['"a" + 1', 1],
    ['null + 1', 1],
    ['true + true', 2],
    ['[5] * 2', 10],
    ['[1, 2] + 1', 1],
    ['{} + 1', 1],
    ['7 % 3', 1],
    ['-7 % 3', -1],
    ['1 / 0', null],
    ['1 % 0', null],
    ['1 / 4', 0.25],
    ['1e308 * 10', null],
    ['+"5"', 5],
    ['-"5"', -5],
    ['1..3', [1, 2, 3]],
    ['3..1', [3, 2, 1]],
    ['"1"..2.9', [1, 2]],
  ]);
  it('a division by zero causes a warning', () => {
    const result = db.run('RETURN 1 / 0');
    expect(result.extra.warnings).toEqual([{ code: 1562, message: 'division by zero' }]);
    expect(() => db.run('RETURN 1 / 0', {}, { failOnWarning: true })).toThrow('AQL: division by zero');
  });
});

describe('access', () => {
  table([
    ['doc.a.b.c', 1],
    ['doc.a.x.y.z', null],
    ['doc["a"]["b"]', { c: 1 }],
    ['doc.list[0]', 1],
    ['doc.list[-1]', 3],
    ['doc.list[9]', null],
    ['doc.list["1"]', 2],
    ['doc.name[0]', null],
    ['doc.list.length', null],
    ['doc.constructor', null],
    ['doc.`name`', 'n'],
    ['doc.´name´', 'n'],
    ['(1..5)[2]', 3],
    ['[1, 2][1]', 2],
    ['{ a: 5 }.a', 5],
  ]);
});

describe('array expansion', () => {
  table([
    ['doc.nested[*].x', [1, 2, 3]],
    ['doc.nested[*].y', [[1, 2], [3], null]],
    ['doc.nested[*].y[*]', [[1, 2], [3], []]],
    ['doc.nested[*].y[0]', [1, 3, null]],
    ['(doc.nested[*].x)[0]', 1],
    ['doc.name[*]', []],
    ['doc.absent[*].x', []],
    ['doc.nested[* FILTER CURRENT.x > 1].x', [2, 3]],
    ['1 IN doc.nested[*].x', true],
  ]);
});

describe('bind parameters', () => {
  it('can be values, attribute names, collections, limits and sort directions', () => {
    const one = new TestDatabase().collection('c', [{ v: 1 }, { v: 2 }, { v: 3 }]);
    const text = 'FOR d IN @@c SORT d.@attribute @direction LIMIT @n RETURN { @attribute: d.@attribute }';
    expect(one.query(text, { '@c': 'c', attribute: 'v', direction: 'DESC', n: 2 })).toEqual([{ v: 3 }, { v: 2 }]);
  });

  it('can be an attribute path as an array', () => {
    expect(db.value('@doc.@path', { doc, path: ['a', 'b', 'c'] })).toBe(1);
  });

  it('can contain attributes with the names of built-in JavaScript properties', () => {
    const value = JSON.parse('{"__proto__": 1, "constructor": 2}') as object;
    expect(JSON.stringify(db.value('MERGE(@v, {[@n]: 3})', { v: value, n: 'toString' }))).toBe(
      '{"__proto__":1,"constructor":2,"toString":3}',
    );
    expect(db.value('@v.`__proto__`', { v: value })).toBe(1);
  });
});
