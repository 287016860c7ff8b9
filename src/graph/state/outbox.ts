import type { OutboxDocument } from '../../sync/syncDocuments';
import type { Graph, Transaction } from '../driver/graph';
import { defineQuery } from '../driver/query';

const IS_PUBLISHABLE =
  'IS_STRING(event.eventType) AND IS_STRING(event.recordKey) AND IS_OBJECT(event.payload) AND IS_NUMBER(event.createdAt)';

/**
 * Leaves out malformed events, which would block all events after them. They stay in the outbox and are counted, since
 * it is unknown what PipesHub has to do with their records.
 */
const next = defineQuery<{ connectorId: string; limit: number }, OutboxDocument>(
  'outbox.next',
  `FOR event IN dropboxOutbox
     FILTER event.connectorId == @connectorId
     FILTER ${IS_PUBLISHABLE}
     SORT event.sequence
     LIMIT @limit
     RETURN event`,
  { connectorId: 'connector', limit: 10 },
);

const malformed = defineQuery<{ connectorId: string; limit: number }, string>(
  'outbox.malformed',
  `FOR event IN dropboxOutbox
     FILTER event.connectorId == @connectorId
     FILTER NOT (${IS_PUBLISHABLE})
     LIMIT @limit
     RETURN event._key`,
  { connectorId: 'connector', limit: 10 },
);

const unpublished = defineQuery<{ connectorId: string }, number>(
  'outbox.count',
  `FOR event IN dropboxOutbox
     FILTER event.connectorId == @connectorId
     COLLECT WITH COUNT INTO number
     RETURN number`,
  { connectorId: 'connector' },
);

/** Adds events in the transaction of the change that they report. Their keys make a repeat harmless. */
export async function putEvents(tx: Transaction, events: readonly OutboxDocument[]): Promise<void> {
  await tx.insertAll('dropboxOutbox', events, 'replace');
}

/** The oldest unpublished events that can be published, in the order of publication. */
export async function nextEvents(graph: Graph, connectorId: string, limit: number): Promise<OutboxDocument[]> {
  return graph.run(next, { connectorId, limit });
}

/** Keys of events that can't be published. */
export async function malformedEvents(graph: Graph, connectorId: string, limit: number): Promise<string[]> {
  return graph.run(malformed, { connectorId, limit });
}

/** Removes published events, and returns how many there were. */
export async function removeEvents(graph: Graph, keys: readonly string[]): Promise<number> {
  return graph.removeAll('dropboxOutbox', keys);
}

export async function countEvents(graph: Graph, connectorId: string): Promise<number> {
  return (await graph.run(unpublished, { connectorId }))[0] ?? 0;
}
