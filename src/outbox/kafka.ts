import { Kafka, logLevel, type Producer } from 'kafkajs';
import { failure } from '../failures';
import type { RecordEventBroker } from './broker';
import { messageOf, RECORD_EVENTS } from './message';

const CONNECT_WITHIN_MS = 5_000;
const ANSWER_WITHIN_MS = 30_000;
/** The retry policy of the activity tries longer, and shows that it does. */
const QUICK_RETRIES = 3;
/** A broker refuses a batch above 1 MB (message.max.bytes); an event that forgets 500 records takes 20 KB. */
const BATCH_BYTES = 500_000;

/** Kafka: topic `record-events`, message key = record key, so that the events of one record keep their order. */
export function kafkaBroker(brokers: readonly string[]): RecordEventBroker {
  const kafka = new Kafka({
    clientId: 'dropbox-teams',
    brokers: [...brokers],
    connectionTimeout: CONNECT_WITHIN_MS,
    requestTimeout: ANSWER_WITHIN_MS,
    retry: { retries: QUICK_RETRIES, initialRetryTime: 200 },
    // What goes wrong is thrown, and logged by whoever called.
    logLevel: logLevel.NOTHING,
  });
  let opening: Promise<Producer> | undefined;

  const open = async (): Promise<Producer> => {
    // Idempotent: a message that is sent again inside the client is stored once, and none overtakes another.
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, retry: { retries: QUICK_RETRIES } });
    await producer.connect();
    return producer;
  };

  return {
    isConfigured: true,
    async publish(events) {
      if (events.length === 0) return;
      try {
        opening ??= open();
        const producer = await opening;
        const messages = events.map((event) => ({ key: event.recordKey, value: messageOf(event) }));
        for (const batch of bySize(messages)) {
          await producer.send({ topic: RECORD_EVENTS, acks: -1, messages: batch });
        }
      } catch (cause) {
        const producer = await opening?.catch(() => undefined);
        opening = undefined;
        // The connection is given up whatever became of it: the failure that is thrown is the one that counts.
        await producer?.disconnect().catch(() => undefined);
        throw failure(
          'BrokerUnavailable',
          'Kafka does not take record events: check that it runs and that KAFKA_BROKERS is right; they wait in the outbox',
          { cause },
        );
      }
    },
    async close() {
      const producer = await opening?.catch(() => undefined);
      opening = undefined;
      await producer?.disconnect();
    },
  };
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
