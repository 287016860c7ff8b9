import type { Database } from 'arangojs';
import { Database as Client } from 'arangojs';
import { type RunningEmulator, startArangoEmulator } from '../../../sandbox/arangodb/server';

let server: RunningEmulator;
let db: Database;
const start = async (options: { conflicts?: number } = {}): Promise<void> => {
  server = await startArangoEmulator({ port: 0, conflicts: 0, ...options });
  db = new Client({ url: server.url, poolSize: 50 });
  await db.createCollection('things');
};
afterEach(async () => {
  db.close();
  await server.close();
});

const together = (text: string, times = 30): Promise<PromiseSettledResult<unknown>[]> =>
  Promise.allSettled(Array.from({ length: times }, () => db.query(text)));

const errorNums = (results: readonly PromiseSettledResult<unknown>[]): number[] =>
  results.flatMap((result) => (result.status === 'rejected' ? [(result.reason as { errorNum: number }).errorNum] : []));

const read = async <T>(text: string): Promise<T[]> => (await db.query<T>(text)).all();

describe('statements that run at the same time', () => {
  test('conflict if they change the same document, and no change is lost', async () => {
    await start();
    await db.collection('things').save({ _key: 'a', n: 0 });
    const results = await together('FOR d IN things UPDATE d WITH { n: d.n + 1 } IN things');
    const failed = errorNums(results);
    expect(failed.length).toBeGreaterThan(0);
    expect(new Set(failed)).toEqual(new Set([1200]));
    expect(await read('FOR d IN things RETURN d.n')).toEqual([results.length - failed.length]);
  });

  test('insert duplicates with UPSERT, unless an index is unique', async () => {
    await start();
    // Both transactions have begun before either inserts, so neither finds the other's document, however late it arrives.
    const upsertTwice = async (): Promise<number[]> => {
      const begin = () => db.beginTransaction({ write: ['things'] });
      const transactions = [await begin(), await begin()];
      const upsert = 'UPSERT { name: "x" } INSERT { name: "x" } UPDATE {} IN things';
      const results = await Promise.allSettled(transactions.map((one) => one.step(() => db.query(upsert))));
      for (const transaction of transactions) await transaction.commit();
      return errorNums(results);
    };
    expect(await upsertTwice()).toEqual([]);
    expect((await db.collection('things').count()).count).toBe(2);
    await db.collection('things').truncate();
    await db.collection('things').ensureIndex({ type: 'persistent', fields: ['name'], unique: true });
    expect(await upsertTwice()).toEqual([1200]);
    expect((await db.collection('things').count()).count).toBe(1);
  });

  test('do not conflict if they change other documents', async () => {
    await start();
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => db.query('INSERT { _key: @key } INTO things', { key: `k${n}` })),
    );
    expect(results).toHaveLength(20);
  });
});

test('single documents are written one after the other: the latest version is changed', async () => {
  await start();
  const things = db.collection('things');
  await things.save({ _key: 'a' });
  await Promise.all(Array.from({ length: 20 }, (_, n) => things.update('a', { [`n${n}`]: n })));
  expect(Object.keys(await things.document('a'))).toHaveLength(3 + 20);
});

test('a share of the writing statements conflicts without another writer, and then has no effect', async () => {
  await start({ conflicts: 0.5 });
  const things = db.collection('things');
  let succeeded = 0;
  for (let n = 0; n < 60; n++) {
    const [result] = await Promise.allSettled([db.query('FOR i IN 1..2 INSERT { i } INTO things')]);
    if (result.status === 'fulfilled') succeeded += 2;
    else expect(result.reason).toMatchObject({ errorNum: 1200, code: 409 });
  }
  expect(succeeded).toBeGreaterThan(0);
  expect(succeeded).toBeLessThan(120);
  expect((await things.count()).count).toBe(succeeded);
  const trx = await db.beginTransaction({ write: ['things'] });
  const answers: PromiseSettledResult<unknown>[] = [];
  for (let n = 0; n < 40; n++) answers.push(...(await Promise.allSettled([trx.step(() => things.save({ n }))])));
  expect(new Set(errorNums(answers))).toEqual(new Set([1200]));
  // One document outside of a transaction waits for its key, so it does not conflict.
  for (let n = 0; n < 40; n++) await things.save({ n });
});

describe('a long query', () => {
  const endless = 'FOR a IN 1..100000 FOR b IN 1..100000 RETURN 1';

  async function listed(): Promise<string> {
    for (;;) {
      const [running] = await db.listRunningQueries();
      if (running !== undefined) {
        expect(running).toMatchObject({
          query: endless,
          bindVars: {},
          state: 'executing',
          modificationQuery: false,
          stream: false,
          database: '_system',
        });
        return running.id;
      }
    }
  }

  test('leaves the server answering others, is listed and can be killed', async () => {
    await start();
    const running = db.query(endless).then(
      () => 'done',
      (error: unknown) => error,
    );
    const id = await listed();
    await db.collection('things').save({ _key: 'meanwhile' });
    await db.killQuery(id);
    expect(await running).toMatchObject({ errorNum: 1500, code: 410 });
    expect(await db.listRunningQueries()).toEqual([]);
    await expect(db.killQuery(id)).rejects.toMatchObject({ errorNum: 1591, code: 404 });
  });

  test('that is killed has no effect', async () => {
    await start();
    const text = 'FOR a IN 1..100000 FOR b IN 1..100000 INSERT {} INTO things';
    const running = db.query(text).catch((error: unknown) => error);
    let found = await db.listRunningQueries();
    while (found.length === 0) found = await db.listRunningQueries();
    await db.killQuery(found[0]?.id ?? '');
    expect(await running).toMatchObject({ errorNum: 1500 });
    expect((await db.collection('things').count()).count).toBe(0);
  });

  test('in a transaction excludes other requests of it, and ends with it', async () => {
    await start();
    const trx = await db.beginTransaction({ read: ['things'] });
    const running = trx.step(() => db.query(endless)).catch((error: unknown) => error);
    await listed();
    await expect(trx.step(() => db.collection('things').count())).rejects.toMatchObject({ errorNum: 28 });
    await expect(trx.commit()).rejects.toMatchObject({ errorNum: 28 });
    await db.killQuery(await listed());
    expect(await running).toMatchObject({ errorNum: 1500 });
    await trx.commit();
  });
});

describe('a streaming query that writes', () => {
  const insert = 'FOR i IN 1..25 INSERT { _key: TO_STRING(i) } INTO things RETURN NEW.i';
  const options = { stream: true, batchSize: 10 };
  const count = async (): Promise<number> => (await db.collection('things').count()).count;

  test('commits with its last batch; until then its keys are locked', async () => {
    await start();
    const cursor = await db.query(insert, {}, options);
    expect(await count()).toBe(0);
    await expect(db.query('INSERT { _key: "1" } INTO things')).rejects.toMatchObject({ errorNum: 1200 });
    await cursor.batches.loadAll();
    expect(await count()).toBe(25);
  });

  test('writes nothing if its cursor is closed before', async () => {
    await start();
    const cursor = await db.query(insert, {}, options);
    await cursor.kill();
    expect(await count()).toBe(0);
    await db.query('INSERT { _key: "1" } INTO things');
  });

  test('that is killed fails with its next batch and writes nothing', async () => {
    await start();
    const cursor = await db.query(insert, {}, options);
    const [running] = await db.listRunningQueries();
    expect(running).toMatchObject({ stream: true, modificationQuery: true });
    await db.killQuery(running?.id ?? '');
    await expect(cursor.batches.loadAll()).rejects.toMatchObject({ errorNum: 1500 });
    expect(await count()).toBe(0);
  });
});

test('a query that ArangoDB would store in parts is refused, and writes nothing', async () => {
  await start();
  const insert = 'FOR i IN 1..100 INSERT { text: "0123456789" } INTO things';
  const refused = {
    errorNum: 9,
    message: 'AQL: an intermediate commit is not supported by this emulator (while executing)',
  };
  await expect(db.query(insert, {}, { intermediateCommitCount: 50 })).rejects.toMatchObject(refused);
  await expect(db.query(insert, {}, { intermediateCommitSize: 1000 })).rejects.toMatchObject(refused);
  await expect(db.query(insert, {}, { maxTransactionSize: 1000 })).rejects.toMatchObject({ errorNum: 32 });
  expect((await db.collection('things').count()).count).toBe(0);
  await db.query(insert, {}, { intermediateCommitCount: 1000, intermediateCommitSize: 1e6, maxTransactionSize: 1e6 });
  expect((await db.collection('things').count()).count).toBe(100);
});

test('what would only be ignored is refused by name', async () => {
  await start();
  const refusal = (what: string) => ({ errorNum: 9, code: 501, message: `${what} is not supported by this emulator` });
  await expect(db.query('RETURN 1', {}, { profile: 2 })).rejects.toMatchObject(
    refusal("option 'profile' with the value 2"),
  );
  await expect(db.query('RETURN 1', {}, { optimizer: { rules: ['-use-indexes'] } })).rejects.toMatchObject(
    refusal('switching off rules of the optimizer'),
  );
  await expect(db.query('RETURN 1', {}, { memoryLimit: 1000 })).rejects.toMatchObject(refusal("option 'memoryLimit'"));
  await expect(db.createCollection('odd', { keyOptions: { type: 'uuid', allowUserKeys: true } })).rejects.toMatchObject(
    refusal("key generator 'uuid'"),
  );
  const things = db.collection('things');
  await expect(things.ensureIndex({ type: 'ttl', fields: ['a'], expireAfter: 1 })).rejects.toMatchObject(
    refusal("index type 'ttl'"),
  );
  await expect(things.save({}, { versionAttribute: 'v' })).rejects.toMatchObject(refusal('versionAttribute'));
  await expect(db.query('RETURN SLEEP(1)')).rejects.toMatchObject({ errorNum: 1501 });
  expect((await db.query('RETURN 1', {}, { profile: 1 })).extra).toHaveProperty('profile');
});
