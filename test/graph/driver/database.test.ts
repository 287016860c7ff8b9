import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  indexes,
  ownCollections,
  pipesHubDocuments,
  pipesHubEdges,
  type IndexDefinition,
} from '../../../src/graph/driver/collections';
import { ensureCollections, openDatabase } from '../../../src/graph/driver/database';
import { graphFailure } from '../../../src/graph/driver/errors';
import { inTransaction, standalone } from '../../../src/graph/driver/graph';
import { defineQuery } from '../../../src/graph/driver/query';
import { commitSegment } from '../../../src/graph/entries/commit';
import { noFileMembers } from '../../../src/graph/entries/fileMembers';
import { useDatabase } from '../../support/database';
import { file } from '../../support/entries';
import { FaultProxy } from '../../support/faultProxy';
import { closedAfterEach } from '../../support/hooks';
import { SilentProxy } from '../../support/silentProxy';
import { commitContext } from '../entries/fixture';

const arango = useDatabase();
const resources = closedAfterEach();

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

test('an index that takes longer to build than a request may take is waited for', async () => {
  let builds = 0;
  let isBuilt = false;
  const server = createServer((request, response) => {
    const answer = (body: object): void => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ error: false, code: 200, ...body }));
    };
    request.resume();
    if (request.method === 'GET' && request.url?.includes('/_api/collection'))
      return answer({ result: [...pipesHubDocuments, ...pipesHubEdges, ...ownCollections].map((name) => ({ name })) });
    const [{ collection, fields }] = indexes as [IndexDefinition];
    const isFirst = request.url?.endsWith(`collection=${collection}`) === true;
    if (request.method === 'GET')
      return answer({ indexes: isFirst && isBuilt ? [{ type: 'persistent', fields }] : [] });
    if (!isFirst || isBuilt) return answer({ type: 'persistent', fields: [] });
    builds += 1;
    // No answer, until more requests have timed out than one call repeats.
    isBuilt = builds > 8;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const settings = { url: `http://127.0.0.1:${port}`, database: 'es', username: 'root', password: '' };
  const db = openDatabase({ ...settings, timeoutMs: 100 });
  await ensureCollections(db);
  expect(builds).toBe(9);
  db.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('requests do not go through fetch, which copies each body several times', async () => {
  const fetched = jest.spyOn(globalThis, 'fetch');
  const db = openDatabase({ url: arango.url, database: arango.db.name, username: 'root', password: '' });
  expect(await (await db.query('RETURN 1')).all()).toEqual([1]);
  db.close();
  expect(fetched).not.toHaveBeenCalled();
  fetched.mockRestore();
});

describe('a server that keeps its connections and stops answering', () => {
  it('holds no request of any kind', async () => {
    const proxy = resources.add(await SilentProxy.start(new URL(arango.url).host));
    const settings = { url: `http://${proxy.address}`, database: arango.db.name, username: 'root', password: '' };
    const db = resources.add(openDatabase({ ...settings, timeoutMs: 200 }));
    const apps = db.collection('apps');
    const cursor = await db.query('FOR number IN 1..9 RETURN number', {}, { batchSize: 1 });
    // The first batch has come with the cursor.
    await cursor.batches.next();
    const transaction = await db.beginTransaction({ write: ['apps'] });
    proxy.beSilent();
    const requests: [string, () => Promise<unknown>][] = [
      ['query', () => db.query('RETURN 1')],
      ['next batch', () => cursor.batches.next()],
      ['begin', () => db.beginTransaction({ write: ['apps'] })],
      ['step', () => transaction.step(() => db.query('RETURN 1'))],
      ['insert', () => apps.saveAll([{ _key: 'a' }])],
      ['update', () => apps.updateAll([{ _key: 'a' }])],
      ['remove', () => apps.removeAll(['a'])],
      ['commit', () => transaction.commit()],
      ['collections', () => db.listCollections()],
      ['version', () => db.version()],
    ];
    const ends = requests.map(async ([kind, request]) => {
      const error: unknown = await request().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      return `${kind}: ${graphFailure(error).type}`;
    });
    expect(await Promise.all(ends)).toEqual(requests.map(([kind]) => `${kind}: GraphUnavailable`));
  });
});

describe('an answer that takes longer than other requests may', () => {
  const numbers = (name: string, isLong: boolean) =>
    defineQuery<Record<string, never>, number>(name, 'FOR number IN 1..3 RETURN number', {}, { isLong });
  const long = numbers('test.long', true);
  const short = numbers('test.short', false);

  it('is waited for if the query reads all files', async () => {
    const proxy = resources.add(await SilentProxy.start(new URL(arango.url).host));
    const settings = { url: `http://${proxy.address}`, database: arango.db.name, username: 'root', password: '' };
    const graph = standalone(resources.add(openDatabase({ ...settings, timeoutMs: 200, repeatsTimeouts: false })));
    const first = async (query: typeof long) => (await graph.stream(query, {}).next()).value as unknown;
    expect(await first(short)).toEqual([1, 2, 3]);
    proxy.beSilent();
    const answer = first(long);
    await expect(first(short)).rejects.toThrow('Timed out');
    proxy.speak();
    expect(await answer).toEqual([1, 2, 3]);
  });
});

test('a transaction, and a batch in one query, ask the server to answer when it is on disk', async () => {
  const begun: unknown[] = [];
  const queries: string[] = [];
  const proxy = resources.add(
    await FaultProxy.start(arango.url, ({ path, body }) => {
      if (path.endsWith('/_api/transaction/begin')) begun.push(JSON.parse(body));
      if (path.endsWith('/_api/cursor')) queries.push(body);
      return undefined;
    }),
  );
  const db = openDatabase({ url: proxy.url, database: arango.db.name, username: 'root', password: '' });
  resources.defer(() => db.close());
  await inTransaction(standalone(db), ['apps'], () => Promise.resolve());
  expect(begun).toEqual([expect.objectContaining({ waitForSync: true })]);
  queries.length = 0;
  await commitSegment(commitContext(standalone(db), '1'), { kind: 'live', entries: [file('/a')] }, noFileMembers);
  const writing = queries.filter((query) => query.includes('INTO dropboxEntries'));
  expect(writing).toEqual([expect.stringContaining('waitForSync: true')]);
});

describe('a transaction that has to wait for locks', () => {
  it('is given up by the server before the request times out, and begun again', async () => {
    const holder = await arango.db.beginTransaction({ exclusive: ['apps'] });
    const really = arango.db.beginTransaction.bind(arango.db);
    const begin = jest.spyOn(arango.db, 'beginTransaction');
    // The server gives up the first one at once. The lock is free when the second one comes.
    begin.mockImplementationOnce((collections, options) => really(collections, { ...options, lockTimeout: 0.1 }));
    begin.mockImplementationOnce(async (collections, options) => {
      await holder.abort();
      return really(collections, options);
    });
    expect(await inTransaction(arango.graph, ['apps'], () => Promise.resolve('done'))).toBe('done');
    expect(begin.mock.calls.map(([, options]) => Number(options?.lockTimeout) < 60)).toEqual([true, true]);
    begin.mockRestore();
  });
});
