import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Database } from 'arangojs';
import { openPersistence, type Persistence } from '../../../sandbox/arangodb/persistence/persistence';
import { startArangoEmulator } from '../../../sandbox/arangodb/server';
import type { Database as StoredDatabase } from '../../../sandbox/arangodb/storage/database';
import { Engine } from '../../../sandbox/arangodb/storage/engine';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'arango-data-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

async function withServer<T>(work: (system: Database) => Promise<T>): Promise<T> {
  const server = await startArangoEmulator({ port: 0, data });
  try {
    return await work(new Database({ url: server.url }));
  } finally {
    await server.close();
  }
}

async function withEngine<T>(work: (engine: Engine, persistence: Persistence) => T | Promise<T>): Promise<T> {
  const engine = new Engine(Date.now);
  const persistence = await openPersistence(data, engine);
  engine.journal = persistence;
  try {
    return await work(engine, persistence);
  } finally {
    await persistence.close();
  }
}

function things(engine: Engine): StoredDatabase {
  const database = engine.listDatabases()[0] ?? engine.createDatabase('_system');
  if (database.find('things') === undefined) database.create({ name: 'things' });
  return database;
}

function keysIn(engine: Engine): string[] {
  return engine.autocommit(things(engine), (trx) => [...trx.scan('things')].map((doc) => doc._key).sort());
}

test('databases, collections, schemas, indexes, documents, edges and graphs survive a restart', async () => {
  const before = await withServer(async (system) => {
    const db = await system.createDatabase('es');
    const schema = { rule: { properties: { n: { type: 'number' } } }, level: 'strict', message: 'n!' } as const;
    const records = await db.createCollection('records', { schema });
    await db.createCollection('gone');
    await db.collection('gone').drop();
    await records.ensureIndex({ type: 'persistent', fields: ['n'], unique: true, name: 'byN' });
    await records.saveAll([{ _key: 'a', n: 1 }, { _key: 'b', n: 2, text: 'ü' }, { n: 3 }]);
    await records.update('a', { n: 4 });
    await records.remove('b');
    await db.createGraph('g', [{ collection: 'links', from: ['records'], to: ['records'] }]);
    await db.collection('links').save({ _from: 'records/a', _to: 'records/a' });
    await (await db.createCollection('old')).rename('new');
    await db.collection('new').save({ _key: 'x' });
    const trx = await db.beginTransaction({ write: ['records'] });
    await trx.step(() => records.save({ _key: 'never', n: 100 }));
    return [await (await db.query('FOR d IN records SORT d.n RETURN d')).all(), await records.indexes()];
  });
  await withServer(async (system) => {
    const db = system.database('es');
    const records = db.collection('records');
    expect([await (await db.query('FOR d IN records SORT d.n RETURN d')).all(), await records.indexes()]).toEqual(
      before,
    );
    expect((await db.listCollections()).map(({ name }) => name).sort()).toEqual(['links', 'new', 'records']);
    await expect(records.save({ n: 'x' })).rejects.toMatchObject({ errorNum: 1620 });
    await expect(records.save({ n: 4 })).rejects.toMatchObject({ errorNum: 1210 });
    expect(await (await db.query('FOR v IN OUTBOUND "records/a" GRAPH "g" RETURN v._key')).all()).toEqual(['a']);
    expect(await db.collection('new').document('x')).toMatchObject({ _id: 'new/x' });
    const fresh = await records.save({ n: 50 });
    expect(await (await db.query('FOR d IN records RETURN d._key')).all()).toContain(fresh._key);
    expect((await records.count()).count).toBe(3);
  });
});

test('compaction keeps everything, including commits during the compaction, and deletes the old files', async () => {
  await withEngine(async (engine, persistence) => {
    const database = things(engine);
    database.ensureIndex('things', { type: 'persistent', fields: ['n'] });
    engine.autocommit(database, (trx) => {
      for (let n = 0; n < 1000; n++) trx.insert('things', { _key: `k${n}`, n });
    });
    const done = persistence.compact();
    engine.autocommit(database, (trx) => {
      trx.remove('things', 'k0');
      trx.insert('things', { _key: 'during', n: -1 });
      trx.update('things', 'k1', { n: 5000 });
    });
    await done;
    engine.autocommit(database, (trx) => trx.insert('things', { _key: 'after', n: -2 }));
    expect(readdirSync(data).sort()).toEqual(['base-1', 'lock', 'log-1']);
  });
  await withEngine((engine) => {
    const keys = keysIn(engine);
    expect(keys).toHaveLength(1001);
    expect(keys).toEqual(expect.arrayContaining(['during', 'after', 'k1']));
    expect(keys).not.toContain('k0');
    const database = things(engine);
    const index = database.get('things').indexDescriptions()[1]?.id ?? '';
    const found = engine.autocommit(database, (trx) => [...trx.lookup('things', index, { equal: [5000] })]);
    expect(found.map((doc) => doc._key)).toEqual(['k1']);
  });
});

test('a crash during compaction loses nothing', async () => {
  await withEngine((engine) => {
    engine.autocommit(things(engine), (trx) => trx.insert('things', { _key: 'first' }));
  });
  // A crash leaves a new log with commits and an incomplete base.
  await withEngine(async (engine) => {
    engine.autocommit(things(engine), (trx) => trx.insert('things', { _key: 'second' }));
    await engine.journal?.flushed();
  });
  const lines = readFileSync(join(data, 'log-0'), 'utf8').split('\n');
  writeFileSync(join(data, 'log-0'), `${lines.slice(0, -2).join('\n')}\n`);
  writeFileSync(join(data, 'log-1'), `${lines[lines.length - 2]}\n`);
  writeFileSync(join(data, 'base-1.tmp'), 'half a line');
  await withEngine((engine) => expect(keysIn(engine)).toEqual(['first', 'second']));
});

describe('a damaged log', () => {
  async function threeCommits(): Promise<string> {
    await withEngine((engine) => {
      for (const _key of ['a', 'b', 'c']) engine.autocommit(things(engine), (trx) => trx.insert('things', { _key }));
    });
    return join(data, 'log-0');
  }

  test.each([1, 5, 40])('that lacks %d bytes loses only the last commit, and accepts new ones', async (bytes) => {
    const log = await threeCommits();
    truncateSync(log, readFileSync(log).length - bytes);
    await withEngine((engine) => {
      expect(keysIn(engine)).toEqual(['a', 'b']);
      engine.autocommit(things(engine), (trx) => trx.insert('things', { _key: 'd' }));
    });
    await withEngine((engine) => expect(keysIn(engine)).toEqual(['a', 'b', 'd']));
  });

  test.each([
    ['a line without an end', 'abcdef12 [["put"'],
    ['a wrong checksum', '00000000 [["truncate","1","10001"]]\n'],
  ])('that ends with %s keeps all commits', async (_what, rest) => {
    appendFileSync(await threeCommits(), rest);
    await withEngine((engine) => expect(keysIn(engine)).toEqual(['a', 'b', 'c']));
  });
});

test('two servers cannot use the same folder, and a stale lock is ignored', async () => {
  const server = await startArangoEmulator({ port: 0, data });
  await expect(startArangoEmulator({ port: 0, data })).rejects.toThrow(/in use/);
  await server.close();
  writeFileSync(join(data, 'lock'), '999999999');
  await (await startArangoEmulator({ port: 0, data })).close();
});

describe('a killed server', () => {
  let child: ChildProcess | undefined;
  afterEach(() => child?.kill('SIGKILL'));

  /** Runs the server in a separate process, compiled on the fly. Its only line of output is its address. */
  const program = `
    const swc = require('@swc/core'), fs = require('fs');
    require.extensions['.ts'] = (module, file) => module._compile(swc.transformSync(fs.readFileSync(file, 'utf8'), {
      filename: file, jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } }).code, file);
    require('./sandbox/arangodb/server.ts').startArangoEmulator({ port: 0, data: process.argv[1] })
      .then(({ url }) => console.log(url));`;

  async function startChild(): Promise<Database> {
    child = spawn(process.execPath, ['-e', program, data], { stdio: ['ignore', 'pipe', 'inherit'] });
    if (child.stdout === null) throw new Error('no output');
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    return new Database({ url });
  }

  test('loses no acknowledged transaction and leaves no partial one', async () => {
    let expectedBatches = 0;
    for (let round = 0; round < 3; round++) {
      const db = await startChild();
      if (round === 0) {
        await db.createCollection('things');
        await db.createEdgeCollection('links');
      }
      const found = await (await db.query<number[]>('RETURN [LENGTH(things), LENGTH(links)]')).next();
      // The commit in progress at the kill may have succeeded, but never partially.
      const batches = (found?.[0] ?? -1) / 10;
      expect([expectedBatches, expectedBatches + 1]).toContain(batches);
      expect(found?.[1]).toBe(batches * 10);
      expectedBatches = batches;

      const before = expectedBatches;
      const writing = (async () => {
        for (;;) {
          const trx = await db.beginTransaction({ write: ['things', 'links'] });
          const docs = Array.from({ length: 10 }, (_, i) => ({ _key: `${expectedBatches}-${i}` }));
          await trx.step(() => db.collection('things').saveAll(docs));
          const edges = docs.map(({ _key }) => ({ _from: `things/${_key}`, _to: 'things/root' }));
          await trx.step(() => db.collection('links').saveAll(edges));
          await trx.commit();
          expectedBatches++;
          if (expectedBatches - before === 20) child?.kill('SIGKILL');
        }
      })();
      await expect(writing).rejects.toThrow();
      db.close();
    }
    const db = await startChild();
    expect((await db.collection('things').count()).count).toBeGreaterThanOrEqual(expectedBatches * 10);
    db.close();
  });
});
