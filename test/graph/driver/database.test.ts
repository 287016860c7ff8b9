import { indexes, ownCollections } from '../../../src/graph/driver/collections';
import { ensureCollections, openDatabase } from '../../../src/graph/driver/database';
import { useDatabase } from '../../support/database';

const arango = useDatabase();

async function describeCollections(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const { name } of await arango.db.listCollections(true)) {
    const { schema } = await arango.db.collection(name).properties();
    const ids = (await arango.db.collection(name).indexes()).map((index) => index.id).sort();
    found[name] = { schema, ids };
  }
  return found;
}

test('a second start creates nothing, and leaves the schemas and indexes of PipesHub unchanged', async () => {
  const before = await describeCollections();
  await ensureCollections(arango.db);
  expect(await describeCollections()).toEqual(before);
  const { schema } = await arango.db.collection('records').properties();
  expect(schema).toMatchObject({ level: 'strict' });
});

test('two workers that start at once on an empty database create every index once', async () => {
  const system = openDatabase({ url: arango.url, database: '_system', username: 'root', password: '' });
  await system.createDatabase('bare');
  const settings = { url: arango.url, database: 'bare', username: 'root', password: '' };
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

test('requests do not go through fetch, which copies each body several times', async () => {
  const fetched = jest.spyOn(globalThis, 'fetch');
  const db = openDatabase({ url: arango.url, database: arango.db.name, username: 'root', password: '' });
  expect(await (await db.query('RETURN 1')).all()).toEqual([1]);
  db.close();
  expect(fetched).not.toHaveBeenCalled();
  fetched.mockRestore();
});
