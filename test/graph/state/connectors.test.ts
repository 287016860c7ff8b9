import type { Database } from 'arangojs';
import {
  getConnector,
  insertConnector,
  listConnectors,
  removeConnector,
  requireApp,
  requireOrganization,
  setAppStatus,
  updateConnector,
} from '../../../src/graph/state/connectors';
import { ensureCollections, openDatabase } from '../../../src/graph/driver/database';
import type { ConnectorDocument } from '../../../src/sync/documents';
import { FaultProxy } from '../../support/faultProxy';
import { CONNECTOR, freshDatabase, ORG, startServer, type Server } from '../fixture';
import { standalone } from '../../../src/graph/driver/graph';

let server: Server;
let db: Database;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  db = await freshDatabase(server);
});

const connector = (more: Partial<ConnectorDocument> = {}): ConnectorDocument => ({
  _key: CONNECTOR,
  orgId: ORG,
  appKey: 'dropbox-app-key',
  credentials: 'sealed',
  strategy: 'scheduled',
  every: '1h',
  paused: false,
  batchSize: 100,
  appliedFilters: null,
  filters: { modifiedAfter: 5, extensions: { operator: 'in', values: ['pdf'] } },
  brake: { share: 0.2, items: 100 },
  teamId: null,
  lastRun: null,
  createdAt: 1,
  updatedAt: 1,
  ...more,
});

test('a connector is read back as it was stored', async () => {
  await insertConnector(standalone(db), connector());
  expect(await getConnector(standalone(db), CONNECTOR)).toEqual(connector());
  await updateConnector(standalone(db), CONNECTOR, {
    filters: { indexShared: false },
    teamId: 'dbtid:1',
    paused: true,
  });
  expect(await listConnectors(standalone(db))).toEqual([
    connector({ filters: { indexShared: false }, teamId: 'dbtid:1', paused: true }),
  ]);
  await removeConnector(standalone(db), CONNECTOR);
  await removeConnector(standalone(db), CONNECTOR);
  expect(await listConnectors(standalone(db))).toEqual([]);
});

test('a passing trouble of ArangoDB costs a request, not the call', async () => {
  await insertConnector(standalone(db), connector());
  const proxy = await FaultProxy.start(server.url, ({ number }) => (number % 2 === 1 ? { status: 503 } : undefined));
  const troubled = openDatabase({ url: proxy.url, database: db.name, username: 'root', password: '' });
  try {
    await ensureCollections(troubled);
    await requireOrganization(standalone(troubled), ORG);
    await requireApp(standalone(troubled), CONNECTOR);
    await setAppStatus(standalone(troubled), CONNECTOR, 'SYNCING', 2);
    await updateConnector(standalone(troubled), CONNECTOR, { paused: true });
    expect(await getConnector(standalone(troubled), CONNECTOR)).toMatchObject({ paused: true });
    await removeConnector(standalone(troubled), CONNECTOR);
    expect(await listConnectors(standalone(troubled))).toEqual([]);
    expect(proxy.counts.faults).toBeGreaterThan(8);
  } finally {
    troubled.close();
    await proxy.close();
  }
});

test.each([
  ['an unknown connector', () => getConnector(standalone(db), 'nobody'), 'ConnectorUnknown', 'dropbox-teams create'],
  ['an id that no key can be', () => getConnector(standalone(db), 'a/b'), 'ConnectorUnknown', 'dropbox-teams create'],
  [
    'a change of an unknown connector',
    () => updateConnector(standalone(db), 'nobody', { paused: true }),
    'ConnectorUnknown',
    'nobody',
  ],
  [
    'an unknown organization',
    () => insertConnector(standalone(db), connector({ orgId: 'none' })),
    'OrganizationUnknown',
    'none',
  ],
  [
    'a connector without an app in PipesHub',
    () => insertConnector(standalone(db), connector({ _key: 'none' })),
    'AppUnknown',
    'PipesHub',
  ],
  [
    'an id that ArangoDB refuses',
    () => insertConnector(standalone(db), connector({ _key: 'a b' })),
    'InvalidArgument',
    'a b',
  ],
  ['an app that was removed', () => setAppStatus(standalone(db), 'none', 'IDLE', 1), 'AppUnknown', 'none'],
])('%s is said plainly', async (_case, work, type, text) => {
  await expect(work()).rejects.toMatchObject({ type, nonRetryable: true, message: expect.stringContaining(text) });
});

test('a second connector with the same id is refused', async () => {
  await insertConnector(standalone(db), connector());
  await expect(insertConnector(standalone(db), connector({ orgId: ORG }))).rejects.toMatchObject({
    type: 'ConnectorExists',
  });
});

test('a stored connector that this version does not understand names the field', async () => {
  await db.collection('dropboxConnectors').save({ ...connector(), batchSize: 'many' });
  await expect(getConnector(standalone(db), CONNECTOR)).rejects.toMatchObject({
    type: 'GraphRefused',
    message: expect.stringContaining('batchSize'),
  });
});

test('PipesHub sees what the connector is doing', async () => {
  await setAppStatus(standalone(db), CONNECTOR, 'FULL_SYNCING', 77);
  expect(await db.collection('apps').document(CONNECTOR)).toMatchObject({
    status: 'FULL_SYNCING',
    updatedAtTimestamp: 77,
  });
});
