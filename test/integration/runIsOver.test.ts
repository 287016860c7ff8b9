import { Client, Connection } from '@temporalio/client';
import { childWorkflowId } from '../../src/contract/sync';
import { findUser } from '../../src/graph/access/users';
import { standalone } from '../../src/graph/driver/graph';
import { putRecord } from '../graph/fixture';
import { FaultProxy } from '../support/faultProxy';
import { graphFaults } from '../support/graphChecks';
import { closedAfterEach } from '../support/hooks';
import { limits } from '../support/limits';
import { deleteConnector } from '../support/pipesHubOrders';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const TEAM = 'generate:members=8,groups=2,shared=4,files=160,seed=3';
const resources = closedAfterEach();

/** A stack whose worker reaches Dropbox through a proxy, which reports every call. */
async function watched(): Promise<{ stack: Stack; proxy: FaultProxy }> {
  const stack = resources.add(await Stack.start({ team: TEAM }));
  await stack.createConnector({ batchSize: 20 });
  const proxy = resources.add(await FaultProxy.start(stack.dropbox.url));
  await stack.startWorker({ DROPBOX_API_URL: proxy.url });
  return { stack, proxy };
}

/** Calls `act` once, after the given number of calls to a route. */
function afterCalls<T>(proxy: FaultProxy, route: string, number: number, act: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let calls = 0;
    proxy.onHandled = ({ path }) => {
      if (path.includes(route) && ++calls === number) act().then(resolve, reject);
    };
  });
}

/** Calls `act` once, after the given number of transactions. */
function afterCommits<T>(proxy: FaultProxy, number: number, act: () => Promise<T>): Promise<T> {
  const before = proxy.counts.commits;
  return new Promise((resolve, reject) => {
    proxy.onHandled = () => {
      if (proxy.counts.commits < before + number) return;
      proxy.onHandled = () => undefined;
      act().then(resolve, reject);
    };
  });
}

const temporalClient = async (stack: Stack): Promise<Client> =>
  new Client({ connection: resources.add(await Connection.connect({ address: stack.temporal.address })) });

const written = ['dropboxMembers', 'userAppRelation', 'syncPoints', 'groups', 'recordGroups', 'records', 'files'];
const sizes = (stack: Stack): Promise<number[]> =>
  Promise.all(written.map(async (name) => (await stack.db.collection(name).count()).count));

it('a cleanup in the middle of a run leaves nothing behind', async () => {
  const { stack, proxy } = await watched();
  const removal = afterCalls(proxy, '/files/list_folder', 3, () => stack.client.cleanup(CONNECTOR));
  await stack.client.runSync(CONNECTOR);
  await (await removal).follow(() => undefined);
  expect(await sizes(stack)).toEqual(written.map(() => 0));
  expect(await graphFaults(stack.db)).toEqual([]);
  // What still ran would have ended by then.
  await stack.worker?.stop();
  expect(await sizes(stack)).toEqual(written.map(() => 0));
});

it('a connector that is being removed starts no sync on any request, nor by a Schedule', async () => {
  const stack = resources.add(await Stack.start({ team: TEAM }));
  await stack.createConnector();
  const proxy = resources.add(await FaultProxy.start(stack.arango.url));
  await stack.startWorker({ ARANGO_URL: proxy.url });
  expect(await stack.sync()).toMatchObject({ status: 'complete' });
  const client = await temporalClient(stack);
  const args = [{ connectorId: CONNECTOR, reason: 'manual' }];
  const requests = afterCommits(proxy, 2, () =>
    Promise.allSettled([
      stack.client.syncMembers(CONNECTOR, []),
      stack.client.queueNotification(CONNECTOR, []),
      client.workflow.execute('runSync', { workflowId: 'elsewhere', taskQueue: 'dropbox-teams', args }),
      stack.client.setSchedule(CONNECTOR, '1h'),
    ]),
  );
  await (await stack.client.cleanup(CONNECTOR)).follow(() => undefined);
  expect((await requests).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
  await expect(stack.onSchedule(CONNECTOR, (handle) => handle.describe())).rejects.toThrow('not found');
  expect(await sizes(stack)).toEqual(written.map(() => 0));
  await expect(stack.client.connector(CONNECTOR)).rejects.toMatchObject({ code: 'ConnectorUnknown' });
});

it('a run in whose middle PipesHub deletes the connector leaves no record and no edge to nothing', async () => {
  const { stack, proxy } = await watched();
  const deletion = afterCalls(proxy, '/files/list_folder', 4, () => deleteConnector(stack.db, CONNECTOR));
  const run = await stack.client.runSync(CONNECTOR);
  expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'AppUnknown' } });
  await deletion;
  const client = await temporalClient(stack);
  await client.workflow.getHandle(childWorkflowId(CONNECTOR, 'deleted')).result();
  expect(await sizes(stack)).toEqual(written.map(() => 0));
  expect(await graphFaults(stack.db)).toEqual([]);
  expect(await stack.client.connector(CONNECTOR)).toMatchObject({ connectorId: CONNECTOR, paused: false });
});

it('a connector that is disabled in PipesHub in the middle of a run gets no more records, and no other run', async () => {
  const { stack, proxy } = await watched();
  const disabled = afterCalls(proxy, '/files/list_folder', 3, () =>
    stack.db.collection('apps').update(CONNECTOR, { isActive: false }),
  );
  const run = await stack.client.runSync(CONNECTOR);
  expect(await run.result()).toMatchObject({ status: 'failed', error: { code: 'ConnectorPaused' } });
  await disabled;
  expect(await stack.db.collection('apps').document(CONNECTOR)).toMatchObject({ status: 'IDLE' });
  const before = await sizes(stack);
  expect(await stack.sync()).toMatchObject({ status: 'failed', error: { code: 'ConnectorPaused' } });
  expect(await sizes(stack)).toEqual(before);
});

it('a paused connector is not synced by another program either', async () => {
  const { stack } = await watched();
  await stack.client.pause(CONNECTOR);
  const client = await temporalClient(stack);
  const elsewhere = client.workflow.execute('runSync', {
    workflowId: 'elsewhere',
    taskQueue: 'dropbox-teams',
    args: [{ connectorId: CONNECTOR, reason: 'manual' }],
  });
  await expect(elsewhere).rejects.toMatchObject({ name: 'WorkflowFailedError' });
  expect((await stack.db.collection('records').count()).count).toBe(0);
});

it('what PipesHub’s own connector left is gone after the first run, whatever its cursors say', async () => {
  const { stack } = await watched();
  const { db } = stack;
  const times = { createdAtTimestamp: 1, updatedAtTimestamp: 1 };
  const syncPointKey = `${ORGANIZATION}/${CONNECTOR}/records/DRIVE/users/dbmid:x`;
  const point = { syncPointKey, connectorId: CONNECTOR, orgId: ORGANIZATION, syncDataPointType: 'records' };
  await db.collection('syncPoints').save({ ...point, cursor: 'AAA', updatedAtTimestamp: 1 });
  const [email = ''] = await stack.activeEmails();
  const user = await findUser(standalone(db), ORGANIZATION, email);
  const userKey = user?._key ?? '';
  await putRecord(db, 'former', null, CONNECTOR, { orgId: ORGANIZATION });
  const edge = { _from: `users/${userKey}`, _to: 'records/former', role: 'READER', type: 'USER', ...times };
  await db.collection('permission').save(edge);
  expect(await stack.sync()).toMatchObject({ mode: 'full', status: 'complete' });
  expect(await db.collection('records').documentExists('former')).toBe(false);
  expect(await graphFaults(db)).toEqual([]);
  expect(await stack.sync()).toMatchObject({ mode: 'incremental', status: 'complete' });
});
