import { functions } from '../../../../sandbox/arangodb/aql/functions';
import { TestDatabase } from './testDatabase';

const db = new TestDatabase().collection('c', [
  { _key: '1', v: 1 },
  { _key: '2', v: 2 },
]);

const tested = new Set<string>();

function table(rows: readonly (readonly [string, unknown])[]): void {
  for (const [expression] of rows) {
    for (const [, name] of expression.matchAll(/\b([A-Z][A-Z0-9_]*)\(/g)) tested.add(name as string);
  }
  it.each(rows)('%s', (expression, expected) => {
    expect(db.value(expression)).toEqual(expected);
  });
}

describe('types', () => {
  table([
    ['IS_NULL(null)', true],
    ['IS_BOOL(0)', false],
    ['IS_NUMBER(1)', true],
    ['IS_STRING("")', true],
    ['IS_ARRAY([])', true],
    ['IS_LIST({})', false],
    ['IS_OBJECT({})', true],
    ['IS_DOCUMENT([])', false],
    ['IS_DATESTRING("2024-01-01")', true],
    ['IS_DATESTRING("yesterday")', false],
    ['IS_KEY("a/b")', false],
    ['IS_KEY("a_b-1:@")', true],
    [
      '[null, true, 1, "", [], {}][* RETURN TYPENAME(CURRENT)]',
      ['null', 'bool', 'number', 'string', 'array', 'object'],
    ],
    ['TO_BOOL("0")', true],
    ['TO_NUMBER(" 12.5 ")', 12.5],
    ['TO_NUMBER("12a")', 0],
    ['TO_NUMBER([[3]])', 3],
    ['TO_STRING(null)', ''],
    ['TO_STRING([1, "a"])', '[1,"a"]'],
    ['TO_STRING(1.5)', '1.5'],
    ['TO_ARRAY(null)', []],
    ['TO_ARRAY("a")', ['a']],
    ['TO_LIST({a: 1, b: 2})', [1, 2]],
    ['NOT_NULL(null, 0, 1)', 0],
    ['NOT_NULL(null, null)', null],
    ['FIRST_LIST(1, [2], [3])', [2]],
    ['FIRST_DOCUMENT([1], {a: 1})', { a: 1 }],
    ['to_String(1)', '1'],
  ]);
});

describe('arrays', () => {
  table([
    ['[null, 123, true, false, "äé", {a: 1, b: null}, [1, 2]][* RETURN LENGTH(CURRENT)]', [0, 3, 1, 0, 2, 2, 2]],
    ['COUNT([1])', 1],
    ['LENGTH("😀")', 1],
    ['COUNT_DISTINCT([1, 1, "1"])', 2],
    ['COUNT_UNIQUE([])', 0],
    ['FIRST([])', null],
    ['FIRST(1)', null],
    ['LAST([1, 2])', 2],
    ['NTH([1, 2], 1)', 2],
    ['NTH([1, 2], -1)', null],
    ['APPEND([1, 2], [2, 3])', [1, 2, 2, 3]],
    ['APPEND([1, 2], [2, 3], true)', [1, 2, 3]],
    ['APPEND([1], 2)', [1, 2]],
    ['APPEND(null, [1])', [1]],
    ['PUSH([1], 1, true)', [1]],
    ['PUSH(null, 1)', [1]],
    ['PUSH("a", 1)', null],
    ['UNSHIFT([2], 1)', [1, 2]],
    ['POP([1, 2])', [1]],
    ['POP(null)', null],
    ['SHIFT([1, 2])', [2]],
    ['UNION([1], [1, 2])', [1, 1, 2]],
    ['UNION([1], null)', null],
    ['UNION_DISTINCT([1], [1, 2], [3])', [1, 2, 3]],
    ['INTERSECTION([1, 2, 2], [2, 3], [2])', [2]],
    ['OUTERSECTION([1, 2], [2, 3])', [1, 3]],
    ['MINUS([1, 2, 2, 3], [3], [1])', [2]],
    ['UNIQUE([1, "1", 1, null, null])', [1, '1', null]],
    ['SORTED(["b", "A", "a", 1])', [1, 'a', 'A', 'b']],
    ['SORTED_UNIQUE([2, 1, 2])', [1, 2]],
    ['FLATTEN([1, [2, [3]]])', [1, 2, [3]]],
    ['FLATTEN([1, [2, [3]]], 2)', [1, 2, 3]],
    ['SLICE([1, 2, 3, 4], 1, 2)', [2, 3]],
    ['SLICE([1, 2, 3, 4], -2)', [3, 4]],
    ['SLICE([1, 2, 3, 4], 0, -1)', [1, 2, 3]],
    ['REVERSE([1, 2])', [2, 1]],
    ['POSITION([1, 2], 2)', true],
    ['POSITION([1, 2], 2, true)', 1],
    ['CONTAINS_ARRAY([1], 5, true)', -1],
    ['REMOVE_VALUE([1, 2, 1, 1], 1, 2)', [2, 1]],
    ['REMOVE_VALUE([1, 2, 1], 1)', [2]],
    ['REMOVE_VALUES([1, 2, 3], [1, 3])', [2]],
    ['REMOVE_NTH([1, 2, 3], -1)', [1, 2]],
    ['REPLACE_NTH([1, 2], 1, 9)', [1, 9]],
    ['REPLACE_NTH([1], 3, 9, 0)', [1, 0, 0, 9]],
    ['INTERLEAVE([1, 2], ["a"])', [1, 'a', 2]],
    ['JACCARD([1, 2, 3], [2, 3, 4])', 0.5],
    ['RANGE(1, 4, 2)', [1, 3]],
    ['RANGE(3, 1)', [3, 2, 1]],
    ['RANGE(1, 5, -1)', null],
    ['MIN([3, null, 1])', 1],
    ['MIN([])', null],
    ['MAX([1, "a"])', 'a'],
    ['SUM([1, null, 2])', 3],
    ['SUM([])', 0],
    ['SUM(["a"])', null],
    ['PRODUCT([2, 3])', 6],
    ['AVERAGE([1, null, 2])', 1.5],
    ['AVG([])', null],
    ['MEDIAN([3, 1, 2, 4])', 2.5],
    ['PERCENTILE([1, 2, 3, 4], 50)', 2],
    ['PERCENTILE([1, 2, 3, 4], 50, "interpolation")', 2.5],
    ['VARIANCE_POPULATION([1, 3])', 1],
    ['VARIANCE_SAMPLE([1, 3])', 2],
    ['VARIANCE([1, 3])', 1],
    ['STDDEV_POPULATION([1, 3])', 1],
    ['STDDEV_SAMPLE([5])', null],
    ['STDDEV([1, 3])', 1],
    ['BIT_AND([7, 3])', 3],
    ['BIT_OR(1, 4)', 5],
    ['BIT_XOR([1, 3])', 2],
  ]);
});

describe('numbers', () => {
  table([
    ['FLOOR(-1.5)', -2],
    ['CEIL(1.2)', 2],
    ['ROUND(2.5)', 3],
    ['ROUND(-2.5)', -2],
    ['ABS(-3)', 3],
    ['SQRT(9)', 3],
    ['SQRT(-1)', null],
    ['POW(2, 10)', 1024],
    ['LOG(1)', 0],
    ['LOG2(8)', 3],
    ['LOG10(1000)', 3],
    ['LOG(0)', null],
    ['EXP(0)', 1],
    ['EXP2(3)', 8],
    ['SIN(0)', 0],
    ['COS(0)', 1],
    ['TAN(0)', 0],
    ['ASIN(0)', 0],
    ['ACOS(1)', 0],
    ['ATAN(0)', 0],
    ['ATAN2(0, 1)', 0],
    ['DEGREES(PI())', 180],
    ['RADIANS(180) == PI()', true],
    ['RAND() < 1', true],
  ]);
});

describe('texts', () => {
  table([
    ['CONCAT("a", null, 1, [1, 2], {b: 1})', 'a1[1,2]{"b":1}'],
    ['CONCAT(["a", null, "b"])', 'ab'],
    ['CONCAT_SEPARATOR("-", "a", null, "b")', 'a-b'],
    ['CONCAT_SEPARATOR("-", ["a", null, "b"])', 'a-b'],
    ['LOWER("ÄB")', 'äb'],
    ['UPPER("äb")', 'ÄB'],
    ['SUBSTRING("holy😀cow", 4, 2)', '😀c'],
    ['SUBSTRING("abc", -2)', 'bc'],
    ['SUBSTRING("abc", 1, 0)', ''],
    ['LEFT("abc", 2)', 'ab'],
    ['RIGHT("abc", 2)', 'bc'],
    ['TRIM("  a ")', 'a'],
    ['TRIM(" a ", 1)', 'a '],
    ['TRIM("--a-", "-")', 'a'],
    ['LTRIM("--a-", "-")', 'a-'],
    ['RTRIM("  a ")', '  a'],
    ['SPLIT("a-b-c", "-")', ['a', 'b', 'c']],
    ['SPLIT("a-b+c", ["-", "+"], 2)', ['a', 'b']],
    ['SPLIT("ab", "")', ['a', 'b']],
    ['SPLIT("a")', ['a']],
    ['SUBSTITUTE("abab", "a", "x")', 'xbxb'],
    ['SUBSTITUTE("abab", "a", "x", 1)', 'xbab'],
    ['SUBSTITUTE("abc", {a: "1", c: "3"})', '1b3'],
    ['SUBSTITUTE("abc", ["a", "b"], ["b", "a"])', 'bac'],
    ['SUBSTITUTE("abc", ["a", "b"])', 'c'],
    ['CONTAINS("abc", "b")', true],
    ['CONTAINS("abc", "c", true)', 2],
    ['CONTAINS("abc", "x", true)', -1],
    ['FIND_FIRST("abcabc", "b")', 1],
    ['FIND_FIRST("abcabc", "b", 2)', 4],
    ['FIND_LAST("abcabc", "b")', 4],
    ['STARTS_WITH("abc", "ab")', true],
    ['STARTS_WITH("abc", ["x", "a"])', true],
    ['STARTS_WITH(1, "1")', false],
    ['LIKE("Abc", "a%")', false],
    ['LIKE("Abc", "a%", true)', true],
    ['REGEX_TEST("abc", "B", true)', true],
    ['REGEX_TEST("abc", "(")', null],
    ['REGEX_MATCHES("ab12", "([a-z]+)([0-9]+)")', ['ab12', 'ab', '12']],
    ['REGEX_MATCHES("ab", "x")', null],
    ['REGEX_SPLIT("a1b2c", "[0-9]")', ['a', 'b', 'c']],
    ['REGEX_REPLACE("a1b2", "[0-9]", "#")', 'a#b#'],
    ['REGEX_REPLACE("ab", "(a)(b)", "\\\\2\\\\1")', 'ba'],
    ['CHAR_LENGTH("ä😀")', 2],
    ['REPEAT("ab", 2, "-")', 'ab-ab'],
    ['REVERSE("ab😀")', '😀ba'],
    ['MD5("foobar")', '3858f62230ac3c915f300c664312c63f'],
    ['SHA1("foobar")', '8843d7f92416211de9ebb963ff4ce28125932878'],
    ['SHA256("foobar")', 'c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2'],
    ['LENGTH(SHA512("foobar"))', 128],
    ['TO_BASE64("ab")', 'YWI='],
    ['TO_HEX("ab")', '6162'],
    ['TO_CHAR(97)', 'a'],
    ['ENCODE_URI_COMPONENT("a b/ä")', 'a%20b%2F%C3%A4'],
    ['JSON_STRINGIFY({a: [1, null]})', '{"a":[1,null]}'],
    ['JSON_PARSE(\'{"a":1}\')', { a: 1 }],
    ['JSON_PARSE("{")', null],
    ['LEVENSHTEIN_DISTANCE("kitten", "sitting")', 3],
    ['LENGTH(UUID())', 36],
    ['LENGTH(RANDOM_TOKEN(8))', 8],
  ]);
});

describe('bits, distances and addresses', () => {
  table([
    ['BIT_NEGATE(0, 8)', 255],
    ['BIT_NEGATE(10, 4)', 5],
    ['BIT_TEST(5, 2)', true],
    ['BIT_POPCOUNT(255)', 8],
    ['BIT_SHIFT_LEFT(1, 4, 32)', 16],
    ['BIT_SHIFT_LEFT(3, 1, 2)', 2],
    ['BIT_SHIFT_RIGHT(16, 4, 32)', 1],
    ['BIT_CONSTRUCT([0, 31])', 2147483649],
    ['BIT_DECONSTRUCT(6)', [1, 2]],
    ['BIT_TO_STRING(5, 8)', '00000101'],
    ['BIT_FROM_STRING("101")', 5],
    ['BIT_NEGATE(-1, 8)', null],
    ['IN_RANGE(3, 1, 3, true, true)', true],
    ['IN_RANGE(3, 1, 3, true, false)', false],
    ['IN_RANGE("b", "a", "c", false, false)', true],
    ['COSINE_SIMILARITY([0, 1], [1, 0])', 0],
    ['L1_DISTANCE([1, 1], [3, 0])', 3],
    ['L2_DISTANCE([0, 0], [3, 4])', 5],
    ['L2_DISTANCE([0], [3, 4])', null],
    ['IS_IPV4("127.0.0.1")', true],
    ['IS_IPV4("127.0.0.01")', false],
    ['IPV4_TO_NUMBER("0.0.1.0")', 256],
    ['IPV4_FROM_NUMBER(3232235521)', '192.168.0.1'],
    ['IPV4_FROM_NUMBER(-1)', null],
  ]);
});

describe('documents', () => {
  table([
    ['DOCUMENT("c/1").v', 1],
    ['DOCUMENT("c", "2").v', 2],
    ['DOCUMENT(c, "2").v', 2],
    ['DOCUMENT(c, "c/2").v', 2],
    ['DOCUMENT(["c/1", "c/9", "c/2"])[*].v', [1, 2]],
    ['DOCUMENT("c", ["2", "9"])[*].v', [2]],
    ['DOCUMENT("c/9")', null],
    ['DOCUMENT("none/9")', null],
    ['DOCUMENT(null)', null],
    ['MERGE({a: 1, b: {c: 1}}, {b: {d: 2}})', { a: 1, b: { d: 2 } }],
    ['MERGE([{a: 1}, {a: 2}])', { a: 2 }],
    ['MERGE({a: 1}, null)', null],
    ['MERGE_RECURSIVE({a: {b: 1}}, {a: {c: [2]}})', { a: { b: 1, c: [2] } }],
    ['UNSET({a: 1, b: 2, c: 3}, "a", "b")', { c: 3 }],
    ['UNSET({a: 1, b: {a: 2}}, ["a"])', { b: { a: 2 } }],
    ['UNSET_RECURSIVE({a: 1, b: {a: 2}}, "a")', { b: {} }],
    ['KEEP({a: 1, b: 2}, ["b", "x"])', { b: 2 }],
    ['KEEP_RECURSIVE({a: {a: 1, b: 2}, c: 1}, "a")', { a: { a: 1 } }],
    ['HAS({a: null}, "a")', true],
    ['HAS({}, "toString")', false],
    ['HAS(null, "a")', false],
    ['ATTRIBUTES({b: 1, _a: 2, c: 3}, true)', ['b', 'c']],
    ['KEYS({b: 1, a: 2}, false, true)', ['a', 'b']],
    ['VALUES({_a: 1, b: 2}, true)', [2]],
    ['ENTRIES({a: 1})', [['a', 1]]],
    ['ZIP(["a", "b"], [1, 2])', { a: 1, b: 2 }],
    ['ZIP(["a"], [])', null],
    ['MATCHES({a: 1, b: 2}, {a: 1})', true],
    ['MATCHES({a: 1}, [{a: 2}, {a: 1}], true)', 1],
    ['VALUE({a: [{b: 5}]}, ["a", 0, "b"])', 5],
    ['TRANSLATE("a", {a: "b"})', 'b'],
    ['TRANSLATE("x", {a: "b"}, "other")', 'other'],
    ['PARSE_IDENTIFIER("c/1")', { collection: 'c', key: '1' }],
    ['PARSE_IDENTIFIER(DOCUMENT("c/1")).key', '1'],
    ['PARSE_IDENTIFIER("c")', null],
    ['PARSE_KEY("c/1")', '1'],
    ['PARSE_COLLECTION("c/1")', 'c'],
    ['IS_SAME_COLLECTION("c", "c/1")', true],
    ['IS_SAME_COLLECTION(c, {_id: "d/1"})', false],
    ['"c" IN COLLECTIONS()[*].name', true],
    ['COLLECTION_COUNT(c)', 2],
    ['SCHEMA_GET("c")', null],
  ]);
});

describe('time', () => {
  table([
    ['DATE_NOW() > 1.5e12', true],
    ['DATE_TIMESTAMP("2024-02-29T12:00:00.5Z")', 1709208000500],
    ['DATE_TIMESTAMP("2024-02-29T12:00:00+02:00")', 1709200800000],
    ['DATE_TIMESTAMP("2023-02-29")', null],
    ['DATE_TIMESTAMP(2024, 2, 29)', 1709164800000],
    ['DATE_ISO8601(0)', '1970-01-01T00:00:00.000Z'],
    ['DATE_ISO8601("2024-1-2")', '2024-01-02T00:00:00.000Z'],
    ['DATE_ADD("2024-01-31", 1, "month")', '2024-03-02T00:00:00.000Z'],
    ['DATE_ADD("2024-02-29", 1, "year")', '2025-03-01T00:00:00.000Z'],
    ['DATE_ADD("2024-01-31", "P1M")', '2024-03-02T00:00:00.000Z'],
    ['DATE_SUBTRACT("2024-03-31", 1, "month")', '2024-03-02T00:00:00.000Z'],
    ['DATE_ADD("2024-01-01", 1.5, "months")', '2024-02-16T00:00:00.000Z'],
    ['DATE_ADD("2024-01-01", 1, "fortnight")', null],
    ['DATE_ADD("9999-12-31", 1, "day")', null],
    ['DATE_ISO8601(253402300800000)', null],
    ['DATE_ISO8601(2024, 1, "2")', '2024-01-02T00:00:00.000Z'],
    ['DATE_ISO8601(2024, 1, null)', null],
    ['DATE_DIFF("2024-01-01", "2024-01-02T12:00:00Z", "d")', 2],
    ['DATE_DIFF("2024-01-02T12:00:00Z", "2024-01-01", "d")', -2],
    ['DATE_DIFF("2024-01-01", "2024-01-02", "d", 1)', null],
    ['DATE_ROUND("2024-05-06T07:08:09Z", 15, "minutes")', '2024-05-06T07:00:00.000Z'],
    ['DATE_ROUND("2024-05-06T07:08:09Z", 1, "month")', null],
    ['DATE_ADD(0, "P1DT2H")', '1970-01-02T02:00:00.000Z'],
    ['DATE_SUBTRACT("2024-03-01", 1, "d")', '2024-02-29T00:00:00.000Z'],
    ['DATE_DIFF("2024-01-01", "2024-01-03", "days")', 2],
    ['DATE_DIFF("2024-01-01", "2024-01-01T12:00:00Z", "d", true)', 0.5],
    ['DATE_COMPARE("2024-01-05", "2023-01-05", "months", "days")', true],
    ['DATE_TRUNC("2024-05-06T07:08:09Z", "month")', '2024-05-01T00:00:00.000Z'],
    ['DATE_YEAR("2024-05-06")', 2024],
    ['DATE_MONTH("2024-05-06")', 5],
    ['DATE_DAY("2024-05-06")', 6],
    ['DATE_HOUR("2024-05-06T07:08:09.010Z")', 7],
    ['DATE_MINUTE("2024-05-06T07:08:09.010Z")', 8],
    ['DATE_SECOND("2024-05-06T07:08:09.010Z")', 9],
    ['DATE_MILLISECOND("2024-05-06T07:08:09.010Z")', 10],
    ['DATE_DAYOFWEEK("2024-05-06")', 1],
    ['DATE_DAYOFYEAR("2024-12-31")', 366],
    ['DATE_ISOWEEK("2021-01-03")', 53],
    ['DATE_QUARTER("2024-05-06")', 2],
    ['DATE_LEAPYEAR("2024")', true],
    ['DATE_DAYS_IN_MONTH("2023-02")', 28],
    ['DATE_FORMAT("2024-05-06T07:08:09.010Z", "%dd.%mm.%yyyy %hh:%ii:%ss.%fff %q %%")', '06.05.2024 07:08:09.010 2 %'],
    [
      'DATE_FORMAT("2021-01-03", "%z %t %yy %m %d %h %i %s %f %x %xxx %k %kk %w")',
      '2021-01-03T00:00:00.000Z 1609632000000 21 1 3 0 0 0 0 3 003 53 53 0',
    ],
    ['DATE_FORMAT("2024-05-06", "%www %wwww %mmm %mmmm %yyyyyy %l %a")', 'Mon Monday May May +002024 1 31'],
    ['DATE_YEAR("never")', null],
  ]);
});

describe('control', () => {
  table([
    ['SLEEP(0.01)', null],
    ['NOOPT(1)', 1],
    ['NOEVAL(1)', 1],
    ['PASSTHRU(1)', 1],
    ['V8(1)', 1],
    ['ASSERT(true, "no")', true],
    ['WARN(1 == 2, "odd")', false],
    ['CURRENT_DATABASE()', 'test'],
    ['CURRENT_USER()', 'root'],
    ['STARTS_WITH(VERSION(), "3.12.")', true],
  ]);

  it('fails on request', () => {
    expect(db.error('RETURN FAIL("why")')).toMatchObject({
      errorNum: 1569,
      message: 'AQL: FAIL(why) called (while executing)',
    });
    expect(db.error('RETURN ASSERT(1 > 2, "numbers")').errorNum).toBe(1593);
    tested.add('FAIL');
  });

  it('collects warnings up to the limit and fails on the first if asked to', () => {
    const text = 'FOR i IN 1..20 RETURN FIRST(i)';
    expect(db.run(text).extra().warnings).toHaveLength(10);
    expect(db.run(text, {}, { maxWarningCount: 3 }).extra().warnings[0]).toEqual({
      code: 1542,
      message: "invalid argument type in call to function 'FIRST()'",
    });
    expect(() => db.run(text, {}, { failOnWarning: true })).toThrow('invalid argument type');
  });

  it('tells a text that is no date from a value that can be none', () => {
    const codes = (text: string): number[] =>
      db
        .run(text)
        .extra()
        .warnings.map(({ code }) => code);
    expect(codes('RETURN DATE_YEAR("never")')).toEqual([1572]);
    expect(codes('RETURN DATE_YEAR(null)')).toEqual([1542]);
    expect(codes('RETURN DATE_ADD(0, 1, "fortnight")')).toEqual([1572]);
    expect(codes('RETURN DATE_ADD(0, "1", "day")')).toEqual([1542]);
    expect(codes('RETURN DATE_TRUNC(0, "week")')).toEqual([1572]);
  });
});

it('every function is tried', () => {
  expect([...functions.keys()].filter((name) => !tested.has(name))).toEqual([]);
});
