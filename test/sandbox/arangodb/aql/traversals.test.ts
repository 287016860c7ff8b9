import { TestDatabase } from './testDatabase';

/** a → b → c → d, a → c, d → a (a cycle), an isolated e, and an edge to a vertex that does not exist. */
const db = new TestDatabase()
  .collection(
    'v',
    ['a', 'b', 'c', 'd', 'e'].map((_key, n) => ({ _key, n })),
  )
  .collection('w', [{ _key: 'x' }])
  .edges('e', [
    { _key: 'ab', _from: 'v/a', _to: 'v/b', w: 1 },
    { _key: 'bc', _from: 'v/b', _to: 'v/c', w: 1 },
    { _key: 'cd', _from: 'v/c', _to: 'v/d', w: 1 },
    { _key: 'ac', _from: 'v/a', _to: 'v/c', w: 5 },
    { _key: 'da', _from: 'v/d', _to: 'v/a' },
  ])
  .edges('f', [
    { _key: 'ax', _from: 'v/a', _to: 'w/x' },
    { _key: 'loop', _from: 'v/e', _to: 'v/e' },
    { _key: 'lost', _from: 'v/e', _to: 'v/none' },
  ]);

const sorted = (list: unknown): unknown[] => [...(list as unknown[])].sort();
const keys = (traversal: string): unknown => db.query(`FOR v, e, p IN ${traversal} RETURN v._key`);

describe('a traversal', () => {
  it.each([
    ['OUTBOUND "v/a" e', ['b', 'c']],
    ['1 OUTBOUND "v/a" e', ['b', 'c']],
    ['INBOUND "v/a" e', ['d']],
    ['ANY "v/a" e', ['b', 'c', 'd']],
    ['2 OUTBOUND "v/a" e', ['c', 'd']],
    ['0..1 OUTBOUND "v/a" e', ['a', 'b', 'c']],
    ['1..2 OUTBOUND "v/a" e', ['b', 'c', 'c', 'd']],
    ['1..2 OUTBOUND "v/a" e OPTIONS { order: "bfs" }', ['b', 'c', 'c', 'd']],
    ['1..3 OUTBOUND "v/a" e', ['b', 'c', 'd', 'c', 'd', 'a']],
    ['1..9 OUTBOUND "v/a" e OPTIONS { order: "bfs", uniqueVertices: "global" }', ['b', 'c', 'd']],
    ['1..9 OUTBOUND "v/a" e OPTIONS { uniqueVertices: "path" }', ['b', 'c', 'd', 'c', 'd']],
    [
      '1..4 OUTBOUND "v/a" e OPTIONS { uniqueEdges: "none", uniqueVertices: "none" }',
      ['b', 'c', 'd', 'a', 'c', 'd', 'a', 'b', 'c'],
    ],
    ['1..2 OUTBOUND "v/a" e, f', ['b', 'c', 'c', 'd', 'x']],
    ['1..1 OUTBOUND "v/a" e, INBOUND f', ['b', 'c']],
    ['1..1 OUTBOUND "v/a" INBOUND e, f', ['d', 'x']],
    ['ANY "v/e" f', ['e', null]],
    ['OUTBOUND "v/none" e', []],
    ['0..1 INBOUND "v/none" f', [null, 'e']],
    ['1..3 OUTBOUND "v/a" e PRUNE v._key == "c"', ['b', 'c', 'c']],
    ['1..3 OUTBOUND "v/a" e PRUNE e.w == 5 OPTIONS { order: "bfs" }', ['b', 'c', 'c', 'd']],
    ['0..3 OUTBOUND "v/a" e PRUNE true', ['a']],
  ])('%s', (traversal, expected) => {
    expect(sorted(keys(traversal))).toEqual(sorted(expected));
  });

  it('goes deep before it goes wide, level by level with bfs, and follows the latest edge first', () => {
    expect(keys('1..3 OUTBOUND "v/a" e')).toEqual(['c', 'd', 'a', 'b', 'c', 'd']);
    expect(keys('1..3 OUTBOUND "v/a" e OPTIONS { order: "bfs" }')).toEqual(['c', 'b', 'd', 'c', 'a', 'd']);
  });

  it('cannot follow an edge collection in two directions', () => {
    for (const edges of ['OUTBOUND e, INBOUND e', 'e, ANY e', 'ANY e, INBOUND e']) {
      const error = db.error(`FOR v IN OUTBOUND "v/a" ${edges} RETURN v`);
      expect(error).toMatchObject({ errorNum: 1218 });
      expect(error.message).toContain("conflicting directions specified for collection 'e'");
    }
  });

  it('follows an edge collection that is named twice once', () => {
    expect(keys('1 OUTBOUND "v/a" e, OUTBOUND e')).toEqual(['c', 'b']);
  });

  it('returns the edge and the path', () => {
    const text =
      'FOR v, e, p IN 2 OUTBOUND "v/a" e FILTER v._key == "c" RETURN [e._key, p.vertices[*]._key, p.edges[*]._key]';
    expect(db.query(text)).toEqual([['bc', ['a', 'b', 'c'], ['ab', 'bc']]]);
    expect(db.query('FOR v, e IN 0 OUTBOUND "v/a" e RETURN e')).toEqual([null]);
  });

  it('can start at documents, variables and the rows of a loop', () => {
    expect(db.query('FOR s IN v FILTER s.n < 2 FOR t IN OUTBOUND s e RETURN [s._key, t._key]')).toEqual([
      ['a', 'c'],
      ['a', 'b'],
      ['b', 'c'],
    ]);
    expect(db.query('LET s = DOCUMENT("v/c") FOR t IN OUTBOUND s._id e RETURN t._key')).toEqual(['d']);
  });

  it.each(['""', '"a"', '[]', 'NOOPT(null)', 'DOCUMENT("v/none")'])('returns no rows and a warning for %s', (start) => {
    const result = db.run(`FOR v IN OUTBOUND ${start} e RETURN v`);
    expect(result.rows).toEqual([]);
    expect(result.extra.warnings).toMatchObject([{ code: 10 }]);
  });

  it.each(['null', '-1', 'true', '{}', '{ _id: 1 }'])('refuses the literal %s as a start', (start) => {
    expect(db.failure(`FOR v IN OUTBOUND ${start} e RETURN v`)).toBe(1501);
    expect(db.query('FOR v IN OUTBOUND @start e RETURN v._key', { start: { _id: 'v/b' } })).toEqual(['c']);
    expect(() => db.query('FOR v IN OUTBOUND @start e RETURN v', { start: null })).toThrow('invalid start vertex');
  });

  it('warns of a vertex that does not exist, if its document is needed', () => {
    const missing = [{ code: 1202, message: "vertex 'v/none' not found" }];
    const warningsOf = (text: string): unknown => db.run(`FOR v, e, p IN OUTBOUND "v/e" f ${text}`).extra.warnings;
    expect(warningsOf('RETURN v')).toEqual(missing);
    expect(warningsOf('RETURN LENGTH(p.vertices)')).toEqual(missing);
    expect(warningsOf('PRUNE v.n == 1 RETURN e._key')).toEqual(missing);
    expect(warningsOf('PRUNE e.w == 1 RETURN e._key')).toEqual([]);
    expect(warningsOf('RETURN e._key')).toEqual([]);
    expect(() => db.run('FOR v IN OUTBOUND "v/e" f RETURN v', {}, { failOnWarning: true })).toThrow('not found');
  });

  it('fails when it needs a vertex of a collection that does not exist', () => {
    const lost = new TestDatabase().collection('v', [{ _key: 'a' }]).edges('e', [{ _from: 'v/a', _to: 'gone/1' }]);
    expect(lost.failure('FOR v IN OUTBOUND "v/a" e RETURN v')).toBe(1203);
    expect(lost.query('FOR v, e IN OUTBOUND "v/a" e RETURN e._to')).toEqual(['gone/1']);
    expect(lost.query('FOR v IN INBOUND "gone/1" e RETURN v._key')).toEqual(['a']);
  });

  it('follows the edges of a named graph', () => {
    const edgeDefinitions = [{ collection: 'e', from: ['v'], to: ['v'] }];
    const withGraph = new TestDatabase()
      .collection('v', [{ _key: 'a' }, { _key: 'b' }])
      .edges('e', [{ _from: 'v/a', _to: 'v/b' }]);
    withGraph.fill('_graphs', [{ _key: 'g', edgeDefinitions, orphanCollections: [] }]);
    expect(withGraph.query('FOR v IN 1..3 OUTBOUND "v/a" GRAPH "g" RETURN v._key')).toEqual(['b']);
    expect(withGraph.query('FOR v IN 1..3 ANY "v/a" GRAPH @g RETURN v._key', { g: 'g' })).toEqual(['b']);
    expect(withGraph.failure('FOR v IN ANY "v/a" GRAPH "none" RETURN v')).toBe(1924);
    withGraph.fill('_graphs', [{ _key: 'empty', edgeDefinitions: [], orphanCollections: ['v'] }]);
    expect(withGraph.failure('FOR v IN ANY "v/a" GRAPH "empty" RETURN v')).toBe(1940);
  });
});
