import { DropboxTeamsClient } from '../../src/client';
import { loadConfig } from '../../src/config';
import { startStack, type Stack } from '../cli/stack';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ team: 'empty', worker: false });
  await stack.create('c');
}, 60_000);
afterAll(() => stack.close());

const present = Buffer.alloc(32, 8).toString('base64');

/** Runs a method with these keys, the present one first. */
async function withKeys<T>(keys: [string, string?], work: (client: DropboxTeamsClient) => Promise<T>): Promise<T> {
  const [key, former] = keys;
  const rotated = { CONNECTOR_SECRET_KEY: key, ...(former ? { CONNECTOR_SECRET_KEY_PREVIOUS: former } : {}) };
  const client = DropboxTeamsClient.connect(loadConfig({ ...stack.env, ...rotated }));
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

it('a former key can go once the connector has been tested with the present one beside it', async () => {
  const former = stack.env['CONNECTOR_SECRET_KEY'] ?? '';
  const test = (client: DropboxTeamsClient): Promise<unknown> => client.testConnectionAndAccess('c');
  await expect(withKeys([present], test)).rejects.toMatchObject({ code: 'SecretKeyWrong' });
  expect(await withKeys([present, former], test)).toMatchObject({ ok: true });
  expect(await withKeys([present], test)).toMatchObject({ ok: true });
  await expect(withKeys([former], test)).rejects.toMatchObject({ code: 'SecretKeyWrong' });
}, 30_000);
