import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, RawValue } from '@temporalio/common';
import {
  cleanupWorkflowId,
  notificationsWorkflowId,
  syncWorkflowId,
  workflowTypes,
  type SyncOutcome,
  type SyncProgress,
} from '../../src/contract/sync';
import * as workflows from '../../src/workflows';
import { gate } from '../support/gate';
import { limits } from '../support/limits';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const QUEUE = 'malformed-input';
const server = useWorkflowServer(QUEUE);

/** A payload as a program in another language, with a converter of its own, may send it. */
const payload = (encoding: string, data: string): RawValue =>
  RawValue.fromPayload({ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) });

/** Arguments that a program, or an operator in the UI, may send. */
const malformed: unknown[][] = [
  [payload('json/plain', '{"connectorId":')],
  [payload('json/plain', '')],
  [payload('json/plain', '\xff')],
  [payload('json/protobuf', '{}')],
  [payload('binary/protobuf', '\n')],
  [payload('binary/plain', 'bytes')],
  [payload('another', '')],
  [RawValue.fromPayload({ data: Buffer.from('{}') })],
  [],
  [null],
  [5],
  ['text'],
  [true],
  [[]],
  [[1, 2]],
  [{}],
  [{ connectorId: 5, mode: 'sideways', members: 'all', dryRun: 'no', reason: {}, requestId: [] }],
  [{ connectorId: 'another one' }],
  [{ namespaceId: 5, members: [null, 3] }],
];

/** The failed workflow tasks of a workflow: each one would be tried again without end. */
async function failedTasks(workflowId: string): Promise<unknown[]> {
  const { events } = await server.client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) => (failed ? [failed] : []));
}

describe('a sync', () => {
  it('completes, whatever signals, updates and queries bring', async () => {
    const connectorId = randomUUID();
    const { opened, open } = gate();
    const running = await server.worker({ syncMembers: () => opened.then(() => ({ gaps: [] })) });
    await running.runUntil(async () => {
      const workflowId = syncWorkflowId(connectorId);
      const handle = await server.client.workflow.start(workflowTypes.runSync, {
        workflowId,
        taskQueue: QUEUE,
        args: [{ connectorId }],
      });
      for (const args of malformed) {
        for (const signal of ['enqueueSync', 'pause', 'resume', 'approve', 'reject', 'unknown']) {
          await handle.signal(signal, ...args);
        }
        await expect(handle.executeUpdate('requestSync', { args: args as [unknown] })).rejects.toBeInstanceOf(
          WorkflowUpdateFailedError,
        );
        expect(await handle.query<SyncProgress, unknown[]>('progress', ...args)).toMatchObject({ connectorId });
      }
      const progress = await handle.query<SyncProgress>('progress');
      expect(progress).toMatchObject({ queued: false, paused: false, ignored: malformed.length });
      open();
      expect((await handle.result()) as SyncOutcome).toMatchObject({ status: 'complete' });
      expect(await failedTasks(workflowId)).toEqual([]);
    });
  });

  it('takes a request whose optional fields are null', async () => {
    const connectorId = randomUUID();
    const running = await server.worker();
    await running.runUntil(async () => {
      const args = [{ connectorId, mode: null, members: null, dryRun: null, reason: null, another: 1 }];
      const options = { workflowId: syncWorkflowId(connectorId), taskQueue: QUEUE, args };
      expect(await server.client.workflow.execute(workflowTypes.runSync, options)).toMatchObject({
        status: 'complete',
      });
    });
  });
});

describe.each(['removal of a connector', 'collection of notifications'])('a %s', (what) => {
  it('completes, whatever signals and queries bring', async () => {
    const connectorId = randomUUID();
    const isRemoval = what === 'removal of a connector';
    const { opened, open } = gate();
    let begun = 0;
    const running = await server.worker({
      beginCleanup: () => void (begun += 1),
      cleanupStep: () => opened.then(() => ({ removed: 1, done: true })),
      drainOutbox: () => ({ published: 0, dropped: 0, done: true }),
      forgetConnector: () => undefined,
    });
    await running.runUntil(async () => {
      const workflowId = isRemoval ? cleanupWorkflowId(connectorId) : notificationsWorkflowId(connectorId);
      const type = isRemoval ? workflowTypes.cleanupConnector : workflowTypes.collectNotifications;
      const args = [{ connectorId, ...(isRemoval ? { runId: null } : { members: ['dbmid:a'], quietMs: 500 }) }];
      const handle = await server.client.workflow.start(type, { workflowId, taskQueue: QUEUE, args });
      for (const sent of malformed) {
        await handle.signal('notification', ...sent);
        if (isRemoval) await handle.query('cleanupProgress', ...sent);
      }
      open();
      await handle.result();
      expect(begun).toBe(isRemoval ? 1 : 0);
      expect(await failedTasks(workflowId)).toEqual([]);
      if (!isRemoval) await server.client.workflow.getHandle(syncWorkflowId(connectorId)).result();
    });
  });
});

describe('an input that no workflow can work with', () => {
  const noInput = malformed.filter(
    ([first]) => (first as { connectorId?: unknown } | undefined)?.connectorId !== 'another one',
  );
  const base = { connectorId: 'c', runId: 'r' };
  /** Longer in bytes than Temporal lets an id of a workflow be. */
  const tooLong = { connectorId: 'é'.repeat(500) };
  /** By the type of the workflow, inputs with a malformed field. */
  const withMalformedFields: Record<string, object[]> = {
    runSync: [tooLong, { ...base, members: 1 }, { ...base, state: 5 }, { ...base, state: { runId: 'r', counts: 5 } }],
    runIncrementalSync: [tooLong, { ...base, members: [1] }],
    collectNotifications: [tooLong, { ...base, quietMs: 'soon' }],
    cleanupConnector: [tooLong, { ...base, removed: {} }, { ...base, keepSettings: 'no' }],
    reindexRecords: [tooLong, { ...base, recordKeys: 1 }, { ...base, progress: 'half' }],
    syncRemovals: [{ ...base, soFar: 1 }],
    purgeRecords: [{ ...base, soFar: 1 }],
    syncUsers: [{ connectorId: 'c' }],
    syncUserGroups: [{ connectorId: 'c', runId: '' }],
    syncRecordGroups: [{ ...base, soFar: 1 }],
    syncSharing: [{ runId: 'r' }],
    syncUserFolders: [{ ...base }, { ...base, delegate: 'd', namespaceIds: [1] }],
  };

  it('is listed here for every type of workflow', async () => {
    expect(Object.keys(withMalformedFields).sort()).toEqual(Object.keys(workflows).sort());
  });

  it.each(Object.keys(withMalformedFields))('fails a %s once, and says what is wrong', async (type) => {
    const running = await server.worker();
    await running.runUntil(async () => {
      for (const args of [...noInput, ...(withMalformedFields[type] ?? []).map((input) => [input])]) {
        const workflowId = `malformed-${randomUUID()}`;
        const failed: unknown = await server.client.workflow
          .execute(type, { workflowId, taskQueue: QUEUE, args })
          .catch((error: unknown) => error);
        expect(failed).toBeInstanceOf(WorkflowFailedError);
        expect((failed as WorkflowFailedError).cause).toBeInstanceOf(ApplicationFailure);
        expect((failed as WorkflowFailedError).cause).toMatchObject({ type: 'InvalidArgument', nonRetryable: true });
        expect(await failedTasks(workflowId)).toEqual([]);
      }
    });
  });

  it.each(Object.keys(workflows).filter((type) => type !== workflowTypes.runSync))(
    'is that of a %s under the id of the sync: it fails, and names the type that belongs there',
    async (type) => {
      const connectorId = randomUUID();
      const running = await server.worker();
      await running.runUntil(async () => {
        const workflowId = syncWorkflowId(connectorId);
        const args = [
          { connectorId, runId: 'r', delegate: 'd', namespaceIds: [], startedAt: 1, quietMs: 1, longestMs: 1 },
        ];
        await expect(
          server.client.workflow.execute(type, { workflowId, taskQueue: QUEUE, args }),
        ).rejects.toMatchObject({
          cause: { type: 'InvalidArgument', message: expect.stringContaining('for runSync') },
        });
      });
    },
  );
});
