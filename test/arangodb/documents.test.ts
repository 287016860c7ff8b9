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

test('a document is read as it was saved, with its system attributes', async () => {
  const doc = { _key: 'a', text: 'Zürich 🎉', nested: { list: [1, 'two', null, { three: 3 }] }, none: null, yes: true };
  const meta = await things.save(doc);
  expect(meta).toEqual({ _id: 'things/a', _key: 'a', _rev: expect.stringMatching(/^_/) });
  const stored = await things.document('a');
  expect(stored).toEqual({ ...doc, _id: 'things/a', _rev: meta._rev });
});

test.each([
  ['names of inherited object members', { constructor: 1, toString: 'x', hasOwnProperty: null }],
  ['numbers', { big: 2 ** 53 - 1, small: -0.25, exponent: 1e-300, zero: 0 }],
  ['unusual names', { '': 1, 'a.b': 2, ü: 3, $x: 4, '@y': 5 }],
  ['deep nesting', { a: { b: { c: { d: { e: [[[[]]]] } } } } }],
  ['an empty document', {}],
  ['a long text', { text: 'x'.repeat(300_000) }],
  ['a very long text', { text: 'é'.repeat(2_000_000) }],
])('%s: stored unchanged', async (_what, doc: object) => {
  const { _key } = await things.save(doc);
  expect(await things.document(_key)).toMatchObject(doc);
  expect(Object.keys(withoutRev(await things.document(_key))).sort()).toEqual(
    [...Object.keys(doc), '_id', '_key'].sort(),
  );
});

test.each([
  ['a slash', { _key: 'a/b' }, 1221],
  ['a space', { _key: 'a b' }, 1221],
  ['a non-ASCII letter', { _key: 'ä' }, 1221],
  ['a number as its value', { _key: 1 }, 1221],
  ['no characters', { _key: '' }, 1221],
  ['255 characters', { _key: 'k'.repeat(255) }, 1221],
])('a key with %s is rejected', async (_what, doc, errorNum) => {
  await expect(things.save(doc as never)).rejects.toEqual(refused(errorNum, 400));
});

test('a key can contain every legal character', async () => {
  const _key = "aZ09_-.@()+,=;$!*'%:";
  await things.save({ _key });
  expect(await things.document(_key)).toMatchObject({ _key, _id: `things/${_key}` });
  await things.update(_key, { n: 1 });
  await things.remove(_key);
  await things.save({ _key: 'k'.repeat(254) });
});

test('a body that is not an object fails with 400, an incomplete one with 600', async () => {
  await expect(server.call(db, 'POST', '_api/document/things', JSON.stringify('text'))).rejects.toMatchObject({
    code: 400,
  });
  await expect(server.call(db, 'POST', '_api/document/things', '{')).rejects.toEqual(refused(600, 400));
});

test.each([
  ['a duplicate name in an object', '{"a":1,"b":{"c":1,"\\u0063":2}}'],
  ['a number beyond a double', '{"a":1e999}'],
  ['text that is not UTF-8', new Uint8Array([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])],
])('a body with %s fails with 600', async (_what, body) => {
  await expect(server.call(db, 'POST', '_api/document/things', body)).rejects.toEqual(refused(600, 400));
});

test('strings that look like attribute names are not counted as duplicates', async () => {
  const doc = { a: '{"a":1,"a":2}', b: '":', list: [{ a: 1 }, { a: 1 }], 'c"': ':' };
  const { _key } = await things.save(doc);
  expect(await things.document(_key)).toMatchObject(doc);
});

test('a request with too few or too many path segments fails with a specific error number', async () => {
  const expectFailure = (method: string, path: string, body?: unknown, search?: Record<string, string>) =>
    expect(server.call(db, method, `_api/document${path}`, body, search)).rejects;
  await expectFailure('GET', '/things').toEqual(refused(1203, 404));
  await expectFailure('GET', '/things/a/b').toEqual(refused(601, 400));
  await expectFailure('POST', '', {}).toEqual(refused(1204, 400));
  await expectFailure('POST', '/things/a', {}).toEqual(refused(601, 400));
  await expectFailure('PUT', '', []).toEqual(refused(400, 400));
  await expectFailure('PUT', '/things/a', [], { onlyget: 'true' }).toEqual(refused(400, 400));
  await expectFailure('PUT', '/things', {}).toEqual(refused(1227, 400));
  await expectFailure('PATCH', '/things/a', []).toEqual(refused(1227, 400));
  await expectFailure('POST', '/things', '').toEqual(refused(1227, 400));
  await expectFailure('DELETE', '').toEqual(refused(400, 400));
  await expectFailure('DELETE', '/things', '"a"').toEqual(refused(400, 400));
});

test('a removal can select its document by an object in the body', async () => {
  const { _rev } = await things.save({ _key: 'a' });
  const remove = (body: object) => server.call(db, 'DELETE', '_api/document/things', body, { ignoreRevs: 'false' });
  await expect(remove({ _key: 'a', _rev: 'other' })).rejects.toEqual(refused(1200, 412));
  expect((await remove({ _key: 'a', _rev })).body).toMatchObject({ _key: 'a', _rev });
  await expect(remove({ _key: 'a' })).rejects.toEqual(refused(1202, 404));
});

test('a silent write answers without location and etag; a location is URL-encoded', async () => {
  const saved = await server.call(db, 'POST', '_api/document/things', { _key: 'a:%' });
  expect(saved.headers.get('location')).toBe(`/_db/${db.name}/_api/document/things/a%3A%25`);
  const silent = await server.call(db, 'POST', '_api/document/things', {}, { silent: 'true' });
  expect(silent.body).toEqual({});
  expect([silent.headers.get('etag'), silent.headers.get('location')]).toEqual([null, null]);
});

test('an absent document fails with 1202, an absent collection with 1203', async () => {
  await expect(things.document('none')).rejects.toEqual(refused(1202, 404));
  expect(await things.document('none', { graceful: true })).toBeNull();
  expect(await things.documentExists('none')).toBe(false);
  await expect(things.update('none', { a: 1 })).rejects.toEqual(refused(1202, 404));
  await expect(things.replace('none', { a: 1 })).rejects.toEqual(refused(1202, 404));
  await expect(things.remove('none')).rejects.toEqual(refused(1202, 404));
  await expect(db.collection('nowhere').save({})).rejects.toEqual(refused(1203, 404));
  await expect(db.collection('nowhere').document('a')).rejects.toEqual(refused(1203, 404));
});

test('a write is answered with 202, and with 201 if it waits for sync', async () => {
  const answer = await server.call(db, 'POST', '_api/document/things', {});
  expect(answer.status).toBe(202);
  expect(answer.headers.get('etag')).toBe(`"${answer.body._rev}"`);
  expect((await server.call(db, 'POST', '_api/document/things', {}, { waitForSync: 'true' })).status).toBe(201);
});
