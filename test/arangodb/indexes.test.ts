import type { Database } from 'arangojs';
import type { DocumentCollection } from 'arangojs/collections';
import { freshName, refused, useServer } from './fixture';

let db: Database;
const server = useServer(async () => {
  db = await server.freshDatabase();
});

const fresh = (): Promise<DocumentCollection> => db.createCollection(freshName());

test('every collection has a primary index, an edge collection also an edge index', async () => {
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

test('creating an index again returns the existing one', async () => {
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

test('an index can be read and dropped by id and by name', async () => {
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
  ['_id in an object', { type: 'persistent', fields: ['a._id'] }],
  ['_id in an array', { type: 'persistent', fields: ['a[*]._id'] }],
  ['a duplicate field', { type: 'persistent', fields: ['a', 'a'] }],
  ['two expanded arrays', { type: 'persistent', fields: ['a[*]', 'b[*]'] }],
  ['an unknown type', { type: 'magic', fields: ['a'] }],
  ['a unique ttl index', { type: 'ttl', fields: ['a'], expireAfter: 1, unique: true }],
  ['no stored values', { type: 'persistent', fields: ['a'], storedValues: [] }],
  ['a stored value with expansion', { type: 'persistent', fields: ['a'], storedValues: ['x[*]'] }],
  ['a duplicate stored value', { type: 'persistent', fields: ['a'], storedValues: ['x', 'x'] }],
  ['a field as a stored value', { type: 'persistent', fields: ['a'], storedValues: ['a'] }],
  ['a name with a slash', { type: 'persistent', fields: ['a'], name: 'a/b' }],
  ['a name with a control character', { type: 'persistent', fields: ['a'], name: 'a\n' }],
])('creating an index fails for %s', async (_reason, body) => {
  const things = await fresh();
  await expect(things.ensureIndex(body as never)).rejects.toMatchObject({ code: 400 });
});

test('_id can be a stored value', async () => {
  const things = await fresh();
  await things.ensureIndex({ type: 'persistent', fields: ['a'], storedValues: ['_id'] });
});

test('answers leave out the selectivity of an index without estimates, unless the index is unique', async () => {
  const things = await fresh();
  const create = (unique: boolean) =>
    things.ensureIndex({ type: 'persistent', fields: ['a'], unique, estimates: false });
  expect(await create(true)).toMatchObject({ estimates: false, selectivityEstimate: 1 });
  expect(await create(false)).not.toHaveProperty('selectivityEstimate');
});

test('a path with too few or too many parts fails with 400', async () => {
  const { name } = await fresh();
  for (const [method, path] of [
    ['GET', `/${name}`],
    ['GET', `/${name}/1/2`],
    ['POST', `/${name}`],
    ['DELETE', `/${name}`],
  ] as const)
    await expect(server.call(db, method, `_api/index${path}`)).rejects.toEqual(refused(400, 400));
});

test('creating an index on an unknown collection fails with 1203', async () => {
  await expect(db.collection('nowhere').ensureIndex({ type: 'persistent', fields: ['a'] })).rejects.toEqual(
    refused(1203, 404),
  );
});

test('a unique index rejects a duplicate and names the index and the existing document', async () => {
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

test('absent and null collide in a unique index, and are not in a sparse one', async () => {
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

test('creating a unique index over duplicates fails', async () => {
  const things = await fresh();
  await things.saveAll([{ a: 1 }, { a: 1 }]);
  await expect(things.ensureIndex({ type: 'persistent', fields: ['a'], unique: true })).rejects.toEqual(refused(1210));
  expect(await things.indexes()).toHaveLength(1);
  await things.save({ a: 1 });
});

test('an index over array elements finds a document by each element', async () => {
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

test('a unique index over array elements allows duplicates within a document but not between documents', async () => {
  const things = await fresh();
  await things.ensureIndex({ type: 'persistent', fields: ['tags[*]'], unique: true });
  await things.save({ tags: ['x', 'x'] });
  await expect(things.save({ tags: ['y', 'x'] })).rejects.toEqual(refused(1210));
  await things.save({ tags: ['y'] });
});

test('an index that is created after the documents finds them, and reflects changes', async () => {
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

test('a request without a collection fails with 1203', async () => {
  await expect(server.call(db, 'GET', '_api/index')).rejects.toEqual(refused(1203, 404));
  await expect(server.call(db, 'POST', '_api/index', {})).rejects.toEqual(refused(1203, 404));
});
