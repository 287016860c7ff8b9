import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { startTemporalServer } from '../../sandbox/temporal/server';
import { closedAfterAll } from '../support/hooks';
import { runWorker } from '../support/inProcessWorker';
import { limits } from '../support/limits';
import { signalTrial } from './fixtures/trials';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();

it('a request to a sync that has ended in between is known by the type of the failure', async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const server = resources.add(await startTemporalServer({ port: 0 }));
  const connection = resources.add(await NativeConnection.connect({ address: server.address }));
  const client = new Client({ connection: resources.add(await Connection.connect({ address: server.address })) });
  const taskQueue = 'forward';
  await runWorker(resources, { connection, taskQueue, workflowsPath: require.resolve('./fixtures/trials') });
  const ids = { workflowId: randomUUID(), taskQueue };
  expect(await client.workflow.execute(signalTrial, { ...ids, args: ['nothing runs here'] })).toEqual({
    isNotFound: true,
  });
});
