import { randomBytes } from 'node:crypto';
import { DropboxTeamsClient } from '../../src/client';
import { loadConfig } from '../../src/config';

type Method = (...given: unknown[]) => unknown;

/** Neither service runs: a call that is not refused at once fails in another way. */
const config = loadConfig({
  ARANGO_URL: 'http://127.0.0.1:1',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
});

const withoutCall = new Set(['constructor', 'database', 'toJSON', 'close', 'run', 'answer']);
const methods = Object.getOwnPropertyNames(DropboxTeamsClient.prototype).filter((name) => !withoutCall.has(name));

async function closedClient(): Promise<Record<string, Method>> {
  const client = DropboxTeamsClient.connect(config);
  await client.close();
  return client as unknown as Record<string, Method>;
}

it.each(methods)('%s is refused after close', async (name) => {
  const client = await closedClient();
  const called = client[name]?.('key', 'key', 60);
  // A list in pages begins when its first page is read.
  const answer = name === 'deadLetters' ? (called as AsyncGenerator).next() : called;
  await expect(answer).rejects.toMatchObject({ code: 'ClientClosed', message: expect.stringContaining('closed') });
});

it('a client can be closed twice', async () => {
  const client = DropboxTeamsClient.connect(config);
  await client.close();
  await expect(client.close()).resolves.toBeUndefined();
});

it('a sync that it has started can not be followed after close', async () => {
  const started = { connectorId: 'c', answer: 'started' as const, workflowId: 'w' };
  const client = DropboxTeamsClient.connect(config);
  const syncs = client['syncs'];
  jest.spyOn(syncs, 'start').mockResolvedValue({
    ...started,
    progress: () => Promise.resolve(null),
    result: () => Promise.reject(new Error('has asked Temporal')),
  });
  const run = await client.runSync('c');
  expect(await run.progress()).toBeNull();
  await client.close();
  await expect(run.progress()).rejects.toMatchObject({ code: 'ClientClosed' });
  await expect(run.result()).rejects.toMatchObject({ code: 'ClientClosed' });
});
