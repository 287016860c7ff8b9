import type { Database } from 'arangojs';
import { openServer, refused, type Server } from './fixture';

let server: Server;
let db: Database;
beforeAll(async () => {
  server = await openServer();
  db = await server.freshDatabase();
});
afterAll(() => server.close());

test('a graph makes its collections, is listed and can be walked', async () => {
  const graph = await db.createGraph('people', [{ collection: 'knows', from: ['persons'], to: ['persons'] }]);
  expect(await graph.exists()).toBe(true);
  expect(await graph.get()).toMatchObject({
    name: 'people',
    edgeDefinitions: [{ collection: 'knows', from: ['persons'], to: ['persons'] }],
    orphanCollections: [],
  });
  expect((await db.listGraphs()).map(({ name }) => name)).toContain('people');
  expect((await db.collection('knows').get()).type).toBe(3);
  await db.collection('persons').saveAll([{ _key: 'ann' }, { _key: 'bob' }]);
  await db.collection('knows').save({ _from: 'persons/ann', _to: 'persons/bob' });
  const walk = await db.query('FOR v IN OUTBOUND "persons/ann" GRAPH "people" RETURN v._key');
  expect(await walk.all()).toEqual(['bob']);
});

test('definitions and orphans are added, replaced and removed', async () => {
  const graph = await db.createGraph('growing', [{ collection: 'e1', from: ['v1'], to: ['v1'] }]);
  await graph.addVertexCollection('orphan');
  expect(await graph.listVertexCollections()).toEqual(['orphan', 'v1']);
  await graph.addEdgeDefinition({ collection: 'e2', from: ['v1'], to: ['v2'] });
  expect(await graph.listEdgeCollections()).toEqual(['e1', 'e2']);
  await graph.replaceEdgeDefinition({ collection: 'e2', from: ['v2'], to: ['v2'] });
  expect((await graph.get()).edgeDefinitions).toContainEqual({ collection: 'e2', from: ['v2'], to: ['v2'] });
  await graph.removeEdgeDefinition('e2');
  await graph.removeVertexCollection('orphan');
  expect(await graph.listEdgeCollections()).toEqual(['e1']);
});

test('dropping keeps the collections unless told otherwise', async () => {
  const kept = await db.createGraph('kept', [{ collection: 'keptEdges', from: ['keptThings'], to: ['keptThings'] }]);
  await kept.drop();
  expect(await db.collection('keptEdges').exists()).toBe(true);
  const dropped = await db.createGraph('dropped', [
    { collection: 'goneEdges', from: ['goneThings'], to: ['keptThings'] },
  ]);
  await db.createGraph('other', [{ collection: 'keptEdges', from: ['keptThings'], to: ['keptThings'] }]);
  await dropped.drop(true);
  expect(await db.collection('goneEdges').exists()).toBe(false);
  expect(await db.collection('goneThings').exists()).toBe(false);
  expect(await db.collection('keptThings').exists()).toBe(true);
});

test('refuses a graph that exists, and an unknown one', async () => {
  await db.createGraph('twice', []);
  await expect(db.createGraph('twice', [])).rejects.toEqual(refused(1925, 409));
  await expect(db.graph('never').get()).rejects.toEqual(refused(1924, 404));
  await expect(db.graph('never').drop()).rejects.toEqual(refused(1924, 404));
});
