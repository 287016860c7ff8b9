import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DemoCompany } from '../../sandbox/demo/changes';
import {
  DEFAULT_TASK_QUEUE,
  notificationSignal,
  notificationsWorkflowId,
  syncWorkflowId,
  workflowTypes,
} from '../../src/client';
import { loadConfig } from '../../src/config';
import { CONNECTOR, Stack } from '../support/stack';
import { serve } from './fixture';

/** Longer than it takes to kill a process on a busy machine. */
const QUIET_MS = 10_000;
/** Events of a history up to its first timer. */
const EVENTS_TO_TIMER = 6;

describe('a notification', () => {
  let stack: Stack;
  let connection: Connection;
  let temporal: Client;

  beforeAll(async () => {
    stack = await Stack.start({ team: 'generate:members=3,groups=1,shared=1,files=10,seed=5' });
    connection = await Connection.connect({ address: stack.temporal.address });
    temporal = new Client({ connection });
    await stack.createConnector();
    await stack.startWorker();
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
  }, 120_000);
  afterAll(async () => {
    await connection.close();
    await stack.close();
  }, 30_000);

  it('leads to a sync by another worker when server and worker end before the sync is requested', async () => {
    const company = await DemoCompany.open(stack.dropbox.url);
    const [first, second] = company.members;
    if (!first || !second) throw new Error('the company has too few members');
    await company.as(second).filesUpload({ path: '/before the crash.txt', contents: 'words' });
    const collecting = await temporal.workflow.signalWithStart(workflowTypes.collectNotifications, {
      workflowId: notificationsWorkflowId(CONNECTOR),
      taskQueue: DEFAULT_TASK_QUEUE,
      args: [{ connectorId: CONNECTOR, quietMs: QUIET_MS, longestMs: 10 * QUIET_MS }],
      signal: notificationSignal,
      signalArgs: [{ members: [first.teamMemberId] }],
    });
    while ((await collecting.describe()).historyLength < EVENTS_TO_TIMER) await delay(20);

    const server = await serve(loadConfig(stack.environment), stack.client);
    const body = JSON.stringify({ list_folder: { teams: { 'dbtid:1': [second.teamMemberId] } } });
    const signature = createHmac('sha256', (await stack.info()).app_secret)
      .update(body)
      .digest('hex');
    const answer = await fetch(`${server.url}/webhook/${CONNECTOR}`, {
      method: 'POST',
      body,
      headers: { 'x-dropbox-signature': signature },
    });
    expect(answer.status).toBe(200);
    await stack.worker?.kill();
    await server.close(0);
    expect((await collecting.describe()).status.name).toBe('RUNNING');

    await stack.startWorker();
    await collecting.result();
    const sync = temporal.workflow.getHandle(syncWorkflowId(CONNECTOR));
    expect(await sync.result()).toMatchObject({ status: 'complete', records: { added: 1 } });
  }, 120_000);
});
