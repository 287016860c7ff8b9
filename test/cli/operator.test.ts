import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { DemoCompany } from '../../sandbox/demo/changes';
import { freePort } from '../../src/server/freePort';
import { closedAfterAll, closedAfterEach } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';
import { WorkerProcess } from '../support/workerProcess';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
const ofTest = closedAfterEach();
let stack: Stack;

beforeAll(async () => {
  stack = resources.add(await Stack.startInProcess());
  await stack.create('c');
});

const away = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
const withoutNamespace = { TEMPORAL_NAMESPACE: 'nowhere' };
const create = (org: string, connector: string): string[] => [
  ...['create', '--org', org, '--connector', connector, '--app-key', 'k', '--app-secret', 's'],
];

describe('an error says what to type or to check next', () => {
  it.each([
    [create('nowhere', CONNECTOR), `no organization nowhere: .* it has: ${ORGANIZATION}$`],
    [create(ORGANIZATION, 'mistyped'), `no app mistyped: .* it has: c, ${CONNECTOR}$`],
    [create(ORGANIZATION, 'c'), 'c exists already: continue with it by dropbox-teams setup --connector c'],
    [['sync', 'mistyped'], 'no connector mistyped .*: dropbox-teams status shows those that exist'],
    [['approve', 'c', '--namespace', '5'], 'nothing in namespace 5 of c is held'],
  ])('%j', async (args, message) => {
    const { code, err } = await stack.run(args);
    expect(code).toBe(1);
    expect(err.trim()).toMatch(new RegExp(message));
    expect(err).not.toContain('cleanup');
  });

  it('a namespace that Temporal does not have', async () => {
    const result = await stack.run(['sync', 'c', '--json'], withoutNamespace);
    expect(result).toMatchObject({
      code: 1,
      err: expect.stringMatching(/no namespace nowhere: check TEMPORAL_NAMESP/),
    });
    expect(result.json()).toMatchObject({ status: 'failed', error: { code: 'TemporalRefused' } });
  });

  it('a test that fails: how to authorize again', async () => {
    const { grants, admin } = stack.dropbox.simulator;
    const grant = grants.add({ kind: 'team', adminMemberId: admin.memberId }, new Set(['team_info.read']));
    await stack.create('scopes');
    await stack.client.setCredentials('scopes', { refreshToken: grant.refreshToken });
    const { code, out } = await stack.run(['test', 'scopes']);
    expect(code).toBe(1);
    expect(out.trim().split('\n').at(-1)).toBe('then: dropbox-teams authorize scopes');
  });

  it('a wrong app secret: how to give another one', async () => {
    await stack.create('secret');
    await stack.client.setCredentials('secret', { appSecret: 'wrong' });
    const { out } = await stack.run(['test', 'secret']);
    expect(out).toContain('dropbox-teams authorize secret --app-secret-file FILE');
    expect(out).not.toContain('then:');
  });

  it('Dropbox that is out of reach: the reason, and what may stand between', async () => {
    const { code, err } = await stack.run(['test', 'c'], { DROPBOX_API_URL: `http://127.0.0.1:${await freePort()}` });
    expect(code).toBe(1);
    expect(err).toMatch(/could not be reached for oauth2\/token: .*ECONNREFUSED.*; check the network, and HTTPS_PROXY/);
  });
});

describe('a command that fails', () => {
  it.each(['pause', 'resume'])('has done nothing: %s without Temporal', async (name) => {
    await stack.run([name === 'pause' ? 'resume' : 'pause', 'c']);
    const before = (await stack.run(['status', 'c', '--json'])).json().paused;
    for (const env of [away, withoutNamespace]) expect((await stack.run([name, 'c'], env)).code).toBe(1);
    expect((await stack.run(['status', 'c', '--json'])).json().paused).toBe(before);
    await stack.run(['resume', 'c']);
  });

  it('does not say what would change: a dry run', async () => {
    await stack.create('bad', ['--refresh-token', 'x']);
    const result = await stack.run(['sync', 'bad', '--dry-run']);
    expect(result).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^CredentialsRefused: /) });
  });

  it('names keys that are of no file: reindex', async () => {
    const result = await stack.run(['reindex', 'c', 'mistyped']);
    expect(result).toMatchObject({ code: 1, err: '1 of these keys is of no file of c\n' });
  });
});

it('filters that are taken back while a part of their effect awaits approval leave nothing missing', async () => {
  await stack.create('filters');
  expect((await stack.run(['sync', 'filters'])).code).toBe(0);
  await stack.run(['configure', 'filters', '--extensions', 'pdf']);
  expect((await stack.run(['sync', 'filters', '--json'])).json()).toMatchObject({ status: 'partial' });
  await stack.run(['configure', 'filters', '--no-filters']);
  expect((await stack.run(['sync', 'filters', '--json'])).json()).toMatchObject({ status: 'complete' });
  expect((await stack.run(['verify', 'filters', '--json'])).json()).toMatchObject({ ok: true, missing: 0 });
});

it('verify names what awaits approval, which no repair does', async () => {
  await stack.create('held');
  expect((await stack.run(['sync', 'held'])).code).toBe(0);
  await stack.run(['configure', 'held', '--guard-percent', '0', '--guard-items', '0']);
  const company = await DemoCompany.open(stack.dropbox.url);
  const [bruno] = company.members.filter(({ email }) => email.startsWith('bruno'));
  await company.as(bruno!).filesDeleteV2({ path: '/Engineering/Measurements' });
  expect((await stack.run(['sync', 'held'])).code).toBe(3);
  const { code, out } = await stack.run(['verify', 'held']);
  expect(code).toBe(3);
  expect(out).toMatch(
    /awaiting approval in Engineering .*\ndecide with: dropbox-teams approve held, or .* reject held\n$/,
  );
});

it('cleanup says that it cancels the sync under way, for whose end it waits', async () => {
  await stack.create('busy');
  stack.dropbox.simulator.latencyMs = 300;
  await stack.run(['sync', 'busy', '--no-wait']);
  const { code, err } = await stack.run(['cleanup', 'busy', '--yes']);
  stack.dropbox.simulator.latencyMs = 0;
  expect(err).toBe('a sync of busy is under way: it is cancelled first\n');
  expect(code).toBe(0);
});

describe('a sync that was requested for another task queue', () => {
  it('is shown, and named to who asks for the next one', async () => {
    const request = (queue?: string) =>
      stack.connect(queue === undefined ? {} : { TEMPORAL_TASK_QUEUE: queue }).runSync('c', { answerWithinSeconds: 1 });
    await expect(request('other')).rejects.toMatchObject({ code: 'WorkerUnavailable' });
    expect((await stack.run(['status', 'c'])).out).toMatch(/now +a sync waits: no worker answers on task queue other/);
    expect((await stack.run(['status', 'c', '--json'])).json()).toMatchObject({ current: null, unansweredOn: 'other' });
    await expect(request()).rejects.toMatchObject({
      code: 'WorkerUnavailable',
      message: expect.stringMatching(
        /task queue other, and .* temporal workflow terminate --workflow-id dropbox\/c\/sync --namespace default$/,
      ),
    });
    const cancelled = await stack.run(['cancel', 'c']);
    expect(cancelled).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^requested, but no worker answers on task queue other: .* --workflow-id dropbox\/c\/sync --namespace default\n$/,
      ),
    });
    expect((await stack.run(['cancel', 'c', '--json'])).json()).toMatchObject({
      cancelled: true,
      unansweredOn: 'other',
    });
  });
});

it('a cancellation of a sync that no worker can continue says so, and how to end the sync', async () => {
  await stack.create('stuck');
  const otherKey = { TEMPORAL_PAYLOAD_KEY: randomBytes(32).toString('base64') };
  const request = stack.connect(otherKey).runSync('stuck', { answerWithinSeconds: 1 });
  await expect(request).rejects.toMatchObject({ code: 'WorkerUnavailable' });
  while ((await stack.run(['status', 'stuck', '--json'])).json()['temporalProblem'] === undefined);
  expect(await stack.run(['cancel', 'stuck'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(
      /^requested, but no worker can continue .* temporal workflow terminate --workflow-id dropbox\/stuck\/sync --namespace default\n$/,
    ),
  });
  expect((await stack.run(['cancel', 'stuck', '--json'])).json()).toMatchObject({
    temporalProblem: expect.stringContaining('the log of a worker says why'),
  });
});

it('a worker without a listener says in one line which server it listens to', async () => {
  const worker = await WorkerProcess.start({ ...stack.environment, TEMPORAL_TASK_QUEUE: 'unused' }, stack.resources);
  expect(worker.announced).toEqual([`listening on http://${stack.environment['TEMPORAL_ADDRESS']}`]);
});

describe('a worker that cannot start', () => {
  it('names the setting of a port that is taken', async () => {
    const taken = ofTest.add(createServer().listen(0, '127.0.0.1'));
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    for (const name of ['ADMIN_PORT', 'HTTP_PORT']) {
      const started = WorkerProcess.start({ ...stack.environment, [name]: port }, stack.resources);
      await expect(started).rejects.toThrow(new RegExp(`${name} .* can't be used: .*EADDRINUSE`));
    }
  });

  it.each([
    ['a Temporal that does not answer in TLS', 'TEMPORAL_TLS', 'true', /\(it does not answer in TLS\)/],
    [
      'an ArangoDB that does not answer in TLS',
      'ARANGO_URL',
      'https',
      /^.*wrong version number.* ARANGO_URL is right\n?$/,
    ],
  ])('names %s in one line', async (_what, name, value, line) => {
    const setting = name === 'ARANGO_URL' ? stack.arango.url.replace('http', value) : value;
    const started = WorkerProcess.start({ ...stack.environment, [name]: setting }, stack.resources);
    await expect(started).rejects.toThrow(line);
  });

  it('names a namespace that Temporal does not have', async () => {
    const started = WorkerProcess.start({ ...stack.environment, ...withoutNamespace }, stack.resources);
    await expect(started).rejects.toThrow(/Temporal has no namespace nowhere: check TEMPORAL_NAMESPACE/);
  });
});

it('a worker whose terminal is closed stops gracefully', async () => {
  const worker = await WorkerProcess.start({ ...stack.environment, TEMPORAL_TASK_QUEUE: 'hung-up' }, stack.resources);
  await worker.stop('SIGHUP');
  expect(worker.exitCode).toBe(0);
});
