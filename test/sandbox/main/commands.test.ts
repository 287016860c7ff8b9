import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { closedAfterEach } from '../../support/hooks';
import { limits } from '../../support/limits';

const ROOT = path.join(__dirname, '..', '..', '..');

jest.setTimeout(limits.programs);

interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

class Sandbox {
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private readonly lines: string[] = [];
  private readonly errors: string[] = [];
  private readonly closed: Promise<number | null>;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, ['bin/run.js', 'sandbox/main', ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stderr.setEncoding('utf8').on('data', (chunk: string) => this.errors.push(chunk));
    createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(line));
    this.closed = once(this.child, 'close').then(([code]) => code as number | null);
  }

  async finish(): Promise<Finished> {
    const code = await this.closed;
    return { code, stdout: this.lines.join('\n'), stderr: this.errors.join('') };
  }

  /** The address of the line `listening on URL`. */
  async url(): Promise<string> {
    const listening = () => this.lines.map((line) => /^listening on (\S+)$/.exec(line)?.[1]).find(Boolean);
    const early = this.closed.then((code) => {
      throw new Error(`exited with ${code}: ${this.errors.join('')}`);
    });
    for (;;) {
      const url = listening();
      if (url !== undefined) return url;
      await Promise.race([once(this.child.stdout, 'data'), early]);
    }
  }

  stop(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(20);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('npm run sandbox', () => {
  const resources = closedAfterEach();
  const run = (args: readonly string[], env?: NodeJS.ProcessEnv) => {
    const sandbox = new Sandbox(args, env);
    resources.defer(async () => {
      sandbox.stop('SIGTERM');
      await sandbox.finish();
    });
    return sandbox;
  };

  it.each(['SIGTERM', 'SIGINT'] as const)('temporal prints its address once and exits with 0 at %s', async (signal) => {
    const sandbox = run(['temporal', '--port', '0', '--ui-port', '0']);
    expect(await sandbox.url()).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    sandbox.stop(signal);
    const { code, stdout, stderr } = await sandbox.finish();
    expect(stdout.split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^web UI on http:\/\/127\.0\.0\.1:\d+$/m);
    expect(code).toBe(0);
  });

  it('a signal during the start ends the command and the server that it has started', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'sandbox-'));
    resources.defer(() => rmSync(dir, { recursive: true }));
    const hanging = path.join(dir, 'temporal');
    const pidFile = path.join(dir, 'pid');
    writeFileSync(hanging, `#!/bin/sh\necho $$ >'${pidFile}.new'; mv '${pidFile}.new' '${pidFile}'; exec sleep 300\n`);
    chmodSync(hanging, 0o755);
    const sandbox = run(['temporal', '--port', '0'], { TEMPORAL_CLI_PATH: hanging });
    await until(() => existsSync(pidFile));
    const server = Number(readFileSync(pidFile, 'utf8'));
    sandbox.stop('SIGTERM');
    expect(await sandbox.finish()).toMatchObject({ code: 1, stdout: '' });
    await until(() => !isRunning(server));
  });

  it.each(['arangodb', 'dropbox --team empty'])(
    '%s answers at the printed address and exits with 0 at SIGTERM',
    async (command) => {
      const sandbox = run([...command.split(' '), '--port', '0']);
      const url = await sandbox.url();
      expect((await fetch(url)).status).toBeGreaterThan(0);
      sandbox.stop('SIGTERM');
      expect(await sandbox.finish()).toMatchObject({ code: 0, stdout: `listening on ${url}` });
    },
  );

  it('arangodb restarts with its data at each SIGHUP', async () => {
    const sandbox = run(['arangodb', '--port', '0']);
    const url = await sandbox.url();
    const body = JSON.stringify({ name: 'kept' });
    expect((await fetch(`${url}/_api/database`, { method: 'POST', body })).status).toBe(201);
    const cursor = JSON.stringify({ query: 'FOR n IN 1..3 RETURN n', batchSize: 1 });
    const statusOfRead = async (id: string): Promise<number | undefined> =>
      (await fetch(`${url}/_api/cursor/${id}`, { method: 'POST' }).catch(() => undefined))?.status;
    for (const _time of [1, 2]) {
      const { id } = (await (await fetch(`${url}/_api/cursor`, { method: 'POST', body: cursor })).json()) as {
        id: string;
      };
      sandbox.stop('SIGHUP');
      // A restart ends cursors.
      let status: number | undefined;
      while (status !== 404) status = await statusOfRead(id);
    }
    expect((await fetch(`${url}/_db/kept/_api/version`)).status).toBe(200);
  });

  it.each(['temporal', 'arangodb', 'dropbox --team empty'])(
    '%s reports the port when it is already in use',
    async (command) => {
      const other = resources.add(createServer().listen(0, '127.0.0.1'));
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const { code, stdout, stderr } = await run([...command.split(' '), '--port', String(port)]).finish();
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toBe(`error: port ${port} on 127.0.0.1 is already in use\n`);
    },
  );

  it.each([
    ['temporal --prot 7233', "error: unknown option '--prot'"],
    [
      'temporal --port high',
      "error: option '--port <port>' argument 'high' is invalid. a port is a number from 0 to 65535.",
    ],
    ['mongodb', "error: unknown command 'mongodb'"],
    ['dropbox', "error: required option '--team <source>' not specified"],
    ['dropbox --team big', "error: --team 'big': give empty, demo, from:DIR or generate:members=…,files=…"],
    ['dropbox --team generate:files=many', "error: --team: files must be a whole number from 0 to 5000000, not 'many'"],
    ['dropbox --team from:/no/such/folder', 'error: --team: /no/such/folder cannot be read as a folder'],
    ['pipeshub --org o --connector c', "error: --users all needs --dropbox URL, the simulator's address"],
    ['pipeshub --org o --connector c --users ann', "error: 'ann' is not an e-mail address"],
  ])('%s reports on one line what is wrong', async (command, message) => {
    const { code, stdout, stderr } = await run(command.split(' ')).finish();
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: `${message}\n` });
  });

  it.each(['nowhere', 'ftp://127.0.0.1:8529', 'http://'])(
    'pipeshub reports on one line that ARANGO_URL %s is not an address, and exits with 2',
    async (url) => {
      const args = ['pipeshub', '--org', 'o', '--connector', 'c', '--users', 'a@x.org'];
      const { code, stdout, stderr } = await run(args, { ARANGO_URL: url }).finish();
      const message = 'error: ARANGO_URL has to be an address such as http://127.0.0.1:8529\n';
      expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: message });
    },
  );

  it('pipeshub reports on one line that it cannot reach ArangoDB', async () => {
    const { code, stderr } = await run(['pipeshub', '--org', 'o', '--connector', 'c', '--users', 'a@x.org'], {
      ARANGO_URL: 'http://127.0.0.1:1',
    }).finish();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: ArangoDB at http:\/\/127\.0\.0\.1:1 can't be used: .*\n$/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
