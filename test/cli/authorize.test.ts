import { freePort } from '../../src/server/freePort';
import { closedAfterAll, closedAfterEach } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, ORGANIZATION, Stack } from '../support/stack';
import { TerminalSession } from '../support/terminal';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
const ofTest = closedAfterEach();
let stack: Stack;

beforeAll(async () => {
  stack = resources.add(await Stack.startInProcess({ worker: false }));
  const { appKey, appSecret } = stack.credentials;
  const create = ['create', '--org', ORGANIZATION, '--connector', CONNECTOR, '--app-key', appKey];
  expect((await stack.run(create, { DROPBOX_APP_SECRET: appSecret })).code).toBe(0);
});

/** Where Dropbox sends the admin's browser after the consent: an address that another machine can't reach. */
async function addressAfterConsent(page: string): Promise<string> {
  const body = new URLSearchParams({ answer: 'allow', member: stack.dropbox.simulator.admin.memberId });
  return (await fetch(page, { method: 'POST', body, redirect: 'manual' })).headers.get('location') ?? '';
}

/** Begins an authorization on a terminal, and returns the address of the consent page. */
async function begun(): Promise<{ session: TerminalSession; page: string }> {
  const args = ['authorize', CONNECTOR, '--port', String(await freePort())];
  const session = TerminalSession.start(args, stack.environment, ofTest);
  const [page] = await session.sees(/http:\S+oauth2\S+(?=\s)/);
  await session.sees(/waiting for the browser to come back to http:\/\/localhost:\d+\/dropbox\/authorized, 15 minutes/);
  await session.sees(/paste the address that it shows at the end: /);
  return { session, page };
}

it('takes the address that a browser of another machine shows after the consent, and no other one', async () => {
  const { session, page } = await begun();
  session.type('http://localhost/dropbox/authorized?code=x&state=of-another-one\r');
  await session.sees(/this is not the address after the consent/);
  session.type(`${await addressAfterConsent(page)}\r`);
  await session.sees(/authorized for team/);
  expect(await session.ended()).toBe(0);
  expect((await stack.run(['test', CONNECTOR, '--json'])).json()).toMatchObject({ ok: true });
});

it('still waits for the browser of this machine when the input ends', async () => {
  const { session, page } = await begun();
  session.type('\u0004');
  expect((await fetch(await addressAfterConsent(page))).status).toBe(200);
  await session.sees(/authorized for team/);
  expect(await session.ended()).toBe(0);
});
