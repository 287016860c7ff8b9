import { kafkaBroker } from './kafka';
import type { RecordEventBroker } from './recordEventBroker';
import { redisBroker } from './redis';
import type { Broker } from './settings';

export type { RecordEventBroker };

/** Opens no connection yet: the first event does. */
export function openBroker(settings: Broker): RecordEventBroker {
  switch (settings.kind) {
    case 'none':
      return noBroker;
    case 'kafka':
      return kafkaBroker(settings);
    case 'redis':
      return redisBroker(settings.url, settings.maxStreamLength);
  }
}

/** Publishes nothing: its callers check `isConfigured` first, and keep the events. */
const noBroker: RecordEventBroker = {
  isConfigured: false,
  publish: async () => undefined,
  close: async () => undefined,
};
