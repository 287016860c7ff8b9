/** AQL as the worker's queries need it. All of it is read-only, and reads no collection. */
import { NotTried, type Assumption } from '../assumption';
import { until } from '../until';
import { LONG_QUERY } from './errors';
import { described } from './server';
import { answers, shows, type Subject } from './subject';

const value = (name: string, claim: string, query: string, expected: unknown): Assumption<Subject> =>
  shows(`aql ${name}`, claim, expected, async ({ server }) => (await server.rows(query)).rows[0]);

/** A query that is refused when it is explained, so that nothing is read where it is not refused. */
const refused = (
  name: string,
  claim: string,
  expected: string,
  query: string | ((collection: string) => string),
  bindVars: object = {},
): Assumption<Subject> =>
  answers(`aql ${name}`, `is refused: ${claim}`, expected, async ({ server }) => {
    const text = typeof query === 'string' ? query : query(await server.someCollection());
    return server.request('POST', '/_api/explain', { query: text, bindVars });
  });

/** After this the server ends a query that it could not be made to end. */
const LONGEST_SECONDS = 20;

export const valueAssumptions: readonly Assumption<Subject>[] = [
  value(
    'order of types',
    'null, booleans, numbers, strings, arrays, objects',
    'RETURN SORTED([{}, [], "", 0, false, null])',
    [null, false, 0, '', [], {}],
  ),
  value('order of text', 'is by letter, upper case first', 'RETURN SORTED(["a", "b", "A", "B", "1", "_"])', [
    '_',
    '1',
    'A',
    'a',
    'B',
    'b',
  ]),
  value(
    'order of hex digits',
    'is that of bytes, on which ranges over paths rest',
    'RETURN SORTED(["2f61", "2f", "2f6", "2fe4", "2f7a", "9", "a0"])',
    ['2f', '2f6', '2f61', '2f7a', '2fe4', '9', 'a0'],
  ),
  value('absent attributes', 'equal null, and are less than any number', 'LET d = {} RETURN [d.a == null, d.a < 10]', [
    true,
    true,
  ]),
  value('types', 'are never converted for a comparison', 'RETURN [0 == "0", true < 0, "1" + 1]', [false, true, 2]),
  value('logical operators', 'return an operand', 'RETURN [null || "x", null && true, 0 ?: 2]', ['x', null, 2]),
  value('sum of nothing', 'is null', 'FOR x IN [] COLLECT AGGREGATE s = SUM(x), n = COUNT(x) RETURN [s, n]', [null, 0]),
  value(
    'groups',
    'have null and absent together',
    'FOR d IN [{}, {a: null}] COLLECT a = d.a WITH COUNT INTO n RETURN n',
    2,
  ),
  value('distinct', 'keeps the order', 'LET l = (FOR x IN [3, 1, 3, 2] RETURN DISTINCT x) RETURN l', [3, 1, 2]),
  value('repeated names', 'of an object literal: the last one counts', 'RETURN { a: 1, a: 2 }', { a: 2 }),
  value(
    'expansion',
    'maps over a list, and of nothing is empty',
    'LET l = [{ a: 1 }, {}] LET n = null RETURN [l[*].a, n[*].a]',
    [[1, null], []],
  ),
  value('document', 'that is absent is null', 'RETURN DOCUMENT("noSuchCollection/1")', null),
  value('document of an object', 'is null, whatever its _id', 'RETURN DOCUMENT({ _id: "noSuchCollection/1" })', null),
  value('LIKE', 'compares by their text what is no text', 'RETURN [null LIKE "%", 12 LIKE "1_"]', [true, true]),
  value('SPLIT', 'of null is one empty text', 'RETURN SPLIT(null, "-")', ['']),
  value('SUBSTITUTE', 'takes a mapping', 'RETURN SUBSTITUTE("a.b", { a: "x", ".": null })', 'xb'),
  shows('aql FIRST', 'of no array is null, with warning 1563', [[null], [1563]], async ({ server }) => {
    const { rows, warnings } = await server.rows('RETURN FIRST(1)');
    return [rows, warnings];
  }),
  shows('aql division by zero', 'is null, with warning 1562', [[null], [1562]], async ({ server }) => {
    const { rows, warnings } = await server.rows('RETURN 1 / 0');
    return [rows, warnings];
  }),
  answers('aql failOnWarning', 'is obeyed by explain', '400 1562', ({ server }) =>
    server.request('POST', '/_api/explain', { query: 'RETURN 1 / 0', options: { failOnWarning: true } }),
  ),
  shows('aql profile', 'is in the answer when it is asked for', true, async ({ server }) => {
    const { body } = await server.query('RETURN 1', { options: { profile: 1 } });
    return (body as { extra?: { profile?: unknown } }).extra?.profile !== undefined;
  }),
  refused('syntax', 'a syntax error', '400 1501', 'FOR RETURN'),
  refused('empty query', 'no text', '400 1502', ''),
  refused('unknown function', 'a function that does not exist', '400 1540', 'RETURN NO_SUCH_FUNCTION()'),
  refused('wrong number of arguments', 'LENGTH of two', '400 1541', 'RETURN LENGTH(1, 2)'),
  refused('missing bind value', 'a bind parameter without value', '400 1551', 'RETURN @a'),
  refused('undeclared bind value', 'a value without bind parameter', '400 1552', 'RETURN 1', { a: 1 }),
  refused('redeclared variable', 'a name that is taken', '400 1511', 'LET a = 1 LET a = 2 RETURN a'),
  refused('collection as value', 'a collection where a value is expected', '400 1568', (name) => `RETURN ${name}`),
  refused(
    'read after write',
    'a collection that the query has modified',
    '400 1579',
    (name) => `INSERT {} INTO ${name} FOR d IN ${name} RETURN 1`,
  ),
  answers('cursor batch size', 'of 0 is refused', '400 17', ({ server }) => server.query('RETURN 1', { batchSize: 0 })),
  answers('body', 'that is not JSON is refused', '400 600', ({ server }) =>
    server.request('POST', '/_api/cursor', '{"query":'),
  ),
  answers('unknown path', 'is answered with 404', '404 404', ({ server }) =>
    server.request('GET', '/_api/no-such-path'),
  ),
  shows(
    'cursor',
    'is answered in batches, and forgotten after the last',
    [[1, 2], true, [3], false, 404],
    async ({ server }) => {
      const first = await server.query('FOR i IN 1..3 RETURN i', { batchSize: 2 });
      const { id, result, hasMore } = first.body as { id: string; result: number[]; hasMore: boolean };
      const second = await server.request('POST', `/_api/cursor/${id}`);
      const next = second.body as { result: number[]; hasMore: boolean };
      const third = await server.request('POST', `/_api/cursor/${id}`);
      return [result, hasMore, next.result, next.hasMore, third.status];
    },
  ),
  shows('long query', 'leaves the server answering others', true, async ({ server }) => {
    const long = server.query(LONG_QUERY, { options: { maxRuntime: 1 } });
    let isOver = false;
    const ended = long.then(() => {
      isOver = true;
    });
    await server.request('GET', '/_api/version');
    const isAnswered = !isOver;
    await ended;
    return isAnswered;
  }),
  shows(
    'killed query',
    'is in the list while it runs, and ends with an error',
    ['200', '410 1500'],
    async ({ server }) => {
      const text = `/* contract ${Date.now()} */ ${LONG_QUERY}`;
      const long = server.query(text, { options: { maxRuntime: LONGEST_SECONDS } });
      const listed = await until(async () => {
        const running = (await server.request('GET', '/_api/query/current')).body as { id: string; query: string }[];
        return running.find(({ query }) => query === text)?.id;
      }, 1);
      if (listed === undefined) throw new NotTried('no running query is listed');
      const killed = await server.request('DELETE', `/_api/query/${listed}`);
      return [killed, await long].map(described);
    },
  ),
];
