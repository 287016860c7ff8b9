import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import type { Database } from 'arangojs';
import type { RunningEmulator } from '../../sandbox/arangodb/server';
import { startTemporalServer } from '../../sandbox/temporal/server';
import { createActivities } from '../../src/activities';
import { cleanupWorkflowId, workflowTypes, type CleanupOutcome } from '../../src/contract/sync';
import { DropboxConnections } from '../../src/dropbox';
import { failure } from '../../src/failures';
import { standalone } from '../../src/graph/driver/graph';
import type { RecordEventBroker } from '../../src/outbox/broker';
import type { RecordEvent } from '../../src/outbox/message';
import { connectorWith } from '../activities/fixture';
import { putRecord, putRecords } from '../graph/fixture';
import { all, CONNECTOR, freshDatabase, startServer } from '../support/database';
import { closedAfterAll, closedAfterEach } from '../support/hooks';
import { createWorker } from '../support/inProcessWorker';
import { limits } from '../support/limits';
import { WORKFLOW_BUNDLE } from '../support/workflowBundle';

jest.setTimeout(limits.syncs);

const RECORDS = 1_200;
/** A record event for each 500 records, and one that waited already. */
const EVENTS = 3 + 1;

const resources = closedAfterAll();
const ofTest = closedAfterEach();
let queue = '';
let arango: RunningEmulator;
let native: NativeConnection;
let client: Client;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  arango = resources.add(await startServer());
  const temporal = resources.add(await startTemporalServer({ port: 0 }));
  native = resources.add(await NativeConnection.connect({ address: temporal.address }));
  const connection = resources.add(await Connection.connect({ address: temporal.address }));
  client = new Client({ connection });
});

// A test that timed out may have left a worker, which must not take the tasks of the next test.
beforeEach(() => (queue = `cleanup-${randomUUID()}`));

/** Two connectors with records, and an unpublished event each. */
async function populated(): Promise<Database> {
  const db = ofTest.add(await freshDatabase(arango, { connectors: ['other'] }));
  await connectorWith(db, {});
  const mine = Array.from({ length: RECORDS }, (_, at) => `mine-${at}`);
  await putRecords(db, mine, null, CONNECTOR, (key) => ({ virtualRecordId: `v-${key}` }));
  await putRecord(db, 'theirs', null, 'other', { virtualRecordId: 'v-theirs' });
  const waiting = (connectorId: string) => ({
    _key: `waiting-${connectorId}`,
    connectorId,
    sequence: '0000000000001-0',
    eventType: 'deleteRecord',
    recordKey: `gone-${connectorId}`,
    payload: { virtualRecordId: `v-gone-${connectorId}` },
    createdAt: 1,
  });
  await db.collection('dropboxOutbox').saveAll([waiting(CONNECTOR), waiting('other')]);
  return db;
}

/** A broker that can be unavailable, and that records whether the connector existed when it took an event. */
class Broker implements RecordEventBroker {
  readonly taken: RecordEvent[] = [];
  isUnavailable = false;
  connectorExisted = true;
  refused = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly db: Database,
    readonly isConfigured = true,
  ) {}

  async publish(events: readonly RecordEvent[]): Promise<void> {
    if (this.isUnavailable) {
      this.refused += 1;
      for (const resolve of this.waiting.splice(0)) resolve();
      throw failure('BrokerUnavailable', 'unavailable');
    }
    this.connectorExisted &&= await this.db.collection('dropboxConnectors').documentExists(CONNECTOR);
    this.taken.push(...events);
  }

  /** Resolves at the next refusal. */
  refusal(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}

const workerFor = (db: Database, broker: Broker): Promise<Worker> =>
  createWorker(ofTest, {
    connection: native,
    taskQueue: queue,
    workflowBundle: WORKFLOW_BUNDLE,
    activities: createActivities({
      graph: standalone(db),
      dropbox: new DropboxConnections({ apiUrl: 'http://127.0.0.1:1' }),
      broker,
      secretKeys: [],
      membersMaxAge: 1,
      confirmAfter: 0,
      now: Date.now,
    }),
  });

/** As any Temporal client starts it. */
async function start(): Promise<WorkflowHandle> {
  const handle = await client.workflow.start(workflowTypes.cleanupConnector, {
    workflowId: cleanupWorkflowId(CONNECTOR),
    taskQueue: queue,
    args: [{ connectorId: CONNECTOR }],
  });
  ofTest.defer(() => terminate(handle));
  return handle;
}

/** Ends what a failed test left: all tests use the same workflow id. */
async function terminate(handle: WorkflowHandle): Promise<void> {
  const { status } = await handle.describe();
  if (status.name === 'RUNNING') await handle.terminate('the test is over');
}

async function expectOnlyOthers(db: Database): Promise<void> {
  expect((await all(db, 'dropboxOutbox')).map(({ _key }) => _key)).toEqual(['waiting-other']);
  expect((await all(db, 'records')).map(({ _key }) => _key)).toEqual(['theirs']);
  expect(await all(db, 'dropboxConnectors')).toEqual([]);
}

it('publishes waiting events before it removes the connector, and continues after it was stopped', async () => {
  const db = await populated();
  const broker = new Broker(db);
  broker.isUnavailable = true;
  const worker = await workerFor(db, broker);
  await worker.runUntil(async () => {
    const refused = broker.refusal();
    const first = await start();
    await refused;
    await first.terminate('a test');
    expect(await db.collection('dropboxConnectors').documentExists(CONNECTOR)).toBe(true);
    expect(await all(db, 'dropboxOutbox')).toHaveLength(EVENTS + 1);

    // Unavailable once more, and available again while the workflow retries.
    const again = broker.refusal();
    const second = await start();
    await again;
    broker.isUnavailable = false;
    expect(await second.result()).toEqual({
      connectorId: CONNECTOR,
      removed: 0,
      published: EVENTS,
      dropped: 0,
    } satisfies CleanupOutcome);
  });
  expect(broker.connectorExisted).toBe(true);
  expect(broker.taken.map(({ eventType }) => eventType)).toEqual([
    'deleteRecord',
    ...Array.from({ length: EVENTS - 1 }, () => 'bulkDeleteRecords'),
  ]);
  const forgotten = broker.taken.flatMap(({ payload }) => (payload['virtualRecordIds'] ?? []) as string[]);
  expect(new Set(forgotten).size).toBe(RECORDS);
  expect(forgotten).not.toContain('v-theirs');
  await expectOnlyOthers(db);
});

it('drops and counts events that have no receiver', async () => {
  const db = await populated();
  const broker = new Broker(db, false);
  const worker = await workerFor(db, broker);
  const outcome = (await worker.runUntil(async () => (await start()).result())) as CleanupOutcome;
  expect(outcome).toMatchObject({ published: 0, dropped: EVENTS });
  expect(outcome.removed).toBeGreaterThanOrEqual(RECORDS);
  expect(broker.taken).toEqual([]);
  await expectOnlyOthers(db);
});
