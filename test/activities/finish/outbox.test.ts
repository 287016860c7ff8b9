import { MockActivityEnvironment } from '@temporalio/testing';
import type { OutboxDocument } from '../../../src/sync/documents';
import { putRecord } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { connectorWith, RUN, scripted, type Script } from '../fixture';

const arango = useDatabase();

/** A connector with two files whose record events wait. `inWorkflow` runs an activity in a workflow of this type. */
async function withEvents() {
  const published: string[] = [];
  const publish = async (events: readonly OutboxDocument[]): Promise<void> =>
    void published.push(...events.map(({ recordKey }) => recordKey));
  await connectorWith(arango.db, {});
  const activities = scripted(arango.db, { pages: {}, asked: [], publish } satisfies Script);
  for (const key of ['a', 'b']) await putRecord(arango.db, key, null, CONNECTOR, { virtualRecordId: key });
  const inWorkflow = <T>(workflowType: string, work: () => Promise<T>): Promise<T> =>
    new MockActivityEnvironment({ workflowType }).run<[], T, () => Promise<T>>(work);
  await inWorkflow('reindexRecords', () => activities.reindexStep({ connectorId: CONNECTOR, after: '' }));
  const statuses = async () => (await all(arango.db, 'records')).map(({ indexingStatus }) => indexingStatus as string);
  const publishIn = (workflowType: string, runId: string): Promise<unknown> =>
    inWorkflow(workflowType, () => activities.publishOutbox({ connectorId: CONNECTOR, runId }));
  const waiting = async (): Promise<number> => (await all(arango.db, 'dropboxOutbox')).length;
  return { published, statuses, publishIn, waiting };
}

test('a reindex publishes, although it is no run of the connector', async () => {
  const { published, statuses, publishIn, waiting } = await withEvents();
  expect(await statuses()).toEqual(['NOT_STARTED', 'NOT_STARTED']);
  expect(await publishIn('reindexRecords', 'id of the reindex')).toEqual({ published: 2 });
  expect(published.sort()).toEqual(['a', 'b']);
  expect(await statuses()).toEqual(['QUEUED', 'QUEUED']);
  expect(await waiting()).toBe(0);
});

test('a run publishes', async () => {
  const { publishIn, waiting } = await withEvents();
  expect(await publishIn('runSync', RUN)).toEqual({ published: 2 });
  expect(await waiting()).toBe(0);
});

test('an event that cannot be published holds back no other one, and stays', async () => {
  const { published, publishIn, waiting } = await withEvents();
  const malformed = [
    { recordKey: null },
    { recordKey: 7 },
    { payload: 'x' },
    { eventType: null },
    { createdAt: 'now' },
  ];
  const event = {
    connectorId: CONNECTOR,
    sequence: '0',
    eventType: 'newRecord',
    recordKey: 'x',
    payload: {},
    createdAt: 1,
  };
  await arango.db.collection('dropboxOutbox').saveAll(malformed.map((fields) => ({ ...event, ...fields })));
  expect(await publishIn('runSync', RUN)).toEqual({ published: 2 });
  expect(published.sort()).toEqual(['a', 'b']);
  expect(await waiting()).toBe(malformed.length);
});

test('events that a server returns although they were removed are not published without end', async () => {
  const { published, publishIn } = await withEvents();
  const collection = arango.db.collection.bind(arango.db);
  const notRemoved = jest
    .spyOn(arango.db, 'collection')
    .mockImplementation(((name: string) =>
      name === 'dropboxOutbox'
        ? { removeAll: (keys: string[]) => Promise.resolve(keys.map(() => ({ error: true, errorNum: 1202 }))) }
        : collection(name)) as never);
  await expect(publishIn('runSync', RUN)).rejects.toMatchObject({ type: 'GraphUnexpected' });
  notRemoved.mockRestore();
  expect(published).toHaveLength(2);
});

test('a run that is over leaves the events to the latest one', async () => {
  const { publishIn, waiting } = await withEvents();
  await expect(publishIn('runSync', 'former run')).rejects.toMatchObject({ type: 'RunSuperseded' });
  expect(await waiting()).toBe(2);
});
