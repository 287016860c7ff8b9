import type { Database } from 'arangojs';
import type { OutboxDocument } from '../../sync/documents';
import { defineQuery, run } from '../driver/query';
import { insertAll, removeAll } from '../driver/steps';
import { alone, type Step } from '../driver/transaction';

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
export async function putEvents(step: Step, db: Database, events: readonly OutboxDocument[]): Promise<void> {
  await insertAll(step, db, 'dropboxOutbox', events, 'replace');
}

/** The oldest events that are not published yet, in the order of publication. */
export async function nextEvents(db: Database, connectorId: string, limit: number): Promise<OutboxDocument[]> {
  return run(db, next, { connectorId, limit });
}

/** Forgets published events. */
export async function removeEvents(db: Database, keys: readonly string[]): Promise<void> {
  await removeAll(alone, db, 'dropboxOutbox', keys);
}

export async function countEvents(db: Database, connectorId: string): Promise<number> {
  return (await run(db, waiting, { connectorId }))[0] ?? 0;
}
