import type { Database } from 'arangojs';
import type { DocumentCollection } from 'arangojs/collections';
import { freshName, refused, useServer } from './fixture';

let db: Database;
let things: DocumentCollection;
const server = useServer(async () => {
  db = await server.freshDatabase();
  things = await db.createCollection('things');
});
beforeEach(() => things.truncate());

describe('a request with an array', () => {
  test('reports failed items at their positions and keeps the others', async () => {
    await things.save({ _key: 'b' });
    const answer = await server.call(db, 'POST', '_api/document/things', [
      { _key: 'a' },
      { _key: 'b' },
      { _key: 'x y' },
      { _key: 'c' },
    ]);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('x-arango-error-codes')).toContain('1210');
    expect(answer.body).toEqual([
      expect.objectContaining({ _key: 'a' }),
      { error: true, errorNum: 1210, errorMessage: expect.any(String) },
      { error: true, errorNum: 1221, errorMessage: expect.any(String) },
      expect.objectContaining({ _key: 'c' }),
    ]);
    expect((await things.count()).count).toBe(3);
  });

  test('has no error codes header without failures, and may be empty', async () => {
    const answer = await server.call(db, 'POST', '_api/document/things', [{}, {}]);
    expect(answer.headers.get('x-arango-error-codes')).toBeNull();
    expect(await things.saveAll([])).toEqual([]);
  });

  test('fails for an item with a unique value of an earlier item', async () => {
    const unique = await db.createCollection(freshName());
    await unique.ensureIndex({ type: 'persistent', fields: ['n'], unique: true });
    const results = await unique.saveAll([{ n: 1 }, { n: 1 }, { n: 2 }]);
    expect(results.map((item) => (item as { errorNum?: number }).errorNum)).toEqual([undefined, 1210, undefined]);
  });

  test('reads documents by keys, ids and objects', async () => {
    await things.saveAll([{ _key: 'a' }, { _key: 'b' }]);
    expect(await things.documents(['b', 'things/a', 'none'])).toEqual([
      expect.objectContaining({ _key: 'b' }),
      expect.objectContaining({ _key: 'a' }),
      expect.objectContaining({ error: true, errorNum: 1202 }),
    ]);
    const read = (body: unknown) => server.call(db, 'PUT', '_api/document/things', body, { onlyget: 'true' });
    expect((await read({ _key: 'a' })).body).toMatchObject({ _id: 'things/a' });
    await expect(read('"a"')).rejects.toEqual(refused(1227, 400));
  });

  test('updates, replaces and removes documents', async () => {
    const saved = await things.saveAll([
      { _key: 'a', n: 1, m: 1 },
      { _key: 'b', n: 1 },
    ]);
    const updated = await things.updateAll(
      [
        { _key: 'a', n: 2 },
        { _key: 'none', n: 2 },
      ],
      { returnNew: true, returnOld: true },
    );
    expect(updated).toEqual([
      expect.objectContaining({
        _key: 'a',
        old: expect.objectContaining({ n: 1 }),
        new: expect.objectContaining({ n: 2, m: 1 }),
      }),
      expect.objectContaining({ error: true, errorNum: 1202 }),
    ]);
    const stale = (saved[0] as { _rev: string })._rev;
    const replaced = await things.replaceAll(
      [
        { _key: 'a', _rev: stale, z: 1 },
        { _key: 'b', z: 1 },
      ],
      { ignoreRevs: false },
    );
    // A client that looks for `_id` must not take the failure for a success.
    const conflict = { error: true, errorNum: 1200, errorMessage: expect.any(String) };
    expect(replaced).toEqual([conflict, expect.objectContaining({ _key: 'b' })]);
    const removed = await things.removeAll(['a', { _key: 'b' }, 'none'], { returnOld: true });
    expect(removed).toEqual([
      expect.objectContaining({ _key: 'a', old: expect.objectContaining({ n: 2 }) }),
      expect.objectContaining({ _key: 'b' }),
      expect.objectContaining({ error: true, errorNum: 1202 }),
    ]);
    expect((await things.count()).count).toBe(0);
  });

  test('answers with failures only when silent', async () => {
    await things.save({ _key: 'a' });
    const succeeded = await server.call(db, 'POST', '_api/document/things', [{ _key: 'b' }], { silent: 'true' });
    expect(succeeded.body).toEqual({});
    const failed = await server.call(db, 'POST', '_api/document/things', [{ _key: 'a' }, { _key: 'c' }], {
      silent: 'true',
    });
    expect(failed.body).toEqual([expect.objectContaining({ error: true, errorNum: 1210 })]);
  });
});
