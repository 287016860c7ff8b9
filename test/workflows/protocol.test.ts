import { readFileSync } from 'node:fs';
import path from 'node:path';
import { WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import { limits } from '../support/limits';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const taskQueue = 'protocol';
const server = useWorkflowServer(taskQueue);

const text = readFileSync(path.join(__dirname, '..', '..', 'docs', 'protocol.md'), 'utf8');
const json = (found: string | undefined): object => JSON.parse(found ?? '') as object;
const [request, accepted, progress, result] = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, block]) => json(block));

/** A row of the table of workflows: its id, input and result. */
function row(type: string): { workflowId: string; args: [object]; result: object | null } {
  const [id, input, answer] = text.split(`\n| \`${type}\``)[1]?.split('\n')[0]?.split('|').slice(1) ?? [];
  const workflowId = (/`(.*)`/.exec(id ?? '')?.[1] ?? 'mine').replace('<connector>', 'C');
  const documented = /`(.*)`/.exec(answer ?? '')?.[1];
  const args: [object] = [json(/`(\{.*\})`/.exec(input ?? '')?.[1] ?? JSON.stringify(request))];
  return { workflowId, args, result: documented?.startsWith('{') ? json(documented) : null };
}

/** Values of the same types, and at least these fields. */
const like = (documented: object): unknown =>
  expect.objectContaining(
    Object.fromEntries(
      Object.entries(documented).map(([name, value]) => [name, expect.any(Object(value).constructor)]),
    ),
  );

it('a sync takes and answers what docs/protocol.md says', async () => {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const worker = await server.worker({ syncMembers: () => released.then(() => ({ gaps: [] })) });
  await worker.runUntil(async () => {
    const { workflow } = server.client;
    const startWorkflowOperation = new WithStartWorkflowOperation('runSync', {
      workflowId: 'dropbox/C/sync',
      taskQueue,
      args: [request],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    const answer = await workflow.executeUpdateWithStart('requestSync', { args: [request], startWorkflowOperation });
    expect(answer).toEqual({ answer: 'started', runId: expect.any(String) });
    expect(Object.keys(answer as object)).toEqual(Object.keys(accepted as object));
    const handle: WorkflowHandle = workflow.getHandle('dropbox/C/sync');
    expect(await handle.query('progress')).toEqual(like(progress as object));
    await handle.signal('pause');
    expect(await handle.query('progress')).toMatchObject({ paused: true });
    await handle.signal('resume');
    await handle.signal('enqueueSync', { ...request, reason: 'webhook', requestId: 'another' });
    expect(await handle.query('progress')).toMatchObject({ paused: false, queued: true });
    release();
    expect(await handle.result()).toEqual(like(result as object));
  });
});

it.each(['runIncrementalSync', 'cleanupConnector', 'reindexRecords'])('%s takes and answers it, too', async (type) => {
  const documented = row(type);
  const asked: object[] = [];
  const worker = await server.worker({
    beginCleanup: () => undefined,
    cleanupStep: () => ({ removed: 1, done: true }),
    drainOutbox: () => ({ published: 1, dropped: 0, done: true }),
    forgetConnector: () => void asked.push({ forgotten: true }),
    reindexStep: (input: object) => {
      asked.push(input);
      return { queued: 1, after: 'k', done: true };
    },
  });
  await worker.runUntil(async () => {
    const { workflowId, args } = documented;
    const answer: unknown = await server.client.workflow.execute(type, { workflowId, taskQueue, args });
    expect(answer).toEqual(like(documented.result ?? (result as object)));
    if (type === 'cleanupConnector') expect(asked).toEqual([{ forgotten: true }]);
    if (type === 'reindexRecords') expect(asked).toEqual([expect.objectContaining(args[0])]);
  });
});

it('collectNotifications takes the signal of signal-with-start, and requests a sync', async () => {
  const { workflowId, args } = row('collectNotifications');
  const asked: unknown[] = [];
  const worker = await server.worker({
    probeNamespaces: ({ members }: { members?: string[] }) => {
      asked.push(members);
      return { probed: 0, changed: 0, lost: 0, listed: 0, leaving: 0 };
    },
  });
  await worker.runUntil(async () => {
    const signalArgs: [object] = [json(/`(\{ "members".*?\})`/.exec(text)?.[1])];
    const { workflow } = server.client;
    const start = { workflowId, taskQueue, args, signal: 'notification', signalArgs };
    await (await workflow.signalWithStart('collectNotifications', start)).result();
    await workflow.getHandle('dropbox/C/sync').result();
    expect(asked).toEqual([['dbmid:…']]);
  });
});
