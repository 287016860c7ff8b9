import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { CONNECTOR, Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const WORKER = path.join(__dirname, '..', '..', 'dist', 'src', 'worker.js');

/** Runs the worker until it exits. */
async function runWorkerProcess(
  environment: Record<string, string>,
): Promise<{ code: number | null; lines: string[] }> {
  const child = spawn(process.execPath, [WORKER], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (part: Buffer) => (text += part.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  // Log lines are JSON; messages for the operator are not.
  return { code, lines: text.split('\n').filter((line) => line !== '' && !line.startsWith('{')) };
}

async function closedPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

describe('a worker that cannot start', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'empty' }));
  });

  it('reports each missing or malformed variable, and exits with 2', async () => {
    const { code, lines } = await runWorkerProcess({
      ARANGO_URL: 'nowhere',
      HTTP_PORT: 'x',
      TEMPORAL_ADDRESS: 'http://h',
    });
    expect(code).toBe(2);
    expect(lines).toHaveLength(4);
    for (const name of ['ARANGO_URL', 'CONNECTOR_SECRET_KEY', 'HTTP_PORT', 'TEMPORAL_ADDRESS']) {
      expect(lines.filter((line) => line.startsWith(`${name} `) && line.includes('for example'))).toHaveLength(1);
    }
  });

  it('reports the address at which ArangoDB does not answer', async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    const { code, lines } = await runWorkerProcess({ ...stack.environment, ARANGO_URL: url });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(url);
    expect(lines[0]).toContain('ARANGO_URL');
  });

  it('reports a database that does not exist in ArangoDB', async () => {
    const { code, lines } = await runWorkerProcess({ ...stack.environment, ARANGO_DATABASE: 'elsewhere' });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('ARANGO_DATABASE');
  });

  it('reports the address at which Temporal does not answer', async () => {
    const address = `127.0.0.1:${await closedPort()}`;
    const { code, lines } = await runWorkerProcess({ ...stack.environment, TEMPORAL_ADDRESS: address });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`${address} (Connection refused): `);
    expect(lines[0]).toContain('TEMPORAL_ADDRESS');
  });
});

describe('a sync that only an operator can repair', () => {
  const resources = closedAfterAll();
  let stack: Stack;
  beforeAll(async () => {
    stack = resources.add(await Stack.start({ team: 'empty' }));
    await stack.createConnector();
    await stack.startWorker();
  });

  it.each(['in the authorization', 'in the app too'])('fails at once when a scope is missing %s', async (place) => {
    const scopes = ['team_info.read', 'members.read'];
    const off = place === 'in the app too' ? { app_scopes: scopes } : {};
    await stack.page('tokens', { scopes, ...off, expire_now: true });
    const { status, error } = await stack.sync();
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'ScopeMissing' });
    expect(error?.message).toMatch(/[a-z_]+\.read/);
  });

  it('fails at once and reports how to authorize again', async () => {
    await stack.page('tokens', { revoke_refresh: true });
    const { status, error } = await stack.sync();
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'CredentialsRefused' });
    expect(error?.message).toContain(`dropbox-teams authorize ${CONNECTOR}`);
    expect(error?.message.split('\n')).toHaveLength(1);
  });

  it('fails at once when the secret key is not the one that encrypted the credentials', async () => {
    await stack.worker?.stop();
    await stack.startWorker({ CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64') });
    const { status, error } = await stack.sync();
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'SecretKeyWrong' });
    expect(error?.message).toContain('CONNECTOR_SECRET_KEY');
  });
});
