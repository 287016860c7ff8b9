import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time';
import { GUARD_SCRIPT, startGuarded } from '../../../sandbox/temporal/guardedProcess';
import { freePort, isListening } from '../../../sandbox/temporal/ports';
import {
  SEARCH_ATTRIBUTES,
  startTemporalServer,
  temporalServerPath,
  type TemporalServer,
  type TemporalServerOptions,
} from '../../../sandbox/temporal/server';
import { closedAfterEach } from '../../support/hooks';
import { limits } from '../../support/limits';

jest.setTimeout(limits.serverBuild);

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20);
}

describe('the Temporal development server', () => {
  let dir: string;
  const ofTest = closedAfterEach();

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'temporal-server-'));
    // The first run on a machine builds it.
    await temporalServerPath();
  });
  afterAll(() => rm(dir, { recursive: true }));

  const start = async (options: TemporalServerOptions): Promise<TemporalServer> =>
    ofTest.add(await startTemporalServer(options));
  const connect = async (address: string): Promise<Connection> => ofTest.add(await Connection.connect({ address }));

  it('has the search attributes of the connector when it is ready', async () => {
    const { address, uiUrl } = await start({ port: 0 });
    const connection = await connect(address);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: 'default' });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
    expect(uiUrl).toBeUndefined();
  });

  it('serves its web UI at the address that it reports', async () => {
    const { uiUrl } = await start({ port: 0, uiPort: 0 });
    let status = 0;
    await until(async () => {
      status = await fetch(`${uiUrl}/`).then(
        (answer) => answer.status,
        () => 0,
      );
      return status !== 0;
    });
    expect(status).toBe(200);
  });

  it('keeps the state in its file after a restart', async () => {
    const db = path.join(dir, 'state.db');
    const first = await start({ port: 0, db });
    const before = await connect(first.address);
    await before.workflowService.registerNamespace({
      namespace: 'kept',
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
    await first.close();

    const second = await start({ port: 0, db });
    const after = await connect(second.address);
    const { namespaceInfo } = await after.workflowService.describeNamespace({ namespace: 'kept' });
    expect(namespaceInfo?.name).toBe('kept');
  });

  it('has ended when close returns, and can be closed twice', async () => {
    const server = await start({ port: 0 });
    await server.close();
    await server.close();
    expect(await isListening(Number(server.address.split(':')[1]))).toBe(false);
  });

  it('reports the port when it is already in use', async () => {
    const other = ofTest.add(createServer().listen(0, '127.0.0.1'));
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(startTemporalServer({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is already in use`);
  });

  /** An executable whose server loses this port to another process at its first start. */
  async function losesPortOnce(name: string, port: number): Promise<string> {
    const executable = path.join(dir, name);
    const script = `#!/bin/sh
[ -e "$0.tried" ] && exec "${await temporalServerPath()}" "$@"
touch "$0.tried"
echo "failed listening for HTTP API: listen tcp 127.0.0.1:${port}: bind: address already in use" >&2
exit 1
`;
    await writeFile(executable, script, { mode: 0o755 });
    return executable;
  }

  it('starts again at its fixed port when a port that the server chose was taken', async () => {
    const port = await freePort(0);
    const server = await start({
      port,
      executable: await losesPortOnce('other-port', port === 65_535 ? 1024 : port + 1),
    });
    expect(server.address).toBe(`127.0.0.1:${port}`);
  });

  it('does not start again when the fixed port itself was taken', async () => {
    const port = await freePort(0);
    const executable = await losesPortOnce('own-port', port);
    await expect(startTemporalServer({ port, executable })).rejects.toThrow(/ended with 1: .*address already in use/);
  });

  it('reports the error of the server when it cannot start', async () => {
    const db = path.join(dir, 'no', 'such', 'folder', 'state.db');
    await expect(startTemporalServer({ port: 0, db })).rejects.toThrow(/ended with 1: .*database file.*no such file/);
  });
});

describe('a guarded process', () => {
  const ofTest = closedAfterEach();

  it('ends when the process that started it is killed', async () => {
    const script = `
      const { spawn } = require('node:child_process');
      const { GUARD_SCRIPT } = JSON.parse(process.argv[1]);
      const child = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'guard', process.execPath, '-e',
        'console.log(process.pid); setInterval(() => {}, 1000)'], { stdio: ['pipe', 'inherit', 'ignore'], detached: true });
      setInterval(() => {}, 1000);
    `;
    const parent = spawn(process.execPath, ['-e', script, JSON.stringify({ GUARD_SCRIPT })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    ofTest.defer(() => parent.kill('SIGKILL'));
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const server = Number(line.toString());
    parent.kill('SIGKILL');
    await until(() => !isRunning(server));
    expect(isRunning(server)).toBe(false);
  });

  it('reports the exit code and the last lines of a process that ends without being stopped', async () => {
    const guarded = startGuarded(process.execPath, ['-e', 'console.error("no room left"); process.exit(7)']);
    ofTest.defer(() => guarded.stop());
    expect(await guarded.ended).toBe('7');
    await guarded.stop();
    expect(guarded.lastLines()).toEqual(['no room left']);
  });
});

function isRunning(pid: number): boolean {
  if (existsSync('/proc/self')) return existsSync(`/proc/${pid}`);
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
