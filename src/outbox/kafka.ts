import { failure, messageOf } from '../failures';
import { loadKafkaClient, type KafkaClient } from './kafkaClient';
import { envelopeOf, RECORD_EVENTS } from './message';
import type { RecordEventBroker } from './recordEventBroker';
import type { Broker } from './settings';

const CONNECT_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** The retry policy of the activity tries longer, and the operator sees those attempts. */
const RETRIES = 3;
const FIRST_RETRY_MS = 200;
/** A broker refuses a batch above 1 MB (message.max.bytes); an event that deletes 500 records takes 20 KB. */
const BATCH_BYTES = 500_000;

type KafkaSettings = Pick<Extract<Broker, { kind: 'kafka' }>, 'brokers' | 'tls' | 'sasl'>;

/** Kafka: topic `record-events`, message key = record key, so that the events of one record keep their order. */
export function kafkaBroker(settings: KafkaSettings): RecordEventBroker {
  let opening: ReturnType<typeof openProducer> | undefined;

  return {
    isConfigured: true,
    async publish(events) {
      if (events.length === 0) return;
      const client = await loadKafkaClient();
      const current = (opening ??= openProducer(client, settings));
      try {
        const producer = await current;
        const messages = events.map((event) => ({
          topic: RECORD_EVENTS,
          key: event.recordKey,
          value: envelopeOf(event),
        }));
        for (const batch of bySize(messages)) await producer.send({ messages: batch });
      } catch (cause) {
        if (opening === current) opening = undefined;
        // The producer is closed as well as possible: the failure to report is the first one.
        const producer = await current.catch(() => undefined);
        await producer?.close().catch(() => undefined);
        throw failure(
          'BrokerUnavailable',
          `Kafka does not take record events (${messageOf(cause)}): check that it runs and that KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_… are right; they wait in the outbox`,
          { cause },
        );
      }
    },
    async close() {
      const producer = await opening?.catch(() => undefined);
      opening = undefined;
      await producer?.close();
    },
  };
}

async function openProducer(
  { Producer, compatibilityPartitioner, stringSerializers }: KafkaClient,
  { brokers, tls, sasl }: KafkaSettings,
) {
  const producer = new Producer({
    clientId: 'dropbox-teams',
    bootstrapBrokers: [...brokers],
    // Checked against Node's certificate authorities, and those of NODE_EXTRA_CA_CERTS.
    ...(tls === true ? { tls: {}, tlsServerName: true } : {}),
    ...(sasl === undefined ? {} : { sasl }),
    serializers: stringSerializers,
    // A message that the client sends again is stored once, and none overtakes another. Implies that all in-sync
    // replicas acknowledge it, and one request at a time.
    idempotent: true,
    // Java's clients choose the partition of a key in this way. The default of this client differs for half of all
    // keys.
    partitioner: compatibilityPartitioner,
    autocreateTopics: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    timeout: REQUEST_TIMEOUT_MS,
    retries: RETRIES,
    retryDelay: (_client, _operation, attempt) => FIRST_RETRY_MS * 2 ** (attempt - 1),
  });
  try {
    // A broker may accept connections and not answer. `send` would find that out in 16 requests, since it retries both
    // itself and the requests that it depends on; this takes 4.
    await producer.listApis();
    return producer;
  } catch (error) {
    await producer.close().catch(() => undefined);
    throw error;
  }
}

/** Consecutive messages that fit into one request together. */
function* bySize<T extends { value: string }>(messages: readonly T[]): Generator<T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.value);
    if (batch.length > 0 && bytes + size > BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
