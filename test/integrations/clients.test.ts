/**
 * Other programs use the worker: the examples in Python and JavaScript, and PipesHub with its bridge. The tests in Python
 * need the packages of test/integrations/requirements.txt. PYTHON selects an interpreter other than `python3`.
 */
import { execFile, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createProxy, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { DropboxTeamsClient, syncWorkflowId } from '../../src/client';
import { loadConfig } from '../../src/config';
import type { Listener } from '../../src/server/http';
import { serve } from '../server/fixture';
import { makeCertificate } from '../support/certificate';
import { runCli } from '../support/commandLine';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const root = path.join(__dirname, '../..');
const python = process.env['PYTHON'] || 'python3';
const isInstalled = (modules: string): boolean =>
  spawnSync(python, ['-c', `import ${modules}`], { stdio: 'ignore' }).status === 0;
const withPython = (modules: string): [test: jest.It, note: string] =>
  isInstalled(modules) ? [it, ''] : [it.skip, ` (skipped: ${python} lacks one of ${modules})`];

const resources = closedAfterAll();
let stack: Stack;
let client: DropboxTeamsClient;
let server: Listener;

beforeAll(async () => {
  stack = resources.add(await Stack.startInProcess());
  const config = loadConfig(stack.environment);
  client = resources.add(DropboxTeamsClient.connect(config));
  server = await serve(config, client);
  resources.defer(() => server.close(0));
  await stack.create('c');
});

async function program(
  command: string,
  args: string[],
  more: Record<string, string> = {},
): Promise<{ result: Record<string, unknown>; shown: string }> {
  const env = { ...process.env, ...stack.environment, DROPBOX_TEAMS_URL: server.url, ...more };
  const { stdout, stderr } = await promisify(execFile)(command, args, { cwd: root, env });
  return { result: JSON.parse(stdout) as Record<string, unknown>, shown: stderr };
}
async function one<T>(query: string): Promise<T> {
  const [row] = await (await client.database.query<T>(query)).all();
  if (row === undefined) throw new Error(`no result for ${query}`);
  return row;
}

const [example, whyNoExample] = withPython('temporalio');
const [bridge, whyNoBridge] = withPython('temporalio, aiohttp, jwt, fastapi');
const [encrypted, whyNoEncrypted] = withPython('temporalio, aiohttp, jwt, fastapi, cryptography');

interface StoredPayload {
  metadata: Record<string, string>;
}
interface StartOrEnd {
  workflowExecutionStartedEventAttributes?: { input: { payloads: StoredPayload[] } };
  workflowExecutionCompletedEventAttributes?: { result: { payloads: StoredPayload[] } };
}

/** Temporal behind TLS that takes clients with a certificate only; the settings of a client. */
async function securedTemporal(): Promise<Record<string, string>> {
  const dir = await mkdtemp(path.join(tmpdir(), 'temporal-'));
  resources.defer(() => rm(dir, { recursive: true }));
  const { authority, key, certificate } = makeCertificate(dir);
  const [host = '', port = ''] = stack.temporal.address.split(':');
  const cert = readFileSync(certificate);
  const mutual = { requestCert: true, rejectUnauthorized: true, ca: readFileSync(authority) };
  const secured = createServer({ key: readFileSync(key), cert, ALPNProtocols: ['h2'], ...mutual }, (socket) => {
    const upstream = connect(Number(port), host);
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  });
  secured.on('tlsClientError', () => undefined);
  secured.listen(0, '127.0.0.1');
  await once(secured, 'listening');
  resources.defer(() => void secured.close());
  return {
    TEMPORAL_ADDRESS: `127.0.0.1:${(secured.address() as AddressInfo).port}`,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: authority,
    TEMPORAL_TLS_CLIENT_CERT_PATH: certificate,
    TEMPORAL_TLS_CLIENT_KEY_PATH: key,
  };
}
/** What becomes of a sync whose task PipesHub cancels, and of its next one. `settings`: those of the bridge. */
async function afterCancelled(settings: Record<string, string> = {}): Promise<unknown> {
  // Otherwise the sync may end before its task is cancelled.
  await stack.page('latency', { milliseconds: 1_000 });
  try {
    return (await program(python, ['test/integrations/bridge_driver.py', 'replaced', 'c', ORGANIZATION], settings))
      .result;
  } finally {
    await stack.page('latency', { milliseconds: 0 });
  }
}

const withoutCertificate = (settings: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => !name.includes('CLIENT')));

describe('Temporal with TLS, which asks for a client certificate', () => {
  let secured: Record<string, string>;
  beforeAll(async () => {
    secured = await securedTemporal();
  });

  it('is used by the command line', async () => {
    const run = (env: Record<string, string>) => runCli(['sync', 'c', '--json'], { ...stack.environment, ...env });
    expect((await run(secured)).json()).toMatchObject({ status: 'complete' });
    expect((await run(withoutCertificate(secured))).json()).toMatchObject({ error: { code: 'TemporalUnavailable' } });
  });

  example(`is used by the example in Python${whyNoExample}`, async () => {
    const { result } = await program(python, ['examples/python/sync.py', 'c'], secured);
    expect(result).toMatchObject({ connectorId: 'c', status: 'complete' });
  });

  bridge(`is used by PipesHub’s bridge${whyNoBridge}`, async () => {
    expect(await afterCancelled(secured)).toMatchObject({ next: 'nothing' });
    const args = ['test/integrations/bridge_driver.py', 'without', 'c', ORGANIZATION];
    const { result: refused } = await program(python, args, withoutCertificate(secured));
    expect(refused['sync']).toMatchObject({ code: 'TemporalUnavailable' });
  });
});

it('the example in JavaScript runs a sync and prints its result', async () => {
  const { result, shown } = await program(process.execPath, ['examples/javascript/sync.js', 'c']);
  expect(result).toMatchObject({ connectorId: 'c', status: 'complete' });
  expect(shown).toMatch(/^started dropbox\/c\/sync/);
});

example(`the example in Python starts a sync, follows its progress and prints its result${whyNoExample}`, async () => {
  const { result, shown } = await program(python, ['examples/python/sync.py', 'c']);
  expect(result).toMatchObject({ connectorId: 'c', status: 'complete' });
  expect(shown).toMatch(/^(started|joined)\n/);
});

bridge(`PipesHub’s connector class works through the bridge${whyNoBridge}`, async () => {
  await (await client.runSync('c')).result();
  const key = await one<string>('FOR r IN records FILTER r.recordName == "Scorecard.xlsx" RETURN r._key');
  const size = await one<number>('FOR r IN records FILTER r.recordName == "Scorecard.xlsx" RETURN r.sizeInBytes');
  const userId = (email: string): Promise<string> => one(`FOR u IN users FILTER u.email == "${email}" RETURN u.userId`);
  const reader = await userId(stack.dropbox.simulator.admin.email);
  const stranger = await userId('femi@lumenoak.example');
  const { result } = await program(python, [
    'test/integrations/bridge_driver.py',
    'methods',
    'c',
    ORGANIZATION,
    key,
    reader,
    stranger,
  ]);
  expect(result).toMatchObject({
    init: true,
    test: true,
    running: 'COMPLETED',
    bytes: size,
    asReader: size,
    asStranger: 'Http403',
    unknown: 'Http404',
    elsewhere: 'ConnectorUnknown',
    disposition: expect.stringContaining('Scorecard.xlsx'),
    link: expect.stringMatching(/^http/),
  });
});

const driver = (...args: string[]) => program(python, ['test/integrations/bridge_driver.py', ...args]);

bridge(`PipesHub’s filters are in force from its next sync on${whyNoBridge}`, async () => {
  await stack.create('filtered');
  const values = {
    sync: { values: { file_extensions: { operator: 'in', value: ['.PDF'] } } },
    indexing: { values: { enable_manual_sync: { operator: 'is', value: true } } },
  };
  await driver('filtered', 'filtered', ORGANIZATION, JSON.stringify(values));
  const files =
    'FOR r IN records FILTER r.connectorId == "filtered" FOR f IN files FILTER f._key == r._key AND f.isFile';
  expect(await one(`RETURN (${files} RETURN DISTINCT f.extension)`)).toEqual(['pdf']);
  expect(await one(`RETURN (${files} RETURN DISTINCT r.indexingStatus)`)).toEqual(['AUTO_INDEX_OFF']);
  await driver('filtered', 'filtered', ORGANIZATION, '{}');
  expect(await one<string[]>(`RETURN (${files} RETURN DISTINCT f.extension)`)).toContain('docx');

  // What is held is an error in PipesHub, which its user sees.
  await client.database.collection('dropboxConnectors').update('filtered', { brake: { share: 0, items: 0 } });
  const { result } = await driver('filtered', 'filtered', ORGANIZATION, JSON.stringify(values));
  expect(result).toEqual({ code: 'ApprovalNeeded' });
  expect(await one<string[]>(`RETURN (${files} RETURN DISTINCT f.extension)`)).toContain('docx');
});

encrypted(`PipesHub’s bridge reads and writes payloads that the worker encrypts${whyNoEncrypted}`, async () => {
  const [current, former, other] = [1, 2, 3].map(() => randomBytes(32).toString('base64')) as [string, string, string];
  const queue = { TEMPORAL_TASK_QUEUE: 'encrypted', DROPBOX_TEAMS_TASK_QUEUE: 'encrypted' };
  await stack.startWorker({ ...queue, TEMPORAL_PAYLOAD_KEY: current, TEMPORAL_PAYLOAD_KEY_PREVIOUS: former });
  await stack.create('encrypted');
  const sync = async (connector: string, keys: Record<string, string>): Promise<unknown> => {
    const args = ['test/integrations/bridge_driver.py', 'filtered', connector, ORGANIZATION, '{}'];
    return (await program(python, args, { ...queue, ...keys })).result['code'];
  };
  // In the middle of a rotation, each side encrypts with another key.
  const keys = { TEMPORAL_PAYLOAD_KEY: former, TEMPORAL_PAYLOAD_KEY_PREVIOUS: current };
  expect(await sync('encrypted', keys)).toBe('nothing');
  const connection = resources.add(await Connection.connect({ address: stack.temporal.address }));
  const handle = new Client({ connection }).workflow.getHandle(syncWorkflowId('encrypted'));
  const { events } = JSON.parse(historyToJSON(await handle.fetchHistory())) as { events: StartOrEnd[] };
  const [start, end] = [events.at(0), events.at(-1)];
  const [input] = start?.workflowExecutionStartedEventAttributes?.input.payloads ?? [];
  const [result] = end?.workflowExecutionCompletedEventAttributes?.result.payloads ?? [];
  const encoding = (payload: StoredPayload | undefined): string =>
    Buffer.from(payload?.metadata['encoding'] ?? '', 'base64').toString();
  expect([input, result].map(encoding)).toEqual(['binary/encrypted', 'binary/encrypted']);
  expect(input?.metadata['encryption-key-id']).not.toBe(result?.metadata['encryption-key-id']);

  expect(await sync('unknown', keys)).toBe('ConnectorUnknown');
  expect(await sync('encrypted', {})).toBe('SecretKeyWrong');
  // The worker can't read the request.
  expect(await sync('encrypted', { TEMPORAL_PAYLOAD_KEY: other })).toBe('WorkerUnavailable');
  expect(await sync('encrypted', { TEMPORAL_PAYLOAD_KEY: 'c2hvcnQ=' })).toBe('InvalidArgument');
});

bridge(
  `a sync continues when PipesHub cancels its task for the next one, which is carried out${whyNoBridge}`,
  async () => {
    expect(await afterCancelled()).toEqual({ replaced: 'continued_as_new', next: 'nothing' });
  },
);

bridge(`without a worker each method of the bridge says so within ten seconds${whyNoBridge}`, async () => {
  const env = { DROPBOX_TEAMS_TASK_QUEUE: 'unserved', DROPBOX_TEAMS_URL: 'http://127.0.0.1:9' };
  const { result } = await program(python, ['test/integrations/bridge_driver.py', 'without', 'x', ORGANIZATION], env);
  for (const name of ['test', 'sync', 'reindex']) expect(result[name]).toMatchObject({ code: 'WorkerUnavailable' });
  expect(result['init']).toMatchObject({ code: expect.stringContaining('No worker of Dropbox Teams answers') });
  expect(result).toMatchObject({ stream: { code: 'Http503' }, webhook: { code: 'nothing' } });
  for (const { seconds } of Object.values(result) as { seconds: number }[]) expect(seconds).toBeLessThan(10);
});

const JSON_TYPE = { 'content-type': 'application/json' };
const HTML = { 'content-type': 'text/html' };
const FOREIGN: [what: string, answer: (response: ServerResponse, url: string) => void][] = [
  ['a page', (response) => void response.writeHead(200, HTML).end('<p>Log in')],
  ['a page that says that nothing is there', (response) => void response.writeHead(404, HTML).end('<p>Not found')],
  ['a page for what is down', (response) => void response.writeHead(503, HTML).end('<p>Be back soon')],
  ['JSON of something else', (response) => void response.writeHead(404, JSON_TYPE).end('["not found"]')],
  ['bytes', (response) => void response.writeHead(403, JSON_TYPE).end(Buffer.from([0xff, 0xfe]))],
  ['another place', (response, url) => void response.writeHead(302, { location: `${url}/login` }).end()],
];

bridge.each(FOREIGN)(
  `the bridge takes no other answer for that of the worker: %s${whyNoBridge}`,
  async (_what, answer) => {
    const asked: string[] = [];
    const proxy = createProxy((request, response) => {
      asked.push(request.url ?? '');
      answer(response, url);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const args = ['test/integrations/bridge_driver.py', 'foreign', 'c', ORGANIZATION];
    const { result } = await program(python, args, { DROPBOX_TEAMS_URL: url });
    proxy.close();
    expect(result).toEqual({
      test: 'WorkerUnavailable',
      link: 'Http503',
      stream: 'Http503',
      init: expect.stringContaining('DROPBOX_TEAMS_URL') as unknown,
    });
    expect(asked).not.toContain('/login');
  },
);

bridge(`a content that does not begin to arrive is given up${whyNoBridge}`, async () => {
  const silent = createProxy((request, response) => {
    if (request.url?.includes('/stream/') !== true) response.writeHead(503, HTML).end();
  }).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const args = ['test/integrations/bridge_driver.py', 'foreign', 'c', ORGANIZATION];
  expect((await program(python, args, { DROPBOX_TEAMS_URL: url })).result).toMatchObject({ stream: 'Http503' });
  silent.close();
});

bridge(`without Temporal each method that needs it says so within ten seconds${whyNoBridge}`, async () => {
  const env = { TEMPORAL_ADDRESS: '127.0.0.1:9' };
  const { result } = await program(python, ['test/integrations/bridge_driver.py', 'without', 'c', ORGANIZATION], env);
  for (const name of ['sync', 'reindex', 'webhook'])
    expect(result[name]).toMatchObject({ code: 'TemporalUnavailable' });
  expect(result['init']).toMatchObject({ code: expect.stringContaining('Temporal at 127.0.0.1:9') });
  for (const { seconds } of Object.values(result) as { seconds: number }[]) expect(seconds).toBeLessThan(10);
});
