import type { RecordEvent } from './message';

/** The broker from which PipesHub's indexing service reads record events. */
export interface RecordEventBroker {
  /** False: there is no broker, and events stay in the outbox. */
  readonly isConfigured: boolean;
  /**
   * Publishes events in their order, and returns when the broker has all of them. After a failure any number of them
   * may have arrived: publish the same ones again. @throws BrokerUnavailable
   */
  publish(events: readonly RecordEvent[]): Promise<void>;
  close(): Promise<void>;
}
