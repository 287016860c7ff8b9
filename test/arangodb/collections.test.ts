import type { Database } from 'arangojs';
import { refused, useServer } from './fixture';

let db: Database;
const server = useServer(async () => {
  db = await server.freshDatabase();
});

test('a collection is created with the default properties', async () => {
  const things = await db.createCollection('defaults');
  expect(await things.get()).toMatchObject({ name: 'defaults', type: 2, status: 3, isSystem: false });
  expect(await things.properties()).toMatchObject({
    waitForSync: false,
    schema: null,
    keyOptions: { type: 'traditional', allowUserKeys: true },
  });
  expect((await (await db.createEdgeCollection('links')).get()).type).toBe(3);
});

test('collections are listed with and without system collections', async () => {
  await db.createCollection('listed');
  const namesOf = (list: { name: string }[]): string[] => list.map(({ name }) => name);
  expect(namesOf(await db.listCollections())).toContain('listed');
  expect(namesOf(await db.listCollections(true)).every((name) => !name.startsWith('_'))).toBe(true);
  expect(namesOf(await db.listCollections(false))).toContain('_graphs');
});

test.each([
  ['exists already', { name: 'taken' }, 1207, 409],
  ['has a name with a digit first', { name: '1st' }, 1208, 400],
  ['has a name with a slash', { name: 'a/b' }, 1208, 400],
  ['has a name with a space at its end', { name: 'a ' }, 1208, 400],
  ['has a system name without isSystem', { name: '_mine' }, 1208, 400],
  ['has an invalid schema', { name: 'x1', schema: { rule: { type: 'nonsense' } } }, 1621, 400],
  ['has a schema with an unknown level', { name: 'x2', schema: { rule: {}, level: 'sometimes' } }, 1621, 400],
  ['has an unknown key generator', { name: 'x3', keyOptions: { type: 'magic' } }, 1232, 400],
  ['has an increment without autoincrement', { name: 'x4', keyOptions: { increment: 2 } }, 1232, 400],
])('creating a collection fails if it %s', async (_reason, body, errorNum, code) => {
  if (!(await db.collection('taken').exists())) await db.createCollection('taken');
  await expect(server.call(db, 'POST', '_api/collection', body)).rejects.toEqual(refused(errorNum, code));
});

test('a type can be given as text, and properties of a wrong type are ignored', async () => {
  const create = async (body: object) => (await server.call(db, 'POST', '_api/collection', body)).body;
  expect(await create({ name: 'textual', type: 'edge' })).toMatchObject({ type: 3 });
  const odd = { name: 'odd', type: 'x', keyOptions: 5, waitForSync: 'yes' };
  expect(await create(odd)).toMatchObject({ type: 2, waitForSync: false, keyOptions: { type: 'traditional' } });
  const change = await server.call(db, 'PUT', '_api/collection/odd/properties', []);
  expect(change.body).toMatchObject({ name: 'odd', waitForSync: false });
});

test('loading, unloading and compacting change nothing', async () => {
  const things = await db.createCollection('idle');
  await things.save({});
  for (const [action, answer] of [
    ['load', { name: 'idle', status: 3, count: 1 }],
    ['unload', { name: 'idle', status: 3 }],
    ['compact', { name: 'idle', status: 3 }],
  ] as const)
    expect((await server.call(db, 'PUT', `_api/collection/idle/${action}`)).body).toMatchObject(answer);
});

test('a path with too few or too many parts fails with 400', async () => {
  for (const [method, path] of [
    ['GET', '/idle/count/x'],
    ['PUT', '/idle'],
    ['PUT', '/idle/rename/x'],
    ['DELETE', ''],
    ['DELETE', '/idle/x'],
  ] as const)
    await expect(server.call(db, method, `_api/collection${path}`)).rejects.toEqual(refused(400, 400));
  await expect(server.call(db, 'PATCH', '_api/collection/idle')).rejects.toEqual(refused(405, 405));
});

test('a collection keeps its name when it is renamed to it, and needs one', async () => {
  const things = await db.createCollection('same');
  expect(await things.rename('same')).toMatchObject({ name: 'same' });
  await expect(things.rename('')).rejects.toEqual(refused(10, 400));
});

test('a schema can be set and removed later', async () => {
  const things = await db.createCollection('changing');
  await things.save({ n: 'text' });
  await things.properties({
    schema: { rule: { properties: { n: { type: 'number' } } }, level: 'strict', message: 'n!' },
  });
  await expect(things.save({ n: 'text' })).rejects.toMatchObject({ errorNum: 1620, message: 'n!' });
  await things.properties({ schema: {} as never });
  expect((await things.properties()).schema).toBeNull();
  await things.save({ n: 'text' });
});

test('a collection can be counted, truncated, renamed and dropped', async () => {
  const things = await db.createCollection('before');
  await things.saveAll([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect((await things.count()).count).toBe(3);
  await things.truncate();
  expect((await things.count()).count).toBe(0);
  await things.save({ _key: 'a' });
  await things.rename('after');
  expect(await db.collection('before').exists()).toBe(false);
  expect(await db.collection('after').document('a')).toMatchObject({ _id: 'after/a' });
  await db.createCollection('other');
  await expect(db.collection('after').rename('other')).rejects.toEqual(refused(1207, 409));
  await db.collection('after').drop();
  await expect(db.collection('after').get()).rejects.toEqual(refused(1203, 404));
  await expect(db.collection('after').drop()).rejects.toEqual(refused(1203, 404));
});

test('a collection that is created again after a drop is empty and has no indexes', async () => {
  const things = await db.createCollection('again');
  await things.ensureIndex({ type: 'persistent', fields: ['n'], unique: true });
  await things.save({ _key: 'a', n: 1 });
  await things.drop();
  await db.createCollection('again');
  expect(await things.indexes()).toHaveLength(1);
  await things.saveAll([{ n: 1 }, { n: 1 }]);
  expect((await things.count()).count).toBe(2);
});

test('dropping a system collection requires isSystem', async () => {
  await expect(db.collection('_graphs').drop()).rejects.toMatchObject({ code: 403 });
});

test('equal contents have the same checksum; revision and figures are answered', async () => {
  const things = await db.createCollection('figured');
  const empty = (await things.checksum({ withData: true })).checksum;
  await things.save({ _key: 'a', n: 1 });
  const one = await things.checksum({ withData: true });
  expect(one.checksum).not.toBe(empty);
  await things.remove('a');
  await things.save({ _key: 'a', n: 1 });
  expect((await things.checksum({ withData: true })).checksum).toBe(one.checksum);
  expect((await things.revision()).revision).toEqual(expect.any(String));
  expect((await things.figures()).figures).toBeDefined();
  expect(await things.recalculateCount()).toBe(true);
});

describe('keys', () => {
  test('of traditional collections are increasing numbers', async () => {
    const things = await db.createCollection('traditional');
    const keys = (await things.saveAll([{}, {}, {}])).map((meta) => Number((meta as { _key: string })._key));
    expect(keys[0]).toBeGreaterThan(0);
    expect([...keys].sort((a, b) => a - b)).toEqual(keys);
    expect(new Set(keys).size).toBe(3);
  });

  test('that are generated never collide with keys that clients chose', async () => {
    const things = await db.createCollection('ahead');
    const first = Number((await things.save({}))._key);
    await things.saveAll(Array.from({ length: 20 }, (_, i) => ({ _key: String(first + i + 1) })));
    const second = await things.save({});
    expect(Number(second._key)).toBeGreaterThan(first + 20);
  });

  test('cannot be chosen by clients if allowUserKeys is false', async () => {
    const things = await db.createCollection('closed', { keyOptions: { allowUserKeys: false } });
    expect((await things.save({}))._key).toMatch(/^\d+$/);
    await expect(things.save({ _key: 'mine' })).rejects.toEqual(refused(1222, 400));
  });
});
