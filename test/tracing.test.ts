import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { trace } from '@opentelemetry/api';
import { inSpan, startTracing } from '../src/tracing';

afterEach(() => trace.disable());

const BEGINNING = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n';

it.each<[what: string, answer: (socket: Socket) => void]>([
  ['gives no answer', () => undefined],
  ['begins an answer, and does not end it', (socket) => void socket.write(BEGINNING)],
])(
  'a collector that %s delays the end by a few seconds, and keeps no connection',
  async (_what, answer) => {
    const collector = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const tracing = await startTracing(`http://127.0.0.1:${(collector.address() as AddressInfo).port}`);
    await inSpan('work', {}, () => Promise.resolve());
    const began = performance.now();
    await tracing?.close();
    // The exporter alone waits for ten seconds, and its batch for thirty.
    expect(performance.now() - began).toBeLessThan(9_000);
    await once(collector.close(), 'close');
  },
  60_000,
);
