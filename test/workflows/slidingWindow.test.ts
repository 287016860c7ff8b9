import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { startTemporalServer } from '../../sandbox/temporal/server';
import { closedAfterAll } from '../support/hooks';
import { runWorker } from '../support/inProcessWorker';
import { limits } from '../support/limits';
import { continueSignal, rejectingTrial, windowTrial, type WindowReport, type WindowTrial } from './fixtures/trials';

jest.setTimeout(limits.syncs);

const QUEUE = 'sliding-window';

const resources = closedAfterAll();
let client: Client;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const server = resources.add(await startTemporalServer({ port: 0 }));
  const native = resources.add(await NativeConnection.connect({ address: server.address }));
  const connection = resources.add(await Connection.connect({ address: server.address }));
  client = new Client({ connection });
  await runWorker(resources, {
    connection: native,
    taskQueue: QUEUE,
    workflowsPath: require.resolve('./fixtures/trials'),
  });
});

const start = (trial: WindowTrial) =>
  client.workflow.start(windowTrial, { taskQueue: QUEUE, workflowId: randomUUID(), args: [trial] });
const tried = async (trial: WindowTrial): Promise<WindowReport> => (await start(trial)).result();

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

it('runs every item, never more than its size at once, and refills as items end', async () => {
  // The first item takes as long as all the others together: it occupies one slot, and does not stop the others.
  const report = await tried({ size: 3, items: ['longest', 50, 10, 80, 20, 60, 30, 40, 10, 50] });
  expect(report.most).toBe(3);
  expect(report.started).toEqual(upTo(10));
  expect([...report.ended].sort((a, b) => a - b)).toEqual(upTo(10));
  expect(report.ended.at(-1)).toBe(0);
  expect(report.stopped).toBe(false);
});

it('with fewer items than slots starts them all at once', async () => {
  expect(await tried({ size: 10, items: [20, 20, 20] })).toMatchObject({ most: 3, ended: [0, 1, 2], stopped: false });
  expect(await tried({ size: 10, items: [] })).toMatchObject({ most: 0, ended: [], stopped: false });
});

it('stops on request, once the running items have ended', async () => {
  const report = await tried({ size: 2, items: [100, 300, 50, 50, 50], stopAfter: 2 });
  expect(report.stopped).toBe(true);
  expect(report.started).toEqual([0, 1]);
  expect([...report.ended].sort()).toEqual([0, 1]);
});

it('starts nothing while starts are delayed, and continues afterwards', async () => {
  const handle = await start({ size: 2, items: [10, 10, 10, 10], holdAfter: 1 });
  await handle.signal(continueSignal);
  const report = await handle.result();
  expect(report.startedWhileHeld).toBeLessThanOrEqual(1);
  expect(report.started).toEqual(upTo(4));
});

it('an item that rejects ends the window with its error, once the running items have ended', async () => {
  const handle = await client.workflow.start(rejectingTrial, { taskQueue: QUEUE, workflowId: randomUUID(), args: [] });
  const { message, started, ended } = await handle.result();
  expect(message).toBe('item 1 rejects');
  // The other running item ended, and no further one started.
  expect({ started, ended }).toEqual({ started: 2, ended: 1 });
});
