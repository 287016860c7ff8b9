import type { OutboxDocument } from '../../sync/documents';
import { defineQuery } from '../driver/query';
import type { Graph } from '../driver/graph';

const next = defineQuery<{ connectorId: string; limit: number }, OutboxDocument>(
  'outbox.next',
  `FOR event IN dropboxOutbox
     FILTER event.connectorId == @connectorId
     SORT event.sequence
     LIMIT @limit
     RETURN event`,
  { connectorId: 'connector', limit: 10 },
);

const waiting = defineQuery<{ connectorId: string }, number>(
  'outbox.count',
  `FOR event IN dropboxOutbox
     FILTER event.connectorId == @connectorId
     COLLECT WITH COUNT INTO number
     RETURN number`,
  { connectorId: 'connector' },
);

/** Adds events in the transaction of the change that they tell of; their keys make a repeat harmless. */
export async function putEvents(graph: Graph, events: readonly OutboxDocument[]): Promise<void> {
  await graph.insertAll('dropboxOutbox', events, 'replace');
}

/** The oldest events that are not published yet, in the order of publication. */
export async function nextEvents(graph: Graph, connectorId: string, limit: number): Promise<OutboxDocument[]> {
  return graph.run(next, { connectorId, limit });
}

/** Forgets published events. */
export async function removeEvents(graph: Graph, keys: readonly string[]): Promise<void> {
  await graph.removeAll('dropboxOutbox', keys);
}

export async function countEvents(graph: Graph, connectorId: string): Promise<number> {
  return (await graph.run(waiting, { connectorId }))[0] ?? 0;
}
