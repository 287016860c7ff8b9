import type { Database } from 'arangojs';
import type { DocumentCollection } from 'arangojs/collections';
import { refused, useServer } from './fixture';

let db: Database;
let things: DocumentCollection;
const server = useServer(async () => {
  db = await server.freshDatabase();
  things = await db.createCollection('things');
});
beforeEach(() => things.truncate());

const withoutRev = ({ _rev, ...rest }: Record<string, unknown>): Record<string, unknown> => rest;

describe('inserting an existing key', () => {
  beforeEach(() => things.save({ _key: 'a', n: 1, keep: { x: 1, y: 2 } }));

  test('fails with 1210 by default', async () => {
    await expect(things.save({ _key: 'a' })).rejects.toMatchObject({
      errorNum: 1210,
      code: 409,
      message: "unique constraint violated - in index primary of type primary over '_key'; conflicting key: a",
    });
  });

  test('changes nothing in mode ignore', async () => {
    const { _rev } = await things.document('a');
    expect(await things.save({ _key: 'a', n: 2 }, { overwriteMode: 'ignore', returnNew: true })).toEqual({
      _id: 'things/a',
      _key: 'a',
      _rev,
    });
    expect(await things.document('a')).toMatchObject({ n: 1 });
  });

  test('replaces the document in mode replace, and returns the old one on request', async () => {
    const before = await things.document('a');
    const meta = await things.save({ _key: 'a', n: 2 }, { overwriteMode: 'replace', returnOld: true, returnNew: true });
    expect(meta).toMatchObject({ _oldRev: before._rev, old: before, new: { n: 2 } });
    expect(await things.document('a')).not.toHaveProperty('keep');
  });

  test('merges the documents in mode update', async () => {
    await things.save({ _key: 'a', keep: { y: 3 } }, { overwriteMode: 'update' });
    expect(await things.document('a')).toMatchObject({ n: 1, keep: { x: 1, y: 3 } });
    await things.save({ _key: 'a', keep: { y: 4 } }, { overwriteMode: 'update', mergeObjects: false });
    expect((await things.document('a')).keep).toEqual({ y: 4 });
    await things.save({ _key: 'a', n: null }, { overwriteMode: 'update', keepNull: true });
    expect((await things.document('a')).n).toBeNull();
    await things.save({ _key: 'a', n: null }, { overwriteMode: 'update', keepNull: false });
    expect(await things.document('a')).not.toHaveProperty('n');
  });
});

describe('update', () => {
  beforeEach(() => things.save({ _key: 'a', n: 1, o: { x: 1, y: { z: 1 } }, list: [{ a: 1 }] }));

  test('merges objects, replaces arrays and keeps null', async () => {
    await things.update('a', { n: null, o: { y: { w: 2 } }, list: [null] });
    expect(await things.document('a')).toMatchObject({ n: null, o: { x: 1, y: { z: 1, w: 2 } }, list: [null] });
  });

  test('without keepNull removes null attributes at any depth, but no nulls in arrays', async () => {
    await things.update(
      'a',
      { n: null, o: { x: null }, fresh: { gone: null, kept: 1 }, list: [null] },
      { keepNull: false },
    );
    const doc = await things.document('a');
    expect(doc).not.toHaveProperty('n');
    expect(doc.o).toEqual({ y: { z: 1 } });
    expect(doc.fresh).toEqual({ kept: 1 });
    expect(doc.list).toEqual([null]);
  });

  test('without mergeObjects replaces objects', async () => {
    await things.update('a', { o: { new: 1 } }, { mergeObjects: false });
    expect((await things.document('a')).o).toEqual({ new: 1 });
  });

  test('with an empty body keeps the revision, with any other body makes a new one', async () => {
    const { _rev } = await things.document('a');
    expect((await things.update('a', {}))._rev).toBe(_rev);
    const meta = await things.update('a', { n: 1 });
    expect(meta._oldRev).toBe(_rev);
    expect(meta._rev).not.toBe(_rev);
  });

  test('ignores system attributes in the body', async () => {
    await things.update('a', { _key: 'b', _id: 'things/b', _rev: 'x', n: 2 });
    expect(await things.document('a')).toMatchObject({ _key: 'a', _id: 'things/a', n: 2 });
    expect(await things.documentExists('b')).toBe(false);
  });

  test('returns the old and new document on request, and nothing when silent', async () => {
    const meta = await things.update('a', { n: 2 }, { returnOld: true, returnNew: true });
    expect(meta.old).toMatchObject({ n: 1 });
    expect(meta.new).toMatchObject({ n: 2, o: { x: 1 } });
    expect(await things.update('a', { n: 3 }, { silent: true })).toBeUndefined();
  });
});

test('replace keeps only the key', async () => {
  await things.save({ _key: 'a', n: 1 });
  await things.replace('a', { m: 2 });
  expect(withoutRev(await things.document('a'))).toEqual({ _key: 'a', _id: 'things/a', m: 2 });
});

describe('revisions', () => {
  test('a write with If-Match fails with 412 unless it names the stored revision', async () => {
    const { _rev } = await things.save({ _key: 'a', n: 1 });
    for (const attempt of [
      things.update('a', { n: 2 }, { ifMatch: '_wrong' }),
      things.replace('a', { n: 2 }, { ifMatch: '_wrong' }),
      things.remove('a', { ifMatch: '_wrong' }),
    ]) {
      await expect(attempt).rejects.toMatchObject({ errorNum: 1200, code: 412 });
    }
    await expect(things.document('a', { ifMatch: '_wrong' })).rejects.toMatchObject({ code: 412 });
    expect(await things.document('a', { ifMatch: _rev })).toMatchObject({ n: 1 });
    const next = await things.update('a', { n: 2 }, { ifMatch: _rev });
    await expect(things.remove('a', { ifMatch: _rev })).rejects.toMatchObject({ code: 412 });
    await things.remove('a', { ifMatch: next._rev });
  });

  test('a read with If-None-Match is answered with 304 if the revision is unchanged', async () => {
    const { _rev } = await things.save({ _key: 'a' });
    await expect(things.document('a', { ifNoneMatch: _rev })).rejects.toMatchObject({ code: 304 });
    expect(await things.document('a', { ifNoneMatch: '_other' })).toMatchObject({ _key: 'a' });
  });

  test('a _rev in the body is checked only with ignoreRevs=false', async () => {
    await things.save({ _key: 'a' });
    await things.update('a', { _rev: '_wrong', n: 1 });
    await expect(things.update('a', { _rev: '_wrong', n: 2 }, { ignoreRevs: false })).rejects.toEqual(
      refused(1200, 412),
    );
    await expect(things.replace('a', { _rev: '_wrong', n: 2 }, { ignoreRevs: false })).rejects.toEqual(
      refused(1200, 412),
    );
    const { _rev } = await things.document('a');
    await things.update('a', { _rev, n: 3 }, { ignoreRevs: false });
  });
});
