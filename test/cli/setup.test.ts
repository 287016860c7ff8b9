import { PassThrough, Readable } from 'node:stream';
import { installPipesHub } from '../../sandbox/pipeshub/install';
import { listMembers } from '../../sandbox/pipeshub/members';
import { runCommandLine } from '../../src/cli/run';
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
  stack = resources.add(await Stack.startInProcess());
});

/** An app of PipesHub for a connector of a test. */
async function installed(connector: string): Promise<void> {
  const users = await listMembers(stack.dropbox.url);
  await installPipesHub({ arangoUrl: stack.arango.url, database: 'es', org: ORGANIZATION, connector, users });
}

/** What the admin's browser does at the address that the command shows. */
async function consent(address: string): Promise<string> {
  const form = new URLSearchParams({ answer: 'allow', member: stack.dropbox.simulator.admin.memberId });
  return (await fetch(address, { method: 'POST', body: form })).text();
}

describe('setup on a terminal', () => {
  it('leads from nothing to the first sync: it asks, opens the consent, tests, shows what it would sync, and syncs', async () => {
    const { appKey, appSecret } = stack.credentials;
    const port = await freePort();
    const session = TerminalSession.start(['setup', '--port', String(port)], stack.environment, ofTest);
    await session.sees(
      new RegExp(`The connector, an app of PipesHub: ${CONNECTOR} \\(Dropbox\\) \\[${CONNECTOR}\\]: `),
    );
    session.type('nowhere\r');
    await session.sees(new RegExp(`one of ${CONNECTOR}\\s`));
    session.type('\r');
    await session.sees(new RegExp(`PipesHub's organization: ${ORGANIZATION} \\[${ORGANIZATION}\\]: `));
    session.type('\r');
    await session.sees(/App key of the Dropbox app: /);
    session.type(`${appKey}\r`);
    await session.sees(/What starts a sync: manual, scheduled, webhook \[scheduled\]: /);
    session.type('hourly\r');
    await session.sees(/one of manual, scheduled, webhook/);
    session.type('\r');
    await session.sees(/How often: .* \[1h\]: /);
    session.type('often\r');
    await session.sees(/"often" is not an interval/);
    session.type('4h\r');
    await session.sees(/App secret \(it is not shown\): /);
    session.type(`${appSecret}\r`);
    await session.sees(new RegExp(`created ${CONNECTOR}, syncs every 4h`));
    const [address] = await session.sees(/http:\/\/\S+oauth2\S+/);
    expect(await consent(address)).toContain('The connector is authorized');
    await session.sees(/authorized for team/);
    await session.sees(/granted {3}team_info.read[^]*everything that a sync needs is there/);
    await session.sees(/Run it \[Y\/n\]: /);
    session.type('y\r');
    await session.sees(/in all: [1-9]\d* to add, 0 to update, 0 to delete, [1-9]\d* to grant, 0 to revoke/);
    expect((await stack.run(['status', CONNECTOR, '--json'])).json().lastRun).toBeNull();
    await session.sees(/Start it \[Y\/n\]: /);
    session.type('\r');
    await session.sees(/result +\S*complete/);
    expect(await session.ended()).toBe(0);
    expect(session.shown).not.toContain(appSecret);
    const verified = (await stack.run(['verify', CONNECTOR, '--json'])).json();
    expect(verified).toMatchObject({ ok: true });
  });

  it('continues with a connector that exists, and asks nothing that it knows', async () => {
    await installed('known');
    await stack.create('known');
    const session = TerminalSession.start(['setup', '--connector', 'known'], stack.environment, ofTest);
    await session.sees(/The connector known exists[^]*everything that a sync needs is there[^]*Run it/);
    session.type('n\r');
    await session.sees(/Start it/);
    session.type('n\r');
    await session.sees(/the first sync: dropbox-teams sync known/);
    expect(await session.ended()).toBe(0);
    expect(session.shown).not.toMatch(/App key|oauth2/);
  });

  it('asks for another consent when the stored one is refused', async () => {
    await installed('revoked');
    await stack.create('revoked', ['--refresh-token', 'x']);
    const port = await freePort();
    const args = ['setup', '--connector', 'revoked', '--port', String(port), '--no-dry-run', '--no-sync'];
    const session = TerminalSession.start(args, stack.environment, ofTest);
    const [address] = await session.sees(/http:\/\/\S+oauth2\S+/);
    await consent(address);
    await session.sees(/everything that a sync needs is there/);
    expect(await session.ended()).toBe(0);
  });

  it('ends on Ctrl-C, as any command, and says how to continue with a connector that is stored', async () => {
    const session = TerminalSession.start(['setup'], stack.environment, ofTest);
    await session.sees(/The connector/);
    session.type('\u0003');
    expect(await session.ended()).not.toBe(0);
    expect(session.shown).not.toContain('continue with');

    await installed('stopped');
    await stack.create('stopped');
    const begun = TerminalSession.start(['setup', '--connector', 'stopped'], stack.environment, ofTest);
    await begun.sees(/Run it/);
    begun.type('\u0003');
    await begun.sees(/the first sync: dropbox-teams sync stopped/);
    expect(await begun.ended()).not.toBe(0);
  });
});

describe('setup without a terminal', () => {
  it('asks nothing, and names every option that is missing', async () => {
    const result = await stack.run(['setup']);
    expect(result).toMatchObject({ code: 2, out: '' });
    expect(result.err).toMatch(
      /give --connector, --org, --app-key, --app-secret-file.*; next: dropbox-teams setup --help/,
    );
    const { code, err } = await stack.run(['setup', '--connector', 'c', '--no-create', '--org', 'o']);
    expect(code).toBe(1);
    expect(err).toMatch(/no connector c/);
  });

  it('says how to continue only where a connector is stored', async () => {
    const args = ['setup', '--org', 'nowhere', '--connector', 'none', '--app-key', 'k'];
    const { code, err } = await stack.run(args, { DROPBOX_APP_SECRET: 's' });
    expect(code).toBe(1);
    expect(err).toMatch(/^PipesHub has no organization nowhere/);
    expect((await stack.run(['setup', '--connector', 'none', '--no-create'])).out).not.toContain('exists');
  });

  it('continues with a connector that no one has authorized yet: it asks for the consent', async () => {
    await installed('begun');
    const { appKey, appSecret } = stack.credentials;
    const create = ['create', '--org', ORGANIZATION, '--connector', 'begun', '--app-key', appKey];
    expect((await stack.run(create, { DROPBOX_APP_SECRET: appSecret })).code).toBe(0);
    const refused = await stack.run(['setup', '--connector', 'begun', '--no-authorize']);
    expect(refused.err).toBe(
      'authorize it: dropbox-teams authorize begun\ncontinue with: dropbox-teams setup --connector begun --no-create\n',
    );

    const err = new PassThrough();
    const code = runCommandLine(['setup', '--connector', 'begun', '--port', String(await freePort()), '--no-dry-run'], {
      env: stack.environment,
      in: Readable.from([]),
      out: new PassThrough().resume(),
      err,
    });
    let shown = '';
    for await (const part of err) {
      shown += String(part);
      const [address] = /http:\S+oauth2\S+(?=\s)/.exec(shown) ?? [];
      if (address === undefined) continue;
      await consent(address);
      break;
    }
    expect(await code).toBe(0);
  });

  it('does all steps by options, with one JSON document', async () => {
    await installed('scripted');
    const { appKey, appSecret, refreshToken } = stack.credentials;
    const args = ['setup', '--org', ORGANIZATION, '--connector', 'scripted', '--app-key', appKey, '--sync', '--json'];
    const secrets = { DROPBOX_APP_SECRET: appSecret, DROPBOX_REFRESH_TOKEN: refreshToken };
    const { code, err, out, json } = await stack.run(args, secrets);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(json()).toMatchObject({
      connectorId: 'scripted',
      created: { strategy: 'manual' },
      authorized: null,
      test: { ok: true },
      dryRun: { status: 'complete', plan: expect.any(Array) },
      sync: { status: 'complete', mode: 'full' },
    });
    for (const secret of [appSecret, refreshToken]) expect(out).not.toContain(secret);
    const again = await stack.run(['setup', '--connector', 'scripted', '--no-create', '--no-dry-run']);
    expect(again).toMatchObject({ code: 0, err: 'the first sync: dropbox-teams sync scripted\n' });
  });

  it('ends with the failures of the test, and says how to continue', async () => {
    await installed('refused');
    const { appKey, appSecret } = stack.credentials;
    const args = ['setup', '--org', ORGANIZATION, '--connector', 'refused', '--app-key', appKey];
    const result = await stack.run(args, { DROPBOX_APP_SECRET: appSecret, DROPBOX_REFRESH_TOKEN: 'x' });
    expect(result.code).toBe(1);
    expect(result.out).toMatch(/CredentialsRefused: /);
    expect(result.err).toMatch(/continue with: dropbox-teams setup --connector refused --no-create/);
  });
});
