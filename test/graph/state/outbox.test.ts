import { inTransaction } from '../../../src/graph/driver/graph';
import {
  countDeadLetters,
  listDeadLetters,
  putDeadLetters,
  removeDeadLetters,
} from '../../../src/graph/state/deadLetters';
import { countEvents, nextEvents, putEvents, removeEvents } from '../../../src/graph/state/outbox';
import type { OutboxDocument } from '../../../src/sync/syncDocuments';
import { CONNECTOR, useDatabase } from '../../support/database';

const arango = useDatabase();

const event = (sequence: string, connectorId = CONNECTOR): OutboxDocument => ({
  _key: `${connectorId}-${sequence}`,
  connectorId,
  sequence,
  eventType: 'newRecord',
  recordKey: 'record',
  payload: { recordId: 'record', extension: null },
  createdAt: 1,
});

test('events are returned in the order of their transactions until they are removed', async () => {
  const events = ['0000000000200-00000', '0000000000100-00001', '0000000000100-00000'].map((one) => event(one));
  const put = (all: OutboxDocument[]) => inTransaction(arango.graph, ['dropboxOutbox'], (tx) => putEvents(tx, all));
  await put([...events, event('0000000000001-00000', 'other')]);
  await put(events);
  expect(await countEvents(arango.graph, CONNECTOR)).toBe(3);
  const batch = await nextEvents(arango.graph, CONNECTOR, 2);
  expect(batch.map((one) => one.sequence)).toEqual(['0000000000100-00000', '0000000000100-00001']);
  expect(batch[0]?.payload).toEqual({ recordId: 'record', extension: null });
  await removeEvents(
    arango.graph,
    batch.map((one) => one._key),
  );
  await removeEvents(
    arango.graph,
    batch.map((one) => one._key),
  );
  expect((await nextEvents(arango.graph, CONNECTOR, 2)).map((one) => one.sequence)).toEqual(['0000000000200-00000']);
  expect(await countEvents(arango.graph, 'other')).toBe(1);
});

test('events of an aborted transaction are not stored', async () => {
  const before = await countEvents(arango.graph, CONNECTOR);
  const work = inTransaction(arango.graph, ['dropboxOutbox'], async (tx) => {
    await putEvents(tx, [event('0000000000900-00000')]);
    throw new Error('stop');
  });
  await expect(work).rejects.toThrow('stop');
  expect(await countEvents(arango.graph, CONNECTOR)).toBe(before);
});

test('a dead letter keeps the time when it was first seen and counts its attempts', async () => {
  const deadLetter = { kind: 'entry', namespaceId: '7', subject: '/a', reason: 'too long' } as const;
  const other = { kind: 'group', namespaceId: null, subject: 'g:1', reason: 'refused' } as const;
  await putDeadLetters(arango.graph, { connectorId: CONNECTOR, now: 10 }, [deadLetter, other]);
  await inTransaction(arango.graph, ['dropboxDeadLetters'], (tx) =>
    putDeadLetters(tx, { connectorId: CONNECTOR, now: 20 }, [{ ...deadLetter, reason: 'still' }]),
  );
  const list = await listDeadLetters(arango.graph, CONNECTOR, null, 10);
  expect(list.find((one) => one.subject === '/a')).toMatchObject({
    attempts: 2,
    firstSeenAt: 10,
    lastSeenAt: 20,
    reason: 'still',
  });
  expect(list.find((one) => one.subject === 'g:1')).toMatchObject({ attempts: 1, firstSeenAt: 10, namespaceId: null });
  const [first] = await listDeadLetters(arango.graph, CONNECTOR, null, 1);
  const [second] = await listDeadLetters(arango.graph, CONNECTOR, first?._key ?? null, 1);
  expect(new Set([first?.subject, second?.subject])).toEqual(new Set(['/a', 'g:1']));
  expect(await removeDeadLetters(arango.graph, CONNECTOR, [deadLetter, deadLetter])).toBe(1);
  expect(await countDeadLetters(arango.graph, CONNECTOR)).toBe(1);
  expect(await countDeadLetters(arango.graph, 'other')).toBe(0);
});
