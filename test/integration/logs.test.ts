import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';
import type { WorkerProcess } from '../support/workerProcess';

jest.setTimeout(limits.syncs);

/** Levels that a production worker may write, if it is set so. */
const ABOVE_DEBUG = ['info', 'warn', 'error', 'fatal'];
/** A shorter name may be a part of something else. */
const SHORTEST_NAME = 6;

describe('the log of a worker', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  let worker: WorkerProcess;
  let histories = '';
  let announced = '';
  let health = 0;
  let lines: Record<string, unknown>[] = [];

  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'demo', worker: { LOG_LEVEL: 'trace', HTTP_PORT: '0' } }));
    worker = await stack.startWorker();
    await stack.createConnector();
    for (const mode of ['full', 'incremental'] as const) {
      expect(await stack.sync({ mode })).toMatchObject({ status: 'complete' });
    }
    histories = await allHistories(stack.temporal.address);
    [announced = ''] = worker.announced;
    health = await fetch(`${announced.slice('listening on '.length)}/health`).then(({ status }) => status);
    // The core of Temporal's SDK complains when the server goes away.
    await stack.temporal.close();
    while (!worker.output().includes('"sdkComponent":"core"')) await delay(50);
    lines = worker.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  });

  it('has JSON lines only, those of Temporal’s core included', () => {
    for (const line of lines) expect(line).toMatchObject({ level: expect.any(String), msg: expect.any(String) });
  });

  it('is not on standard output, which has one line with the URL of the listener', () => {
    expect(worker.announced).toEqual([announced]);
    expect(announced).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+$/);
    expect(health).toBe(200);
  });

  it('says of each run when it began and ended, and whose it is', () => {
    const ends = lines.filter(({ msg }) => msg === 'run begun' || msg === 'run ended');
    expect(ends.map(({ msg }) => msg)).toEqual(['run begun', 'run ended', 'run begun', 'run ended']);
    for (const end of ends) {
      expect(end).toMatchObject({ connector: CONNECTOR, organization: ORGANIZATION, run: expect.any(String) });
    }
    expect(ends[1]).toMatchObject({ status: 'complete', mode: 'full', gaps: 0, held: 0, deadLetters: 0 });
    const began = lines.findIndex(({ msg }) => msg === 'run begun');
    // The SDK's own traces, and its line about a start, are written before the activity's input is read.
    const activities = lines.filter(
      ({ activityType, level, msg }, at) =>
        at > began && activityType !== undefined && level !== 'trace' && msg !== 'Activity started',
    );
    expect(activities.length).toBeGreaterThan(10);
    for (const activity of activities) {
      expect(activity).toMatchObject({ connector: CONNECTOR, organization: ORGANIZATION, run: expect.any(String) });
    }
  });

  it('has no secret and no token at any level, and the histories have none', () => {
    const { appSecret, refreshToken } = stack.credentials;
    const { token } = stack.dropbox.simulator.grants.issueAccessToken(stack.dropbox.simulator.grants.all()[0]!);
    const tokenStart = token.slice(0, 3);
    expect(histories.length).toBeGreaterThan(10_000);
    const text = worker.lines.join('\n');
    for (const secret of [appSecret, refreshToken, stack.environment['CONNECTOR_SECRET_KEY']!, `"${tokenStart}`]) {
      expect(text).not.toContain(secret);
      expect(histories).not.toContain(secret);
    }
    expect(text).not.toContain('taskToken');
  });

  it('has no name of a file or a person above debug, and the histories have none', async () => {
    const { files } = await stack.page<{ files: Record<string, { path: string; readers: string[] }> }>('truth');
    const names = Object.values(files).flatMap(({ path, readers }) => [...path.split('/'), ...readers]);
    const unwanted = [...new Set(names)].filter((name) => name.length >= SHORTEST_NAME);
    expect(unwanted.length).toBeGreaterThan(20);
    const shown = lines
      .filter(({ level }) => ABOVE_DEBUG.includes(level as string))
      .map((line) => JSON.stringify(line))
      .join('\n');
    for (const name of unwanted) {
      expect(shown).not.toContain(name);
      expect(histories).not.toContain(name);
    }
  });
});

/** Every history of the namespace, with decoded payloads. */
async function allHistories(address: string): Promise<string> {
  const connection = await Connection.connect({ address });
  try {
    const client = new Client({ connection });
    const texts: string[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      texts.push(historyToJSON(await client.workflow.getHandle(workflowId, runId).fetchHistory()));
    }
    return texts
      .join('\n')
      .replace(/"data":\s*"([^"]*)"/g, (_all, data: string) => Buffer.from(data, 'base64').toString('utf8'));
  } finally {
    await connection.close();
  }
}
