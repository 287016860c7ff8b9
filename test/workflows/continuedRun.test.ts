import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime, DefaultLogger, type Worker } from '@temporalio/worker';
import { startTemporalServer, temporalServerPath } from '../../sandbox/temporal/server';
import { syncWorkflowId, type SyncOutcome } from '../../src/contract/sync';
import { closedAfterAll, closedAfterEach } from '../support/hooks';
import { limits } from '../support/limits';
import { createWorker } from '../support/resources';
import { WORKFLOW_BUNDLE } from '../support/workflowBundle';
import { quietActivities, type Answers } from './fixtures/quietActivities';

jest.setTimeout(limits.syncs);

/** Events after which this server suggests to continue as new; its own default is 4,096. */
const SUGGESTED_AFTER = 60;
const DELEGATES = Array.from({ length: 40 }, (_, at) => `dbmid:${String(at).padStart(3, '0')}`);
const QUEUE = 'continued-run';

const answers: Answers = {
  discoverNamespaces: () => ({ namespaces: DELEGATES.length, gaps: [] }),
  probeNamespaces: () => ({ probed: 0, changed: 0, lost: 0, listed: DELEGATES.length, leaving: 0 }),
  nextDelegates: ({ after }: { after: string }) =>
    DELEGATES.filter((delegate) => delegate > after).map((delegate) => ({ delegate, namespaceIds: [delegate] })),
};

describe('a run', () => {
  const resources = closedAfterAll();
  const ofTest = closedAfterEach();
  let native: NativeConnection;
  let client: Client;

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const folder = await mkdtemp(path.join(tmpdir(), 'continued-run-'));
    resources.defer(() => rm(folder, { recursive: true }));
    const executable = path.join(folder, 'temporal');
    const setting = `limit.historyCount.suggestContinueAsNew=${SUGGESTED_AFTER}`;
    await writeFile(
      executable,
      `#!/bin/sh\nexec '${await temporalServerPath()}' "$@" --dynamic-config-value ${setting}\n`,
    );
    await chmod(executable, 0o755);
    const server = resources.add(await startTemporalServer({ port: 0, executable }));
    native = resources.add(await NativeConnection.connect({ address: server.address }));
    const connection = resources.add(await Connection.connect({ address: server.address }));
    client = new Client({ connection });
  });

  const worker = (more: Answers): Promise<Worker> =>
    createWorker(ofTest, {
      connection: native,
      taskQueue: QUEUE,
      workflowBundle: WORKFLOW_BUNDLE,
      activities: quietActivities({ ...answers, ...more }),
    });

  it('with a long history continues as new, and counts all of it', async () => {
    const listed: string[] = [];
    const running = await worker({
      syncNamespace: ({ namespaceId }: { namespaceId: string }) => {
        listed.push(namespaceId);
        return { done: true, added: 1 };
      },
    });
    const outcome = await running.runUntil(async () => {
      const handle = await client.workflow.start('runSync', {
        workflowId: syncWorkflowId('dropbox-1'),
        taskQueue: QUEUE,
        args: [{ connectorId: 'dropbox-1' }],
      });
      const result = (await handle.result()) as SyncOutcome;
      const first = client.workflow.getHandle(syncWorkflowId('dropbox-1'), handle.firstExecutionRunId);
      expect((await first.describe()).status.name).toBe('CONTINUED_AS_NEW');
      return result;
    });
    expect(outcome).toMatchObject({ status: 'complete', records: { added: DELEGATES.length } });
    expect([...listed].sort()).toEqual(DELEGATES);
  });
});
