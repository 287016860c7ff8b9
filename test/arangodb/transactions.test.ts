import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from 'arangojs';
import type { DocumentCollection, EdgeCollection } from 'arangojs/collections';
import { refused, useServer } from './fixture';

let db: Database;
let things: DocumentCollection;
let links: EdgeCollection;
const server = useServer(async () => {
  db = await server.freshDatabase();
  things = await db.createCollection('things');
  links = await db.createEdgeCollection('links');
  await things.ensureIndex({ type: 'persistent', fields: ['unique'], unique: true, sparse: true });
  await things.ensureIndex({ type: 'persistent', fields: ['n'] });
});
beforeEach(async () => {
  await things.truncate();
  await links.truncate();
  await things.saveAll([
    { _key: 'a', n: 1 },
    { _key: 'b', n: 2 },
  ]);
});

const query = async <T>(text: string, bindVars: Record<string, unknown> = {}): Promise<T[]> =>
  (await db.query<T>(text, bindVars)).all();

test('writes are visible to others only after the commit', async () => {
  const trx = await db.beginTransaction({ write: ['things', 'links'] });
  expect(trx.id).toMatch(/^\d+$/);
  await trx.step(() => things.save({ _key: 'c', n: 3 }));
  await trx.step(() => things.update('a', { n: 10 }));
  await trx.step(() => things.remove('b'));
  await trx.step(() => links.save({ _from: 'things/a', _to: 'things/c' }));
  expect((await things.count()).count).toBe(2);
  expect(await things.document('a')).toMatchObject({ n: 1 });
  expect(await things.documentExists('c')).toBe(false);
  expect(await query('FOR d IN things SORT d.n RETURN d.n')).toEqual([1, 2]);
  expect(await trx.step(() => things.document('a'))).toMatchObject({ n: 10 });
  expect((await trx.step(() => things.count())).count).toBe(2);
  expect(await trx.step(() => query('FOR d IN things SORT d.n RETURN d.n'))).toEqual([3, 10]);
  expect(await trx.step(() => query('FOR v IN OUTBOUND "things/a" links RETURN v._key'))).toEqual(['c']);
  expect(await trx.get()).toMatchObject({ id: trx.id, status: 'running' });
  expect(await trx.commit()).toMatchObject({ id: trx.id, status: 'committed' });
  expect(await query('FOR d IN things SORT d.n RETURN d.n')).toEqual([3, 10]);
  expect((await links.count()).count).toBe(1);
});

test('an abort rolls everything back', async () => {
  const trx = await db.beginTransaction({ write: ['things'] });
  await trx.step(() => things.save({ _key: 'c', n: 3, unique: 'u' }));
  await trx.step(() => things.truncate());
  expect((await trx.step(() => things.count())).count).toBe(0);
  expect((await things.count()).count).toBe(2);
  expect(await trx.abort()).toMatchObject({ status: 'aborted' });
  expect(await query('FOR d IN things SORT d.n RETURN d._key')).toEqual(['a', 'b']);
  await things.save({ _key: 'c', unique: 'u' });
});

test('a transaction reads the state at its begin', async () => {
  const trx = await db.beginTransaction({ read: ['things'] });
  await things.update('a', { n: 5 });
  await things.save({ _key: 'c', n: 3 });
  await things.remove('b');
  expect(await trx.step(() => query('FOR d IN things SORT d.n RETURN d.n'))).toEqual([1, 2]);
  expect(await trx.step(() => query('FOR d IN things FILTER d.n == 2 RETURN d._key'))).toEqual(['b']);
  expect(await trx.step(() => things.document('b'))).toMatchObject({ n: 2 });
  expect((await trx.step(() => things.count())).count).toBe(2);
  await trx.abort();
  expect(await query('FOR d IN things SORT d.n RETURN d.n')).toEqual([3, 5]);
});

describe('write-write conflicts', () => {
  test('with an open transaction fail with 1200, and the other transaction continues', async () => {
    const one = await db.beginTransaction({ write: ['things'] });
    const two = await db.beginTransaction({ write: ['things'] });
    await one.step(() => things.update('a', { n: 10 }));
    await expect(two.step(() => things.update('a', { n: 20 }))).rejects.toEqual(refused(1200, 409));
    await expect(two.step(() => things.remove('a'))).rejects.toEqual(refused(1200, 409));
    await expect(things.update('a', { n: 30 })).rejects.toEqual(refused(1200, 409));
    await two.step(() => things.update('b', { n: 20 }));
    await Promise.all([one.commit(), two.commit()]);
    expect(await query('FOR d IN things SORT d._key RETURN d.n')).toEqual([10, 20]);
  });

  test('with a commit after the begin fail with 1200', async () => {
    const trx = await db.beginTransaction({ write: ['things'] });
    await things.update('a', { n: 10 });
    await things.remove('b');
    await expect(trx.step(() => things.update('a', { n: 20 }))).rejects.toEqual(refused(1200, 409));
    await expect(trx.step(() => things.update('b', { n: 20 }))).rejects.toEqual(refused(1200, 409));
    await trx.abort();
  });

  test('arise from the same new key', async () => {
    const one = await db.beginTransaction({ write: ['things'] });
    const two = await db.beginTransaction({ write: ['things'] });
    await one.step(() => things.save({ _key: 'c' }));
    await expect(two.step(() => things.save({ _key: 'c' }))).rejects.toEqual(refused(1200, 409));
    await one.abort();
    await two.step(() => things.save({ _key: 'c' }));
    await two.commit();
    expect(await things.documentExists('c')).toBe(true);
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ['ignores', 'a', () => things.save({ _key: 'a' }, { overwriteMode: 'ignore' })],
    ['does not change', 'a', () => things.update('a', {})],
    ['finds taken', 'a', () => things.save({ _key: 'a' }).catch(() => undefined)],
    ['does not find', 'none', () => things.removeAll(['none'])],
  ])('arise from a key that a write %s, until the end of its transaction', async (_what, key, touch) => {
    const one = await db.beginTransaction({ write: ['things'] });
    const two = await db.beginTransaction({ write: ['things'] });
    await one.step(touch);
    const write = () => two.step(() => things.save({ _key: key, n: 9 }, { overwriteMode: 'replace' }));
    await expect(write()).rejects.toEqual(refused(1200, 409));
    await one.commit();
    await write();
    await two.commit();
    expect(await things.document(key)).toMatchObject({ n: 9 });
  });

  test('arise from the same unique value', async () => {
    const one = await db.beginTransaction({ write: ['things'] });
    const two = await db.beginTransaction({ write: ['things'] });
    await one.step(() => things.save({ _key: 'c', unique: 1 }));
    await expect(two.step(() => things.save({ _key: 'd', unique: 1 }))).rejects.toEqual(refused(1200, 409));
    await one.commit();
    await expect(two.step(() => things.save({ _key: 'd', unique: 1 }))).rejects.toMatchObject({ code: 409 });
    await two.abort();
    await expect(things.save({ _key: 'd', unique: 1 })).rejects.toEqual(refused(1210, 409));
  });

  test('fail a query, which then has no effect', async () => {
    const trx = await db.beginTransaction({ write: ['things'] });
    await trx.step(() => things.update('b', { n: 20 }));
    await expect(query('FOR d IN things SORT d._key UPDATE d WITH { n: 99 } IN things')).rejects.toEqual(
      refused(1200, 409),
    );
    await trx.commit();
    expect(await query('FOR d IN things SORT d._key RETURN d.n')).toEqual([1, 20]);
  });

  test('fail a query, or one of several documents, without a wait for the other transaction', async () => {
    const trx = await db.beginTransaction({ write: ['things'] });
    await trx.step(() => things.update('b', { n: 20 }));
    const failing = expect(query('UPDATE "b" WITH { n: 99 } IN things')).rejects.toEqual(refused(1200, 409));
    const several = things.updateAll([
      { _key: 'b', n: 99 },
      { _key: 'a', n: 99 },
    ]);
    await delay(300);
    await trx.abort();
    await failing;
    expect(await several).toMatchObject([{ error: true, errorNum: 1200 }, { _key: 'a' }]);
    expect(await query('FOR d IN things SORT d._key RETURN d.n')).toEqual([99, 2]);
  });

  test('are avoided if the other transaction ends while a single write waits', async () => {
    const trx = await db.beginTransaction({ write: ['things'] });
    await trx.step(() => things.update('a', { n: 10 }));
    const waiting = things.update('a', { m: 1 });
    await trx.commit();
    await waiting;
    expect(await things.document('a')).toMatchObject({ n: 10, m: 1 });
  });

  test('do not arise from repeated writes in the same transaction', async () => {
    const trx = await db.beginTransaction({ write: ['things'] });
    await trx.step(() => things.save({ _key: 'c', n: 3, unique: 7 }));
    await trx.step(() => things.update('c', { n: 4 }));
    await trx.step(() => things.remove('c'));
    await expect(trx.step(() => things.update('c', { n: 5 }))).rejects.toEqual(refused(1202, 404));
    await trx.step(() => things.save({ _key: 'c', n: 6, unique: 7 }));
    await trx.commit();
    expect(await query('FOR d IN things FILTER d.unique == 7 RETURN d.n')).toEqual([6]);
    expect((await things.count()).count).toBe(3);
  });
});

describe('a failed operation', () => {
  test('neither ends the transaction nor rolls back its earlier writes', async () => {
    const trx = await db.beginTransaction({ write: ['things'] });
    await trx.step(() => things.save({ _key: 'c' }));
    await expect(trx.step(() => things.save({ _key: 'c' }))).rejects.toEqual(refused(1210, 409));
    await expect(trx.step(() => things.document('none'))).rejects.toEqual(refused(1202, 404));
    const results = await trx.step(() => things.saveAll([{ _key: 'd' }, { _key: 'c' }, { _key: 'e' }]));
    expect(results[1]).toMatchObject({ error: true, errorNum: 1210 });
    await trx.commit();
    expect(await query('FOR d IN things SORT d._key RETURN d._key')).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('that is a query leaves the writes of its earlier rows in the transaction', async () => {
    const trx = await db.beginTransaction({ write: ['things'] });
    await trx.step(() => things.save({ _key: 'c' }));
    const failing = 'FOR k IN ["x", "y", "a", "z"] INSERT { _key: k } INTO things';
    await expect(trx.step(() => query(failing))).rejects.toEqual(refused(1210, 409));
    await trx.commit();
    expect(await query('FOR d IN things SORT d._key RETURN d._key')).toEqual(['a', 'b', 'c', 'x', 'y']);
  });
});

test.each([true, false])(
  'an open cursor (stream: %s) keeps all other requests out of its transaction',
  async (stream) => {
    const trx = await db.beginTransaction({ write: ['things'] });
    const options = { stream, batchSize: 1 };
    const cursor = await trx.step(() => db.query('FOR d IN things SORT d._key RETURN d._key', {}, options));
    await expect(trx.step(() => things.save({ _key: 'c' }))).rejects.toEqual(refused(28));
    await expect(trx.step(() => things.document('a'))).rejects.toEqual(refused(28));
    await expect(trx.commit()).rejects.toEqual(refused(28));
    await expect(trx.abort()).rejects.toEqual(refused(28));
    expect(await cursor.all()).toEqual(['a', 'b']);
    await trx.step(() => things.save({ _key: 'c' }));
    await trx.commit();
    expect((await things.count()).count).toBe(3);
  },
  60_000,
);

describe('declared collections', () => {
  test('are the only ones that documents or queries can write: 1652', async () => {
    const trx = await db.beginTransaction({ write: ['things'], read: ['links'] });
    const edge = { _from: 'things/a', _to: 'things/b' };
    await expect(trx.step(() => links.save(edge))).rejects.toEqual(refused(1652, 400));
    await trx.abort();
    const other = await db.beginTransaction({ write: ['things'] });
    await expect(other.step(() => query('FOR d IN things FILTER false INSERT d INTO links'))).rejects.toEqual(
      refused(1652, 400),
    );
    await other.abort();
    expect((await links.count()).count).toBe(0);
  });

  test('do not limit reads, unless allowImplicit is false', async () => {
    const implicit = await db.beginTransaction({ read: ['things'] });
    expect((await implicit.step(() => links.count())).count).toBe(0);
    expect(await implicit.step(() => query('FOR l IN links RETURN l'))).toEqual([]);
    await implicit.abort();
    const explicit = await db.beginTransaction({ read: ['things'] }, { allowImplicit: false });
    await expect(explicit.step(() => query('FOR l IN links RETURN l'))).rejects.toEqual(refused(1652, 400));
    await explicit.abort();
  });

  test.each([[null], [['']], [[1]], [{}]])('cannot be %j', async (read) => {
    await expect(server.call(db, 'POST', '_api/transaction/begin', { collections: { read } })).rejects.toEqual(
      refused(10, 400),
    );
  });

  test('come with options of which a wrong type is ignored, but not a negative lockTimeout', async () => {
    const begin = (options: object) =>
      server.call(db, 'POST', '_api/transaction/begin', { collections: { write: 'things' }, ...options });
    const begun = await begin({ lockTimeout: 'a', allowImplicit: 'no', maxTransactionSize: null });
    await db.transaction(begun.body.result.id).abort();
    await expect(begin({ lockTimeout: -1 })).rejects.toEqual(refused(10, 400));
  });

  test('must exist and be valid names', async () => {
    await expect(db.beginTransaction({ write: ['nowhere'] })).rejects.toEqual(refused(1203, 404));
    await expect(server.call(db, 'POST', '_api/transaction/begin', {})).rejects.toEqual(refused(10, 400));
    await expect(server.call(db, 'POST', '_api/transaction/begin', { collections: { write: 5 } })).rejects.toEqual(
      refused(10, 400),
    );
    const single = await server.call(db, 'POST', '_api/transaction/begin', { collections: { write: 'things' } });
    expect(single.status).toBe(201);
    await db.transaction(single.body.result.id).abort();
  });
});

test('a call that names no transaction, or one too many, fails with 10', async () => {
  for (const [method, path] of [
    ['PUT', ''],
    ['DELETE', ''],
    ['GET', '/x'],
    ['GET', '/1/2'],
    ['POST', '/1'],
  ] as const)
    await expect(server.call(db, method, `_api/transaction${path}`)).rejects.toEqual(refused(10, 400));
  const trx = await db.beginTransaction({ write: ['things'] });
  await expect(trx.step(() => db.beginTransaction({ write: ['things'] }))).rejects.toEqual(refused(10, 400));
  await trx.abort();
});

describe('ending a transaction', () => {
  test('again in the same way succeeds, in the other way fails with 1653', async () => {
    const one = await db.beginTransaction({ write: ['things'] });
    await one.commit();
    expect(await one.commit()).toMatchObject({ status: 'committed' });
    await expect(one.abort()).rejects.toEqual(refused(1653));
    const two = await db.beginTransaction({ write: ['things'] });
    await two.abort();
    expect(await two.abort()).toMatchObject({ status: 'aborted' });
    await expect(two.commit()).rejects.toEqual(refused(1653));
    expect(await two.get()).toMatchObject({ status: 'aborted' });
  });

  test('makes further operations fail with 1655, as for an unknown transaction', async () => {
    const trx = await db.beginTransaction({ write: ['things'] });
    await trx.commit();
    await expect(trx.step(() => things.save({ _key: 'late' }))).rejects.toEqual(refused(1655, 404));
    await expect(db.transaction('123456789').get()).rejects.toEqual(refused(1655, 404));
    await expect(db.transaction('123456789').commit()).rejects.toEqual(refused(1655, 404));
    expect(await things.documentExists('late')).toBe(false);
  });

  test('removes it from the list of open transactions', async () => {
    const list = async () => (await server.call(db, 'GET', '_api/transaction')).body.transactions;
    const trx = await db.beginTransaction({ write: ['things'] });
    expect(await list()).toContainEqual({ id: trx.id, state: 'running' });
    await trx.abort();
    expect(await list()).not.toContainEqual(expect.objectContaining({ id: trx.id }));
  });
});

test('an exclusive transaction blocks other writers but not readers', async () => {
  const exclusive = await db.beginTransaction({ exclusive: ['things'] });
  expect(await things.document('a')).toMatchObject({ n: 1 });
  await expect(db.beginTransaction({ exclusive: ['things'] }, { lockTimeout: 1 })).rejects.toEqual(refused(18));
  const order: string[] = [];
  const writer = things.save({ _key: 'c' }).then(() => order.push('written'));
  await exclusive.step(() => things.update('a', { n: 10 }));
  order.push('committing');
  await exclusive.commit();
  await writer;
  expect(order).toEqual(['committing', 'written']);
});

test('a query with the option exclusive waits for other writers of the collection', async () => {
  const order: string[] = [];
  const writer = await db.beginTransaction({ write: ['things'] });
  await writer.step(() => things.update('a', { n: 10 }));
  const exclusive = query('FOR d IN [{ _key: "b", n: 20 }] UPDATE d IN things OPTIONS { exclusive: true }').then(() =>
    order.push('the query has written'),
  );
  await writer.step(() => things.update('a', { n: 11 }));
  order.push('committing');
  await writer.commit();
  await exclusive;
  expect(order).toEqual(['committing', 'the query has written']);
});

test.each<[string, (collection: DocumentCollection) => Promise<unknown>]>([
  ['truncating', (collection) => collection.truncate()],
  ['creating an index of', (collection) => collection.ensureIndex({ type: 'persistent', fields: ['m'] })],
  ['dropping', (collection) => collection.drop()],
])('%s a collection waits for the transactions that write it', async (_name, change) => {
  const collection = await db.createCollection(`changed-${randomUUID()}`);
  const writer = await db.beginTransaction({ write: [collection.name] });
  const order: string[] = [];
  const changed = change(collection).then(() => order.push('changed'));
  await delay(100);
  await writer.step(() => collection.save({}));
  order.push('committing');
  await writer.commit();
  await changed;
  expect(order).toEqual(['committing', 'changed']);
});

test('truncate and count are part of the transaction', async () => {
  const trx = await db.beginTransaction({ write: ['things'] });
  await trx.step(() => things.truncate());
  await trx.step(() => things.save({ _key: 'only' }));
  expect((await trx.step(() => things.count())).count).toBe(1);
  await trx.commit();
  expect(await query('FOR d IN things RETURN d._key')).toEqual(['only']);
});
