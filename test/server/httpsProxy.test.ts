import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer as createProxy, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startDropboxSimulator, type DropboxSimulator } from '../../sandbox/dropbox/server';
import { buildTeam, teamSource } from '../../sandbox/dropbox/sources';
import type { DropboxOptions } from '../../src/dropbox';
import { makeCertificate } from '../support/certificate';
import { closedAfterAll } from '../support/hooks';

const resources = closedAfterAll();
let simulator: DropboxSimulator;
let dropboxUrl: string;
let authority: string;
let proxyUrl: string;
/** What the proxy was asked for. */
const tunnels: string[] = [];
const logins: (string | undefined)[] = [];

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  resources.defer(() => (server.closeAllConnections(), void server.close()));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'proxy-'));
  resources.defer(() => rm(dir, { recursive: true }));
  const files = makeCertificate(dir);
  authority = files.authority;
  simulator = resources.add(await startDropboxSimulator({ port: 0, company: buildTeam(teamSource('empty'), 'A') }));
  const secured = createTlsServer({ key: readFileSync(files.key), cert: readFileSync(files.certificate) });
  secured.on('request', (incoming, outgoing) => {
    const { method = 'GET', headers } = incoming;
    const forwarded = request(new URL(incoming.url ?? '/', simulator.url), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  dropboxUrl = `https://127.0.0.1:${await listening(secured)}`;
  const proxy = createProxy();
  proxy.on('connect', ({ url = '', headers }, socket) => {
    tunnels.push(url);
    logins.push(headers['proxy-authorization']);
    const [host = '', port = ''] = url.split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  proxyUrl = `http://user:word@127.0.0.1:${await listening(proxy)}`;
});
beforeEach(() => {
  tunnels.length = 0;
  logins.length = 0;
});

async function ask(options: DropboxOptions, authorities = authority): Promise<object> {
  const args = [JSON.stringify({ retries: 0, ...options }), JSON.stringify(simulator.simulator.grants.app)];
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: authorities };
  const child = fork(path.join(__dirname, 'teamInfo.js'), args, { env });
  const [answer] = (await once(child, 'message')) as [object];
  child.kill();
  return answer;
}

it('calls of Dropbox go through the proxy, with its login', async () => {
  const answer = await ask({ apiUrl: dropboxUrl, proxy: { url: proxyUrl, except: '' } });
  expect(answer).toEqual({ teamId: simulator.simulator.teamId });
  expect(new Set(tunnels)).toEqual(new Set([new URL(dropboxUrl).host]));
  expect(new Set(logins)).toEqual(new Set([`Basic ${Buffer.from('user:word').toString('base64')}`]));
});

it.each([
  ['without a proxy', undefined],
  ['a host of NO_PROXY', 'localhost,127.0.0.1'],
])('%s, calls go there directly', async (_name, except) => {
  const proxy = except === undefined ? undefined : { url: proxyUrl, except };
  expect(await ask({ apiUrl: dropboxUrl, proxy })).toEqual({ teamId: simulator.simulator.teamId });
  expect(tunnels).toEqual([]);
});

it.each([
  ['a certificate that no known authority has signed', () => ({ authorities: '/dev/null', url: proxyUrl })],
  ['a proxy that is away', () => ({ authorities: authority, url: 'http://127.0.0.1:1' })],
])('%s is an outage of Dropbox', async (_name, given) => {
  const { authorities, url } = given();
  const answer = await ask({ apiUrl: dropboxUrl, proxy: { url, except: '' } }, authorities);
  expect(answer).toMatchObject({ type: 'DropboxUnavailable' });
});

it.each([407, 403])('a proxy that answers %i to the request for a tunnel is named with that answer', async (status) => {
  const refusing = createProxy();
  refusing.on('connect', (_request, socket) => void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`));
  const url = `http://127.0.0.1:${await listening(refusing)}`;
  const answer = (await ask({ apiUrl: dropboxUrl, proxy: { url, except: '' } })) as { message: string };
  expect(answer).toMatchObject({ type: 'DropboxUnavailable' });
  expect(answer.message).toContain(String(status));
  expect(answer.message).toContain('HTTPS_PROXY');
});
