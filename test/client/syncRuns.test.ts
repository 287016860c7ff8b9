import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { runCommandLine } from '../../src/cli/run';
import { loadConfig, type DropboxTeamsClient } from '../../src/client';
import { SyncRuns } from '../../src/client/syncRuns';
import { TemporalAccess } from '../../src/client/temporal';
import { syncWorkflowId } from '../../src/contract/sync';
import { limits } from '../support/limits';
import { ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

let stack: Stack;
let client: DropboxTeamsClient;
beforeAll(async () => {
  stack = await Stack.startInProcess();
  client = stack.connect();
  await stack.create('c');
});
afterAll(() => stack.close());

describe('one sync at a time', () => {
  it('a request during a run joins it, a webhook is queued once, and none is lost', async () => {
    const first = await client.runSync('c');
    const [joined, queued, again] = [
      await client.runSync('c'),
      await client.handleWebhookNotification('c', { list_folder: { teams: { t: ['dbmid:a'] } } }),
      await client.handleWebhookNotification('c', { list_folder: { teams: { t: ['dbmid:b'] } } }),
    ];
    expect([first, joined, queued, again].map(({ answer }) => answer)).toEqual([
      'started',
      'joined',
      'queued',
      'queued',
    ]);
    expect(await first.progress()).toMatchObject({ connectorId: 'c', queued: true });
    for (const run of [first, joined, queued, again]) expect(await run.result()).toMatchObject({ status: 'complete' });
    expect(await client.progress('c')).toBeNull();
  });

  it('wrong arguments are refused, and the error names them', async () => {
    await expect(client.runSync('')).rejects.toMatchObject({ code: 'InvalidArgument' });
    await expect(client.runSync('c', { mode: 'sideways' as 'full' })).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringMatching(/^options\.mode: /),
    });
    await expect(client.setSettings('c', { batchSize: 0 })).rejects.toMatchObject({ code: 'InvalidArgument' });
    await expect(client.reindex('c', [])).rejects.toMatchObject({ code: 'InvalidArgument' });
    await expect(client.approve('c')).rejects.toMatchObject({ code: 'NothingHeld' });
    await expect(client.init('unknown')).rejects.toMatchObject({ code: 'ConnectorUnknown' });
    expect(await client.init('c')).toBe(true);
  });
});

it('a removal is not kept waiting for a sync that no worker serves', async () => {
  const { temporal } = loadConfig({ ...stack.environment, TEMPORAL_TASK_QUEUE: 'unserved' });
  const access = new TemporalAccess(temporal);
  const runs = new SyncRuns(access);
  const unserved = {
    code: 'WorkerUnavailable',
    message: expect.stringMatching(/^no worker serves task queue unserved/),
  };
  await expect(runs.request(ORGANIZATION, { connectorId: 'left' }, 1)).rejects.toMatchObject(unserved);
  const beganAt = Date.now();
  await expect(runs.ended('left', 60, 1)).rejects.toMatchObject(unserved);
  expect(Date.now() - beganAt).toBeLessThan(30_000);
  await access.close();
});

it('a workflow of another type under the id of the syncs is named by whatever finds it, and left alone', async () => {
  const access = new TemporalAccess(loadConfig(stack.environment).temporal);
  await stack.create('taken');
  const workflowId = syncWorkflowId('taken');
  const { workflow } = await access.client();
  const foreign = await workflow.start('someoneElses', { workflowId, taskQueue: 'of someone else', args: [] });
  const named = {
    code: 'TemporalRefused',
    message: expect.stringMatching(`type someoneElses runs under the id ${workflowId}.*terminate --workflow-id`),
  };
  await expect(client.runSync('taken', { answerWithinSeconds: 2 })).rejects.toMatchObject(named);
  await expect(client.cancel('taken')).rejects.toMatchObject(named);
  await expect(client.pause('taken')).rejects.toMatchObject(named);
  await expect(client.resume('taken')).rejects.toMatchObject(named);
  await expect(client.progress('taken')).rejects.toMatchObject(named);
  expect(await client.status('taken')).toMatchObject({ current: null, temporalProblem: named.message });
  const { events } = await foreign.fetchHistory();
  expect(events?.some(({ workflowExecutionSignaledEventAttributes: signal }) => signal)).toBe(false);
  await foreign.terminate();
  expect(await (await client.runSync('taken')).result()).toMatchObject({ status: 'complete' });
  await access.close();
});

describe('dropbox-teams authorize', () => {
  it('leads an admin through the consent and stores a refresh token that works', async () => {
    const free = createServer().listen(0, 'localhost');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, 'close');

    const [out, err] = [new PassThrough(), new PassThrough()];
    const command = runCommandLine(['authorize', 'c', '--port', String(port), '--json'], {
      env: stack.environment,
      in: Readable.from([]),
      out,
      err,
    });
    let output = '';
    while (!/^http\S+$/m.test(output)) {
      const [part] = (await once(err, 'data')) as [Buffer];
      output += part.toString('utf8');
    }
    const consent = await fetch(/^http\S+$/m.exec(output)?.[0] ?? '', {
      method: 'POST',
      body: new URLSearchParams({ answer: 'allow', member: stack.dropbox.simulator.admin.memberId }),
    });
    expect(await consent.text()).toContain('The connector is authorized');
    expect(await command).toBe(0);
    expect(JSON.parse(String(out.read()))).toMatchObject({ connectorId: 'c', teamId: stack.dropbox.simulator.teamId });
    expect(await client.testConnectionAndAccess('c')).toMatchObject({ ok: true });
  });
});
