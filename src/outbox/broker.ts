import type { Broker } from '../config';
import { kafkaBroker } from './kafka';
import type { RecordEvent } from './message';
import { redisBroker } from './redis';

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
