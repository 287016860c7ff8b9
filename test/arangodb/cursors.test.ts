import type { Database } from 'arangojs';
import { type Answer, refused, useServer } from './fixture';

let db: Database;
const server = useServer(async () => {
  db = await server.freshDatabase();
  const things = await db.createCollection('things');
  await things.saveAll(Array.from({ length: 25 }, (_, n) => ({ _key: `k${n}`, n })));
});

const post = async (body: object): Promise<Answer['body']> => (await server.call(db, 'POST', '_api/cursor', body)).body;

test('a small result is returned in one batch, without a cursor', async () => {
  const answer = await server.call(db, 'POST', '_api/cursor', { query: 'FOR i IN 1..3 RETURN i' });
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({
    result: [1, 2, 3],
    hasMore: false,
    cached: false,
    error: false,
    code: 201,
  });
  expect(answer.body).not.toHaveProperty('id');
  expect(answer.body).not.toHaveProperty('count');
  expect(answer.body.extra.stats).toMatchObject({ writesExecuted: 0, writesIgnored: 0 });
  expect(answer.body.extra.warnings).toEqual([]);
});

test('a large result is returned in batches', async () => {
  const cursor = await db.query<number>('FOR d IN things SORT d.n RETURN d.n', {}, { batchSize: 10, count: true });
  expect(cursor.count).toBe(25);
  const batches = await cursor.batches.map((batch) => batch.length);
  expect(batches).toEqual([10, 10, 5]);
  const all = await (await db.query('FOR d IN things SORT d.n RETURN d.n', {}, { batchSize: 7 })).all();
  expect(all).toEqual(Array.from({ length: 25 }, (_, n) => n));
});

test('batches have ids; a wrong one and one after the end fail with 1600', async () => {
  const first = await post({ query: 'FOR i IN 1..6 RETURN i', batchSize: 2 });
  expect(first).toMatchObject({ hasMore: true, nextBatchId: '2', result: [1, 2] });
  const route = `_api/cursor/${first['id']}`;
  await expect(server.call(db, 'POST', `${route}/9`)).rejects.toEqual(refused(1600, 404));
  const second = (await server.call(db, 'POST', `${route}/2`)).body;
  expect(second).toMatchObject({ result: [3, 4], hasMore: true, nextBatchId: '3', code: 200 });
  const third = (await server.call(db, 'PUT', route)).body;
  expect(third).toMatchObject({ result: [5, 6], hasMore: false });
  await expect(server.call(db, 'POST', `${route}/4`)).rejects.toEqual(refused(1600, 404));
});

test('the latest batch cannot be fetched again without allowRetry', async () => {
  const { id } = await post({ query: 'FOR i IN 1..6 RETURN i', batchSize: 2 });
  await server.call(db, 'POST', `_api/cursor/${id}/2`);
  await expect(server.call(db, 'POST', `_api/cursor/${id}/2`)).rejects.toEqual(refused(400, 400));
  expect((await server.call(db, 'POST', `_api/cursor/${id}/3`)).body).toMatchObject({ result: [5, 6], hasMore: false });
});

test('a cursor can be deleted while a batch is read: the batch is completed', async () => {
  const { id } = await post({ query: 'FOR i IN 1..400000 RETURN i', batchSize: 1, stream: true });
  const reading = server.call(db, 'POST', `_api/cursor/${id}`, undefined, {});
  const [read, deleted] = await Promise.all([reading, server.call(db, 'DELETE', `_api/cursor/${id}`)]);
  expect(read.body.result).toEqual([2]);
  expect(deleted.status).toBe(202);
  await expect(server.call(db, 'POST', `_api/cursor/${id}`)).rejects.toEqual(refused(1600, 404));
});

test('a deleted cursor cannot be used', async () => {
  const { id } = await post({ query: 'FOR i IN 1..6 RETURN i', batchSize: 2 });
  const dropped = await server.call(db, 'DELETE', `_api/cursor/${id}`);
  expect(dropped.status).toBe(202);
  await expect(server.call(db, 'PUT', `_api/cursor/${id}`)).rejects.toEqual(refused(1600, 404));
  await expect(server.call(db, 'DELETE', `_api/cursor/${id}`)).rejects.toEqual(refused(1600, 404));
});

test('with allowRetry the latest batch can be fetched again', async () => {
  const first = await post({ query: 'FOR i IN 1..4 RETURN i', batchSize: 2, options: { allowRetry: true } });
  const route = `_api/cursor/${first['id']}`;
  const second = (await server.call(db, 'POST', `${route}/2`)).body;
  expect((await server.call(db, 'POST', `${route}/2`)).body.result).toEqual(second.result);
  await server.call(db, 'DELETE', route);
});

test('a cursor does not see later writes', async () => {
  const things = await db.createCollection('changing');
  await things.saveAll(Array.from({ length: 10 }, (_, n) => ({ n })));
  for (const stream of [false, true]) {
    const cursor = await db.query<number>('FOR d IN changing FILTER d.n >= 0 RETURN d.n', {}, { batchSize: 2, stream });
    await things.save({ n: 100 });
    expect((await cursor.all()).includes(100)).toBe(false);
    await db.query('FOR d IN changing FILTER d.n == 100 REMOVE d IN changing');
  }
});

test('a streaming cursor returns statistics with the last batch, and no count', async () => {
  const first = await post({
    query: 'FOR d IN things RETURN d.n',
    batchSize: 20,
    count: true,
    options: { stream: true },
  });
  expect(first['hasMore']).toBe(true);
  expect(first).not.toHaveProperty('count');
  const last = (await server.call(db, 'POST', `_api/cursor/${first['id']}/${first['nextBatchId']}`)).body;
  expect(last.result).toHaveLength(5);
  expect(last.extra.stats).toBeDefined();
});

test('a streaming query can fail in a later batch', async () => {
  const query = 'FOR i IN 1..10 RETURN i < 6 ? i : ASSERT(false, "too far")';
  const first = await post({ query, batchSize: 2, options: { stream: true } });
  const route = `_api/cursor/${first['id']}`;
  await server.call(db, 'POST', `${route}/${first['nextBatchId']}`);
  await expect(server.call(db, 'PUT', route)).rejects.toMatchObject({ errorNum: 1593 });
  await expect(server.call(db, 'PUT', route)).rejects.toEqual(refused(1600, 404));
});

test('fullCount is the number of rows before the last LIMIT', async () => {
  const cursor = await db.query(
    'FOR d IN things FILTER d.n < 20 SORT d.n LIMIT 2, 3 RETURN d.n',
    {},
    { fullCount: true },
  );
  expect(await cursor.all()).toEqual([2, 3, 4]);
  expect(cursor.extra.stats).toMatchObject({ fullCount: 20 });
});

test('warnings are returned, or fail the query with failOnWarning', async () => {
  const cursor = await db.query('RETURN 1 / 0');
  expect(await cursor.all()).toEqual([null]);
  expect(cursor.extra.warnings).toMatchObject([{ code: 1562 }]);
  await expect(db.query('RETURN 1 / 0', {}, { failOnWarning: true })).rejects.toEqual(refused(1562, 400));
});

test.each([
  ['an empty query', { query: '' }, 1502, 400],
  ['a syntax error', { query: 'FOR x' }, 1501, 400],
  ['bindVars that are not an object', { query: 'RETURN 1', bindVars: [1] }, 17, 400],
  ['a batch size of 0', { query: 'RETURN 1', batchSize: 0 }, 17, 400],
  ['a missing bind value', { query: 'RETURN @x' }, 1551, 400],
  ['a superfluous bind value', { query: 'RETURN 1', bindVars: { x: 1 } }, 1552, 400],
  ['an unknown collection', { query: 'FOR d IN nowhere RETURN d' }, 1203, 404],
  ['an unknown function', { query: 'RETURN NOSUCH(1)' }, 1540, 400],
  ['an existing key', { query: 'INSERT { _key: "k1" } INTO things' }, 1210, 409],
  ['an absent document', { query: 'REMOVE "none" IN things' }, 1202, 404],
])('a query fails for %s', async (_what, body, errorNum, code) => {
  await expect(post(body)).rejects.toEqual(refused(errorNum, code));
});

test('text is ordered by the collation, upper case first, and keys by their bytes', async () => {
  const ordered = await db.createCollection('ordered');
  await ordered.saveAll(['b', 'B', 'a', 'A', '_', '-', '1'].map((text) => ({ _key: text, text })));
  const rows = async (query: string): Promise<string[]> => (await db.query<string>(query)).all();
  const collated = ['_', '-', '1', 'A', 'a', 'B', 'b'];
  expect(await rows('FOR d IN ordered SORT d.text RETURN d.text')).toEqual(collated);
  expect(await rows('FOR d IN ordered FILTER d.text < "a" SORT d.text RETURN d.text')).toEqual(collated.slice(0, 4));
  await ordered.ensureIndex({ type: 'persistent', fields: ['text'] });
  expect(await rows('FOR d IN ordered SORT d.text RETURN d.text')).toEqual(collated);
  expect(await rows('FOR d IN ordered FILTER d.text < "a" SORT d.text RETURN d.text')).toEqual(collated.slice(0, 4));
  const bytes = ['-', '1', 'A', 'B', '_', 'a', 'b'];
  expect(await rows('FOR d IN ordered SORT d._key RETURN d._key')).toEqual(bytes);
  expect(await rows('FOR d IN ordered SORT d._key DESC RETURN d._key')).toEqual(bytes.toReversed());
  expect(await rows('FOR d IN ordered FILTER d._key > "B" SORT d._key RETURN d._key')).toEqual(bytes.slice(4));
  expect(await rows('FOR d IN ordered FILTER d._key > "B" AND d._key <= "a" SORT d._key RETURN d._key')).toEqual([
    '_',
    'a',
  ]);
  expect(await rows('FOR d IN ordered FILTER d._key < 1 RETURN d._key')).toEqual([]);
});

test('a query that fails after some writes has no effect', async () => {
  await expect(db.query('FOR k IN ["new1", "new2", "k1"] INSERT { _key: k } INTO things')).rejects.toEqual(
    refused(1210, 409),
  );
  expect(await db.collection('things').documentExists('new1')).toBe(false);
  expect((await db.collection('things').count()).count).toBe(25);
});

test('statistics count executed and ignored writes', async () => {
  await db.createCollection('written');
  const insert = await db.query('FOR i IN 1..4 INSERT { _key: CONCAT("k", i) } INTO written');
  expect(insert.extra.stats).toMatchObject({ writesExecuted: 4, writesIgnored: 0 });
  const again = await db.query(
    'FOR i IN 3..6 INSERT { _key: CONCAT("k", i) } INTO written OPTIONS { ignoreErrors: true }',
  );
  expect(again.extra.stats).toMatchObject({ writesExecuted: 2, writesIgnored: 2 });
});

test('explain reports the index without running the query', async () => {
  await db.collection('things').ensureIndex({ type: 'persistent', fields: ['n'], name: 'byN' });
  const explained = await db.explain('FOR d IN things FILTER d.n == 3 REMOVE d IN things');
  expect(JSON.stringify(explained.plan.nodes)).toContain('byN');
  expect((await db.collection('things').count()).count).toBe(25);
  const all = await db.explain('RETURN 1', {}, { allPlans: true });
  expect(all.plans).toHaveLength(1);
  await expect(db.explain('RETURN @x')).rejects.toEqual(refused(1551, 400));
  expect(await db.explain('RETURN 1 / 0')).toMatchObject({ cacheable: false, warnings: [{ code: 1562 }] });
  const strict = server.call(db, 'POST', '_api/explain', { query: 'RETURN 1 / 0', options: { failOnWarning: true } });
  await expect(strict).rejects.toEqual(refused(1562, 400));
});

test('a commit fails with 28 while a streaming cursor of its transaction stays open', async () => {
  const trx = await db.beginTransaction({ read: ['things'] });
  const cursor = await trx.step(() => db.query('FOR d IN things RETURN d', {}, { stream: true, batchSize: 5 }));
  await expect(trx.commit()).rejects.toEqual(refused(28));
  await cursor.kill();
  expect(await trx.commit()).toMatchObject({ status: 'committed' });
});

test('a request without a query or a cursor id fails', async () => {
  const send = (method: string, body?: unknown) => server.call(db, method, '_api/cursor', body);
  await expect(send('POST', [])).rejects.toEqual(refused(1502, 400));
  await expect(send('POST', '')).rejects.toEqual(refused(1502, 400));
  await expect(send('PUT')).rejects.toEqual(refused(400, 400));
  await expect(send('DELETE')).rejects.toEqual(refused(400, 400));
  await expect(send('POST', {})).rejects.toEqual(refused(600, 400));
  await expect(server.call(db, 'PUT', '_api/cursor/1/2')).rejects.toEqual(refused(400, 400));
  await expect(server.call(db, 'DELETE', '_api/cursor/1/2')).rejects.toEqual(refused(400, 400));
  await expect(server.call(db, 'POST', '_api/cursor/1/2/3')).rejects.toEqual(refused(400, 400));
});

test('options of a wrong type are ignored, and a batch has at least one row', async () => {
  const odd = { batchSize: 'x', ttl: -1, count: 1, options: { maxRuntime: -1, maxWarningCount: '1', fullCount: 1 } };
  const answer = await post({ query: 'FOR i IN 1..3 LIMIT 2 RETURN i', ...odd });
  expect(answer).toMatchObject({ result: [1, 2], hasMore: false });
  expect(answer).not.toHaveProperty('count');
  expect(await post({ query: 'RETURN 1', options: [] })).toMatchObject({ result: [1] });
  expect(await post({ query: 'FOR i IN 1..3 RETURN i', batchSize: 0.5 })).toMatchObject({ result: [1], hasMore: true });
  await expect(post({ query: 'RETURN 1', batchSize: -1 })).rejects.toEqual(refused(17, 400));
});

test('stream can be set outside the options', async () => {
  const first = await post({ query: 'FOR i IN 1..6 RETURN i', stream: true, count: true, batchSize: 2 });
  expect(first).not.toHaveProperty('count');
  expect(first).not.toHaveProperty('extra');
});

test('a query that exceeds maxRuntime fails with 1500', async () => {
  const long = post({ query: 'FOR a IN 1..100000 FOR b IN 1..100000 RETURN 1', options: { maxRuntime: 0.05 } });
  await expect(long).rejects.toEqual(refused(1500, 410));
});
