import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { runCli } from '../support/commandLine';
import { closedAfterAll, closedAfterEach } from '../support/hooks';
import { limits } from '../support/limits';
import { Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const environment = {
  ARANGO_URL: 'http://127.0.0.1:1',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
};
const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const create = (...more: string[]): string[] => [
  ...['create', '--org', 'o', '--connector', 'c', '--app-key', 'k', '--app-secret-file', '-'],
  ...more,
];

describe('a command line that is wrong', () => {
  it.each([
    ['an unknown command', ['frobnicate'], /unknown command 'frobnicate'/],
    ['an unknown option', ['sync', 'c', '--quickly'], /unknown option '--quickly'/],
    ['an option that is nearly right', ['sync', 'c', '--ful'], /unknown option '--ful' .*--full/],
    ['a port out of range', ['authorize', 'c', '--port', '99999'], /give a port from 1 to 65535/],
    [
      'a redirect URI that is not http(s)',
      ['authorize', 'c', '--redirect-uri', 'ftp://x/y'],
      /--redirect-uri is not a URL/,
    ],
    ['a decision on an empty namespace id', ['approve', 'c', '--namespace', ''], /--namespace is empty/],
    ['an explanation without an item', ['explain', 'c', '--user', 'a@b'], /^give either a path or a record/],
    ['a refresh token that standard input lacks', create('--refresh-token', '-'), /^--refresh-token: is empty/],
    ['no app secret', create().slice(0, -2), /the app secret is missing: set DROPBOX_APP_SECRET, or give/],
    ['two app secrets', create('--app-secret', 's'), /give either --app-secret or --app-secret-file/],
    ['a file that is not there', create('--refresh-token-file', '/nowhere'), /--refresh-token-file can't be read/],
    ['an hour out of range', ['schedule', 'c', '--every', '0 25 * * *'], /the hour of 0 25 .* not from 0 to 23/],
    ['no extension', create('--extensions', ''), /^--extensions: names no extension/],
    ['no extension to leave out', create('--not-extensions', ''), /^filters.extensions: names no extension/],
    ['too many items in one transaction', create('--batch-size', '1001'), /^--batch-size: is at most 1000/],
    ['an interval that is too short', create('--every', '1m'), /^--every: 1m is not between 5 minutes and/],
    ['an interval for manual starts', create('--strategy', 'manual', '--every', '1h'), /^--every: a connector with/],
    ['a date that does not exist', create('--modified-after', '2026-02-31'), /--modified-after is a date/],
    [
      'an empty range of dates',
      create('--modified-after', '2026-02-01', '--modified-before', '2026-01-01'),
      /^--modified-after: is not before --modified-before/,
    ],
    [
      'an option of a connector that is called like a command',
      ['sync', 'create', '--quickly'],
      /next: dropbox-teams sync --help/,
    ],
    ['a missing connector', ['sync'], /missing required argument 'connector'/],
    ['a missing option', ['schedule', 'c'], /required option '--every <interval>' not specified/],
    ['a number that is not one', ['verify', 'c', '--sample', 'many'], /give a whole number/],
    ['a strategy that does not exist', ['create', '--strategy', 'sometimes'], /Allowed choices are manual, scheduled/],
  ])('is refused with one line that says why, and exit code 2: %s', async (_name, args, message) => {
    const result = await runCli(args, environment, 'secret\n');
    expect(result).toMatchObject({ code: 2, out: '' });
    expect(result.err).toMatch(message);
    expect(lines(result.err)).toHaveLength(1);
  });

  it('has the version of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await runCli(['--version'], {})).toMatchObject({ code: 0, out: `${version}\n` });
  });

  it('lists its commands with --help', async () => {
    const { code, out } = await runCli(['--help'], {});
    expect(code).toBe(0);
    for (const name of ['create', 'authorize', 'test', 'sync', 'status', 'verify', 'explain', 'cleanup']) {
      expect(out).toContain(name);
    }
  });
});

describe('a malformed environment', () => {
  it('is refused before anything is connected, with a line for each variable and exit code 2', async () => {
    const { code, out, err } = await runCli(['status'], {
      ...environment,
      ARANGO_URL: 'over there',
      CONNECTOR_SECRET_KEY: '',
    });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(lines(err)).toEqual([
      expect.stringMatching(/^ARANGO_URL is malformed: expected .* for example http/),
      expect.stringMatching(/^CONNECTOR_SECRET_KEY is not set: expected 32 bytes in base64/),
    ]);
  });

  it('is one JSON document on standard output with --json', async () => {
    const result = await runCli(['status', '--json'], {});
    expect(result.json()).toMatchObject({ status: 'failed', error: { code: 'Configuration' } });
    expect(result.code).toBe(2);
  });
});

describe('a service that is not there', () => {
  it('ArangoDB: one line that says what to check', async () => {
    const { code, err } = await runCli(['status', 'c'], environment);
    expect(code).toBe(1);
    expect(lines(err)).toEqual([
      expect.stringMatching(/^ArangoDB at http:\/\/127.0.0.1:1 does not answer .*ARANGO_URL/),
    ]);
  });

  describe('while ArangoDB answers', () => {
    const resources = closedAfterAll();
    const ofTest = closedAfterEach();
    let stack: Stack;
    beforeAll(async () => {
      stack = resources.add(await Stack.startInProcess({ worker: false }));
      await stack.create('c-1');
    });

    const failing = async (args: string[], env: Record<string, string> = {}): Promise<string> => {
      const { code, err } = await stack.run(args, env);
      expect(code).toBe(1);
      expect(lines(err)).toHaveLength(1);
      return err;
    };

    it('Temporal: one line that names its address', async () => {
      expect(await failing(['sync', 'c-1'], { TEMPORAL_ADDRESS: '127.0.0.1:1' })).toMatch(
        /^Temporal does not answer at 127.0.0.1:1: check that it runs and that TEMPORAL_ADDRESS is right/,
      );
    });

    it('Temporal: status still shows what the graph holds', async () => {
      const { code, out } = await stack.run(['status', 'c-1'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
      expect(code).toBe(0);
      expect(out).toMatch(/the current run is not known: Temporal does not answer/);
    });

    it('a connector that does not exist', async () => {
      expect(await failing(['sync', 'unknown'])).toMatch(/there is no connector unknown .*dropbox-teams create/);
    });

    it('a database that is not PipesHub’s', async () => {
      expect(await failing(['status', 'c-1'], { ARANGO_DATABASE: 'elsewhere' })).toMatch(/ARANGO_DATABASE/);
    });

    it('another secret key than the one that encrypted the credentials', async () => {
      const other = randomBytes(32).toString('base64');
      expect(await failing(['test', 'c-1'], { CONNECTOR_SECRET_KEY: other })).toMatch(/CONNECTOR_SECRET_KEY/);
    });

    it('an organization that PipesHub does not have', async () => {
      const args = ['create', '--org', 'nowhere', '--connector', 'c-9', '--app-key', 'k'];
      expect(await failing(args, { DROPBOX_APP_SECRET: 's' })).toMatch(/no organization nowhere/);
    });

    it('a connector that PipesHub has not set up', async () => {
      const args = ['create', '--org', 'org-1', '--connector', 'c-9', '--app-key', 'k'];
      expect(await failing(args, { DROPBOX_APP_SECRET: 's' })).toMatch(/no app c-9/);
    });

    it('a connector that exists already', async () => {
      const { code, err } = await stack.create('c-1');
      expect(code).toBe(1);
      expect(err).toMatch(/c-1 exists already/);
    });

    it('a redirect URI of this machine whose port is taken', async () => {
      const taken = ofTest.add(createServer().listen(0, 'localhost'));
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      const { code, err } = await stack.run(['authorize', 'c-1', '--redirect-uri', `http://localhost:${port}/back`]);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`port ${port} of this machine`) });
    });

    it('an interval out of range, with exit code 2', async () => {
      const { code, err } = await stack.run(['schedule', 'c-1', '--every', '3m']);
      expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/not between 5 minutes/) });
    });

    it('a worker that does not run', async () => {
      await expect(stack.connect().runSync('c-1', { answerWithinSeconds: 1 })).rejects.toMatchObject({
        code: 'WorkerUnavailable',
        message: expect.stringMatching(/no worker serves task queue dropbox-teams: start one/),
      });
    });

    it('a worker that does not run: Temporal keeps the request', async () => {
      const connection = await Connection.connect({ address: stack.temporal.address });
      try {
        const asked = stack
          .connect()
          .runSync('c-1', { reason: 'webhook', members: ['dbmid:a'], answerWithinSeconds: 1 });
        await expect(asked).rejects.toMatchObject({ code: 'WorkerUnavailable' });
        const history = await new Client({ connection }).workflow.getHandle('dropbox/c-1/sync').fetchHistory();
        const signals = (history.events ?? []).map(
          (event) => event.workflowExecutionSignaledEventAttributes?.signalName,
        );
        expect(signals).toContain('enqueueSync');
      } finally {
        await connection.close();
      }
    });

    it('a worker that does not run: reindex gives up after a while', async () => {
      expect(await failing(['reindex', 'c-1'])).toMatch(/^no worker serves task queue dropbox-teams: start one/);
    });

    describe('credentials that Dropbox refuses', () => {
      const create = async (
        connector: string,
        appKey: string,
        appSecret: string,
        refreshToken: string,
      ): Promise<void> => {
        await stack.create(connector);
        await stack.connect().setCredentials(connector, { appKey, appSecret, refreshToken });
      };

      it('a wrong app key', async () => {
        await create('c-key', 'wrong', stack.credentials.appSecret, stack.credentials.refreshToken);
        const { code, out } = await stack.run(['test', 'c-key']);
        expect(code).toBe(1);
        expect(out).toMatch(/^CredentialsRefused: the app key or secret is wrong/m);
      });

      it('a revoked refresh token', async () => {
        const { grants, admin } = stack.dropbox.simulator;
        const grant = grants.add({ kind: 'team', adminMemberId: admin.memberId }, new Set(['team_info.read']));
        grants.revoke(grant);
        await create('c-token', stack.credentials.appKey, stack.credentials.appSecret, grant.refreshToken);
        const { code, out } = await stack.run(['test', 'c-token']);
        expect(code).toBe(1);
        expect(out).toMatch(/^CredentialsRefused: .*refresh token.*dropbox-teams authorize c-token/m);
      });

      it('missing scopes: each one is named, with where to switch it on', async () => {
        const { grants, admin } = stack.dropbox.simulator;
        const all = [...(grants.all()[0]?.scopes ?? [])].filter(
          (scope) => scope !== 'sharing.read' && scope !== 'events.read',
        );
        const grant = grants.add({ kind: 'team', adminMemberId: admin.memberId }, new Set(all));
        await create('c-scope', stack.credentials.appKey, stack.credentials.appSecret, grant.refreshToken);
        const result = await stack.run(['test', 'c-scope', '--json']);
        expect(result.code).toBe(1);
        const report = result.json();
        const scopes = report.scopes as { scope: string; granted: boolean | null }[];
        const missing = scopes.filter(({ granted }) => granted === false).map(({ scope }) => scope);
        expect(missing).toEqual(['events.read', 'sharing.read']);
        expect(report.problems).toHaveLength(2);
        expect(report.problems[0].message).toMatch(/App Console.*Permissions: switch on events.read/);
      });
    });
  });
});
