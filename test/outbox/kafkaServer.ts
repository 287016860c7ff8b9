import { execFile, execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { makeCertificate } from '../support/certificate';

const lib = process.env['KAFKA_LIB'] ?? '';
const JAVA = ['-Xmx256m', '-cp', path.join(lib, '*')];
const TOPIC = 'record-events';

export const hasKafkaServer =
  lib !== '' &&
  existsSync(lib) &&
  spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0 &&
  spawnSync('openssl', ['version'], { stdio: 'ignore' }).status === 0;

export interface StoredMessage {
  partition: number;
  key: string;
  body: { eventType: string; timestamp: number; payload: { number: number } };
}

/** The one user of the secured listener. */
export const LOGIN = { username: 'worker', password: 'secret-of-the-worker' };

/** A Kafka broker of one node with the topic `record-events`. Kafka's own tools make the topic and read it. */
export class KafkaServer {
  private constructor(
    private readonly dir: string,
    readonly address: string,
    /** Its listener with TLS and SASL. */
    readonly securedAddress: string,
    private process: ChildProcess,
  ) {}

  static async start(partitions: number): Promise<KafkaServer> {
    const dir = await mkdtemp(path.join(tmpdir(), 'kafka-'));
    const address = `127.0.0.1:${await freePort()}`;
    const secured = `127.0.0.1:${await freePort()}`;
    const { both } = makeCertificate(dir);
    const controller = `127.0.0.1:${await freePort()}`;
    await writeFile(
      propertiesIn(dir),
      [
        'process.roles=broker,controller',
        'node.id=1',
        `controller.quorum.voters=1@${controller}`,
        `listeners=PLAINTEXT://${address},SECURED://${secured},CONTROLLER://${controller}`,
        'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SECURED:SASL_SSL,CONTROLLER:PLAINTEXT',
        'inter.broker.listener.name=PLAINTEXT',
        'sasl.enabled.mechanisms=PLAIN',
        `listener.name.secured.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_${LOGIN.username}="${LOGIN.password}";`,
        'ssl.keystore.type=PEM',
        `ssl.keystore.location=${both}`,
        'controller.listener.names=CONTROLLER',
        `log.dirs=${dir}/logs`,
        'offsets.topic.num.partitions=1',
        'offsets.topic.replication.factor=1',
        'transaction.state.log.replication.factor=1',
        'transaction.state.log.min.isr=1',
      ].join('\n'),
    );
    const format = ['kafka.tools.StorageTool', 'format', '-t', 'AAAAAAAAAAAAAAAAAAAAAQ', '-c', propertiesIn(dir)];
    execFileSync('java', [...JAVA, ...format], { stdio: 'ignore' });
    const server = new KafkaServer(dir, address, secured, startProcess(dir));
    await server.tool('TopicCommand', ['--create', '--topic', TOPIC, '--partitions', String(partitions)]);
    return server;
  }

  /** The certificate authority of the secured listener. */
  get authority(): string {
    return path.join(this.dir, 'authority.pem');
  }

  /** The first `count` messages of the topic; of each partition in the order in which they are stored. */
  async messages(count: number): Promise<StoredMessage[]> {
    const output = await this.tool('consumer.ConsoleConsumer', [
      ...['--topic', TOPIC, '--from-beginning', '--max-messages', String(count), '--timeout-ms', '40000'],
      ...['--property', 'print.partition=true', '--property', 'print.key=true'],
    ]);
    const lines = output.split('\n').filter((line) => line !== '');
    return lines.map((line) => {
      const [partition = '', key = '', value = ''] = line.split('\t');
      return {
        partition: Number(partition.replace('Partition:', '')),
        key,
        body: JSON.parse(value) as StoredMessage['body'],
      };
    });
  }

  async kill(): Promise<void> {
    const exit = this.process.exitCode === null ? once(this.process, 'exit') : undefined;
    this.process.kill('SIGKILL');
    await exit;
  }

  /** Starts the broker that was killed, and waits until it knows its topic. */
  async restart(): Promise<void> {
    this.process = startProcess(this.dir);
    await this.tool('TopicCommand', ['--describe', '--topic', TOPIC]);
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Runs one of Kafka's tools, which wait up to a minute for a broker that is starting. */
  private async tool(name: string, args: string[]): Promise<string> {
    const command = [...JAVA, `org.apache.kafka.tools.${name}`, '--bootstrap-server', this.address, ...args];
    const { stdout } = await promisify(execFile)('java', command, { encoding: 'utf8', maxBuffer: 10_000_000 });
    return stdout;
  }
}

const propertiesIn = (dir: string): string => path.join(dir, 'server.properties');

const startProcess = (dir: string): ChildProcess =>
  spawn('java', [...JAVA, 'kafka.Kafka', propertiesIn(dir)], { stdio: 'ignore' });

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
