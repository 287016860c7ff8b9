import { TestDatabase } from './testDatabase';

const people = [
  { _key: 'ann', name: 'Ann', age: 31, city: 'Rome', tags: ['a', 'b'] },
  { _key: 'bob', name: 'Bob', age: 25, city: 'Bern', tags: [] },
  { _key: 'cid', name: 'Cid', age: 40, city: 'Rome', tags: ['b'] },
  { _key: 'dee', name: 'Dee', age: null, tags: ['c'] },
];
const db = new TestDatabase().collection('people', people).collection('empty');

function table(rows: readonly (readonly [string, unknown[]])[]): void {
  it.each(rows)('%s', (text, expected) => {
    expect(db.query(text)).toEqual(expected);
  });
}

describe('FOR', () => {
  table([
    ['FOR x IN [1, 2] RETURN x', [1, 2]],
    [
      'FOR x IN 1..2 FOR y IN 3..4 RETURN [x, y]',
      [
        [1, 3],
        [1, 4],
        [2, 3],
        [2, 4],
      ],
    ],
    ['FOR x IN [] RETURN x', []],
    ['FOR p IN people RETURN p.name', ['Ann', 'Bob', 'Cid', 'Dee']],
    ['FOR x IN (FOR y IN [3, 4] RETURN y * 2) RETURN x', [6, 8]],
    ['FOR p IN people OPTIONS { useCache: true } LIMIT 1 RETURN p._key', ['ann']],
    ['FOR p IN people FOR t IN p.tags RETURN t', ['a', 'b', 'b', 'c']],
    ['WITH people FOR x IN [1] RETURN x', [1]],
    ['WITH people, empty RETURN 1', [1]],
    ['FOR p IN people RETURN (p.name)', ['Ann', 'Bob', 'Cid', 'Dee']],
    ['FOR p IN empty RETURN p', []],
    ['RETURN LENGTH(people)', [4]],
  ]);
});

describe('FILTER', () => {
  table([
    ['FOR p IN people FILTER p.age > 30 RETURN p.name', ['Ann', 'Cid']],
    ['FOR p IN people FILTER p.age < 30 RETURN p.name', ['Bob', 'Dee']],
    ['FOR p IN people FILTER p.age != null FILTER p.age < 30 RETURN p.name', ['Bob']],
    ['FOR p IN people FILTER p.city == null RETURN p.name', ['Dee']],
    ['FOR p IN people FILTER "b" IN p.tags RETURN p.name', ['Ann', 'Cid']],
    ['FOR p IN people FILTER p.tags RETURN p.name', ['Ann', 'Bob', 'Cid', 'Dee']],
    ['FOR p IN people LET n = p.age + 1 FILTER n == 26 RETURN p.name', ['Bob']],
    ['FILTER false RETURN 1', []],
    ['FOR x IN 1..3 FOR y IN 1..3 FILTER x == 2 FILTER y == x RETURN [x, y]', [[2, 2]]],
    ['FOR x IN 1..5 LIMIT 3 FILTER x > 2 RETURN x', [3]],
    ['FOR x IN 1..5 FILTER x IN (FOR y IN 2..3 RETURN y) RETURN x', [2, 3]],
  ]);
});

describe('LET', () => {
  table([
    ['LET a = 1, b = a + 1 RETURN b', [2]],
    ['LET names = (FOR p IN people RETURN p.name) RETURN LENGTH(names)', [4]],
    [
      'FOR p IN people LET rich = (FOR q IN people FILTER q.age > p.age RETURN q.name) FILTER LENGTH(rich) == 0 RETURN p.name',
      ['Cid'],
    ],
    ['LET f = FIRST(FOR x IN 1..3 SORT x DESC RETURN x) RETURN f', [3]],
    ['LET x = (RETURN 1) RETURN x', [[1]]],
    ['LET a = (FOR x IN 1..2 LET b = (FOR y IN 1..x RETURN x * y) RETURN b) RETURN a', [[[1], [2, 4]]]],
  ]);
});

describe('SORT and LIMIT', () => {
  table([
    ['FOR p IN people SORT p.age RETURN p.name', ['Dee', 'Bob', 'Ann', 'Cid']],
    ['FOR p IN people SORT p.age DESC RETURN p.name', ['Cid', 'Ann', 'Bob', 'Dee']],
    ['FOR p IN people SORT p.city DESC, p.age ASC RETURN p.name', ['Ann', 'Cid', 'Bob', 'Dee']],
    ['FOR x IN ["b", "B", "a", "10", "9"] SORT x RETURN x', ['10', '9', 'a', 'B', 'b']],
    ['FOR p IN people SORT null RETURN p.name', ['Ann', 'Bob', 'Cid', 'Dee']],
    ['FOR p IN people SORT p.name "DESC" LIMIT 1 RETURN p.name', ['Dee']],
    ['FOR x IN 1..5 LIMIT 2 RETURN x', [1, 2]],
    ['FOR x IN 1..5 LIMIT 1, 2 RETURN x', [2, 3]],
    ['FOR x IN 1..5 LIMIT 0 RETURN x', []],
    ['FOR x IN 1..5 LIMIT 1 + 1 RETURN x', [1, 2]],
    ['FOR x IN 1..5 LIMIT 4, 9 RETURN x', [5]],
    ['FOR x IN 1..5 SORT x DESC LIMIT 2 SORT x RETURN x', [4, 5]],
    [
      'FOR x IN 1..3 LET y = x * 2 SORT -x RETURN [x, y]',
      [
        [3, 6],
        [2, 4],
        [1, 2],
      ],
    ],
  ]);

  it('fullCount is the number of rows before the last LIMIT', () => {
    const text = 'FOR x IN 1..10 LIMIT 8 FILTER x > 2 LIMIT 2 RETURN x';
    expect(db.run(text, {}, { fullCount: true }).extra.stats.fullCount).toBe(6);
    expect(
      db.run('FOR x IN (FOR y IN 1..9 LIMIT 2 RETURN y) LIMIT 1 RETURN x', {}, { fullCount: true }).extra.stats
        .fullCount,
    ).toBe(2);
    expect(db.run(text).extra.stats).not.toHaveProperty('fullCount');
    expect(db.run('RETURN 1', {}, { fullCount: true }).extra.stats).not.toHaveProperty('fullCount');
  });
});

describe('RETURN', () => {
  table([
    ['FOR p IN people RETURN DISTINCT p.city', ['Rome', 'Bern', null]],
    ['FOR x IN [1, "1", 1, {a: 1}, {a: 1, b: null}] RETURN DISTINCT x', [1, '1', { a: 1 }]],
    ['FOR p IN people LIMIT 1 RETURN { p: { name: p.name }, absent: p.x }', [{ p: { name: 'Ann' }, absent: null }]],
  ]);
});

describe('COLLECT', () => {
  table([
    ['FOR p IN people COLLECT city = p.city RETURN city', [null, 'Bern', 'Rome']],
    [
      'FOR p IN people COLLECT city = p.city WITH COUNT INTO n RETURN [city, n]',
      [
        [null, 1],
        ['Bern', 1],
        ['Rome', 2],
      ],
    ],
    ['FOR p IN people COLLECT WITH COUNT INTO n RETURN n', [4]],
    ['FOR p IN empty COLLECT WITH COUNT INTO n RETURN n', [0]],
    ['FOR p IN people FILTER p.age > 30 COLLECT WITH COUNT INTO n RETURN n', [2]],
    ['FOR p IN people COLLECT city = p.city INTO g RETURN g[*].p.name', [['Dee'], ['Bob'], ['Ann', 'Cid']]],
    [
      'LET out = 1 FOR p IN people LET n = p.name COLLECT c = p.city INTO g LIMIT 1 RETURN ATTRIBUTES(g[0], false, true)',
      [['n', 'p']],
    ],
    ['FOR p IN people COLLECT city = p.city INTO g = p.name RETURN g', [['Dee'], ['Bob'], ['Ann', 'Cid']]],
    [
      'FOR p IN people LET n = p.name COLLECT city = p.city INTO g KEEP n RETURN g',
      [[{ n: 'Dee' }], [{ n: 'Bob' }], [{ n: 'Ann' }, { n: 'Cid' }]],
    ],
    [
      'FOR p IN people COLLECT city = p.city AGGREGATE lo = MIN(p.age), hi = MAX(p.age), n = COUNT() RETURN [city, lo, hi, n]',
      [
        [null, null, null, 1],
        ['Bern', 25, 25, 1],
        ['Rome', 31, 40, 2],
      ],
    ],
    [
      'FOR p IN people COLLECT AGGREGATE s = SUM(p.age), a = AVERAGE(p.age), n = LENGTH(p.age) RETURN [s, a, n]',
      [[96, 32, 4]],
    ],
    [
      'FOR p IN empty COLLECT AGGREGATE n = COUNT(p), s = SUM(p.age), m = MIN(p.age), u = UNIQUE(p.age) RETURN [n, s, m, u]',
      [[0, null, null, []]],
    ],
    ['FOR p IN empty COLLECT c = p.city AGGREGATE n = COUNT(p) RETURN n', []],
    [
      'FOR x IN [3, 1, 3, null] COLLECT AGGREGATE u = UNIQUE(x), s = SORTED_UNIQUE(x), c = COUNT_DISTINCT(x), p = PUSH(x) RETURN [u, s, c, p]',
      [[[3, 1, null], [null, 1, 3], 3, [3, 1, 3, null]]],
    ],
    ['FOR x IN [1, "a"] COLLECT AGGREGATE s = SUM(x) RETURN s', [null]],
    ['FOR p IN people COLLECT AGGREGATE m = MAX(p.age) INTO g RETURN [m, LENGTH(g)]', [[40, 4]]],
    [
      'FOR p IN people COLLECT a = p.city, b = p.age > 30 RETURN [a, b]',
      [
        [null, false],
        ['Bern', false],
        ['Rome', true],
      ],
    ],
    ['FOR p IN people COLLECT a = p.city OPTIONS { method: "sorted" } SORT a DESC RETURN a', ['Rome', 'Bern', null]],
    ['FOR x IN [[1], [1, null], [2]] COLLECT a = x WITH COUNT INTO n RETURN n', [2, 1]],
    ['FOR p IN people COLLECT c = p.city INTO g FOR q IN g FILTER c == "Rome" RETURN q.p.name', ['Ann', 'Cid']],
    [
      'LET keep = 5 FOR p IN people COLLECT c = p.city RETURN [c, keep]',
      [
        [null, 5],
        ['Bern', 5],
        ['Rome', 5],
      ],
    ],
    [
      'FOR p IN people COLLECT c = p.city COLLECT n = c != null WITH COUNT INTO k RETURN [n, k]',
      [
        [false, 1],
        [true, 2],
      ],
    ],
  ]);
});

describe('LIMIT', () => {
  it('treats null as no offset or no limit', () => {
    expect(db.query('FOR x IN 1..3 LIMIT null, 1 RETURN x')).toEqual([1]);
    expect(db.query('FOR x IN 1..3 LIMIT 1, null RETURN x')).toEqual([2, 3]);
    expect(db.query('FOR x IN 1..3 LIMIT @n RETURN x', { n: null })).toEqual([1, 2, 3]);
  });
});

describe('a query', () => {
  it('returns statistics', () => {
    const { stats } = db.run('FOR p IN people FILTER p.age > 30 RETURN p').extra;
    expect(stats).toMatchObject({ scannedFull: 4, scannedIndex: 0, filtered: 2, writesExecuted: 0, writesIgnored: 0 });
    expect(stats.executionTime).toBeGreaterThan(0);
  });

  it('returns the duration of its phases with profile', () => {
    const { profile } = db.run('FOR x IN 1..1000 RETURN x', {}, { profile: true }).extra;
    expect(Object.keys(profile ?? {})).toEqual([
      'initializing',
      'parsing',
      'optimizing ast',
      'loading collections',
      'instantiating plan',
      'optimizing plan',
      'instantiating executors',
      'executing',
      'finalizing',
    ]);
    expect(profile?.['initializing']).toBeGreaterThan(0);
    expect(db.run('RETURN 1').extra).not.toHaveProperty('profile');
  });

  it('computes the rows of a stream one at a time', () => {
    const rows = db.stream('FOR x IN [1, 2, 0] LET y = ASSERT(x > 0, "zero") RETURN x');
    expect(rows.next().value).toBe(1);
    expect(rows.next().value).toBe(2);
    expect(() => rows.next()).toThrow('AQL: zero (while executing)');
  });

  it('fails when it exceeds maxRuntime', () => {
    const text = 'FOR a IN 1..100000 FOR b IN 1..100000 FILTER a + b < 0 RETURN 1';
    expect(() => db.run(text, {}, { maxRuntime: 0.02 })).toThrow('AQL: query killed (while executing)');
  });

  it('computes a subquery only once if it does not depend on the loop', () => {
    const text =
      'FOR x IN 1..100 LET n = (FOR p IN people RETURN p.name) FILTER x IN (FOR p IN people RETURN p.age) RETURN n';
    expect(db.run(text).extra.stats.scannedFull).toBe(8);
  });
});
