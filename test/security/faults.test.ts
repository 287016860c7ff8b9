import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { dropboxAs } from '../support/dropboxApi';
import { closedAfterAll } from '../support/hooks';
import { ANSWER_WITHIN_SECONDS, limits } from '../support/limits';
import { CONNECTOR, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const WORKER = path.join(__dirname, '..', '..', 'dist', 'src', 'worker.js');
const NOWHERE = '127.0.0.1:9';

/** The exit code of a worker that does not start, and the number of lines that it writes. */
async function refusalOf(env: Record<string, string>): Promise<{ seen: string; shown: string }> {
  const child = spawn(process.execPath, [WORKER], { env: { PATH: process.env['PATH'] ?? '', ...env } });
  const ended = once(child, 'close');
  const shown = (await text(child.stderr)).trim();
  const [code] = (await ended) as [number];
  return { seen: `exit code ${code}, ${shown.split('\n').length} lines`, shown };
}

describe('faults', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  beforeAll(async () => {
    stack = resources.add(await Stack.start({ users: 'members' }));
    await stack.createConnector();
  });

  it('an app secret as an option, for all users of the machine to see → a warning without it', async () => {
    const { appSecret } = stack.credentials;
    const { code, err } = await stack.create('shown', ['--app-secret', appSecret]);
    expect(code).toBe(0);
    expect(`a warning ${err.includes(appSecret) ? 'with' : 'without'} it`).toBe('a warning without it');
    expect(err).toContain('--app-secret');
  });

  it('a worker before ArangoDB → exit code 1, 1 lines', async () => {
    const { seen } = await refusalOf({ ...stack.environment, ARANGO_URL: `http://${NOWHERE}` });
    expect(seen).toBe('exit code 1, 1 lines');
  });

  it('a worker before Temporal → exit code 1, 1 lines', async () => {
    const { seen } = await refusalOf({ ...stack.environment, TEMPORAL_ADDRESS: NOWHERE });
    expect(seen).toBe('exit code 1, 1 lines');
  });

  it('three settings that are wrong → exit code 2, each named, no value of a secret', async () => {
    const wrong = { CONNECTOR_SECRET_KEY: 'a weak key', LOG_LEVEL: 'loud', MAX_CONCURRENT_ACTIVITIES: 'many' };
    const { seen, shown } = await refusalOf({ ...stack.environment, ...wrong });
    const named = Object.keys(wrong).every((name) => shown.includes(name)) ? 'each named' : shown;
    const secret = shown.includes('a weak key') ? 'a value of a secret' : 'no value of a secret';
    expect(`${seen.split(',')[0]}, ${named}, ${secret}`).toBe('exit code 2, each named, no value of a secret');
  });

  it('ArangoDB put back to an older copy → the graph equals Dropbox after the next run', async () => {
    const worker = await stack.startWorker();
    expect(await stack.sync()).toMatchObject({ status: 'complete' });
    stack.arango.copyDatabase('es', 'older');
    const dropbox = await dropboxAs(stack, stack.dropbox.simulator.admin.memberId ?? '');
    await dropbox.filesUpload({ path: '/new.txt', contents: 'words' });
    const { entries } = (await dropbox.filesListFolder({ path: '', recursive: true })).result;
    const files = entries.filter((entry) => entry['.tag'] === 'file' && entry.name !== 'new.txt');
    for (const { path_lower: file = '' } of files.slice(0, 3)) await dropbox.filesDeleteV2({ path: file });
    expect((await stack.sync()).records).toMatchObject({ added: 1, deleted: 3 });
    await worker.stop();

    await stack.startWorker({ ARANGO_DATABASE: 'older' });
    const client = stack.connect({ ARANGO_DATABASE: 'older' });
    const run = await client.runSync(CONNECTOR, { answerWithinSeconds: ANSWER_WITHIN_SECONDS });
    expect((await run.result()).records).toMatchObject({ added: 1, deleted: 3 });
    const { ok } = await client.verify(CONNECTOR);
    expect(ok ? 'the graph equals Dropbox after the next run' : 'the graph differs').toBe(
      'the graph equals Dropbox after the next run',
    );
  });
});
