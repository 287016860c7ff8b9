import {
  ArgumentError,
  bool,
  integer,
  list,
  none,
  nothing,
  nullable,
  openUnion,
  refine,
  string,
  struct,
  tagged,
  tags,
  timestamp,
  union,
  withDefault,
  type Type,
} from '../../../../sandbox/dropbox/http/schema';

function errorOf(type: Type<unknown>, value: unknown): string {
  try {
    type.read(value);
  } catch (error) {
    if (error instanceof ArgumentError) return error.describe();
    throw error;
  }
  return 'accepted';
}

const example = struct({
  path: string({ pattern: '(/(.|[\\r\\n])*)?|id:.*' }),
  recursive: withDefault(bool, false),
  limit: nullable(integer(1, 2000)),
  mode: withDefault(union({ add: none, update: string({ min: 9 }) }), tagged('add')),
  level: nullable(tags('editor', 'viewer')),
  when: nullable(timestamp),
  names: nullable(list(string(), { max: 2 })),
  who: nullable(openUnion({ email: string() })),
});

describe('a struct argument', () => {
  it('fills in defaults and omits absent fields', () => {
    expect(example.read({ path: '' })).toEqual({ path: '', recursive: false, mode: { '.tag': 'add' } });
  });

  it('accepts null for an optional field', () => {
    expect(example.read({ path: '', limit: null })).not.toHaveProperty('limit');
  });

  it('accepts the void member of a union in both of its forms', () => {
    expect(example.read({ path: '', level: 'viewer' })).toHaveProperty('level', { '.tag': 'viewer' });
    expect(example.read({ path: '', level: { '.tag': 'viewer' } })).toHaveProperty('level', { '.tag': 'viewer' });
  });

  it('without required fields may be null or, in another struct, absent, but is not an empty text', () => {
    const optional = struct({ limit: withDefault(integer(1, 10), 5) });
    expect(optional.read(null)).toEqual({ limit: 5 });
    expect(struct({ page: optional }).read({})).toEqual({ page: { limit: 5 } });
    expect(errorOf(optional, undefined)).toBe('expected object, got null');
    expect(errorOf(example, null)).toBe('expected object, got null');
  });

  it.each<[unknown, string]>([
    [7, 'expected object, got integer'],
    [[], 'expected object, got list'],
    [{}, "missing required field 'path'"],
    [{ path: '', paht: 1 }, "unknown field 'paht'"],
    [{ path: 5 }, "path: '5' expected to be a string, got integer"],
    [{ path: null }, "path: 'None' expected to be a string, got null"],
    [{ path: { a: [true] } }, "path: '{'a': [True]}' expected to be a string, got dict"],
    [{ limit: 0 }, 'limit: 0 is not within range [1, 2000]'],
    [{ path: 'x' }, "path: 'x' did not match pattern '(/(.|[\\r\\n])*)?|id:.*'"],
    [{ path: '', recursive: 'yes' }, "recursive: 'yes' is not a valid boolean"],
    [{ path: '', recursive: null }, 'recursive: None is not a valid boolean'],
    [{ path: '', limit: 0 }, 'limit: 0 is not within range [1, 2000]'],
    [{ path: '', limit: 1.5 }, 'limit: expected integer, got float'],
    [{ path: '', mode: 'overwrit' }, "mode: unknown tag 'overwrit'"],
    [{ path: '', mode: 'update' }, "mode: expected object for 'update', got symbol"],
    [{ path: '', mode: { '.tag': 'update' } }, "mode: missing 'update' key"],
    [{ path: '', mode: { '.tag': 'update', update: 'ab' } }, "mode: 'ab' must be at least 9 characters, got 2"],
    [{ path: '', mode: { '.tag': 'update', update: 'abcdefghi', x: 1 } }, "mode: unexpected key 'x'"],
    [{ path: '', mode: {} }, "mode: missing '.tag' key"],
    [{ path: '', mode: 3 }, 'mode: expected string or object, got integer'],
    [{ path: '', mode: { '.tag': 'add', add: 1 } }, 'mode: expected null, got integer'],
    [{ path: '', mode: 'other' }, "mode: unknown tag 'other'"],
    [{ path: '', who: 'other' }, "who: unexpected use of the catch-all tag 'other'"],
    [{ path: '', who: { '.tag': 'other' } }, "who: unexpected use of the catch-all tag 'other'"],
    [{ path: '', level: 'other' }, "level: unexpected use of the catch-all tag 'other'"],
    [{ path: '', when: '2026-01-01' }, "when: time data '2026-01-01' does not match format '%Y-%m-%dT%H:%M:%SZ'"],
    [
      { path: '', when: '2026-02-30T00:00:00Z' },
      "when: time data '2026-02-30T00:00:00Z' does not match format '%Y-%m-%dT%H:%M:%SZ'",
    ],
    [
      { path: '', when: '2026-01-01T24:00:00Z' },
      "when: time data '2026-01-01T24:00:00Z' does not match format '%Y-%m-%dT%H:%M:%SZ'",
    ],
    [{ path: '', names: ['a', "'", 'c'] }, `names: '[\\'a\\', "\\'", \\'c\\']' has more than 2 items`],
    [{ path: '', names: [1, 2, 3] }, "names: '1' expected to be a string, got integer"],
    [{ path: '', names: { a: 1 } }, 'names: expected list, got dict'],
    [{ path: '', names: [1] }, "names: '1' expected to be a string, got integer"],
  ])('refuses %j', (value, expected) => {
    expect(errorOf(example, value)).toBe(expected);
  });
});

it('an error message does not contain personal data', () => {
  expect(errorOf(string({ pattern: '.+@.+', redacted: true }), 'private')).toBe(
    "'*****' did not match pattern '.+@.+'",
  );
});

it('an error message truncates a long value', () => {
  expect(errorOf(string({ max: 3 }), 'x'.repeat(2000))).toMatch(/^'x{1000} \[The string has been truncated/);
});

it('a route without an argument accepts only an empty body and null', () => {
  expect([nothing.read(undefined), nothing.read(null)]).toEqual([undefined, undefined]);
  expect(errorOf(nothing, {})).toBe('expected null, got value');
});

it('a rule can be added to a type', () => {
  const even = refine(integer(0, 10), (value) => (value % 2 === 0 ? undefined : `${value} is odd`));
  expect([errorOf(even, 4), errorOf(even, 3)]).toEqual(['accepted', '3 is odd']);
});

it('patterns and lengths have the semantics of Python', () => {
  const path = string({ pattern: '(/(.|[\\r\\n])*)?|id:.*' });
  expect(['/a\u2028b', '/a\r\nb', 'id:a\rb', 'id:a\nb'].map((text) => errorOf(path, text) === 'accepted')).toEqual([
    true,
    true,
    true,
    false,
  ]);
  const short = string({ max: 2 });
  expect([errorOf(short, '🎉🎉'), errorOf(short, '🎉🎉🎉')]).toEqual([
    'accepted',
    "'🎉🎉🎉' must be at most 2 characters, got 3",
  ]);
});
