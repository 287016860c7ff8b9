import type { Broker } from '../config';
import type { OutboxDocument } from '../sync/documents';
import { kafkaBroker } from './kafka';
import { redisBroker } from './redis';

/** The parts of an outbox row that leave the house. */
export type RecordEvent = Pick<OutboxDocument, 'eventType' | 'recordKey' | 'payload' | 'createdAt'>;

/** Where PipesHub's indexing service listens. */
export interface RecordEventBroker {
  /** False: nobody listens, and events are kept in the outbox. */
  readonly isConfigured: boolean;
  /**
   * Hands events over in their order, and returns when the broker has all of them. After a failure any number of them
   * may have arrived: publish the same ones again. @throws BrokerUnavailable
   */
  publish(events: readonly RecordEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** Topic of Kafka and stream of Redis alike. */
export const RECORD_EVENTS = 'record-events';

/** The envelope that PipesHub's consumers read. */
export const messageOf = ({ eventType, createdAt, payload }: RecordEvent): string =>
  JSON.stringify({ eventType, timestamp: createdAt, payload });

/** Opens nothing yet: a broker is connected to with the first event. */
export function openBroker(settings: Broker): RecordEventBroker {
  switch (settings.kind) {
    case 'none':
      return noBroker;
    case 'kafka':
      return kafkaBroker(settings.brokers);
    case 'redis':
      return redisBroker(settings.url, settings.maxStreamLength);
  }
}

/** Nothing is published: whoever asks `isConfigured` first keeps the events. */
const noBroker: RecordEventBroker = {
  isConfigured: false,
  publish: async () => undefined,
  close: async () => undefined,
};
