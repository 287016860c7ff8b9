import type { OutboxDocument } from '../sync/syncDocuments';

/** The parts of an outbox row that are published. */
export type RecordEvent = Pick<OutboxDocument, 'eventType' | 'recordKey' | 'payload' | 'createdAt'>;

/** The topic in Kafka, and the stream in Redis. */
export const RECORD_EVENTS = 'record-events';

/** The envelope that PipesHub's consumers read. */
export const envelopeOf = ({ eventType, createdAt, payload }: RecordEvent): string =>
  JSON.stringify({ eventType, timestamp: createdAt, payload });
