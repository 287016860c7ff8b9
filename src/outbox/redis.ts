import type { RedisClientType } from 'redis';
import { failure } from '../failures';
import { messageOf, RECORD_EVENTS, type RecordEvent } from './message';
import type { RecordEventBroker } from './recordEventBroker';

const CONNECT_TIMEOUT_MS = 5_000;
/**
 * Of silence, while a call waits or none does. A server that keeps its connections and stops to answer would hold the
 * activity, each later one, and the end of the process.
 */
const SILENCE_MS = 15_000;

/**
 * Redis streams, as PipesHub reads them: one entry for each event, with the fields `value` (JSON) and `key` (record
 * key). The stream is trimmed to about `maxLength` entries, as PipesHub itself does.
 */
export function redisBroker(url: string, maxLength: number, silenceMs = SILENCE_MS): RecordEventBroker {
  let opening: Promise<RedisClientType> | undefined;

  const open = async (): Promise<RedisClientType> => {
    // Most installations have no Redis, and its client takes longer to load than the rest of the worker's own code.
    const { createClient } = await import('redis');
    const client: RedisClientType = createClient({
      url,
      // A lost connection fails the current call; the next attempt of the activity opens a new one.
      socket: { connectTimeout: CONNECT_TIMEOUT_MS, socketTimeout: silenceMs, reconnectStrategy: false },
      disableOfflineQueue: true,
    });
    // Without a listener the client's `error` event would end the process. The same error rejects the call.
    client.on('error', () => forget(client));
    await client.connect();
    return client;
  };
  const forget = (client: RedisClientType): void => {
    opening = undefined;
    if (client.isOpen) client.destroy();
  };

  return {
    isConfigured: true,
    async publish(events) {
      if (events.length === 0) return;
      try {
        opening ??= open();
        const client = await opening;
        // Pipelined: one connection keeps their order.
        await Promise.all(events.map((event) => add(client, event)));
      } catch (cause) {
        opening = undefined;
        throw failure(
          'BrokerUnavailable',
          'Redis does not take record events: check that it runs and that REDIS_URL is right; they wait in the outbox',
          { cause },
        );
      }
    },
    async close() {
      const client = await opening?.catch(() => undefined);
      opening = undefined;
      // Who publishes waits for the answers. The client's own `close` waits without end for those of a lost connection.
      if (client?.isOpen) client.destroy();
    },
  };

  function add(client: RedisClientType, event: RecordEvent): Promise<string> {
    return client.xAdd(
      RECORD_EVENTS,
      '*',
      { value: messageOf(event), key: event.recordKey },
      { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: maxLength } },
    );
  }
}
