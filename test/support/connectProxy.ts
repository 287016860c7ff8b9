import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

const HOSTS = ['api.dropboxapi.com', 'content.dropboxapi.com', 'notify.dropboxapi.com'];

export interface ConnectProxy {
  /** For HTTPS_PROXY. */
  url: string;
  /** File of the certificate that signs for Dropbox's hosts. */
  certificate: string;
  close(): Promise<void>;
}

/**
 * An HTTPS proxy that answers for Dropbox's hosts with its own certificate and forwards each request to the simulator.
 * So a client runs unchanged against it. Connections to all other hosts are refused.
 */
export async function startConnectProxy(simulatorUrl: string): Promise<ConnectProxy> {
  const folder = mkdtempSync(path.join(tmpdir(), 'connect-proxy-'));
  const certificate = path.join(folder, 'certificate.pem');
  const key = path.join(folder, 'key.pem');
  const names = `subjectAltName=${HOSTS.map((host) => `DNS:${host}`).join(',')}`;
  execFileSync(
    'openssl',
    // prettier-ignore
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=dropboxapi.test', '-addext', names,
     '-keyout', key, '-out', certificate],
    { stdio: 'ignore' },
  );
  const endpoint = createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (incoming, answer) =>
    forward(simulatorUrl, incoming, answer),
  );
  const proxy = createHttpServer();
  const sockets = new Set<Socket>();
  proxy.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  proxy.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    const [host = ''] = (incoming.url ?? '').split(':');
    if (!HOSTS.includes(host)) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    endpoint.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    certificate,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

function forward(simulatorUrl: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, headers } = incoming;
  const outgoing = request(`${simulatorUrl}${incoming.url ?? '/'}`, { method, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  outgoing.once('error', () => answer.destroy());
  incoming.pipe(outgoing);
}
