import { randomUUID } from 'node:crypto';
import { Runtime } from '@temporalio/worker';
import { logAttributes } from '../../src/activities/runtime/logAttributes';
import { syncWorkflowId, workflowTypes } from '../../src/contract/sync';
import { failure } from '../../src/failures';
import { createLogger, temporalLogger } from '../../src/log';
import { limits } from '../support/limits';
import { refused } from './fixtures/quietActivities';
import { useWorkflowServer } from './fixtures/temporal';

jest.setTimeout(limits.syncs);

const QUEUE = 'run-log';

/** Fields of a log line. */
type Line = Record<string, unknown>;

const written: string[] = [];
const linesOf = (connector: string): Line[] =>
  written.map((line) => JSON.parse(line) as Line).filter((line) => line['connector'] === connector);

beforeAll(() => {
  Runtime.install({ logger: temporalLogger(createLogger('info', { write: (line) => void written.push(line) })) });
  // The server of the tests installs a runtime with a logger of its own, which the first one keeps out.
  jest.spyOn(Runtime, 'install').mockReturnValue(Runtime.instance());
});

const server = useWorkflowServer(QUEUE);

/** Starts a run as a program does that knows nothing of search attributes. */
async function run(answers: Parameters<typeof server.worker>[0]): Promise<{ connectorId: string; runId: string }> {
  const connectorId = randomUUID();
  const worker = await server.worker(answers, { interceptors: { activity: [logAttributes] } });
  const runId = await worker.runUntil(async () => {
    const handle = await server.client.workflow.start(workflowTypes.runSync, {
      workflowId: syncWorkflowId(connectorId),
      taskQueue: QUEUE,
      args: [{ connectorId, reason: 'pipeshub' }],
    });
    await handle.result().catch(() => undefined);
    return handle.firstExecutionRunId;
  });
  return { connectorId, runId };
}

it('a run logs its begin, phases, gaps, what is held, and its end with counts; each line says whose run it is', async () => {
  const held = { namespaceId: '7', deletes: 200, revokes: 0, total: 300 };
  const { connectorId, runId } = await run({
    discoverNamespaces: () => ({ namespaces: 1, gaps: ['namespace 5: unreadable'], recordGroups: 3 }),
    countProblems: () => ({
      gaps: ['namespace 5: unreadable'],
      held: [held],
      deadLetters: 2,
      orphans: false,
      events: false,
    }),
  });
  const lines = linesOf(connectorId).filter(({ activityType }) => activityType === undefined);
  expect(lines.map(({ msg, phase }) => (msg === 'phase' ? phase : msg))).toEqual([
    ...['starting', 'run begun', 'users', 'groups', 'recordGroups', 'gap', 'folders', 'sharing'],
    ...['finishing', 'held', 'done', 'run ended'],
  ]);
  for (const line of lines) {
    expect(line).toMatchObject({ connector: connectorId, run: runId, level: expect.any(String) });
    expect(line).not.toHaveProperty('taskToken');
    if (line['phase'] !== 'starting') expect(line).toMatchObject({ organization: 'acme' });
  }
  expect(lines.find(({ msg }) => msg === 'run begun')).toMatchObject({ mode: 'incremental', reason: 'pipeshub' });
  expect(lines.find(({ msg }) => msg === 'gap')).toMatchObject({ level: 'warn', gap: 'namespace 5: unreadable' });
  expect(lines.find(({ msg }) => msg === 'held')).toMatchObject({ level: 'warn', ...held });
  expect(lines.at(-1)).toMatchObject({
    level: 'warn',
    status: 'partial',
    recordGroups: 3,
    gaps: 1,
    held: 1,
    deadLetters: 2,
  });
});

it('a failed run logs why, also with the lines of Temporal about its activities', async () => {
  const { connectorId, runId } = await run({
    syncGroups: () => {
      throw refused();
    },
  });
  const lines = linesOf(connectorId);
  expect(lines.find(({ msg }) => msg === 'run ended')).toMatchObject({
    level: 'error',
    status: 'failed',
    code: 'CredentialsRefused',
  });
  const activity = lines.find(({ activityType }) => activityType === 'syncGroups');
  expect(activity).toMatchObject({ level: 'warn', connector: connectorId, organization: 'acme', run: runId });
});

it('the run of a connector that PipesHub has disabled ends without an error', async () => {
  const { connectorId } = await run({
    beginRun: () => {
      throw failure('ConnectorPaused', 'PipesHub has disabled the connector');
    },
  });
  expect(linesOf(connectorId).find(({ msg }) => msg === 'run ended')).toMatchObject({
    level: 'info',
    status: 'failed',
    code: 'ConnectorPaused',
  });
});

it('a sync and its children are found by connector and organization, with any starter', async () => {
  const { connectorId } = await run({});
  const found = new Map<string, Record<string, unknown>>();
  for await (const { type, typedSearchAttributes } of server.client.workflow.list({
    query: `DropboxConnector = '${connectorId}'`,
  })) {
    found.set(type, Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])));
  }
  expect([...found.keys()]).toEqual(expect.arrayContaining(['runSync', 'syncUsers', 'syncSharing']));
  for (const attributes of found.values()) {
    expect(attributes).toMatchObject({ DropboxConnector: connectorId, DropboxOrganization: 'acme' });
  }
});
