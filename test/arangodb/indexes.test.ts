import type { Database } from 'arangojs';
import type { DocumentCollection } from 'arangojs/collections';
import { openServer, refused, type Server } from './fixture';

let server: Server;
let db: Database;
let made = 0;
beforeAll(async () => {
  server = await openServer();
  db = await server.freshDatabase();
});
afterAll(() => server.close());

const fresh = (): Promise<DocumentCollection> => db.createCollection(`c${++made}`);

test('a collection has its primary index, an edge collection its edge index', async () => {
  const things = await fresh();
  expect(await things.indexes()).toEqual([
    expect.objectContaining({
      id: `${things.name}/0`,
      name: 'primary',
      type: 'primary',
      fields: ['_key'],
      unique: true,
    }),
  ]);
  const links = await db.createEdgeCollection('links');
  const edge = (await links.indexes()).find(({ type }) => (type as string) === 'edge');
  expect(edge).toMatchObject({ name: 'edge', fields: ['_from', '_to'], unique: false });
  await expect(links.dropIndex('primary')).rejects.toMatchObject({ code: expect.any(Number) });
});

test('creating an index again gives the one that is there', async () => {
  const things = await fresh();
  const first = await things.ensureIndex({ type: 'persistent', fields: ['a', 'b.c'], name: 'one' });
  expect(first).toMatchObject({ isNewlyCreated: true, code: 201, unique: false, sparse: false, name: 'one' });
  const again = await things.ensureIndex({ type: 'persistent', fields: ['a', 'b.c'], name: 'two' });
  expect(again).toMatchObject({ isNewlyCreated: false, code: 200, id: first.id, name: 'one' });
  const other = await things.ensureIndex({ type: 'persistent', fields: ['b.c', 'a'] });
  expect(other.isNewlyCreated).toBe(true);
  expect(other.name).toMatch(/^idx_\d+$/);
  expect((await things.ensureIndex({ type: 'persistent', fields: ['a', 'b.c'], sparse: true })).isNewlyCreated).toBe(
    true,
  );
  await expect(things.ensureIndex({ type: 'persistent', fields: ['z'], name: 'one' })).rejects.toEqual(refused(1005));
});

test('an index is found by id and by name, and dropped by either', async () => {
  const things = await fresh();
  const { id, name } = await things.ensureIndex({ type: 'persistent', fields: ['a'], name: 'byA' });
  expect(await things.index(name)).toMatchObject({ id });
  expect(await things.dropIndex(id)).toMatchObject({ id });
  await expect(things.index(name)).rejects.toEqual(refused(1212, 404));
  await expect(things.dropIndex(id)).rejects.toEqual(refused(1212, 404));
  await things.ensureIndex({ type: 'persistent', fields: ['a'], name: 'byA' });
  await things.dropIndex('byA');
  expect(await things.indexes()).toHaveLength(1);
});

test.each([
  ['no fields', { type: 'persistent', fields: [] }],
  ['_id', { type: 'persistent', fields: ['_id'] }],
  ['one field twice', { type: 'persistent', fields: ['a', 'a'] }],
  ['two expanded arrays', { type: 'persistent', fields: ['a[*]', 'b[*]'] }],
  ['an unknown type', { type: 'magic', fields: ['a'] }],
  ['a ttl without its time', { type: 'ttl', fields: ['a'] }],
  ['a ttl over two fields', { type: 'ttl', fields: ['a', 'b'], expireAfter: 1 }],
])('refuses an index over %s', async (_reason, body) => {
  const things = await fresh();
  await expect(things.ensureIndex(body as never)).rejects.toMatchObject({ code: 400 });
});

test('an index on an unknown collection is refused', async () => {
  await expect(db.collection('nowhere').ensureIndex({ type: 'persistent', fields: ['a'] })).rejects.toEqual(
    refused(1203, 404),
  );
});

test('a unique index refuses a second document and names itself and the document that is there', async () => {
  const things = await fresh();
  await things.ensureIndex({ type: 'persistent', fields: ['a', 'b'], unique: true, name: 'pair' });
  await things.save({ _key: 'one', a: 1, b: 2 });
  await things.save({ a: 1, b: 3 });
  await expect(things.save({ a: 1, b: 2 })).rejects.toMatchObject({
    errorNum: 1210,
    code: 409,
    message: expect.stringMatching(/unique constraint violated.*pair.*conflicting key: one/),
  });
  await things.remove('one');
  await things.save({ _key: 'two', a: 1, b: 2 });
  await expect(things.update('two', { b: 3 })).rejects.toEqual(refused(1210, 409));
  expect(await things.document('two')).toMatchObject({ b: 2 });
  await things.update('two', { other: true });
});

test('absent and null are one value to a unique index, and none to a sparse one', async () => {
  const strict = await fresh();
  await strict.ensureIndex({ type: 'persistent', fields: ['a'], unique: true });
  await strict.save({});
  await expect(strict.save({ a: null })).rejects.toEqual(refused(1210));
  const sparse = await fresh();
  await sparse.ensureIndex({ type: 'persistent', fields: ['a'], unique: true, sparse: true });
  await sparse.saveAll([{}, { a: null }, { a: 1 }]);
  expect((await sparse.count()).count).toBe(3);
  await expect(sparse.save({ a: 1 })).rejects.toEqual(refused(1210));
});

test('a unique index over duplicates is not made', async () => {
  const things = await fresh();
  await things.saveAll([{ a: 1 }, { a: 1 }]);
  await expect(things.ensureIndex({ type: 'persistent', fields: ['a'], unique: true })).rejects.toEqual(refused(1210));
  expect(await things.indexes()).toHaveLength(1);
  await things.save({ a: 1 });
});

test('an index over array elements finds a document by each of them', async () => {
  const things = await fresh();
  await things.ensureIndex({ type: 'persistent', fields: ['tags[*]'] });
  await things.saveAll([{ _key: 'a', tags: ['x', 'y', 'x'] }, { _key: 'b', tags: ['y'] }, { _key: 'c' }]);
  const find = async (tag: string): Promise<string[]> =>
    (
      await db.query<string>('FOR d IN @@c FILTER @tag IN d.tags SORT d._key RETURN d._key', { '@c': things.name, tag })
    ).all();
  expect(await find('x')).toEqual(['a']);
  expect(await find('y')).toEqual(['a', 'b']);
  await things.update('a', { tags: ['z'] });
  expect(await find('x')).toEqual([]);
  expect(await find('z')).toEqual(['a']);
});

test('a unique index over array elements holds between documents, not within one', async () => {
  const things = await fresh();
  await things.ensureIndex({ type: 'persistent', fields: ['tags[*]'], unique: true });
  await things.save({ tags: ['x', 'x'] });
  await expect(things.save({ tags: ['y', 'x'] })).rejects.toEqual(refused(1210));
  await things.save({ tags: ['y'] });
});

test('an index made after the documents finds them, and follows changes', async () => {
  const things = await fresh();
  await things.saveAll(Array.from({ length: 500 }, (_, n) => ({ _key: `k${n}`, n: n % 10 })));
  await things.ensureIndex({ type: 'persistent', fields: ['n'] });
  const count = async (n: number): Promise<number> =>
    (await (
      await db.query<number>('RETURN LENGTH(FOR d IN @@c FILTER d.n == @n RETURN 1)', { '@c': things.name, n })
    ).next()) ?? -1;
  expect(await count(3)).toBe(50);
  await things.updateAll(Array.from({ length: 10 }, (_, i) => ({ _key: `k${i * 10 + 3}`, n: 99 })));
  expect(await count(3)).toBe(40);
  expect(await count(99)).toBe(10);
  await things.removeAll(['k13', 'k23']);
  expect(await count(99)).toBe(8);
});

test('a request that names no collection is 1203', async () => {
  await expect(server.call(db, 'GET', '_api/index')).rejects.toEqual(refused(1203, 404));
  await expect(server.call(db, 'POST', '_api/index', {})).rejects.toEqual(refused(1203, 404));
});
