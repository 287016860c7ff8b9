import { randomBytes } from 'node:crypto';
import { limits } from '../support/limits';
import { Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.startInProcess({ team: 'empty', worker: false });
  await stack.create('c');
});
afterAll(() => stack.close());

const present = randomBytes(32).toString('base64');

/** Tests the connector with these keys. The first one is the present key. */
const test = (key: string, former?: string): Promise<unknown> =>
  stack
    .connect({ CONNECTOR_SECRET_KEY: key, ...(former ? { CONNECTOR_SECRET_KEY_PREVIOUS: former } : {}) })
    .testConnectionAndAccess('c');

it('a former key can be removed once the connector has been tested with both keys', async () => {
  const former = stack.environment['CONNECTOR_SECRET_KEY'] ?? '';
  await expect(test(present)).rejects.toMatchObject({ code: 'SecretKeyWrong' });
  expect(await test(present, former)).toMatchObject({ ok: true });
  expect(await test(present)).toMatchObject({ ok: true });
  await expect(test(former)).rejects.toMatchObject({ code: 'SecretKeyWrong' });
});
