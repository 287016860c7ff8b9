import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { childWorkflowId, syncWorkflowId, userWorkflowId } from '../../src/contract/sync';
import { FaultProxy } from '../support/faultProxy';
import { graphFaults } from '../support/graphChecks';
import { differences, dumpGraph } from '../support/graphDump';
import { closedAfterAll } from '../support/hooks';
import { Installation } from '../support/installation';
import { ANSWER_WITHIN_SECONDS, limits } from '../support/limits';
import { CONNECTOR, Stack } from '../support/stack';
import { WorkerProcess } from '../support/workerProcess';

jest.setTimeout(limits.syncs);

/** Name of the worker deployment, the task queue and the database. */
const UPGRADED = 'upgraded';

describe('an upgrade of the worker in the middle of a sync', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  let dropbox: FaultProxy;
  let undisturbed: Installation;
  let upgraded: Installation;
  let temporal: Client;

  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'demo', transactionIdleSeconds: 2 }));
    dropbox = resources.add(await FaultProxy.start(stack.dropbox.url));
    undisturbed = await Installation.create(stack, 'undisturbed');
    upgraded = await Installation.create(stack, UPGRADED, {
      more: { DROPBOX_API_URL: dropbox.url, TEMPORAL_DEPLOYMENT_NAME: UPGRADED },
    });
    const connection = resources.add(await Connection.connect({ address: stack.temporal.address }));
    temporal = new Client({ connection });
  });

  it('ends phases on the version that began them, the rest on the new one, and in the same graph', async () => {
    await undisturbed.startWorker();
    expect(await undisturbed.sync()).toMatchObject({ status: 'complete', mode: 'full' });

    const former = await startVersion('former');
    // No folder can be listed until the gate opens, so a listing is under way during the upgrade.
    let isOpen = false;
    dropbox.decide = ({ path }) =>
      isOpen || !path.endsWith('/files/list_folder') ? undefined : { status: 429, retryAfterSeconds: 1 };
    const request = await upgraded.client.runSync(CONNECTOR, { answerWithinSeconds: ANSWER_WITHIN_SECONDS });
    const outcome = request.result();
    const listing = await until(async () =>
      (await running()).find((id) => id.startsWith(userWorkflowId(CONNECTOR, ''))),
    );
    await until(async () => dropbox.counts.faults > 0);

    await startVersion('new');
    await upgraded.client.pause(CONNECTOR);
    isOpen = true;
    // The paused sync begins no other phase, so the former version is drained.
    await until(async () => (await running('former')).length === 0);
    await former.stop();
    expect(await versionOf(listing)).toBe('former');
    expect(await versionOf(syncWorkflowId(CONNECTOR))).toBe('new');

    await upgraded.client.resume(CONNECTOR);
    expect(await outcome).toMatchObject({ status: 'complete', mode: 'full', deadLetters: 0 });
    expect(await versionOf(childWorkflowId(CONNECTOR, 'sharing'))).toBe('new');
    expect(differences(await dumpGraph(undisturbed.db), await dumpGraph(upgraded.db))).toEqual([]);
    expect(await graphFaults(upgraded.db)).toEqual([]);
    expect(await upgraded.sync()).toMatchObject({ status: 'complete', mode: 'incremental' });
  });

  /** Starts a worker, and makes its version the current one. */
  async function startVersion(buildId: string): Promise<WorkerProcess> {
    const environment = { ...upgraded.environment, TEMPORAL_WORKER_BUILD_ID: buildId };
    const worker = await WorkerProcess.start(environment, resources);
    const version = { namespace: 'default', deploymentName: UPGRADED, buildId };
    // The server knows a version once a worker of it has polled.
    await until(async () => {
      try {
        await temporal.workflowService.setWorkerDeploymentCurrentVersion(version);
        return true;
      } catch {
        return false;
      }
    });
    return worker;
  }

  /** Ids of the workflows of the upgraded installation that are running, of all versions or of one. */
  async function running(buildId?: string): Promise<string[]> {
    const ids: string[] = [];
    const ofVersion = buildId === undefined ? '' : ` AND TemporalWorkerDeploymentVersion = '${UPGRADED}:${buildId}'`;
    const query = `TaskQueue = '${UPGRADED}' AND ExecutionStatus = 'Running'${ofVersion}`;
    for await (const { workflowId } of temporal.workflow.list({ query })) ids.push(workflowId);
    return ids;
  }

  async function versionOf(workflowId: string): Promise<string | null | undefined> {
    const { raw } = await temporal.workflow.getHandle(workflowId).describe();
    return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
  }
});

/** Waits for something that is neither undefined nor false. The time limit of the test ends a wait in vain. */
async function until<T>(find: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    await delay(100);
  }
}
