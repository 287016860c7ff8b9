import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Database } from 'arangojs';
import { startTemporalServer, type TemporalServer } from '../../sandbox/temporal/server';
import { createActivities } from '../../src/activities';
import { DropboxConnections } from '../../src/dropbox';
import { failure } from '../../src/failures';
import type { RecordEventBroker } from '../../src/outbox/broker';
import type { RecordEvent } from '../../src/outbox/message';
import { cleanupWorkflowId, workflowTypes, type CleanupOutcome } from '../../src/contract/sync';
import { connectorWith } from '../activities/fixture';
import { all, CONNECTOR, freshDatabase, putRecord, startServer, type Server } from '../graph/fixture';

const QUEUE = 'cleanup';
const RECORDS = 1_200;
/** A record event for each 500 records, and one that waited already. */
const EVENTS = 3 + 1;

let arango: Server;
let temporal: TemporalServer;
let native: NativeConnection;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  arango = await startServer();
  temporal = await startTemporalServer({ port: 0 });
  native = await NativeConnection.connect({ address: temporal.address });
  connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection });
}, 120_000);
afterAll(async () => {
  await native.close();
  await connection.close();
  await temporal.close();
  await arango.close();
});

/** Two connectors with records, and an unpublished event each. */
async function populated(): Promise<Database> {
  const db = await freshDatabase(arango, [], [CONNECTOR, 'other']);
  await connectorWith(db, {});
  for (let at = 0; at < RECORDS; at += 100) {
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        putRecord(db, `mine-${at + n}`, null, CONNECTOR, { virtualRecordId: `v-${at + n}` }),
      ),
    );
  }
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
  readonly #waiting: (() => void)[] = [];

  constructor(
    private readonly db: Database,
    readonly isConfigured = true,
  ) {}

  async publish(events: readonly RecordEvent[]): Promise<void> {
    if (this.isUnavailable) {
      this.refused += 1;
      for (const resolve of this.#waiting.splice(0)) resolve();
      throw failure('BrokerUnavailable', 'unavailable');
    }
    this.connectorExisted &&= await this.db.collection('dropboxConnectors').documentExists(CONNECTOR);
    this.taken.push(...events);
  }

  /** Resolves at the next refusal. */
  refusal(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}

const workerFor = (db: Database, broker: Broker): Promise<Worker> =>
  Worker.create({
    connection: native,
    taskQueue: QUEUE,
    workflowsPath: require.resolve('../../src/workflows'),
    activities: createActivities({
      db,
      dropbox: new DropboxConnections({ apiUrl: 'http://127.0.0.1:1' }),
      broker,
      secretKeys: [],
      membersMaxAge: 1,
      now: Date.now,
    }),
  });

/** As any Temporal client starts it. */
const start = () =>
  client.workflow.start(workflowTypes.cleanupConnector, {
    workflowId: cleanupWorkflowId(CONNECTOR),
    taskQueue: QUEUE,
    args: [{ connectorId: CONNECTOR }],
  });

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
}, 120_000);

it('drops and counts events that have no receiver', async () => {
  const db = await populated();
  const broker = new Broker(db, false);
  const worker = await workerFor(db, broker);
  const outcome = (await worker.runUntil(async () => (await start()).result())) as CleanupOutcome;
  expect(outcome).toMatchObject({ published: 0, dropped: EVENTS });
  expect(outcome.removed).toBeGreaterThanOrEqual(RECORDS);
  expect(broker.taken).toEqual([]);
  await expectOnlyOthers(db);
}, 120_000);
