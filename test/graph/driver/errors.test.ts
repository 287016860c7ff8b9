import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { openDatabase } from '../../../src/graph/driver/database';
import { graphFailure, withGraphErrors, ItemRefused } from '../../../src/graph/driver/errors';
import { inTransaction } from '../../../src/graph/driver/graph';
import { withRetries } from '../../../src/graph/driver/retries';
import { all, ORG, startServer, useDatabase } from '../../support/database';
import { FaultProxy } from '../../support/faultProxy';

const arango = useDatabase();

async function failureOf(work: () => Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await withGraphErrors(work).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ApplicationFailure);
  return error as ApplicationFailure;
}

async function closedPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

test('an unreachable ArangoDB is retried, and the message names its address and the variable that sets it', async () => {
  const url = `http://127.0.0.1:${await closedPort()}`;
  const db = openDatabase({ url, database: 'es', username: 'root', password: '' });
  const failure = await failureOf(() => db.version());
  expect(failure).toMatchObject({ type: 'GraphUnavailable', nonRetryable: false });
  expect(failure.message).toContain(url);
  expect(failure.message).toContain('ARANGO_URL');
});

test('a server that is starting up is retried', async () => {
  const starting = createServer((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: true, code: 503, errorNum: 38, errorMessage: 'starting up' }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => starting.once('listening', resolve));
  const url = `http://127.0.0.1:${(starting.address() as AddressInfo).port}`;
  const db = openDatabase({ url, database: 'es', username: 'root', password: '' });
  expect(await failureOf(() => db.version())).toMatchObject({ type: 'GraphUnavailable', nonRetryable: false });
  await new Promise((resolve) => starting.close(resolve));
});

test.each([
  [403, 1004, 'read only'],
  [403, 1429, 'write concern not fulfilled'],
  [421, 1491, 'shard leader resigned'],
  [500, 1104, 'IO error: No space left on device'],
  [500, 1305, 'IO error: Input/output error'],
  [500, 32, 'query would use more memory than allowed'],
])('a server that cannot write now is retried: %i %i %s', async (status, errorNum, errorMessage) => {
  const json = { error: true, code: status, errorNum, errorMessage };
  const proxy = await FaultProxy.start(arango.url, () => ({ status, json }));
  const db = openDatabase({ url: proxy.url, database: '_system', username: 'root', password: '' });
  const failure = await failureOf(() => db.query('RETURN 1'));
  expect(failure).toMatchObject({ type: 'GraphUnavailable', nonRetryable: false });
  expect(failure.message).toContain(errorMessage);
  await proxy.close();
});

test('an incomplete answer is retried', async () => {
  const proxy = await FaultProxy.start(arango.url, () => 'truncated');
  const db = openDatabase({ url: proxy.url, database: '_system', username: 'root', password: '' });
  const failure = await failureOf(() => withRetries(() => db.listDatabases()));
  expect(failure).toMatchObject({ type: 'GraphUnavailable', nonRetryable: false });
  await proxy.close();
});

test('wrong credentials are not retried, and the message names the variable to check', async () => {
  const locked = await startServer('secret');
  const db = openDatabase({ url: locked.url, database: '_system', username: 'root', password: 'wrong' });
  const failure = await failureOf(() => db.version());
  expect(failure).toMatchObject({ type: 'GraphRefused', nonRetryable: true });
  expect(failure.message).toContain('ARANGO_PASSWORD');
  await locked.close();
});

test('a refusal that is not about the user does not send the operator to the password', async () => {
  const json = { error: true, code: 403, errorNum: 1230, errorMessage: 'operation only allowed in system database' };
  const proxy = await FaultProxy.start(arango.url, () => ({ status: 403, json }));
  const db = openDatabase({ url: proxy.url, database: '_system', username: 'root', password: '' });
  const failure = await failureOf(() => db.query('RETURN 1'));
  expect(failure.type).toBe('GraphUnexpected');
  expect(failure.message).toContain('1230');
  await proxy.close();
});

test('a missing database is not retried, and the message names the variable to check', async () => {
  const db = openDatabase({ url: arango.url, database: 'nowhere', username: 'root', password: '' });
  const failure = await failureOf(() => db.listCollections());
  expect(failure).toMatchObject({ type: 'GraphRefused', nonRetryable: true });
  expect(failure.message).toContain('ARANGO_DATABASE');
});

test('the refusal of a document by a schema names its collection and what to do, for single and multiple documents', async () => {
  const wrong = { _key: 'a', orgId: ORG, email: 'a@acme.example', surprise: 1 };
  const single = await failureOf(() => arango.db.collection('users').save(wrong));
  const among = await failureOf(() => arango.graph.insertAll('users', [wrong], 'update'));
  for (const failure of [single, among]) {
    expect(failure).toMatchObject({ type: 'GraphRefused', nonRetryable: true });
    expect(failure.message).toContain('users');
    expect(failure.message).toContain('PipesHub');
  }
  expect(await all(arango.db, 'users')).toEqual([]);
});

test('one refused document of a batch aborts the whole transaction', async () => {
  const good = { _key: 'good', orgId: ORG, email: 'good@acme.example' };
  const bad = { _key: 'bad', orgId: ORG, email: 7 };
  const work = inTransaction(arango.graph, ['users'], (tx) => tx.insertAll('users', [good, bad], 'update'));
  await expect(work).rejects.toBeInstanceOf(ItemRefused);
  expect(await all(arango.db, 'users')).toEqual([]);
});

const counterValue = {
  name: 'test.counterValue',
  text: 'FOR d IN dropboxDetached FILTER d._key == "counter" RETURN d.value',
  example: {},
  writes: [],
  row: 0,
};

test('of two concurrent writers of one document, the one that loses runs again on the new state', async () => {
  await arango.db.collection('dropboxDetached').save({ _key: 'counter', value: 0 });
  const add = () =>
    inTransaction(arango.graph, ['dropboxDetached'], async (tx) => {
      const [value] = await tx.run(counterValue, {});
      const counter = { _key: 'counter', value: (value ?? 0) + 1 };
      await tx.updateAll('dropboxDetached', [counter]);
    });
  await Promise.all([add(), add(), add()]);
  expect(await arango.db.collection('dropboxDetached').document('counter')).toMatchObject({ value: 3 });
});

test('a statement that conflicts outside of a transaction is repeated, and no change is lost', async () => {
  await arango.db.collection('dropboxDetached').save({ _key: 'counter', value: 0 });
  const add = { ...counterValue, name: 'test.add', writes: ['dropboxDetached'] };
  const text =
    'FOR d IN dropboxDetached FILTER d._key == "counter" UPDATE d WITH { value: d.value + 1 } IN dropboxDetached';
  await Promise.all(Array.from({ length: 5 }, () => arango.graph.run({ ...add, text }, {})));
  expect(await arango.db.collection('dropboxDetached').document('counter')).toMatchObject({ value: 5 });
});

test('a statement outside of a transaction outlasts a transaction that holds its document for a moment', async () => {
  await arango.db.collection('dropboxDetached').save({ _key: 'counter', value: 0 });
  const add = { ...counterValue, name: 'test.addOne', writes: ['dropboxDetached'] };
  const holder = await arango.db.beginTransaction({ write: ['dropboxDetached'] });
  await holder.step(() => arango.db.collection('dropboxDetached').update('counter', { value: 1 }));
  const text = 'FOR d IN dropboxDetached UPDATE d WITH { value: d.value + 1 } IN dropboxDetached';
  const added = arango.graph.run({ ...add, text }, {});
  await delay(700);
  await holder.commit();
  await added;
  expect(await arango.db.collection('dropboxDetached').document('counter')).toMatchObject({ value: 2 });
});

test('a write of documents outside of a transaction outlasts a transaction that holds one of them for a moment', async () => {
  const collection = arango.db.collection('dropboxDetached');
  await collection.saveAll(['one', 'two', 'three'].map((_key) => ({ _key, value: 0 })));
  const holder = await arango.db.beginTransaction({ write: ['dropboxDetached'] });
  for (const key of ['one', 'two', 'three']) await holder.step(() => collection.update(key, { held: true }));
  const written = Promise.all([
    arango.graph.updateAll('dropboxDetached', [{ _key: 'one', value: 1 } as { _key: string }]),
    arango.graph.insertAll('dropboxDetached', [{ _key: 'two', value: 2 } as { _key: string }], 'update'),
    arango.graph.removeAll('dropboxDetached', ['three']),
  ]);
  await delay(100);
  await holder.commit();
  expect((await written)[2]).toBe(1);
  expect(await collection.document('one')).toMatchObject({ value: 1, held: true });
  expect(await collection.document('two')).toMatchObject({ value: 2, held: true });
  expect(await collection.documentExists('three')).toBe(false);
});

test('a query that is killed is repeated', async () => {
  const text = `FOR a IN 1..3000 FOR b IN 1..1000 FILTER a + b < 3 RETURN a`;
  const rows = arango.graph.run({ ...counterValue, name: 'test.long', text }, {});
  let running = await arango.db.listRunningQueries();
  while (running.length === 0) running = await arango.db.listRunningQueries();
  await arango.db.killQuery(running[0]?.id ?? '');
  expect(await rows).toEqual([1]);
});

test('an error that is not of ArangoDB is not translated', async () => {
  const bug = new TypeError('x is undefined');
  await expect(withGraphErrors(() => Promise.reject(bug))).rejects.toBe(bug);
  // A transfer from Dropbox that breaks, or does not begin.
  for (const message of ['terminated', 'fetch failed']) {
    const broken = new TypeError(message);
    await expect(withGraphErrors(() => Promise.reject(broken))).rejects.toBe(broken);
  }
  const cancelled = new CancelledFailure('stopped');
  await expect(withGraphErrors(() => Promise.reject(cancelled))).rejects.toBe(cancelled);
  expect(graphFailure(bug)).toMatchObject({ type: 'GraphUnexpected', nonRetryable: false });
});

test('a write conflict that outlasts the retries is retried later', () => {
  expect(graphFailure(new ItemRefused('records', 'a', 1200, 'conflict'))).toMatchObject({
    type: 'GraphConflict',
    nonRetryable: false,
  });
});
