import { once } from 'node:events';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { TemporalAccess } from '../../src/client/temporal';
import { closedAfterEach } from '../support/hooks';

const ofTest = closedAfterEach();
/** A gRPC message without fields: not compressed, 0 bytes long. */
const EMPTY_MESSAGE = Buffer.alloc(5);
/** Status codes of gRPC. */
const [OK, CANCELLED, RESOURCE_EXHAUSTED] = [0, 1, 8];

/** A server that accepts connections and is asked for too much by each call but GetSystemInfo. */
async function busyServer(): Promise<{ address: string; calls: string[] }> {
  const calls: string[] = [];
  const server = createServer();
  const end = (stream: ServerHttp2Stream, status: number): void => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status) }));
    stream.end(status === OK ? EMPTY_MESSAGE : undefined);
  };
  server.on('stream', (stream, headers) => {
    const route = String(headers[':path']).split('/').at(-1) ?? '';
    calls.push(route);
    end(stream, route === 'GetSystemInfo' ? OK : RESOURCE_EXHAUSTED);
  });
  ofTest.add({ close: () => server.close() });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

it('ends a call that is to be tried again when the connection is closed', async () => {
  const server = await busyServer();
  const connection = { address: server.address, apiKey: 'the key', tls: false };
  const temporal = ofTest.add(new TemporalAccess({ connection, namespace: 'default', taskQueue: 'queue' }));
  const client = await temporal.client();
  const call = client.workflowService.describeNamespace({ namespace: 'default' });
  const ended = call.then(
    () => undefined,
    (error: unknown) => error,
  );
  // Its answer comes after that of the call, whose second attempt is to follow a second later.
  await client.workflowService.getSystemInfo({});
  await temporal.close();
  const error = await ended;
  expect(error).toMatchObject({ code: CANCELLED });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('the key');
  expect(server.calls).toEqual(['GetSystemInfo', 'DescribeNamespace', 'GetSystemInfo']);
});

it.each(['http_proxy', 'https_proxy'])('does not connect through the proxy of %s', async (name) => {
  const server = await busyServer();
  const variables = jest.replaceProperty(process, 'env', { ...process.env, [name]: 'http://127.0.0.1:1' });
  try {
    const connection = { address: server.address };
    await ofTest.add(new TemporalAccess({ connection, namespace: 'default', taskQueue: 'queue' })).client();
  } finally {
    variables.restore();
  }
  expect(server.calls).toEqual(['GetSystemInfo']);
});

it('connects again when it is used after its end', async () => {
  const server = await busyServer();
  const connection = { address: server.address };
  const temporal = ofTest.add(new TemporalAccess({ connection, namespace: 'default', taskQueue: 'queue' }));
  await temporal.client();
  await temporal.close();
  await temporal.client();
  expect(server.calls).toEqual(['GetSystemInfo', 'GetSystemInfo']);
});
