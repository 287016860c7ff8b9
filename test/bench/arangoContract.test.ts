/** The assumptions about ArangoDB, tried on the emulator: all of them hold, and a server that answers otherwise differs. */
import { arangoContract } from '../../bench/contract/arangodb';
import type { Result } from '../../bench/contract/assumption';
import { installPipesHub } from '../../sandbox/pipeshub/install';
import { foreignEdges } from '../../src/graph/driver/collections';
import { definedQueries } from '../../src/graph/driver/query';
import { useDatabase } from '../support/database';
import { FaultProxy, type Fault, type ProxiedRequest } from '../support/faultProxy';

const arango = useDatabase();

interface Tried {
  results: Result[];
  warnings: string[];
}

async function tryOn(write: boolean, url = arango.url, database = arango.db.name): Promise<Tried> {
  const warnings: string[] = [];
  const settings = { url, database, username: 'root', password: 'anything' };
  const options = { write, waitSeconds: 30, report: () => undefined, warn: (text: string) => warnings.push(text) };
  return { results: await arangoContract(settings, options), warnings };
}

const differing = ({ results }: Tried): Result[] => results.filter(({ outcome }) => outcome === 'differs');

it('the emulator is as assumed, each query of the worker included, and nothing is left behind', async () => {
  for (const name of foreignEdges) {
    if (!(await arango.db.collection(name).exists())) await arango.db.createEdgeCollection(name);
  }
  const before = await arango.db.listUserDatabases();
  const tried = await tryOn(true);
  expect(differing(tried)).toEqual([]);
  const held = tried.results.filter(({ outcome }) => outcome === 'holds').map(({ name }) => name);
  const queries = [...definedQueries.keys()].flatMap((name) => [`query ${name}`, `query ${name} executed`]);
  expect(held.filter((name) => name.startsWith('query '))).toEqual(expect.arrayContaining(queries));
  expect(tried.results.filter(({ outcome }) => outcome === 'not tried').map(({ name }) => name)).toEqual([
    'error 11 forbidden',
    'error 18 lockTimeout',
    'error 28 locked',
    'error 29 deadlock',
    'error 30 shuttingDown',
    'error 32 resourceLimit',
    'error 38 startingUp',
    'error 1004 readOnly',
    'error 1216 documentTooLarge',
    'error 1654 transactionAborted',
    'wrong password',
  ]);
  expect(tried.warnings).toEqual([]);
  expect((await arango.db.listUserDatabases()).sort()).toEqual(before.sort());
});

it('on a database on which no worker has started, nothing differs', async () => {
  await installPipesHub({ arangoUrl: arango.url, database: 'unused', org: 'acme', connector: 'c', users: [] });
  const tried = await tryOn(false, arango.url, 'unused');
  expect(differing(tried)).toEqual([]);
  expect(tried.results).toContainEqual(
    expect.objectContaining({ name: 'query connectorState.cursors', outcome: 'not tried' }),
  );
});

it('without --write nothing is written', async () => {
  const proxy = await FaultProxy.start(arango.url);
  const written: string[] = [];
  proxy.onHandled = ({ method, path, body }) => {
    // The contract also kills a query of its own.
    const isRead =
      method === 'GET' ||
      /_api\/(?:explain|cursor\/\d+|query\/\d+)$/.test(path) ||
      (path.endsWith('_api/cursor') && !/\b(?:INSERT|UPDATE|UPSERT|REPLACE|REMOVE)\b/.test(body)) ||
      // A write in a transaction that does not exist.
      path.endsWith('/no-such-key');
    if (!isRead) written.push(`${method} ${path}`);
  };
  try {
    expect(differing(await tryOn(false, proxy.url))).toEqual([]);
    expect(written).toEqual([]);
  } finally {
    await proxy.close();
  }
});

/** What another server could answer, and the only assumption that it does not meet. */
const servers: { name: string; decide: (request: ProxiedRequest) => Fault | undefined }[] = [
  {
    name: 'aql order of text',
    decide: ({ body }) =>
      body.includes('[\\"a\\", \\"b\\", \\"A\\"') ? replacing('"A","a","B","b"', '"a","A","b","B"') : undefined,
  },
  {
    name: 'error 1202 documentNotFound',
    decide: ({ method, path }) =>
      method === 'GET' && path.endsWith('/no-such-key')
        ? { status: 404, json: { error: true, code: 404, errorNum: 404, errorMessage: 'not found' } }
        : undefined,
  },
  {
    name: 'query groups.byExternalId',
    decide: ({ path, body }) =>
      path.endsWith('/_api/explain') && body.includes(JSON.stringify(textOf('groups.byExternalId')))
        ? replacing('IndexNode', 'EnumerateCollectionNode')
        : undefined,
  },
];

const replacing = (from: string, to: string): Fault => ({ rewrite: (text) => text.replaceAll(from, to) });
const textOf = (query: string): string => definedQueries.get(query)?.text ?? '';

it.each(servers)('a server that differs in "$name" differs in that alone', async ({ name, decide }) => {
  const proxy = await FaultProxy.start(arango.url);
  proxy.decide = decide;
  try {
    expect(differing(await tryOn(false, proxy.url))).toEqual([expect.objectContaining({ name })]);
  } finally {
    await proxy.close();
  }
});
