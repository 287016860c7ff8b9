import type { RedisClientType } from 'redis';
import { failure, messageOf } from '../failures';
import { envelopeOf, RECORD_EVENTS, type RecordEvent } from './message';
import type { RecordEventBroker } from './recordEventBroker';

const CONNECT_TIMEOUT_MS = 5_000;
/**
 * Longest silence on the connection, whether or not a call waits. A server that keeps its connections and stops
 * answering would block the activity, each later one, and the end of the process.
 */
const SILENCE_MS = 15_000;

/**
 * Redis streams, as PipesHub reads them: one entry for each event, with the fields `value` (JSON) and `key` (record
 * key). The stream is trimmed to about `maxLength` entries, as PipesHub itself does.
 */
export function redisBroker(url: string, maxLength: number, silenceMs = SILENCE_MS): RecordEventBroker {
  let opening: Promise<RedisClientType> | undefined;

  const open = (): Promise<RedisClientType> => {
    const opened = connect(url, silenceMs, () => void forget(opened));
    return opened;
  };
  /** Closes a connection that has failed. The next call opens another one, which may have happened already. */
  const forget = async (failed: typeof opening): Promise<void> => {
    if (opening === failed) opening = undefined;
    const client = await failed?.catch(() => undefined);
    if (client?.isOpen) client.destroy();
  };

  return {
    isConfigured: true,
    async publish(events) {
      if (events.length === 0) return;
      const current = (opening ??= open());
      try {
        const client = await current;
        // Pipelined: one connection keeps their order.
        const ids: unknown[] = await Promise.all(events.map((event) => add(client, event)));
        if (!ids.every(isEntryId)) throw new Error('it answers XADD without the id of a new entry');
      } catch (cause) {
        await forget(current);
        throw failure(
          'BrokerUnavailable',
          `Redis does not take record events (${messageOf(cause)}): check that it runs, that it has memory, and that REDIS_URL is right; they wait in the outbox`,
          { cause },
        );
      }
    },
    // `publish` has waited for its answers. The client's own `close` would wait endlessly for those of a lost
    // connection.
    close: () => forget(opening),
  };

  function add(client: RedisClientType, event: RecordEvent): Promise<unknown> {
    return client.xAdd(
      RECORD_EVENTS,
      '*',
      { value: envelopeOf(event), key: event.recordKey },
      { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: maxLength } },
    );
  }
}

/** What Redis answers when it has stored an entry. Something else between here and there may answer anything. */
const isEntryId = (answer: unknown): boolean => typeof answer === 'string' && /^\d+-\d+$/.test(answer);

async function connect(url: string, silenceMs: number, onError: () => void): Promise<RedisClientType> {
  // Most installations have no Redis, and its client takes longer to load than the rest of the worker's own code.
  const { createClient } = await import('redis');
  const client: RedisClientType = createClient({
    url,
    // A lost connection fails the current call; the next attempt of the activity opens a new one.
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, socketTimeout: silenceMs, reconnectStrategy: false },
    disableOfflineQueue: true,
  });
  // Without a listener the client's `error` event would end the process. The same error rejects the call.
  client.on('error', onError);
  await client.connect();
  return client;
}
