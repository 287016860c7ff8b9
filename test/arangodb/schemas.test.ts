import type { Database } from 'arangojs';
import type { DocumentCollection } from 'arangojs/collections';
import { freshName, refused, useServer } from './fixture';

let db: Database;
const server = useServer(async () => {
  db = await server.freshDatabase();
});

describe('a schema', () => {
  const rule = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'], additionalProperties: false };
  const bad = { n: 'text' } as object;

  async function withSchema(level: 'none' | 'new' | 'moderate' | 'strict'): Promise<DocumentCollection> {
    const collection = await db.createCollection(freshName());
    await collection.saveAll([
      { _key: 'bad', n: 'text' },
      { _key: 'good', n: 1 },
    ]);
    await collection.properties({ schema: { rule, level, message: 'n must be a number' } });
    return collection;
  }

  test('of level none validates nothing', async () => {
    const collection = await withSchema('none');
    await collection.save(bad);
    await collection.update('good', bad);
  });

  test('of level new validates only inserts', async () => {
    const collection = await withSchema('new');
    await expect(collection.save(bad)).rejects.toMatchObject({
      errorNum: 1620,
      code: 400,
      message: 'n must be a number',
    });
    await collection.update('good', bad);
    await collection.replace('bad', bad);
  });

  test('of level moderate lets invalid documents stay invalid', async () => {
    const collection = await withSchema('moderate');
    await expect(collection.save(bad)).rejects.toEqual(refused(1620));
    await collection.update('bad', { n: 'other' });
    await expect(collection.update('good', bad)).rejects.toEqual(refused(1620));
    await collection.update('good', { n: 2 });
  });

  test('of level strict validates every resulting document', async () => {
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

  test('does not see system attributes, including those of edges', async () => {
    const edges = await db.createEdgeCollection('schemaEdges', { schema: { rule, level: 'strict', message: '' } });
    await edges.save({ _key: 'k', _from: 'a/b', _to: 'c/d', n: 1 });
    await expect(edges.save({ _from: 'a/b', _to: 'c/d', n: 1, extra: 1 })).rejects.toEqual(refused(1620));
  });

  test('follows draft 4: exclusiveMinimum is a boolean', async () => {
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
