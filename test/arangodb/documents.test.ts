import type { Database } from 'arangojs';
import type { DocumentCollection, EdgeCollection } from 'arangojs/collections';
import { openServer, refused, type Server } from './fixture';

let server: Server;
let db: Database;
let things: DocumentCollection;
let links: EdgeCollection;
beforeAll(async () => {
  server = await openServer();
  db = await server.freshDatabase();
  things = await db.createCollection('things');
  links = await db.createEdgeCollection('links');
});
beforeEach(async () => {
  await things.truncate();
  await links.truncate();
});
afterAll(() => server.close());

const withoutRev = ({ _rev, ...rest }: Record<string, unknown>): Record<string, unknown> => rest;

test('a document comes back as it was saved, with its system attributes', async () => {
  const doc = { _key: 'a', text: 'Zürich 🎉', nested: { list: [1, 'two', null, { three: 3 }] }, none: null, yes: true };
  const meta = await things.save(doc);
  expect(meta).toEqual({ _id: 'things/a', _key: 'a', _rev: expect.stringMatching(/^_/) });
  const stored = await things.document('a');
  expect(stored).toEqual({ ...doc, _id: 'things/a', _rev: meta._rev });
});

test.each([
  ['names that objects inherit', { constructor: 1, toString: 'x', hasOwnProperty: null }],
  ['numbers', { big: 2 ** 53 - 1, small: -0.25, exponent: 1e-300, zero: 0 }],
  ['odd names', { '': 1, 'a.b': 2, ü: 3, $x: 4, '@y': 5 }],
  ['deep nesting', { a: { b: { c: { d: { e: [[[[]]]] } } } } }],
  ['nothing', {}],
  ['much text', { text: 'x'.repeat(300_000) }],
  ['very much text', { text: 'é'.repeat(2_000_000) }],
])('stores %s unchanged', async (_what, doc: object) => {
  const { _key } = await things.save(doc);
  expect(await things.document(_key)).toMatchObject(doc);
  expect(Object.keys(withoutRev(await things.document(_key))).sort()).toEqual(
    [...Object.keys(doc), '_id', '_key'].sort(),
  );
});

test.each([
  ['a slash', { _key: 'a/b' }, 1221],
  ['a space', { _key: 'a b' }, 1221],
  ['a letter outside of ASCII', { _key: 'ä' }, 1221],
  ['a number', { _key: 1 }, 1221],
  ['nothing in it', { _key: '' }, 1221],
  ['255 characters', { _key: 'k'.repeat(255) }, 1221],
])('refuses a key with %s', async (_what, doc, errorNum) => {
  await expect(things.save(doc as never)).rejects.toEqual(refused(errorNum, 400));
});

test('every legal character may be in a key', async () => {
  const _key = "aZ09_-.@()+,=;$!*'%:";
  await things.save({ _key });
  expect(await things.document(_key)).toMatchObject({ _key, _id: `things/${_key}` });
  await things.update(_key, { n: 1 });
  await things.remove(_key);
  await things.save({ _key: 'k'.repeat(254) });
});

test('a body that is no object is 1227, a broken one 600', async () => {
  await expect(server.call(db, 'POST', '_api/document/things', JSON.stringify('text'))).rejects.toMatchObject({
    code: 400,
  });
  await expect(server.call(db, 'POST', '_api/document/things', '{')).rejects.toEqual(refused(600, 400));
});

test.each([
  ['a name twice in one object', '{"a":1,"b":{"c":1,"\\u0063":2}}'],
  ['a number beyond a double', '{"a":1e999}'],
  ['text that is not UTF-8', new Uint8Array([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d])],
])('a body with %s is 600', async (_what, body) => {
  await expect(server.call(db, 'POST', '_api/document/things', body)).rejects.toEqual(refused(600, 400));
});

test('texts that look like names are no names', async () => {
  const doc = { a: '{"a":1,"a":2}', b: '":', list: [{ a: 1 }, { a: 1 }], 'c"': ':' };
  const { _key } = await things.save(doc);
  expect(await things.document(_key)).toMatchObject(doc);
});

test('a request that names no document, or too much', async () => {
  const refusal = (method: string, path: string, body?: unknown, search?: Record<string, string>) =>
    expect(server.call(db, method, `_api/document${path}`, body, search)).rejects;
  await refusal('GET', '/things').toEqual(refused(1203, 404));
  await refusal('GET', '/things/a/b').toEqual(refused(601, 400));
  await refusal('POST', '', {}).toEqual(refused(1204, 400));
  await refusal('POST', '/things/a', {}).toEqual(refused(601, 400));
  await refusal('PUT', '', []).toEqual(refused(400, 400));
  await refusal('PUT', '/things/a', [], { onlyget: 'true' }).toEqual(refused(400, 400));
  await refusal('PUT', '/things', {}).toEqual(refused(1227, 400));
  await refusal('PATCH', '/things/a', []).toEqual(refused(1227, 400));
  await refusal('POST', '/things', '').toEqual(refused(1227, 400));
  await refusal('DELETE', '').toEqual(refused(400, 400));
  await refusal('DELETE', '/things', '"a"').toEqual(refused(400, 400));
});

test('an object in the body of a removal names one document', async () => {
  const { _rev } = await things.save({ _key: 'a' });
  const remove = (body: object) => server.call(db, 'DELETE', '_api/document/things', body, { ignoreRevs: 'false' });
  await expect(remove({ _key: 'a', _rev: 'other' })).rejects.toEqual(refused(1200, 412));
  expect((await remove({ _key: 'a', _rev })).body).toMatchObject({ _key: 'a', _rev });
  await expect(remove({ _key: 'a' })).rejects.toEqual(refused(1202, 404));
});

test('a silent write answers without its place and revision; a place is encoded', async () => {
  const saved = await server.call(db, 'POST', '_api/document/things', { _key: 'a:%' });
  expect(saved.headers.get('location')).toBe(`/_db/${db.name}/_api/document/things/a%3A%25`);
  const silent = await server.call(db, 'POST', '_api/document/things', {}, { silent: 'true' });
  expect(silent.body).toEqual({});
  expect([silent.headers.get('etag'), silent.headers.get('location')]).toEqual([null, null]);
});

test('what is not there: 1202 document, 1203 collection', async () => {
  await expect(things.document('none')).rejects.toEqual(refused(1202, 404));
  expect(await things.document('none', { graceful: true })).toBeNull();
  expect(await things.documentExists('none')).toBe(false);
  await expect(things.update('none', { a: 1 })).rejects.toEqual(refused(1202, 404));
  await expect(things.replace('none', { a: 1 })).rejects.toEqual(refused(1202, 404));
  await expect(things.remove('none')).rejects.toEqual(refused(1202, 404));
  await expect(db.collection('nowhere').save({})).rejects.toEqual(refused(1203, 404));
  await expect(db.collection('nowhere').document('a')).rejects.toEqual(refused(1203, 404));
});

test('a default collection answers 202, one that waits for the disk 201', async () => {
  const answer = await server.call(db, 'POST', '_api/document/things', {});
  expect(answer.status).toBe(202);
  expect(answer.headers.get('etag')).toBe(`"${answer.body._rev}"`);
  expect((await server.call(db, 'POST', '_api/document/things', {}, { waitForSync: 'true' })).status).toBe(201);
});

describe('an existing key', () => {
  beforeEach(() => things.save({ _key: 'a', n: 1, keep: { x: 1, y: 2 } }));

  test('is 1210 by default', async () => {
    await expect(things.save({ _key: 'a' })).rejects.toMatchObject({
      errorNum: 1210,
      code: 409,
      message: "unique constraint violated - in index primary of type primary over '_key'; conflicting key: a",
    });
  });

  test('is left alone by mode ignore', async () => {
    const { _rev } = await things.document('a');
    expect(await things.save({ _key: 'a', n: 2 }, { overwriteMode: 'ignore', returnNew: true })).toEqual({
      _id: 'things/a',
      _key: 'a',
      _rev,
    });
    expect(await things.document('a')).toMatchObject({ n: 1 });
  });

  test('is replaced by mode replace, with the old one on request', async () => {
    const before = await things.document('a');
    const meta = await things.save({ _key: 'a', n: 2 }, { overwriteMode: 'replace', returnOld: true, returnNew: true });
    expect(meta).toMatchObject({ _oldRev: before._rev, old: before, new: { n: 2 } });
    expect(await things.document('a')).not.toHaveProperty('keep');
  });

  test('is merged by mode update', async () => {
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

  test('merges objects, replaces arrays, keeps null', async () => {
    await things.update('a', { n: null, o: { y: { w: 2 } }, list: [null] });
    expect(await things.document('a')).toMatchObject({ n: null, o: { x: 1, y: { z: 1, w: 2 } }, list: [null] });
  });

  test('without keepNull removes nulls, nested ones too, but not in arrays', async () => {
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

  test('without mergeObjects replaces objects whole', async () => {
    await things.update('a', { o: { new: 1 } }, { mergeObjects: false });
    expect((await things.document('a')).o).toEqual({ new: 1 });
  });

  test('with an empty body keeps the revision, any other change makes a new one', async () => {
    const { _rev } = await things.document('a');
    expect((await things.update('a', {}))._rev).toBe(_rev);
    const meta = await things.update('a', { n: 1 });
    expect(meta._oldRev).toBe(_rev);
    expect(meta._rev).not.toBe(_rev);
  });

  test('cannot change the key, whatever the body says', async () => {
    await things.update('a', { _key: 'b', _id: 'things/b', _rev: 'x', n: 2 });
    expect(await things.document('a')).toMatchObject({ _key: 'a', _id: 'things/a', n: 2 });
    expect(await things.documentExists('b')).toBe(false);
  });

  test('gives old and new on request, nothing when silent', async () => {
    const meta = await things.update('a', { n: 2 }, { returnOld: true, returnNew: true });
    expect(meta.old).toMatchObject({ n: 1 });
    expect(meta.new).toMatchObject({ n: 2, o: { x: 1 } });
    expect(await things.update('a', { n: 3 }, { silent: true })).toBeUndefined();
  });
});

test('replace keeps nothing but the key', async () => {
  await things.save({ _key: 'a', n: 1 });
  await things.replace('a', { m: 2 });
  expect(withoutRev(await things.document('a'))).toEqual({ _key: 'a', _id: 'things/a', m: 2 });
});

describe('revisions', () => {
  test('If-Match lets only the right one pass: 412 with what is stored', async () => {
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

  test('If-None-Match answers 304 for the known one', async () => {
    const { _rev } = await things.save({ _key: 'a' });
    await expect(things.document('a', { ifNoneMatch: _rev })).rejects.toMatchObject({ code: 304 });
    expect(await things.document('a', { ifNoneMatch: '_other' })).toMatchObject({ _key: 'a' });
  });

  test('a _rev in the body counts with ignoreRevs=false only', async () => {
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

describe('many at once', () => {
  test('failed items stand at their places and undo nothing', async () => {
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

  test('without failures there is no such header, and an empty list is a success', async () => {
    const answer = await server.call(db, 'POST', '_api/document/things', [{}, {}]);
    expect(answer.headers.get('x-arango-error-codes')).toBeNull();
    expect(await things.saveAll([])).toEqual([]);
  });

  test('an item cannot take a unique value that an earlier item took', async () => {
    const unique = await db.createCollection(`unique${Date.now()}`);
    await unique.ensureIndex({ type: 'persistent', fields: ['n'], unique: true });
    const results = await unique.saveAll([{ n: 1 }, { n: 1 }, { n: 2 }]);
    expect(results.map((item) => (item as { errorNum?: number }).errorNum)).toEqual([undefined, 1210, undefined]);
  });

  test('reads by keys, ids and objects', async () => {
    await things.saveAll([{ _key: 'a' }, { _key: 'b' }]);
    expect(await things.documents(['b', 'things/a', 'none'])).toEqual([
      expect.objectContaining({ _key: 'b' }),
      expect.objectContaining({ _key: 'a' }),
      expect.objectContaining({ error: true, errorNum: 1202 }),
    ]);
  });

  test('updates, replaces and removes', async () => {
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
    expect(replaced).toEqual([expect.objectContaining({ errorNum: 1200 }), expect.objectContaining({ _key: 'b' })]);
    const removed = await things.removeAll(['a', { _key: 'b' }, 'none'], { returnOld: true });
    expect(removed).toEqual([
      expect.objectContaining({ _key: 'a', old: expect.objectContaining({ n: 2 }) }),
      expect.objectContaining({ _key: 'b' }),
      expect.objectContaining({ error: true, errorNum: 1202 }),
    ]);
    expect((await things.count()).count).toBe(0);
  });

  test('silent shows failures only', async () => {
    await things.save({ _key: 'a' });
    const quiet = await server.call(db, 'POST', '_api/document/things', [{ _key: 'b' }], { silent: 'true' });
    expect(quiet.body).toEqual({});
    const loud = await server.call(db, 'POST', '_api/document/things', [{ _key: 'a' }, { _key: 'c' }], {
      silent: 'true',
    });
    expect(loud.body).toEqual([expect.objectContaining({ error: true, errorNum: 1210 })]);
  });
});

describe('edges', () => {
  test('need both ends in their form, but no vertices', async () => {
    await links.save({ _from: 'nowhere/a', _to: 'things/none' });
    for (const bad of [
      { _from: 'things/a' },
      { _to: 'things/a' },
      { _from: 'a', _to: 'things/b' },
      { _from: 'things/', _to: 'things/b' },
    ]) {
      await expect(links.save(bad as never)).rejects.toEqual(refused(1233, 400));
    }
  });

  test('are found at their vertices in each direction; a loop comes once', async () => {
    await links.saveAll([
      { _key: 'ab', _from: 'things/a', _to: 'things/b' },
      { _key: 'ca', _from: 'things/c', _to: 'things/a' },
      { _key: 'aa', _from: 'things/a', _to: 'things/a' },
    ]);
    const keys = ({ edges }: { edges: { _key: string }[] }): string[] => edges.map(({ _key }) => _key).sort();
    // The driver's own edges() sends direction=undefined, which the server refuses.
    const touching = async (vertex: string): Promise<{ edges: { _key: string }[] }> =>
      (await server.call(db, 'GET', '_api/edges/links', undefined, { vertex })).body;
    expect(keys(await touching('things/a'))).toEqual(['aa', 'ab', 'ca']);
    expect(keys(await links.outEdges('things/a', {}))).toEqual(['aa', 'ab']);
    expect(keys(await links.inEdges('things/a', {}))).toEqual(['aa', 'ca']);
    await links.update('ab', { _to: 'things/z' });
    expect(keys(await links.inEdges('things/b', {}))).toEqual([]);
    expect(keys(await links.inEdges('things/z', {}))).toEqual(['ab']);
    await links.remove('aa');
    expect(keys(await touching('things/a'))).toEqual(['ab', 'ca']);
    await expect(links.replace('ab', { n: 1 })).rejects.toEqual(refused(1233, 400));
  });
});

describe('schema levels', () => {
  const rule = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'], additionalProperties: false };
  const bad = { n: 'text' } as object;
  let made = 0;

  async function withSchema(level: 'none' | 'new' | 'moderate' | 'strict'): Promise<DocumentCollection> {
    const collection = await db.createCollection(`schema${++made}`);
    await collection.saveAll([
      { _key: 'bad', n: 'text' },
      { _key: 'good', n: 1 },
    ]);
    await collection.properties({ schema: { rule, level, message: 'n must be a number' } });
    return collection;
  }

  test('none checks nothing', async () => {
    const collection = await withSchema('none');
    await collection.save(bad);
    await collection.update('good', bad);
  });

  test('new checks inserts only', async () => {
    const collection = await withSchema('new');
    await expect(collection.save(bad)).rejects.toMatchObject({
      errorNum: 1620,
      code: 400,
      message: 'n must be a number',
    });
    await collection.update('good', bad);
    await collection.replace('bad', bad);
  });

  test('moderate lets invalid documents stay invalid', async () => {
    const collection = await withSchema('moderate');
    await expect(collection.save(bad)).rejects.toEqual(refused(1620));
    await collection.update('bad', { n: 'other' });
    await expect(collection.update('good', bad)).rejects.toEqual(refused(1620));
    await collection.update('good', { n: 2 });
  });

  test('strict checks everything, merged', async () => {
    const collection = await withSchema('strict');
    await expect(collection.save(bad)).rejects.toEqual(refused(1620));
    await expect(collection.save({ n: 1, more: 1 })).rejects.toEqual(refused(1620));
    await expect(collection.update('bad', { m: 1 })).rejects.toEqual(refused(1620));
    await expect(collection.replace('good', {})).rejects.toEqual(refused(1620));
    await collection.update('bad', { n: 5 });
    expect(await collection.document('bad')).toMatchObject({ n: 5 });
    const [, failed] = await collection.saveAll([{ n: 1 }, bad]);
    expect(failed).toMatchObject({ error: true, errorNum: 1620 });
  });

  test('system attributes are invisible, of edges too', async () => {
    const edges = await db.createEdgeCollection('schemaEdges', { schema: { rule, level: 'strict', message: '' } });
    await edges.save({ _key: 'k', _from: 'a/b', _to: 'c/d', n: 1 });
    await expect(edges.save({ _from: 'a/b', _to: 'c/d', n: 1, extra: 1 })).rejects.toEqual(refused(1620));
  });

  test('of draft 4: exclusiveMinimum is a boolean', async () => {
    const collection = await db.createCollection('draft4', {
      schema: {
        rule: { properties: { n: { type: 'number', minimum: 0, exclusiveMinimum: true } } },
        level: 'strict',
        message: '',
      },
    });
    await expect(collection.save({ n: 0 })).rejects.toEqual(refused(1620));
    await collection.save({ n: 0.1 });
  });
});

describe('a version attribute', () => {
  const read = () => things.document('v');
  beforeEach(() => things.save({ _key: 'v', version: 5, n: 0 }));

  test('lets only greater versions through; all others answer as a success', async () => {
    const { _rev } = await read();
    const patch = (body: object) =>
      server.call(db, 'PATCH', '_api/document/things/v', body, { versionAttribute: 'version' });
    expect((await patch({ version: 5, n: 1 })).body).toMatchObject({ _rev, _oldRev: _rev });
    expect(await read()).toMatchObject({ version: 5, n: 0 });
    await patch({ version: 6, n: 2 });
    expect(await read()).toMatchObject({ version: 6, n: 2 });
    await patch({ n: 3 });
    expect(await read()).toMatchObject({ version: 6, n: 3 });
  });

  test('holds for replacements, overwriting inserts and queries', async () => {
    const search = { versionAttribute: 'version', overwriteMode: 'replace' };
    await server.call(db, 'POST', '_api/document/things', { _key: 'v', version: 4 }, search);
    await server.call(db, 'PUT', '_api/document/things/v', { version: 5 }, { versionAttribute: 'version' });
    await db.query('UPDATE "v" WITH { version: 1, n: 1 } IN things OPTIONS { versionAttribute: "version" }');
    expect(await read()).toMatchObject({ version: 5, n: 0 });
  });
});
