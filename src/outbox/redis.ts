import type { RedisClientType } from 'redis';
import { failure, messageOf } from '../failures';
import { envelopeOf, RECORD_EVENTS, type RecordEvent } from './message';
import type { RecordEventBroker } from './recordEventBroker';

const CONNECT_TIMEOUT_MS = 5_000;
interface Limits {
  /**
   * Longest silence on the connection, whether or not a call waits, ms. A server that keeps its connections and stops
   * answering would block the activity, each later one, and the end of the process.
   */
  silenceMs: number;
  /** Longest time for all events of a call, ms. They take a fraction of a second. */
  publishMs: number;
}

/**
 * Redis streams, as PipesHub reads them: one entry for each event, with the fields `value` (JSON) and `key` (record
 * key). The stream is trimmed to about `maxLength` entries, as PipesHub itself does.
 */
export function redisBroker(
  url: string,
  maxLength: number,
  { silenceMs, publishMs }: Limits = { silenceMs: 15_000, publishMs: 60_000 },
): RecordEventBroker {
  let current: Connection | undefined;

  const open = (): Connection => {
    const opened = new Connection(url, silenceMs, () => forget(opened));
    return opened;
  };
  /** Closes a connection that has failed. The next call opens another one, which may have happened already. */
  const forget = (failed: Connection): void => {
    if (current === failed) current = undefined;
    failed.destroy();
  };

  return {
    isConfigured: true,
    async publish(events) {
      if (events.length === 0) return;
      const used = (current ??= open());
      try {
        await inTime(addAll(used, events), publishMs);
      } catch (cause) {
        forget(used);
        throw failure(
          'BrokerUnavailable',
          `Redis does not take record events (${messageOf(cause)}): check that it runs, that it has memory, and that REDIS_URL is right; they wait in the outbox`,
          { cause },
        );
      }
    },
    // `publish` has waited for its answers. The client's own `close` would wait endlessly for those of a lost
    // connection.
    close: async () => {
      if (current) forget(current);
    },
  };

  async function addAll({ connected }: Connection, events: readonly RecordEvent[]): Promise<void> {
    const client = await connected;
    // Pipelined: one connection keeps their order.
    const ids: unknown[] = await Promise.all(events.map((event) => add(client, event)));
    if (!ids.every(isEntryId)) throw new Error('it answers XADD without the id of a new entry');
  }

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

/** An answer whose bytes arrive one by one is no silence, and might never end. */
async function inTime(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it has not answered completely within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A connection that can be given up while it is being made, too. */
class Connection {
  readonly connected: Promise<RedisClientType>;
  private client: RedisClientType | undefined;
  private isGivenUp = false;

  constructor(url: string, silenceMs: number, onError: () => void) {
    this.connected = this.connect(url, silenceMs, onError);
  }

  destroy(): void {
    this.isGivenUp = true;
    if (this.client?.isOpen) this.client.destroy();
  }

  private async connect(url: string, silenceMs: number, onError: () => void): Promise<RedisClientType> {
    // Most installations have no Redis, and its client takes longer to load than the rest of the worker's own code.
    const { createClient } = await import('redis');
    if (this.isGivenUp) throw new Error('the connection was given up');
    const client: RedisClientType = createClient({
      url,
      // A lost connection fails the current call; the next attempt of the activity opens a new one.
      socket: { connectTimeout: CONNECT_TIMEOUT_MS, socketTimeout: silenceMs, reconnectStrategy: false },
      disableOfflineQueue: true,
      // With such notifications the server names another one, to which the client would log in. The client also asks the
      // DNS for the address to which it connects, and fails where that is an IPv6 address.
      maintNotifications: 'disabled',
    });
    this.client = client;
    // Without a listener the client's `error` event would end the process. The same error rejects the call.
    client.on('error', onError);
    await client.connect();
    return client;
  }
}
