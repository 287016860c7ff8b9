import { TestDatabase } from './testDatabase';

const db = new TestDatabase()
  .collection('c', [{ _key: '1' }])
  .collection('d')
  .edges('e');
db.index('c', ['u'], { unique: true });

type FailingQuery = readonly [errorNum: number, text: string, bindVars?: Readonly<Record<string, unknown>>];

/** A collection is no value: a misspelt variable must not find all of its documents. */
const asValue: readonly FailingQuery[] = [
  [1568, 'FOR x IN c FILTER c.u == 1 RETURN x'],
  [1568, 'RETURN c'],
  [1568, 'RETURN c[0]'],
  [1568, 'RETURN c[*].u'],
  [1568, 'LET a = c RETURN a'],
  [1568, 'RETURN 1 IN c'],
  [1568, 'RETURN FIRST(c)'],
  [1568, 'RETURN NOOPT(c)'],
  [1568, 'RETURN [c]'],
  [1568, 'RETURN @@c', { '@c': 'c' }],
  [1568, 'RETURN APPEND(@@c, 1)', { '@c': 'c' }],
];

const malformed: readonly FailingQuery[] = [
  [1502, ''],
  [1501, '  \n'],
  [1501, '// nothing'],
  [1501, ';'],
  [1501, '1'],
  [1501, 'FOR @u IN c RETURN 1'],
  [1501, 'RETURN 1.'],
  [1501, 'RETURN -'],
  [1501, 'RETURN'],
  [1501, 'RETUR 1'],
  [1501, 'RETURN 1;'],
  [1501, 'RETURN 1 RETURN 2'],
  [1501, 'RETURN 1 2'],
  [1501, 'FOR x IN [1]'],
  [1501, 'FOR IN [1] RETURN 1'],
  [1501, 'FOR x [1] RETURN x'],
  [1501, 'FOR x IN RETURN x'],
  [1501, 'FOR x, y IN [1] RETURN x'],
  [1501, 'FOR "x" IN [1] RETURN 1'],
  [1501, 'FOR x.y IN [1] RETURN 1'],
  [1501, 'FOR x IN [1] FILTER RETURN x'],
  [1501, 'LET a = RETURN 1'],
  [1501, 'LET a 1 RETURN a'],
  [1501, 'LET a == 1 RETURN a'],
  [1501, 'LET a = 1'],
  [1501, 'LET for = 1 RETURN 1'],
  [1501, 'RETURN (1'],
  [1501, 'RETURN 1)'],
  [1501, 'RETURN [1, 2'],
  [1501, 'RETURN [,]'],
  [1501, 'RETURN {a 1}'],
  [1501, 'RETURN {1: 2}'],
  [1501, 'RETURN {a: }'],
  [1501, 'RETURN {filter: 1}'],
  [1501, 'RETURN "abc'],
  [1501, "RETURN 'abc"],
  [1501, 'RETURN `abc'],
  [1501, 'RETURN 1 /* open'],
  [1501, 'RETURN 007'],
  [1501, 'RETURN 1 = 1'],
  [1501, 'RETURN 1 === 1'],
  [1501, 'RETURN 1 <> 2'],
  [1501, 'RETURN 1 +'],
  [1501, 'RETURN * 2'],
  [1501, 'RETURN 1 NOT 2'],
  [1501, 'RETURN 1 ? 2'],
  [1501, 'RETURN 1 & 2'],
  [1501, 'RETURN #1'],
  [1501, 'RETURN @'],
  [1501, 'RETURN {}.filter'],
  [1501, 'RETURN {}.1'],
  [1501, 'RETURN "abc"[0]'],
  [1501, 'RETURN 1.a'],
  [1501, 'RETURN [1][*'],
  [1501, 'RETURN [1][* FILTER]'],
  [1501, 'RETURN [1] ANY 1'],
  [1501, 'RETURN CONCAT("a"'],
  [1501, 'RETURN CONCAT("a",)'],
  [1501, 'RETURN DISTINCT 1'],
  [1501, 'LET a = (RETURN DISTINCT 1) RETURN a'],
  [1501, 'FOR x IN [1] SORT RETURN x'],
  [1501, 'FOR x IN [1] SORT x UP RETURN x'],
  [1501, 'FOR x IN [1] SORT x "UP" RETURN x'],
  [1501, 'FOR x IN [1] LIMIT RETURN x'],
  [1501, 'FOR x IN [1] LIMIT 1, RETURN x'],
  [1504, 'FOR x IN [1] LIMIT x RETURN x'],
  [1504, 'FOR x IN [1] LIMIT -1 RETURN x'],
  [1504, 'FOR x IN [1] LIMIT "1" RETURN x'],
  [1504, 'FOR x IN [1] LIMIT @n RETURN x', { n: -1 }],
  [1501, 'FOR x IN [1] COLLECT RETURN x'],
  [1501, 'FOR x IN [1] COLLECT INTO g RETURN g'],
  [1501, 'FOR x IN [1] COLLECT y = x KEEP x RETURN y'],
  [1501, 'FOR x IN [1] COLLECT y = x INTO g KEEP nope RETURN y'],
  [1501, 'FOR x IN [1] COLLECT WITH COUNT n RETURN n'],
  [1501, 'FOR x IN [1] COLLECT WITH TOTAL INTO n RETURN n'],
  [1501, 'FOR x IN [1] COLLECT y = x WITH COUNT INTO n INTO g RETURN y'],
  [1501, 'FOR x IN [1] COLLECT y = x WITH COUNT INTO n AGGREGATE m = MAX(x) RETURN y'],
  [1501, 'FOR x IN [1] COLLECT AGGREGATE m = MAX(x) WITH COUNT INTO n RETURN m'],
  [1501, 'FOR x IN [1] COLLECT AGGREGATE m = x RETURN m'],
  [1501, 'FOR x IN [1] COLLECT AGGREGATE m = MAX(x) + 1 RETURN m'],
  [1501, 'INSERT {} c'],
  [1501, 'INSERT INTO c'],
  [1501, 'INSERT {} INTO (c)'],
  [1501, 'INSERT {} INTO @c', { c: 'c' }],
  [1501, 'UPDATE "1" WITH {} c'],
  [1501, 'UPDATE "1" {} IN c'],
  [1501, 'REMOVE IN c'],
  [1501, 'REMOVE "1" FROM c'],
  [1501, 'UPSERT {} INSERT {} IN c'],
  [1501, 'UPSERT {} UPDATE {} IN c'],
  [1501, 'UPSERT "1" INSERT {} UPDATE {} IN c'],
  [1501, 'UPSERT {[CONCAT("a")]: 1} INSERT {} UPDATE {} IN c'],
  [1501, 'INSERT {} INTO c OPTIONS 1'],
  [1501, 'INSERT {} INTO c OPTION {}'],
  [1501, 'INSERT {} INTO c RETURN NEW RETURN NEW'],
  [1501, 'FOR v, e, p, q IN OUTBOUND "c/1" e RETURN v'],
  [1501, 'FOR v IN OUTBOUND e RETURN v'],
  [1501, 'FOR v IN 2..1 OUTBOUND "c/1" e RETURN v'],
  [1501, 'FOR v IN "1" OUTBOUND "c/1" e RETURN v'],
  [1501, 'FOR x IN [1] FOR v IN 1..x OUTBOUND "c/1" e RETURN v'],
  [1501, 'FOR v IN OUTBOUND "c/1" e PRUNE LENGTH(FOR x IN c RETURN x) > 0 RETURN v'],
  [1501, 'FOR v IN OUTBOUND "c/1" e OPTIONS {} PRUNE true RETURN v'],
  [1501, 'WITH RETURN 1'],
  [1501, 'DELETE "1" IN c'],
  [1501, 'SELECT * FROM c'],
];

/** Each is refused by its name. */
const unsupported: readonly FailingQuery[] = [
  [1501, 'RETURN NOOPT(false) ? (INSERT {} INTO c RETURN 1) : 1'],
  [1501, 'RETURN NOOPT(true) ?: (INSERT {} INTO c RETURN 1)'],
  [1501, 'RETURN NOOPT(false) && (INSERT {} INTO c RETURN 1)'],
  [1501, 'RETURN NOOPT(true) || [(FOR x IN [1] LET y = (INSERT {} INTO c RETURN 1) RETURN y)]'],
  [1501, 'FOR x IN c SEARCH x.a == 1 RETURN x'],
  [1501, 'RETURN GEO_DISTANCE([0, 0], [1, 1])'],
  [1501, 'RETURN FULLTEXT("c", "a", "b")'],
  [1501, 'RETURN CALL("LENGTH", [])'],
  [1501, 'RETURN DATE_ADD("2024-01-01", 1, "day")'],
  [1501, 'RETURN SUBSTRING_BYTES("abc", 1)'],
  [1501, 'RETURN SLEEP(1)'],
  [1501, 'RETURN APPROX_NEAR_L2([1], [2])'],
  [1501, 'FOR x IN c COLLECT AGGREGATE s = STDDEV(x.a) RETURN s'],
  [1501, 'RETURN CONTAINS("abc", "b", true)'],
  [1501, 'RETURN PUSH([1], 1, true)'],
  [1501, 'RETURN RANGE(1, 5, 2)'],
  [1501, 'RETURN STARTS_WITH("abc", ["a", "b"], 1)'],
  [1501, 'RETURN 9007199254740993'],
  [1501, 'RETURN 1e400'],
  [1501, 'FOR v, e IN OUTBOUND SHORTEST_PATH "c/1" TO "c/2" e RETURN v'],
  [1501, 'FOR p IN OUTBOUND K_SHORTEST_PATHS "c/1" TO "c/2" e RETURN p'],
  [1501, 'FOR p IN 1..2 OUTBOUND K_PATHS "c/1" TO "c/2" e RETURN p'],
  [1501, 'FOR p IN ANY ALL_SHORTEST_PATHS "c/1" TO "c/2" e RETURN p'],
  [1501, 'FOR v IN 1..2 OUTBOUND "c/1" e PRUNE found = v.a == 1 RETURN found'],
  [1501, 'FOR x IN [1] WINDOW { preceding: 1 } AGGREGATE s = SUM(x) RETURN s'],
  [1501, 'UPSERT FILTER CURRENT.a == 1 INSERT {} UPDATE {} IN c'],
  [1501, 'RETURN "abc" =~ "b"'],
  [1501, 'RETURN "abc" !~ "b"'],
  [1501, 'RETURN [1, 2] ALL > 0'],
  [1501, 'RETURN [1, 2] ANY IN [1]'],
  [1501, 'RETURN [1, 2] NONE NOT IN [1]'],
  [1501, 'RETURN [1, 2] AT LEAST (1) > 0'],
  [1501, 'RETURN [[1]][**]'],
  [1501, 'RETURN [1, 2][? FILTER CURRENT > 1]'],
  [1501, 'RETURN [1, 2][* LIMIT 1]'],
  [1501, 'RETURN [1, 2][* RETURN CURRENT + 1]'],
];

const unsupportedOptions: readonly FailingQuery[] = [
  [9, 'FOR x IN c OPTIONS { indexHint: "byA" } RETURN x'],
  [9, 'FOR v IN ANY "c/1" e OPTIONS { order: "weighted" } RETURN v'],
  [9, 'FOR v IN ANY "c/1" e OPTIONS { edgeCollections: "e" } RETURN v'],
  [9, 'UPDATE "1" WITH {} IN c OPTIONS { versionAttribute: "v" }'],
];

const invalid: readonly FailingQuery[] = [
  [1203, 'RETURN nope'],
  [1203, 'FOR x IN nope RETURN x'],
  [1203, 'FOR x IN [1] RETURN y'],
  [1203, 'RETURN nope.a'],
  [1208, 'RETURN `no/name`'],
  [1208, 'FOR x IN @@c RETURN x', { '@c': ' a' }],
  [1203, 'FOR x IN @@c RETURN x', { '@c': 'España 2' }],
  [1203, 'INSERT {} INTO nope'],
  [1203, 'FOR x IN @@c RETURN x', { '@c': 'nope' }],
  [1203, 'WITH nope RETURN 1'],
  [1203, 'FOR v IN OUTBOUND "c/1" nope RETURN v'],
  [1203, 'FOR x IN [1] COLLECT y = x RETURN x'],
  [1203, 'INSERT {} INTO c RETURN OLD'],
  [1203, 'INSERT {} INTO c OPTIONS { overwriteMode: "ignore" } RETURN OLD'],
  [1203, 'REMOVE "1" IN c RETURN NEW'],
  [1203, 'RETURN CURRENT'],
  [1511, 'LET a = 1 LET a = 2 RETURN a'],
  [1511, 'FOR a IN [1] FOR a IN [2] RETURN a'],
  [1511, 'LET a = 1 RETURN (FOR a IN [1] RETURN a)'],
  [1511, 'LET a = 1 FOR x IN [1] COLLECT a = x RETURN a'],
  [1511, 'FOR v, v IN OUTBOUND "c/1" e RETURN v'],
  [1511, 'FOR x IN [1] COLLECT y = x INTO y RETURN y'],
  [1512, 'RETURN { nope }'],
  [1512, 'FOR x IN [1] COLLECT y = x AGGREGATE m = MAX(y) RETURN m'],
  [1512, 'FOR x IN [1] COLLECT AGGREGATE m = MAX(x), n = MIN(m) RETURN m'],
  [1512, 'FOR x IN [1] COLLECT y = x INTO g = y RETURN g'],
  [1524, `RETURN ${'('.repeat(600)}1${')'.repeat(600)}`],
  [1540, 'RETURN NOPE()'],
  [1540, 'FOR x IN [1] COLLECT AGGREGATE m = NOPE(x) RETURN m'],
  [1582, 'RETURN MY::OWN(1)'],
  [1541, 'RETURN LENGTH()'],
  [1541, 'RETURN LENGTH(1, 2)'],
  [1541, 'RETURN UNION([1])'],
  [1541, 'RETURN DATE_NOW(1)'],
  [1541, 'FOR x IN [1] COLLECT AGGREGATE m = MAX() RETURN m'],
  [1551, 'RETURN @a'],
  [1551, 'FOR x IN @@c RETURN x', { c: 'c' }],
  [1551, 'RETURN @a + @b', { a: 1 }],
  [1552, 'RETURN 1', { a: 1 }],
  [1552, 'RETURN @a', { a: 1, b: 2 }],
  [1552, 'RETURN @a', { a: 1, '@a': 'c' }],
  [1553, 'FOR x IN @@c RETURN x', { '@c': 1 }],
  [1553, 'FOR x IN @@c RETURN x', { '@c': '' }],
  [1553, 'RETURN {}.@a', { a: 1 }],
  [1553, 'RETURN { @a: 1 }', { a: null }],
  [1553, 'RETURN { @@a: 1 }', { '@a': 'c' }],
  [1553, 'FOR v IN OUTBOUND "c/1" GRAPH @g RETURN v', { g: 1 }],
  [1563, 'FOR x IN null RETURN x'],
  [1563, 'FOR x IN { a: 1 } RETURN x'],
  [1563, 'FOR x IN c FOR y IN x._key RETURN y'],
  [1574, 'FOR x IN [1] COLLECT AGGREGATE m = CONCAT(x) RETURN m'],
  [1575, 'FOR x IN [{}] INSERT x INTO c OPTIONS { ignoreErrors: x.a } RETURN 1'],
  [10, 'FOR v IN OUTBOUND "c/1" e OPTIONS { uniqueVertices: "global" } RETURN v'],
  [10, 'FOR v IN OUTBOUND "c/1" e OPTIONS { order: "random" } RETURN v'],
  [1924, 'FOR v IN OUTBOUND "c/1" GRAPH "nope" RETURN v'],
  [1218, 'FOR v IN OUTBOUND "c/1" c RETURN v'],
  [32, 'RETURN LENGTH(NOOPT(1)..1e9)'],
  [1504, 'RETURN 0x1ffffffff'],
];

const accessAfterModification: readonly FailingQuery[] = [
  [1579, 'INSERT {} INTO c INSERT {} INTO c'],
  [1579, 'INSERT {} INTO c FOR x IN c RETURN x'],
  [1579, 'INSERT {} INTO c RETURN LENGTH(c)'],
  [1579, 'INSERT {} INTO c RETURN DOCUMENT("d/1")'],
  [1579, 'INSERT {} INTO c LET x = (FOR y IN c RETURN y) RETURN x'],
  [1579, 'LET a = (INSERT {} INTO c) FOR x IN c RETURN x'],
  [1579, 'LET a = (INSERT {} INTO c) LET b = (REMOVE "1" IN c) RETURN 1'],
  [1579, 'INSERT {} INTO c FOR v IN OUTBOUND "d/1" e RETURN v'],
  [1579, 'FOR x IN c LET y = (REMOVE x IN c) RETURN y'],
  [1579, 'UPSERT {} INSERT {} UPDATE {} IN c FOR x IN c RETURN x'],
];

const failing: readonly FailingQuery[] = [
  [1202, 'REMOVE "none" IN c'],
  [1202, 'UPDATE "none" WITH {} IN c'],
  [1210, 'INSERT { _key: "1" } INTO c'],
  [1210, 'FOR i IN 1..2 INSERT { u: 7 } INTO c'],
  [1221, 'INSERT { _key: "a b" } INTO c'],
  [1221, 'INSERT { _key: 1 } INTO c'],
  [1226, 'REMOVE {} IN c'],
  [1227, 'INSERT [] INTO c'],
  [1227, 'REMOVE null IN c'],
  [1233, 'INSERT {} INTO e'],
  [1233, 'INSERT { _from: "x", _to: "c/1" } INTO e'],
  [1569, 'RETURN FAIL()'],
  [1593, 'RETURN ASSERT(false, "no")'],
];

const withTitles = (rows: readonly FailingQuery[]) =>
  rows.map(([errorNum, text, bindVars]) => ({ errorNum, text, bindVars, title: text.slice(0, 90) }));

describe.each([
  ['malformed', malformed],
  ['a collection as a value', asValue],
  ['unsupported', unsupported],
  ['invalid', invalid],
  ['access after modification', accessAfterModification],
  ['failing at run time', failing],
])('queries: %s', (_group, rows) => {
  it.each(withTitles(rows))('$errorNum $title', ({ errorNum, text, bindVars }) => {
    const error = db.error(text, bindVars);
    expect(`${error.errorNum}: ${error.message}`).toMatch(new RegExp(`^${errorNum}: `));
    if (errorNum === 1203) expect(error.message).toMatch(/^collection or view not found: [\wñ ]+$/);
    else expect(error.message).toMatch(/^AQL: .* \(while (parsing|instantiating plan|optimizing plan|executing)\)$/s);
  });
});

describe('a failed query', () => {
  it('reports that a construct is not supported', () => {
    for (const [, text] of unsupported)
      expect(db.error(text).message).toMatch(/^AQL: syntax error, .* is not supported by this emulator/);
    for (const [errorNum, text] of unsupportedOptions) {
      expect(db.error(text)).toMatchObject({ errorNum, status: 501 });
      expect(db.error(text).message).toMatch(/ is not supported by this emulator$/);
    }
  });

  it('reports the position of a syntax error', () => {
    expect(db.error('RETURN 1 +\n  FOR').message).toBe(
      "AQL: syntax error, unexpected FOR keyword near 'FOR' at position 2:3 (while parsing)",
    );
    expect(db.error('RETURN').message).toBe(
      'AQL: syntax error, unexpected end of query string at position 1:7 (while parsing)',
    );
  });

  it('has number 17 if the bind variables are not an object', () => {
    expect(() => db.query('RETURN 1', [] as unknown as Record<string, unknown>)).toThrow(
      'expecting object for <bindVars>',
    );
  });

  it('is only a warning for an unknown option', () => {
    const warnings = (text: string): string[] =>
      db.run(text).extra.warnings.map(({ code, message }) => `${code} ${message}`);
    expect(warnings('FOR x IN c OPTIONS { bogus: 1 } RETURN x')).toEqual([
      "1576 unknown option 'bogus' in OPTIONS of FOR",
    ]);
    expect(warnings('FOR v IN ANY "c/1" e OPTIONS { order: "bfs", depth: 1 } RETURN v')).toHaveLength(1);
    expect(warnings('FOR x IN c COLLECT a = x.a OPTIONS { methods: "hash" } RETURN a')).toHaveLength(1);
    expect(warnings('FOR x IN [] INSERT x INTO c OPTIONS { overwritemode: "ignore" }')).toHaveLength(1);
    expect(warnings('FOR x IN [] UPSERT { a: 1 } INSERT x UPDATE x IN c OPTIONS { readOwnWrites: false }')).toEqual([]);
    expect(() => db.run('FOR x IN c OPTIONS { bogus: 1 } RETURN x', {}, { failOnWarning: true })).toThrow('bogus');
  });
});
