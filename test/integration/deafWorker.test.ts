import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { WORKER_FAILED } from '../../src/failedWorker';
import { freePort } from '../../src/server/freePort';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { SilentProxy } from '../support/silentProxy';
import { Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const UNAUTHENTICATED = '16';
const resources = closedAfterAll();
let stack: Stack;
/** The address of a Temporal that refuses the login of every call. */
let refusing: string;

beforeAll(async () => {
  stack = resources.add(await Stack.start({ team: 'empty' }));
  const server = createServer();
  server.on('stream', (stream) => {
    const status = { 'grpc-status': UNAUTHENTICATED, 'grpc-message': 'Request unauthorized.' };
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...status }, { endStream: true });
  });
  server.on('sessionError', () => undefined);
  resources.defer(() => server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  refusing = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

/** A worker process, of which `said` waits for a line of standard error, and `exitCode` for the end. */
function workerProcess(env: Record<string, string>): {
  said: (text: string) => Promise<string>;
  exitCode: Promise<unknown>;
} {
  const child = spawn(process.execPath, [path.join(__dirname, '..', '..', 'dist', 'src', 'worker.js')], {
    env: { PATH: process.env['PATH'] ?? '', ...stack.environment, LOG_LEVEL: 'info', ...env },
  });
  resources.defer(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  const output = createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const said = async (text: string): Promise<string> => {
    for (;;) {
      const found = lines.find((line) => line.includes(text));
      if (found !== undefined) return found;
      if (child.exitCode !== null) throw new Error(`the worker has ended with: ${lines.join('\n')}`);
      await Promise.race([once(output, 'line'), once(child, 'close')]);
    }
  };
  return { said, exitCode: once(child, 'close').then(([code]: unknown[]) => code) };
}

it('a worker that starts with a wrong API key names that setting', async () => {
  const { said, exitCode } = workerProcess({ TEMPORAL_ADDRESS: refusing });
  expect(await said('refuses the login')).toContain('(Request unauthorized.): check TEMPORAL_API_KEY');
  expect(await exitCode).toBe(1);
});

it('a start that ArangoDB does not answer says what it waits for', async () => {
  const proxy = resources.add(await SilentProxy.start(new URL(stack.arango.url).host));
  proxy.beSilent();
  const { said } = workerProcess({ ARANGO_URL: `http://${proxy.address}` });
  expect(await said('the start waits for')).toContain(`ArangoDB at http://${proxy.address}`);
});

it('a worker whose login Temporal refuses from then on ends, so that another one is started', async () => {
  const proxy = resources.add(await SilentProxy.start(stack.temporal.address));
  const { said, exitCode } = workerProcess({ TEMPORAL_ADDRESS: proxy.address, ADMIN_PORT: String(await freePort()) });
  await said('"state":"RUNNING"');
  proxy.turnTo(refusing);
  expect(await exitCode).toBe(1);
  expect(await said('Worker failed')).toContain('Request unauthorized.');
  expect(await said(WORKER_FAILED)).toContain('"level":"fatal"');
});
