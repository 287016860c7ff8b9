import type { Database } from 'arangojs';
import { ensureCollections, openDatabase } from '../../../src/graph/driver/database';
import { indexes, ownCollections } from '../../../src/graph/driver/collections';
import { freshDatabase, startServer, type Server } from '../fixture';

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

async function describeCollections(db: Database): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const { name } of await db.listCollections(true)) {
    const { schema } = await db.collection(name).properties();
    const ids = (await db.collection(name).indexes()).map((index) => index.id).sort();
    found[name] = { schema, ids };
  }
  return found;
}

test('schemas and indexes of PipesHub stay as they are, and a second start creates nothing', async () => {
  const db = await freshDatabase(server);
  const before = await describeCollections(db);
  await ensureCollections(db);
  expect(await describeCollections(db)).toEqual(before);
  const { schema } = await db.collection('records').properties();
  expect(schema).toMatchObject({ level: 'strict' });
});

test('every index that the queries need is there, also when two workers start at once on an empty database', async () => {
  const system = openDatabase({ url: server.url, database: '_system', username: 'root', password: '' });
  await system.createDatabase('bare');
  const settings = { url: server.url, database: 'bare', username: 'root', password: '' };
  const db = openDatabase(settings);
  await Promise.all([ensureCollections(db), ensureCollections(openDatabase(settings))]);
  for (const { collection, fields } of indexes) {
    const present = await db.collection(collection).indexes();
    expect(present.filter((index) => JSON.stringify(index.fields) === JSON.stringify(fields))).toHaveLength(1);
  }
  const { type } = await db.collection('permission').get();
  expect(type).toBe(3);
  for (const name of ownCollections) expect((await db.collection(name).count()).count).toBe(0);
});
