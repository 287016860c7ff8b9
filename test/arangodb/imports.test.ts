import type { Database } from 'arangojs';
import { freshName, refused, useServer } from './fixture';

let db: Database;
const server = useServer(async () => {
  db = await server.freshDatabase();
});

const fresh = () => db.createCollection(freshName());
const zeroCounts = { error: false, created: 0, errors: 0, empty: 0, updated: 0, ignored: 0 };

test('an import of documents answers with counts only', async () => {
  const things = await fresh();
  expect(
    await things.import([
      { _key: 'a', n: 1 },
      { _key: 'b', n: 2 },
    ]),
  ).toEqual({ ...zeroCounts, created: 2 });
  expect(await things.document('b')).toMatchObject({ n: 2 });
});

test('a table is imported: attribute names first, then values', async () => {
  const things = await fresh();
  expect(await things.import([['_key', 'n'], ['a', 1], ['b', 2], ['too short']])).toEqual({
    ...zeroCounts,
    created: 2,
    errors: 1,
  });
  expect(await things.document('a')).toMatchObject({ n: 1 });
});

test('text can be imported as documents or as a list', async () => {
  const things = await fresh();
  expect(await things.import('{"_key":"a"}\n\n{"_key":"b"}\n', { type: 'documents' })).toEqual({
    ...zeroCounts,
    created: 2,
    empty: 1,
  });
  expect(await things.import('[{"_key":"c"},{"_key":"d"}]', { type: 'list' })).toEqual({ ...zeroCounts, created: 2 });
  expect(await things.import('[{"_key":"e"}]', { type: 'auto' })).toEqual({ ...zeroCounts, created: 1 });
  expect(await things.import('{"_key":"f"}', { type: 'auto' })).toEqual({ ...zeroCounts, created: 1 });
  expect((await things.count()).count).toBe(6);
});

test.each([
  ['error', { errors: 1 }, { n: 1, old: true }],
  ['ignore', { ignored: 1 }, { n: 1, old: true }],
  ['replace', { updated: 1 }, { n: 2 }],
  ['update', { updated: 1 }, { n: 2, old: true }],
] as const)('an existing key with onDuplicate %s', async (onDuplicate, counts, expected) => {
  const things = await fresh();
  await things.save({ _key: 'a', n: 1, old: true });
  expect(await things.import([{ _key: 'a', n: 2 }, { _key: 'b' }], { onDuplicate })).toEqual({
    ...zeroCounts,
    created: 1,
    ...counts,
  });
  const { _id, _key, _rev, ...rest } = await things.document('a');
  expect(rest).toEqual(expected);
});

test('an import with complete writes all documents or none', async () => {
  const things = await fresh();
  await things.save({ _key: 'b' });
  await expect(things.import([{ _key: 'a' }, { _key: 'b' }], { complete: true })).rejects.toMatchObject({ code: 409 });
  expect(await things.documentExists('a')).toBe(false);
});

test('details describe the failures', async () => {
  const things = await fresh();
  const result = await things.import([{ _key: 'a' }, { _key: 'a' }], { details: true });
  const failed = `creating document failed with error 'unique constraint violated'`;
  expect(result).toMatchObject({
    created: 1,
    errors: 1,
    details: [`at position 2: ${failed}, offending document: {"_key":"a"}`],
  });
  const links = await db.createEdgeCollection(freshName());
  expect(await links.import([{ _from: 'a/b' }], { details: true })).toMatchObject({
    details: [`at position 1: missing '_from' or '_to' attribute, offending document: {"_from":"a/b"}`],
  });
});

test('overwrite truncates the collection first', async () => {
  const things = await fresh();
  await things.saveAll([{ _key: 'a' }, { _key: 'b' }]);
  await things.import([{ _key: 'c' }], { overwrite: true });
  expect((await things.count()).count).toBe(1);
});

test('prefixes are added to _from and _to of edges', async () => {
  const links = await db.createEdgeCollection('links');
  await links.import([{ _key: 'e', _from: 'a', _to: 'b' }], { fromPrefix: 'x', toPrefix: 'y' });
  expect(await links.document('e')).toMatchObject({ _from: 'x/a', _to: 'y/b' });
});

test('an unknown collection or type fails', async () => {
  await expect(db.collection('nowhere').import([{}])).rejects.toEqual(refused(1203, 404));
  const things = await fresh();
  await expect(things.import('x', { type: 'strange' as never })).rejects.toMatchObject({ code: 400 });
});
