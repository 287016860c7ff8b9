import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openDatabase, type DatabaseSettings } from '../../../src/graph/driver/database';
import { graphFailure } from '../../../src/graph/driver/errors';
import { inTransaction, standalone, type StandaloneGraph } from '../../../src/graph/driver/graph';
import { all, useDatabase } from '../../support/database';
import { FaultProxy, isCommit, type ProxiedRequest } from '../../support/faultProxy';
import { closedAfterEach } from '../../support/hooks';

const arango = useDatabase();
const resources = closedAfterEach();

const JSON_TYPE = { 'content-type': 'application/json' };
const HTML = { 'content-type': 'text/html' };

/** What stands in front of ArangoDB, or at its address, may answer. None of it is an answer of ArangoDB. */
const ANSWERS: [kind: string, status: number, headers: Record<string, string>, body: string | Buffer][] = [
  ['a page of a proxy', 200, HTML, '<html>We will be back soon</html>'],
  ['a redirect', 302, { location: 'https://login.example/', ...HTML }, '<a>Found</a>'],
  ['a redirect without a body', 307, { location: 'https://login.example/' }, ''],
  ['nothing', 200, {}, ''],
  ['no content', 204, {}, ''],
  ['half of a document', 200, JSON_TYPE, '{"result":['],
  ['an empty object', 200, JSON_TYPE, '{}'],
  ['an empty list', 200, JSON_TYPE, '[]'],
  ['null', 200, JSON_TYPE, 'null'],
  ['text that is no UTF-8', 200, JSON_TYPE, Buffer.from('{"result":["\xff"],"hasMore":false,"count":1}', 'latin1')],
];

const returnOne = { name: 'test.one', text: 'RETURN 1', example: {}, writes: [], row: 0 };

const CALLS: [kind: string, call: (graph: StandaloneGraph) => Promise<unknown>][] = [
  ['a query', (graph) => graph.run(returnOne, {})],
  ['a stream', (graph) => graph.stream(returnOne, {}).next()],
  ['a fenced query', (graph) => graph.runStatement(returnOne, {})],
  ['an insert', (graph) => graph.insertAll('apps', [{ _key: 'a' }, { _key: 'b' }], 'update')],
  ['an update', (graph) => graph.updateAll('apps', [{ _key: 'a' }])],
  ['a removal', (graph) => graph.removeAll('apps', ['a'])],
  ['a transaction', (graph) => inTransaction(graph, ['apps'], () => Promise.resolve())],
];

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer((request, response) => void request.resume().on('end', () => answer(request, response)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  resources.add({
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const graphAt = (url: string, settings: Partial<DatabaseSettings> = {}): StandaloneGraph => {
  const db = openDatabase({ url, database: arango.db.name, username: 'root', password: '', ...settings });
  resources.add({ close: () => Promise.resolve(db.close()) });
  return standalone(db);
};

const failureOf = async (work: Promise<unknown>): Promise<string> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return 'none';
  const { type, message } = graphFailure(error);
  return `${type}${message.includes('ARANGO_URL') ? '' : `: ${message}`}`;
};

test.each(ANSWERS)(
  '%s is an answer to no request, and the error names ARANGO_URL',
  async (_, status, headers, body) => {
    const graph = graphAt(await serve((_request, response) => void response.writeHead(status, headers).end(body)));
    const ends = CALLS.map(async ([kind, call]) => `${kind}: ${await failureOf(call(graph))}`);
    expect(await Promise.all(ends)).toEqual(CALLS.map(([kind]) => `${kind}: GraphUnavailable`));
  },
);

/** Answers the first commit with something else, before it reaches ArangoDB. */
async function proxyOfCommits(status: number, json: unknown): Promise<FaultProxy> {
  let commits = 0;
  const isFirst = (request: ProxiedRequest): boolean => isCommit(request) && (commits += 1) === 1;
  const decide = (request: ProxiedRequest) => (isFirst(request) ? { status, json } : undefined);
  return resources.add(await FaultProxy.start(arango.url, decide));
}

test.each([
  ['a page of a proxy', 200, undefined],
  ['a redirect', 302, undefined],
  ['a document without a status', 200, {}],
  ['the status of another transaction', 200, { error: false, result: { id: '1', status: 'running' } }],
])('%s does not count as a commit: the transaction runs again', async (_, status, json) => {
  const proxy = await proxyOfCommits(status, json);
  const graph = graphAt(proxy.url);
  await inTransaction(graph, ['dropboxDetached'], (tx) => tx.insertAll('dropboxDetached', [{ _key: 'a' }], 'update'));
  expect(proxy.counts).toMatchObject({ commits: 2, faults: 1 });
  expect(await all(arango.db, 'dropboxDetached')).toMatchObject([{ _key: 'a' }]);
});

test('an answer that leaves one of the documents out stores none of them', async () => {
  const rewrite = (text: string): string => JSON.stringify((JSON.parse(text) as unknown[]).slice(1));
  const decide = ({ path }: ProxiedRequest) => (path.includes('/_api/document/') ? { rewrite } : undefined);
  const proxy = resources.add(await FaultProxy.start(arango.url, decide));
  const both = [{ _key: 'a' }, { _key: 'b' }];
  const work = inTransaction(graphAt(proxy.url), ['dropboxDetached'], (tx) =>
    tx.insertAll('dropboxDetached', both, 'update'),
  );
  expect(await failureOf(work)).toBe('GraphUnavailable');
  expect(await all(arango.db, 'dropboxDetached')).toEqual([]);
});

interface Batch {
  result: unknown[];
  hasMore: boolean;
  id?: string;
}

/** What becomes of the batches of 15,000 rows. `at`: the number of the batch, from 1. */
const BATCHES: [kind: string, change: (batch: Batch, at: number) => object][] = [
  ['first batch without its id', ({ result, hasMore }) => ({ result, hasMore })],
  ['first batch that calls itself the last', (batch) => ({ ...batch, hasMore: false })],
  ['second batch that is an empty object', (batch, at) => (at === 1 ? batch : {})],
  ['second batch without rows', (batch, at) => (at === 1 ? batch : { ...batch, result: [], hasMore: false })],
  ['half of the second batch', (batch, at) => (at === 1 ? batch : { ...batch, result: batch.result.slice(1) })],
  ['batch that has a row twice', (batch) => ({ ...batch, result: [...batch.result, batch.result[0]] })],
];

const numbers = { ...returnOne, name: 'test.numbers', text: 'FOR number IN 1..15000 RETURN number' };

const READS: [kind: string, read: (graph: StandaloneGraph) => Promise<number>][] = [
  ['a query', async (graph) => (await graph.run(numbers, {})).length],
  ['a query in a transaction', (graph) => inTransaction(graph, [], async (tx) => (await tx.run(numbers, {})).length)],
  [
    'a stream',
    async (graph) => {
      let rows = 0;
      for await (const batch of graph.stream(numbers, {}, 10_000)) rows += batch.length;
      return rows;
    },
  ],
];

const ALL_BATCHES = READS.flatMap(([kind, read]) =>
  BATCHES.map(([name, change]): [string, string, typeof read, typeof change] => [kind, name, read, change]),
);

test.each(ALL_BATCHES)('%s with a %s is no answer: a part of its rows never passes for all', async (...of) => {
  const [, , read, change] = of;
  let at = 0;
  const rewrite = (text: string): string => JSON.stringify(change(JSON.parse(text) as Batch, (at += 1)));
  const proxy = await FaultProxy.start(arango.url, ({ path, body }) => {
    if (body.includes(numbers.text)) at = 0;
    return path.includes('/_api/cursor') && (at > 0 || body.includes(numbers.text)) ? { rewrite } : undefined;
  });
  expect(await failureOf(read(graphAt(resources.add(proxy).url)))).toBe('GraphUnavailable');
});

test.each([
  ['the same rows', (rows: unknown[]) => rows],
  ['no rows', () => []],
])('batches without end, with %s, are given up', async (_, rowsOf) => {
  let asked = 0;
  const url = await serve((request, response) => {
    asked += 1;
    const first = request.url?.endsWith('/_api/cursor') ?? false;
    const rows = first ? [1, 2] : rowsOf([1, 2]);
    const batch = { result: rows, hasMore: true, id: '7', count: 4, error: false, code: first ? 201 : 200 };
    response.writeHead(first ? 201 : 200, JSON_TYPE).end(JSON.stringify(batch));
  });
  for (const [, read] of READS.filter(([kind]) => !kind.includes('transaction')))
    expect(await failureOf(read(graphAt(url)))).toBe('GraphUnavailable');
  expect(asked).toBeLessThan(50);
});

test('a server that names another leader without end is given up, and no request goes to the other one', async () => {
  let asked = 0;
  const url = await serve((_request, response) => {
    asked += 1;
    const error = { error: true, code: 503, errorNum: 1496, errorMessage: 'not a leader' };
    response.writeHead(503, { ...JSON_TYPE, 'x-arango-endpoint': 'http://127.0.0.1:9' }).end(JSON.stringify(error));
  });
  const error: unknown = await graphAt(url)
    .run(returnOne, {})
    .catch((thrown: unknown) => thrown);
  expect(graphFailure(error)).toMatchObject({ type: 'GraphUnavailable', nonRetryable: false });
  expect(graphFailure(error).message).toContain('not a leader');
  expect(asked).toBeLessThan(30);
});

test.each([
  ['switches to another protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n'],
  ['announces an answer again and again', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)],
  ['begins an answer', 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{'],
])('a server that only %s is given up in time', async (_, bytes) => {
  const url = await serve(({ socket }) => void socket.write(bytes));
  const graph = graphAt(url, { timeoutMs: 500, repeatsTimeouts: false });
  expect(await failureOf(graph.run(returnOne, {}))).toBe('GraphUnavailable');
});

test('an answer longer than what fits into memory is given up', async () => {
  const part = Buffer.alloc(2 ** 20, ' ');
  const url = await serve((_request, response) => {
    response.writeHead(200, JSON_TYPE);
    const write = (): void => {
      while (!response.destroyed && response.write(part));
    };
    response.on('drain', write);
    write();
  });
  const db = openDatabase({ url, database: 'es', username: 'root', password: '' });
  const error: unknown = await db.version().catch((thrown: unknown) => thrown);
  db.close();
  expect(graphFailure(error).message).toContain('bytes');
});
