import { DefaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { OutboxDocument } from '../../../src/sync/syncDocuments';
import { putRecord } from '../../graph/fixture';
import { all, CONNECTOR, useDatabase } from '../../support/database';
import { attempt, connectorWith, RUN, scripted, type Script } from '../fixture';

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
  const drainIn = () =>
    inWorkflow('cleanupConnector', () => activities.drainOutbox({ connectorId: CONNECTOR, runId: RUN }));
  const waiting = async (): Promise<number> => (await all(arango.db, 'dropboxOutbox')).length;
  return { published, statuses, publishIn, drainIn, waiting };
}

test('a reindex publishes, although it is no run of the connector', async () => {
  const { published, statuses, publishIn, waiting } = await withEvents();
  expect(await statuses()).toEqual(['NOT_STARTED', 'NOT_STARTED']);
  expect(await publishIn('reindexRecords', 'id of the reindex')).toEqual({ published: 2 });
  expect(published.sort()).toEqual(['a', 'b']);
  expect(await statuses()).toEqual(['QUEUED', 'QUEUED']);
  expect(await waiting()).toBe(0);
});

test('a reindex of an unknown connector is refused', async () => {
  const activities = scripted(arango.db, { pages: {}, asked: [] });
  const reindex = attempt(activities.reindexStep, { connectorId: 'unknown', after: '' });
  await expect(reindex).rejects.toMatchObject({ type: 'ConnectorUnknown', nonRetryable: true });
});

test('a run publishes', async () => {
  const { publishIn, waiting } = await withEvents();
  expect(await publishIn('runSync', RUN)).toEqual({ published: 2 });
  expect(await waiting()).toBe(0);
});

const MALFORMED = [{ recordKey: null }, { recordKey: 7 }, { payload: 'x' }, { eventType: null }, { createdAt: 'now' }];

async function putMalformed(malformed: readonly object[]): Promise<void> {
  const event = { sequence: '0', eventType: 'newRecord', recordKey: 'x', payload: {}, createdAt: 1 };
  const events = malformed.map((fields) => ({ connectorId: CONNECTOR, ...event, ...fields }));
  await arango.db.collection('dropboxOutbox').saveAll(events);
}

test('an event that cannot be published holds back no other one, and stays', async () => {
  const { published, publishIn, waiting } = await withEvents();
  await putMalformed(MALFORMED);
  expect(await publishIn('runSync', RUN)).toEqual({ published: 2 });
  expect(published.sort()).toEqual(['a', 'b']);
  expect(await waiting()).toBe(MALFORMED.length);
});

test('an error of any length reaches the workflow', async () => {
  const publish = () => Promise.reject(new Error('x'.repeat(3_000_000)));
  await connectorWith(arango.db, {});
  await putMalformed([{}]);
  const { publishOutbox } = scripted(arango.db, { pages: {}, asked: [], publish });
  const error: unknown = await attempt(publishOutbox, { connectorId: CONNECTOR, runId: RUN }).catch(
    (thrown: unknown) => thrown,
  );
  const sent = new DefaultFailureConverter().errorToFailure(error, defaultPayloadConverter);
  expect(JSON.stringify(sent).length).toBeLessThan(50_000);
});

/** The server accepts removals of events, and carries none of them out. */
function removesNothing(): { restore: () => void } {
  const collection = arango.db.collection.bind(arango.db);
  const notRemoved = jest
    .spyOn(arango.db, 'collection')
    .mockImplementation(((name: string) =>
      name === 'dropboxOutbox'
        ? { removeAll: (keys: string[]) => Promise.resolve(keys.map(() => ({ error: true, errorNum: 1202 }))) }
        : collection(name)) as never);
  return { restore: () => notRemoved.mockRestore() };
}

test('events that a server returns although they were removed are not published without end', async () => {
  const { published, publishIn } = await withEvents();
  const { restore } = removesNothing();
  await expect(publishIn('runSync', RUN)).rejects.toMatchObject({ type: 'GraphUnexpected' });
  restore();
  expect(published).toHaveLength(2);
});

test('a run that is over leaves the events to the latest one', async () => {
  const { publishIn, waiting } = await withEvents();
  await expect(publishIn('runSync', 'former run')).rejects.toMatchObject({ type: 'RunSuperseded' });
  expect(await waiting()).toBe(2);
});

describe('a removal', () => {
  const drain = async ({ drainIn }: Awaited<ReturnType<typeof withEvents>>) => {
    const total = { published: 0, dropped: 0 };
    for (let done = false; !done;) {
      const part = await drainIn();
      total.published += part.published;
      total.dropped += part.dropped;
      done = part.done;
    }
    return total;
  };

  test('publishes all events that can be published, and leaves none of the others', async () => {
    const events = await withEvents();
    await putMalformed([...MALFORMED, ...Array.from({ length: 400 }, () => ({ payload: null }))]);
    expect(await drain(events)).toEqual({ published: 2, dropped: MALFORMED.length + 400 });
    expect(events.published.sort()).toEqual(['a', 'b']);
    expect(await events.waiting()).toBe(0);
  });

  test('does not publish without end what a server returns although it was removed', async () => {
    const events = await withEvents();
    await putMalformed(Array.from({ length: 200 }, () => ({})));
    const { restore } = removesNothing();
    await expect(drain(events)).rejects.toMatchObject({ type: 'GraphUnexpected' });
    restore();
    expect(events.published).toHaveLength(200);
  });
});
