import { ensureCollections, openDatabase } from '../../../src/graph/driver/database';
import { standalone } from '../../../src/graph/driver/graph';
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
import type { ConnectorDocument } from '../../../src/sync/connectorDocument';
import { CONNECTOR, ORG, useDatabase } from '../../support/database';
import { FaultProxy } from '../../support/faultProxy';

const arango = useDatabase();

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
  fullRunAt: null,
  createdAt: 1,
  updatedAt: 1,
  ...more,
});

test('a connector is read as it was stored', async () => {
  await insertConnector(arango.graph, connector());
  expect(await getConnector(arango.graph, CONNECTOR)).toEqual(connector());
  await updateConnector(arango.graph, CONNECTOR, {
    filters: { indexShared: false },
    teamId: 'dbtid:1',
    paused: true,
  });
  expect(await listConnectors(arango.graph)).toEqual([
    connector({ filters: { indexShared: false }, teamId: 'dbtid:1', paused: true }),
  ]);
  await removeConnector(arango.graph, CONNECTOR);
  await removeConnector(arango.graph, CONNECTOR);
  expect(await listConnectors(arango.graph)).toEqual([]);
});

test('a transient failure of ArangoDB is retried within the call', async () => {
  await insertConnector(arango.graph, connector());
  const proxy = await FaultProxy.start(arango.url, ({ number }) => (number % 2 === 1 ? { status: 503 } : undefined));
  const unreliable = openDatabase({ url: proxy.url, database: arango.db.name, username: 'root', password: '' });
  try {
    await ensureCollections(unreliable);
    await requireOrganization(standalone(unreliable), ORG);
    await requireApp(standalone(unreliable), CONNECTOR);
    await setAppStatus(standalone(unreliable), CONNECTOR, 'SYNCING', 2);
    await updateConnector(standalone(unreliable), CONNECTOR, { paused: true });
    expect(await getConnector(standalone(unreliable), CONNECTOR)).toMatchObject({ paused: true });
    await removeConnector(standalone(unreliable), CONNECTOR);
    expect(await listConnectors(standalone(unreliable))).toEqual([]);
    expect(proxy.counts.faults).toBeGreaterThan(8);
  } finally {
    unreliable.close();
    await proxy.close();
  }
});

test.each([
  ['an unknown connector', () => getConnector(arango.graph, 'unknown'), 'ConnectorUnknown', 'dropbox-teams create'],
  ['an id that cannot be a key', () => getConnector(arango.graph, 'a/b'), 'ConnectorUnknown', 'dropbox-teams create'],
  [
    'a change of an unknown connector',
    () => updateConnector(arango.graph, 'unknown', { paused: true }),
    'ConnectorUnknown',
    'unknown',
  ],
  [
    'an unknown organization',
    () => insertConnector(arango.graph, connector({ orgId: 'none' })),
    'OrganizationUnknown',
    'none',
  ],
  [
    'a connector without an app in PipesHub',
    () => insertConnector(arango.graph, connector({ _key: 'none' })),
    'AppUnknown',
    'PipesHub',
  ],
  [
    'an id that ArangoDB refuses',
    () => insertConnector(arango.graph, connector({ _key: 'a b' })),
    'InvalidArgument',
    'a b',
  ],
  ['an app that was removed', () => setAppStatus(arango.graph, 'none', 'IDLE', 1), 'AppUnknown', 'none'],
])('%s is a failure that says what to do', async (_case, work, type, text) => {
  await expect(work()).rejects.toMatchObject({ type, nonRetryable: true, message: expect.stringContaining(text) });
});

test('a second connector with the same id is refused', async () => {
  await insertConnector(arango.graph, connector());
  await expect(insertConnector(arango.graph, connector({ orgId: ORG }))).rejects.toMatchObject({
    type: 'ConnectorExists',
  });
});

test('the failure for a stored connector that is not readable names the field', async () => {
  await arango.db.collection('dropboxConnectors').save({ ...connector(), batchSize: 'many' });
  await expect(getConnector(arango.graph, CONNECTOR)).rejects.toMatchObject({
    type: 'GraphRefused',
    message: expect.stringContaining('batchSize'),
  });
});

test('PipesHub shows the status of the connector', async () => {
  await setAppStatus(arango.graph, CONNECTOR, 'FULL_SYNCING', 77);
  expect(await arango.db.collection('apps').document(CONNECTOR)).toMatchObject({
    status: 'FULL_SYNCING',
    updatedAtTimestamp: 77,
  });
});
