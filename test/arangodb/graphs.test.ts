import type { Database } from 'arangojs';
import { refused, useServer } from './fixture';

let db: Database;
const server = useServer(async () => {
  db = await server.freshDatabase();
});

test('a graph creates its collections, is listed and can be traversed', async () => {
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
  const traversal = await db.query('FOR v IN OUTBOUND "persons/ann" GRAPH "people" RETURN v._key');
  expect(await traversal.all()).toEqual(['bob']);
});

test('edge definitions and orphan collections can be added, replaced and removed', async () => {
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

test('a graph without edge collections has empty lists, and a traversal refuses it', async () => {
  const graph = await db.createGraph('empty', []);
  expect(await graph.listEdgeCollections()).toEqual([]);
  await graph.addVertexCollection('lonely');
  expect(await graph.listVertexCollections()).toEqual(['lonely']);
  await expect(db.query('FOR v IN OUTBOUND "lonely/1" GRAPH "empty" RETURN v')).rejects.toMatchObject({
    errorNum: 1940,
  });
});

test('dropping a graph keeps its collections unless dropCollections is set', async () => {
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

test('a collection of a graph cannot be dropped alone, and the graph follows its new name', async () => {
  const graph = await db.createGraph('owner', [{ collection: 'owned', from: ['owners'], to: ['things'] }]);
  await graph.addVertexCollection('spare');
  for (const name of ['owned', 'owners', 'spare'])
    await expect(db.collection(name).drop()).rejects.toMatchObject({ errorNum: 1942 });
  await db.collection('owners').rename('holders');
  await db.collection('spare').rename('rest');
  expect(await graph.get()).toMatchObject({
    edgeDefinitions: [{ collection: 'owned', from: ['holders'], to: ['things'] }],
    orphanCollections: ['rest'],
  });
  await graph.drop();
  await db.collection('owned').drop();
});

test('a collection that leaves a graph is dropped on request, unless another graph uses it', async () => {
  await db.createGraph('stays', [], { orphanCollections: ['common'] });
  const leaving = await db.createGraph('leaving', [], { orphanCollections: ['common', 'own'] });
  await leaving.removeVertexCollection('common', true);
  await leaving.removeVertexCollection('own', true);
  expect(await db.collection('common').exists()).toBe(true);
  expect(await db.collection('own').exists()).toBe(false);
});

test('creating an existing graph fails with 1925, using an unknown one with 1924', async () => {
  await db.createGraph('twice', []);
  await expect(db.createGraph('twice', [])).rejects.toEqual(refused(1925, 409));
  await expect(db.graph('never').get()).rejects.toEqual(refused(1924, 404));
  await expect(db.graph('never').drop()).rejects.toEqual(refused(1924, 404));
});

describe('edge definitions', () => {
  test('an edge collection has the same definition in every graph', async () => {
    await db.createGraph('first', [{ collection: 'shared', from: ['left'], to: ['right'] }]);
    await expect(db.createGraph('second', [{ collection: 'shared', from: ['right'], to: ['right'] }])).rejects.toEqual(
      refused(1921, 400),
    );
    const second = await db.createGraph('second', [{ collection: 'shared', from: ['left'], to: ['right'] }]);
    await second.replaceEdgeDefinition({ collection: 'shared', from: ['left'], to: ['middle'] });
    expect((await db.graph('first').get()).edgeDefinitions).toEqual([
      { collection: 'shared', from: ['left'], to: ['middle'] },
    ]);
  });

  test('vertex collections that no definition uses any more become orphans', async () => {
    const graph = await db.createGraph('shrinking', [{ collection: 'links', from: ['a'], to: ['b'] }]);
    await graph.removeEdgeDefinition('links');
    expect((await graph.get()).orphanCollections).toEqual(['a', 'b']);
  });

  test('invalid definitions fail with specific error numbers', async () => {
    const create = (body: object) => server.call(db, 'POST', '_api/gharial', body);
    await expect(create({})).rejects.toEqual(refused(1922, 400));
    await expect(create({ name: 'g', edgeDefinitions: 5 })).rejects.toEqual(refused(1923, 400));
    await expect(create({ name: 'g', edgeDefinitions: [5] })).rejects.toEqual(refused(1923, 400));
    await db.createCollection('noEdges');
    const definition = { collection: 'noEdges', from: ['a'], to: ['b'] };
    await expect(create({ name: 'g', edgeDefinitions: [definition] })).rejects.toEqual(refused(1944));
    const graph = db.graph('shrinking');
    await expect(graph.addVertexCollection('a')).rejects.toEqual(refused(1938, 400));
    await expect(graph.removeVertexCollection('never')).rejects.toEqual(refused(1928, 400));
    await expect(graph.addVertexCollection('links')).rejects.toEqual(refused(1927, 400));
  });
});

describe('vertices and edges of a graph', () => {
  let graph: ReturnType<Database['graph']>;
  beforeAll(async () => {
    await db.createCollection('stranger');
    graph = await db.createGraph('family', [{ collection: 'parents', from: ['people'], to: ['people'] }]);
    await graph.addVertexCollection('pets');
  });

  test('a vertex can be created, read, changed and removed', async () => {
    const people = graph.vertexCollection('people');
    const created = await people.save({ _key: 'ann', age: 1 }, { returnNew: true });
    expect(created).toMatchObject({ _id: 'people/ann', _key: 'ann', new: { age: 1 } });
    expect(await people.vertex('ann')).toMatchObject({ _key: 'ann', age: 1 });
    const changed = await people.update('ann', { age: 2, nick: null }, { returnOld: true, returnNew: true });
    expect(changed).toMatchObject({
      _oldRev: created._rev,
      old: { age: 1 },
      new: { age: 2, nick: null },
    });
    await expect(people.replace('ann', {}, { rev: created._rev })).rejects.toEqual(refused(1200, 412));
    await people.replace('ann', { name: 'Ann' });
    expect(await people.vertex('ann')).not.toHaveProperty('age');
    expect(await people.remove('ann', { returnOld: true })).toMatchObject({ old: { name: 'Ann' } });
    await expect(people.vertex('ann')).rejects.toEqual(refused(1202, 404));
    await expect(people.remove('ann')).rejects.toEqual(refused(1202, 404));
  });

  test('answers have the right status and attributes', async () => {
    const path = '_api/gharial/family/vertex/people';
    const created = await server.call(db, 'POST', path, { _key: 'bea' });
    expect(created).toMatchObject({ status: 202, body: { error: false, code: 202, vertex: { _key: 'bea' } } });
    expect((await server.call(db, 'POST', path, {}, { waitForSync: 'true' })).status).toBe(201);
    expect((await server.call(db, 'GET', `${path}/bea`)).body).toMatchObject({ code: 200, vertex: { _key: 'bea' } });
    expect((await server.call(db, 'PATCH', `${path}/bea`, {}, { waitForSync: 'true' })).status).toBe(200);
    expect((await server.call(db, 'DELETE', `${path}/bea`)).body).toEqual({ error: false, code: 202, removed: true });
    await expect(server.call(db, 'POST', path, [])).rejects.toEqual(refused(1227, 400));
    await expect(server.call(db, 'POST', '_api/gharial/never/vertex/people', {})).rejects.toEqual(refused(1924, 404));
  });

  test('vertices and edges can only be created in collections of the graph', async () => {
    await expect(graph.vertexCollection('stranger').save({})).rejects.toEqual(refused(1947, 400));
    const edge = { _from: 'people/x', _to: 'people/x' };
    await expect(server.call(db, 'POST', '_api/gharial/family/edge/people', edge)).rejects.toEqual(refused(1930, 404));
    await graph.vertexCollection('pets').save({ _key: 'rex' });
  });

  test('an edge needs existing vertices of the graph', async () => {
    const edges = graph.edgeCollection('parents');
    await graph.vertexCollection('people').save({ _key: 'p1' });
    await graph.vertexCollection('people').save({ _key: 'p2' });
    await expect(edges.save({ _from: 'people/p1', _to: 'people/none' })).rejects.toEqual(refused(1202, 404));
    await expect(edges.save({ _from: 'stranger/p1', _to: 'people/p2' })).rejects.toEqual(refused(1947, 400));
    await expect(server.call(db, 'POST', '_api/gharial/family/edge/parents', {})).rejects.toEqual(refused(1233, 400));
    const edge = await edges.save({ _key: 'e', _from: 'people/p1', _to: 'people/p2' });
    expect(edge._id).toBe('parents/e');
    await edges.update('e', { since: 1 });
    await expect(edges.update('e', { _to: 'people/none' })).rejects.toEqual(refused(1202, 404));
    await expect(edges.update('e', { _from: 'stranger/p1' })).rejects.toEqual(refused(1947, 400));
    await expect(edges.replace('e', { since: 2 })).rejects.toEqual(refused(1233, 400));
    expect(await edges.edge('e')).toMatchObject({ since: 1, _to: 'people/p2' });
  });

  test('removing a vertex removes its edges in every graph that uses its collection', async () => {
    await db.createGraph('likes', [{ collection: 'liking', from: ['people'], to: ['pets'] }]);
    await db.collection('liking').save({ _key: 'l', _from: 'people/p1', _to: 'pets/rex' });
    await graph.vertexCollection('people').remove('p1');
    expect(await db.collection('parents').documentExists('e')).toBe(false);
    expect(await db.collection('liking').documentExists('l')).toBe(false);
  });

  test('writes can be part of a transaction, which must have declared the collections', async () => {
    const transaction = await db.beginTransaction({ write: ['people'] });
    await transaction.step(() => graph.vertexCollection('people').save({ _key: 'inside' }));
    await expect(transaction.step(() => graph.vertexCollection('people').remove('inside'))).rejects.toEqual(
      refused(1652, 400),
    );
    await transaction.abort();
    expect(await db.collection('people').documentExists('inside')).toBe(false);
  });
});
