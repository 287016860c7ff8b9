import type { OutboxDocument } from '../sync/documents';

/** The parts of an outbox row that leave the house. */
export type RecordEvent = Pick<OutboxDocument, 'eventType' | 'recordKey' | 'payload' | 'createdAt'>;

/** Topic of Kafka and stream of Redis alike. */
export const RECORD_EVENTS = 'record-events';

/** The envelope that PipesHub's consumers read. */
export const messageOf = ({ eventType, createdAt, payload }: RecordEvent): string =>
  JSON.stringify({ eventType, timestamp: createdAt, payload });
