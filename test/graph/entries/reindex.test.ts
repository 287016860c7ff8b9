import { markQueued, queueReindex } from '../../../src/graph/entries/reindex';
import { CONNECTOR, all, useDatabase } from '../../support/database';
import { putRecord } from '../fixture';

const arango = useDatabase();

const KEYS = ['a', 'b', 'c'];
const statuses = async (): Promise<string[]> =>
  (await all(arango.db, 'records')).map(({ indexingStatus }) => indexingStatus as string);

beforeEach(async () => {
  for (const key of KEYS) {
    await putRecord(arango.db, key, null, CONNECTOR, { indexingStatus: 'COMPLETED', virtualRecordId: key });
  }
});

const reindex = () => queueReindex(arango.graph, { connectorId: CONNECTOR, after: '', limit: 10, now: 1 });
const publish = async () => markQueued(arango.graph, (await all(arango.db, 'dropboxOutbox')) as never);

test('records are not started when they are to be indexed again, and queued once their events are published', async () => {
  expect(await reindex()).toEqual({ queued: 3, after: 'c', done: true });
  expect(await statuses()).toEqual(['NOT_STARTED', 'NOT_STARTED', 'NOT_STARTED']);
  await publish();
  expect(await statuses()).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
});

test('a folder, which PipesHub has set to not started, is completed without an event', async () => {
  await putRecord(arango.db, 'd', null, CONNECTOR, { indexingStatus: 'NOT_STARTED', mimeType: 'text/directory' });
  await arango.db.collection('files').update('d', { isFile: false });
  expect(await reindex()).toEqual({ queued: 3, after: 'd', done: true });
  await publish();
  expect(await statuses()).toEqual(['QUEUED', 'QUEUED', 'QUEUED', 'COMPLETED']);
});

test('a record that is written at the same time is queued, too', async () => {
  await reindex();
  const other = await arango.db.beginTransaction({ write: ['records'] });
  await other.step(() => arango.db.collection('records').update('b', { version: 7 }));
  const publishing = publish();
  const isWaiting = async () => (await arango.db.listRunningQueries()).some(({ query }) => query.includes('QUEUED'));
  while (!(await isWaiting()));
  await other.commit();
  await publishing;
  expect(await statuses()).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
});

test('a record that its schema refuses does not stop the others', async () => {
  const records = arango.db.collection('records');
  await reindex();
  const { schema } = (await records.properties()) as unknown as { schema: { rule: { required: string[] } } };
  await records.properties({ schema: {} } as never);
  await records.update('b', { recordName: 5 });
  await records.properties({ schema } as never);
  await publish();
  expect(await statuses()).toEqual(['QUEUED', 'NOT_STARTED', 'QUEUED']);
  expect(await reindex()).toMatchObject({ queued: 3 });
  expect(await statuses()).toEqual(['NOT_STARTED', 'NOT_STARTED', 'NOT_STARTED']);
});
