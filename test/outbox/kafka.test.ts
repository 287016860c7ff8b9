/**
 * Against a real Kafka broker: KAFKA_LIB names the folder with its jars (kafka.pom.xml tells how to get them), and Java is
 * on the PATH.
 */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { openBroker } from '../../src/outbox/broker';
import type { RecordEvent } from '../../src/outbox/message';

const lib = process.env['KAFKA_LIB'] ?? '';
const isThere = lib !== '' && existsSync(lib) && spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0;
const withKafka = isThere ? describe : describe.skip;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

const event = (number: number, recordKey: string): RecordEvent => ({
  eventType: number % 2 === 0 ? 'newRecord' : 'updateRecord',
  recordKey,
  createdAt: 1_700_000_000_000 + number,
  payload: { recordId: recordKey, recordName: 'Übersicht.pdf', number },
});

withKafka(
  `record events in Kafka${isThere ? '' : ' (left out: KAFKA_LIB names no folder of jars, or there is no Java)'}`,
  () => {
    let dir: string;
    let port: number;
    let broker: ChildProcess;
    let client: Kafka;

    beforeAll(async () => {
      dir = await mkdtemp(path.join(tmpdir(), 'kafka-'));
      port = await freePort();
      const controller = await freePort();
      const properties = path.join(dir, 'server.properties');
      await writeFile(
        properties,
        [
          'process.roles=broker,controller',
          'node.id=1',
          `controller.quorum.voters=1@127.0.0.1:${controller}`,
          `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
          'controller.listener.names=CONTROLLER',
          `log.dirs=${dir}/logs`,
          'num.partitions=3',
          'offsets.topic.num.partitions=1',
          'offsets.topic.replication.factor=1',
          'transaction.state.log.replication.factor=1',
          'transaction.state.log.min.isr=1',
          'auto.create.topics.enable=true',
        ].join('\n'),
      );
      const java = ['-Xmx256m', '-cp', path.join(lib, '*')];
      execFileSync(
        'java',
        [...java, 'kafka.tools.StorageTool', 'format', '-t', 'AAAAAAAAAAAAAAAAAAAAAQ', '-c', properties],
        {
          stdio: 'ignore',
        },
      );
      broker = spawn('java', [...java, 'kafka.Kafka', properties], { stdio: 'ignore' });
      client = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING, retry: { retries: 0 } });
      const admin = client.admin();
      const deadline = Date.now() + 60_000;
      for (;;) {
        try {
          await admin.connect();
          await admin.createTopics({ topics: [{ topic: 'record-events', numPartitions: 3 }], waitForLeaders: true });
          break;
        } catch (error) {
          // It is not up yet.
          if (Date.now() > deadline) throw error;
          await delay(200);
        }
      }
      await admin.disconnect();
    }, 120_000);
    afterAll(async () => {
      const exit = broker.exitCode === null ? once(broker, 'exit') : undefined;
      broker.kill('SIGKILL');
      await exit;
      await rm(dir, { recursive: true, force: true });
    });

    it('are keyed by record, in PipesHub’s envelope, each record’s in their order', async () => {
      const publisher = openBroker({ kind: 'kafka', brokers: [`127.0.0.1:${port}`] });
      const keys = ['a', 'b', 'c', 'd'];
      const events = Array.from({ length: 200 }, (_, number) => event(number, keys[number % keys.length] ?? ''));
      await publisher.publish(events.slice(0, 120));
      await publisher.publish(events.slice(120));
      await publisher.close();

      const found: { key: string; body: { eventType: string; timestamp: number; payload: { number: number } } }[] = [];
      // A new broker makes its group coordinator with the first consumer, which has to ask again.
      const reader = new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
      const consumer = reader.consumer({ groupId: 'test' });
      await consumer.connect();
      await consumer.subscribe({ topic: 'record-events', fromBeginning: true });
      await consumer.run({
        eachMessage: async ({ message }) => {
          found.push({
            key: message.key?.toString('utf8') ?? '',
            body: JSON.parse(message.value?.toString('utf8') ?? '') as (typeof found)[number]['body'],
          });
        },
      });
      const deadline = Date.now() + 40_000;
      while (found.length < events.length && Date.now() < deadline) await delay(50);
      await consumer.disconnect();
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
    }, 60_000);
  },
);
