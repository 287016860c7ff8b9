import { refused, useServer } from './fixture';

const server = useServer();

test('a database is usable and listed after its creation, and unknown after it is dropped', async () => {
  const db = await server.freshDatabase();
  expect(await db.exists()).toBe(true);
  expect(await server.system.listDatabases()).toContain(db.name);
  expect(await server.system.listUserDatabases()).toContain(db.name);
  expect(await db.get()).toMatchObject({ name: db.name, isSystem: false });
  await server.system.dropDatabase(db.name);
  expect(await db.exists()).toBe(false);
  await expect(db.listCollections()).rejects.toEqual(refused(1228, 404));
});

test('an existing or illegal name, an unknown database and creation outside _system fail with specific error numbers', async () => {
  const db = await server.freshDatabase();
  await expect(server.system.createDatabase(db.name)).rejects.toEqual(refused(1207, 409));
  for (const name of ['', 'no/slash', 'no:colon', '1st', '.hidden', '_mine', ' space', 'x'.repeat(129), 'n\u0303']) {
    await expect(server.system.createDatabase(name)).rejects.toEqual(refused(1208, 400));
  }
  await expect(server.system.dropDatabase('never-was')).rejects.toEqual(refused(1228, 404));
  await expect(db.createDatabase('inside')).rejects.toEqual(refused(1230, 403));
});

test('collections with the same name in two databases are independent', async () => {
  const [one, other] = [await server.freshDatabase(), await server.freshDatabase()];
  await (await one.createCollection('things')).save({ _key: 'a' });
  const things = await other.createCollection('things');
  expect((await things.count()).count).toBe(0);
  expect(await things.documentExists('a')).toBe(false);
});

test('the server reports its version, engine, time and availability', async () => {
  expect(await server.system.version()).toMatchObject({ server: 'arango', version: expect.stringMatching(/^3\.\d+/) });
  expect((await server.system.version(true)).details).toBeDefined();
  expect(await server.system.engine()).toMatchObject({ name: 'rocksdb' });
  expect(await server.system.availability()).toBe('default');
  expect(Math.abs((await server.system.time()) - Date.now())).toBeLessThan(60_000);
});

test('an unknown path is answered with 404, a wrong method with 405, an invalid body with 400', async () => {
  const db = await server.freshDatabase();
  await expect(server.call(db, 'GET', '_api/nonsense')).rejects.toMatchObject({ code: 404 });
  await expect(server.call(db, 'PUT', '_api/engine', {})).rejects.toMatchObject({ code: 405 });
  await expect(server.call(db, 'POST', '_api/cursor', '{"query":')).rejects.toMatchObject({ code: 400 });
});
