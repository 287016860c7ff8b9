import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { DropboxTeamsClient } from '../../src/client';
import { loadConfig } from '../../src/config';
import { openDatabase } from '../../src/graph/driver/database';
import { standalone } from '../../src/graph/driver/graph';
import { TRANSIENT_TRIES } from '../../src/graph/driver/retries';
import { getConnector } from '../../src/graph/state/connectors';
import { closedAfterEach } from '../support/hooks';

const ofTest = closedAfterEach();
/** Long enough for the request to arrive on a busy machine: the server is in this process, too. */
const TIMEOUT_MS = 500;

/** Accepts connections and never answers, as a server that is frozen. `tries` counts the requests. */
async function frozen() {
  let requests = 0;
  const server = createServer((socket) => {
    ofTest.defer(() => void socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', () => (requests += 1));
  });
  ofTest.defer(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = loadConfig({
    ARANGO_URL: url,
    ARANGO_PASSWORD: 'x',
    CONNECTOR_SECRET_KEY: Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64'),
  });
  return { url, tries: () => requests, config: { ...config, arango: { ...config.arango, timeoutMs: TIMEOUT_MS } } };
}

describe('an ArangoDB that accepts connections and never answers', () => {
  it.each<[string, (client: DropboxTeamsClient) => Promise<unknown>]>([
    ['a status', (client) => client.status('c')],
    ['a list', (client) => client.connectors()],
    ['a lease', (client) => client.isInCharge('metrics', 'me', 60)],
    [
      'a creation',
      (client) =>
        client.createConnector({
          orgId: 'org',
          connectorId: 'c',
          ...{ appKey: 'key', appSecret: 'secret', refreshToken: 'token' },
        }),
    ],
  ])('is reported by a client after one request: %s', async (_case, call) => {
    const { url, tries, config } = await frozen();
    const client = ofTest.add(DropboxTeamsClient.connect(config));
    await expect(call(client)).rejects.toMatchObject({
      code: 'GraphUnavailable',
      message: expect.stringMatching(`^ArangoDB at ${url} does not answer .*: check that it runs`),
    });
    expect(tries()).toBe(1);
  });

  it('is asked again by a worker, whose run would fail', async () => {
    const { tries, config } = await frozen();
    const database = ofTest.add(openDatabase(config.arango));
    await expect(getConnector(standalone(database), 'c')).rejects.toThrow('Timed out');
    expect(tries()).toBe(TRANSIENT_TRIES);
  });
});
