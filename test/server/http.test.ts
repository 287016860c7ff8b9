import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import {
  DEFAULT_TASK_QUEUE,
  DropboxTeamsClient,
  notificationSignal,
  notificationsWorkflowId,
  workflowTypes,
  type ConnectorDocument,
} from '../../src/client';
import { loadConfig } from '../../src/config';
import { createLogger } from '../../src/log';
import type { Listener } from '../../src/server/http';
import { SilentProxy } from '../support/silentProxy';
import { serve, ServedStack, serveInternally } from './fixture';

let served: ServedStack;
let connection: Connection;
let temporal: Client;

beforeAll(async () => {
  served = await ServedStack.start();
  connection = await Connection.connect({ address: served.stack.temporal.address });
  temporal = new Client({ connection });
}, 90_000);
afterAll(async () => {
  await connection.close();
  await served.close();
});

/** A member saves a file. */
async function upload(name: string): Promise<void> {
  const { url, simulator } = served.stack.dropbox;
  const { token } = simulator.grants.issueAccessToken(simulator.grants.all()[0]!);
  const { status } = await fetch(`${url}/2/files/upload`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'dropbox-api-select-user': simulator.admin.memberId,
      'dropbox-api-arg': JSON.stringify({ path: `/${name}` }),
      'content-type': 'application/octet-stream',
    },
    body: 'words',
  });
  expect(status).toBe(200);
}

const count = (name: string): Promise<number> =>
  served.one('RETURN LENGTH(FOR r IN records FILTER r.recordName == @name RETURN 1)', { name });

async function untilSynced(name: string): Promise<void> {
  while ((await count(name)) === 0) await delay(50);
}

/** Whether notifications of the connector `c` wait for their sync. */
async function isCollecting(): Promise<boolean> {
  const described = temporal.workflow.getHandle(notificationsWorkflowId('c')).describe();
  return described.then(
    ({ status }) => status.name === 'RUNNING',
    (error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    },
  );
}

describe('the webhook', () => {
  const body = JSON.stringify({ list_folder: { teams: { 'dbtid:1': ['dbmid:1'] } } });
  const post = (connector: string, text: string, signature?: string, url = served.server.url): Promise<Response> =>
    fetch(`${url}/webhook/${connector}`, {
      method: 'POST',
      body: text,
      headers: {
        'content-type': 'application/json',
        ...(signature === undefined ? {} : { 'x-dropbox-signature': signature }),
      },
    });
  const signed = (text: string, key = served.stack.credentials.appSecret): string =>
    createHmac('sha256', key).update(text).digest('hex');

  it('echoes the challenge as plain text that no browser sniffs', async () => {
    const { url } = served.server;
    const answer = await fetch(`${url}/webhook/c?challenge=${encodeURIComponent('<b>a+b</b>')}`);
    expect(await answer.text()).toBe('<b>a+b</b>');
    expect(answer.headers.get('content-type')).toBe('text/plain');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await fetch(`${url}/webhook/c`)).status).toBe(400);
  });

  it.each<[string, () => Promise<Response>]>([
    ['without a signature', () => post('c', body)],
    ['signed with another secret', () => post('c', body, signed(body, 'another'))],
    ['signed over another body', () => post('c', `${body} `, signed(body))],
    ['with a malformed signature', () => post('c', body, 'zz')],
    ['for a connector that does not exist', () => post('unknown', body, signed(body))],
  ])('refuses a notification %s with 403', async (_name, send) => {
    expect((await send()).status).toBe(403);
  });

  it('refuses a signed body that is not a notification with 400', async () => {
    for (const text of ['[]', 'nonsense', '']) expect((await post('c', text, signed(text))).status).toBe(400);
  });

  it('makes up for changes during downtime when a process starts', async () => {
    await upload('during downtime.txt');
    const another = await serve(loadConfig(served.stack.environment), served.client);
    await untilSynced('during downtime.txt');
    await another.close(0);
  }, 30_000);

  it('starts nothing during a pause; the change is synced when the pause ends', async () => {
    await served.client.pause('c');
    while (await isCollecting()) await delay(50);
    await upload('during a pause.txt');
    expect((await post('c', body, signed(body))).status).toBe(200);
    expect(await isCollecting()).toBe(false);
    await served.client.resume('c');
    await untilSynced('during a pause.txt');
  }, 30_000);

  it('forgets a notification when a pause begins before a sync has been requested', async () => {
    while (await isCollecting()) await delay(50);
    const handle = await temporal.workflow.signalWithStart(workflowTypes.collectNotifications, {
      workflowId: notificationsWorkflowId('c'),
      taskQueue: DEFAULT_TASK_QUEUE,
      args: [{ connectorId: 'c', quietMs: 600_000, longestMs: 600_000 }],
      signal: notificationSignal,
      signalArgs: [{ members: [] }],
    });
    await served.client.pause('c');
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    await served.client.resume('c');
  }, 30_000);

  it('answers 503 in time while Temporal is silent, and takes the notification when Dropbox sends it again', async () => {
    const proxy = await SilentProxy.start(served.stack.temporal.address);
    const config = loadConfig({ ...served.stack.environment, TEMPORAL_ADDRESS: proxy.address });
    const client = DropboxTeamsClient.connect(config);
    const other = await serve(config, client);
    const send = async (): Promise<number> => (await post('c', body, signed(body), other.url)).status;
    expect(await send()).toBe(200);
    await upload('while Temporal was silent.txt');
    proxy.beSilent();
    const since = Date.now();
    expect(await send()).toBe(503);
    expect(Date.now() - since).toBeLessThan(10_000);
    proxy.speak();
    expect(await send()).toBe(200);
    await untilSynced('while Temporal was silent.txt');
    await other.close(0);
    await client.close();
    await proxy.close();
  }, 60_000);

  it('answers 503 in time when Temporal is not there', async () => {
    const config = loadConfig({ ...served.stack.environment, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    const client = DropboxTeamsClient.connect(config);
    const other = await serve(config, client);
    const since = Date.now();
    expect((await post('c', body, signed(body), other.url)).status).toBe(503);
    expect(Date.now() - since).toBeLessThan(10_000);
    await other.close(0);
    await client.close();
  }, 30_000);

  it('answers 503 while a worker lacks the key of the stored credentials, and the log names the connector', async () => {
    const key = randomBytes(32).toString('base64');
    const config = loadConfig({ ...served.stack.environment, CONNECTOR_SECRET_KEY: key });
    const client = DropboxTeamsClient.connect(config);
    const lines: unknown[] = [];
    const log = createLogger('error', { write: (line) => void lines.push(JSON.parse(line)) });
    const other = await serve(config, client, {}, log);
    expect((await post('c', body, signed(body), other.url)).status).toBe(503);
    expect(lines).toEqual([expect.objectContaining({ connector: 'c', code: 'SecretKeyWrong' })]);
    await other.close(0);
    await client.close();
  }, 30_000);

  it('brings a change at Dropbox into the graph', async () => {
    await served.sandbox('webhook', { url: `${served.server.url}/webhook/c` });
    await upload('announced by webhook.txt');
    await untilSynced('announced by webhook.txt');
    expect(await count('announced by webhook.txt')).toBe(1);
  }, 30_000);

  it('understands notifications of a user-linked app, too', async () => {
    const accountId = await served.one<string>(
      'FOR m IN dropboxMembers FILTER m.status == "active" SORT m.email LIMIT 1 RETURN m.accountId',
    );
    const members = await served.client.notifiedMembers('c', {
      list_folder: { accounts: [accountId] },
      delta: { users: [1] },
    });
    expect(members).toEqual([
      await served.one('FOR m IN dropboxMembers FILTER m.accountId == @accountId RETURN m.teamMemberId', { accountId }),
    ]);
  });
});

describe('health and metrics', () => {
  let internal: Listener;
  beforeAll(async () => {
    internal = await serveInternally(loadConfig(served.stack.environment), served.client);
  });
  afterAll(() => internal.close(0));

  it('report that all is well', async () => {
    const health = await fetch(`${internal.url}/health`);
    expect(await health.json()).toEqual({
      status: 'ok',
      warnings: [expect.stringContaining('no broker is set')],
    });
    const text = await (await fetch(`${internal.url}/metrics`)).text();
    expect(text).toMatch(/dropbox_teams_last_run_complete\{connector="c"\} 1/);
    expect(text).toMatch(/dropbox_teams_access_list_age_seconds\{connector="c"\} /);
    expect(text).toMatch(/^temporal_requests_total 1$/m);
  });

  it('`status` reports who was granted nothing in the last run, and its audit events', async () => {
    const connectors = served.client.database.collection<ConnectorDocument>('dropboxConnectors');
    const { lastRun, ...synced } = await connectors.document('c');
    const ungranted = { levels: 1, invitees: 2, outsiders: 3, members: 4 };
    const events = { used: 5, withoutEffect: 6, unknown: 7, unreadable: 0 };
    // Nothing syncs this one, so that its last run stays the last one.
    await connectors.save({
      ...synced,
      _key: 'idle',
      strategy: 'manual',
      lastRun: { ...lastRun!, ungranted, events },
    });
    const { out } = await served.stack.run(['status', 'idle']);
    expect(out).toMatch(/not granted +1 access level that grants nothing, 2 invitees, 3 outsiders, 4 unknown members/);
    expect(out).toMatch(/audit events +5 used, 6 without effect, 7 of an unknown type, 0 unreadable/);
    const json = (await served.stack.run(['status', 'idle', '--json'])).json();
    expect(json).toMatchObject({ lastRun: { ungranted, events } });
  });

  it('report what does not answer: on the public listener only to those who show a token', async () => {
    const config = loadConfig({ ...served.stack.environment, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    const lonely = DropboxTeamsClient.connect(config);
    const other = await serve(config, lonely);
    const health = (token?: string): Promise<Response> =>
      fetch(`${other.url}/health`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
    const stranger = await health();
    expect(stranger.status).toBe(503);
    expect(await stranger.json()).toEqual({ status: 'unavailable' });
    expect(await (await health(served.indexing())).json()).toMatchObject({
      status: 'unavailable',
      problems: { temporal: expect.stringMatching(/does not answer/) },
    });
    expect((await fetch(`${other.url}/health/live`)).status).toBe(200);
    await other.close(0);
    await lonely.close();
  }, 20_000);

  it('have no figure of Schedules while Temporal is away, also for connectors without an interval', async () => {
    const config = loadConfig({ ...served.stack.environment, TEMPORAL_ADDRESS: '127.0.0.1:1' });
    const lonely = DropboxTeamsClient.connect(config);
    // Another listener of these tests may be in charge.
    lonely.isInCharge = async () => true;
    const other = await serveInternally(config, lonely);
    const text = await (await fetch(`${other.url}/metrics`)).text();
    expect(text).toMatch(/^dropbox_teams_connectors [1-9]/m);
    expect(text).not.toMatch(/^dropbox_teams_schedule_missing/m);
    await other.close(0);
    await lonely.close();
  }, 20_000);

  it('report in time that ArangoDB is silent', async () => {
    const proxy = await SilentProxy.start(new URL(served.stack.arango.url).host);
    const config = loadConfig({ ...served.stack.environment, ARANGO_URL: `http://${proxy.address}` });
    const client = DropboxTeamsClient.connect(config);
    const other = await serveInternally(config, client);
    proxy.beSilent();
    const since = Date.now();
    const health = await fetch(`${other.url}/health`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ problems: { arangodb: 'no answer within 4 seconds' } });
    expect(Date.now() - since).toBeLessThan(10_000);
    await other.close(0);
    await client.close();
    await proxy.close();
  }, 30_000);

  it.each(['/metrics', '/livez', '/readyz', '/'])('the public listener does not know %s', async (path) => {
    expect((await fetch(`${served.server.url}${path}`)).status).toBe(404);
  });
});
