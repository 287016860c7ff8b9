import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../src/server/freePort';
import { Stack } from '../support/stack';

const GRACE_SECONDS = 2;

describe('stop', () => {
  it('a client that never ends its request, and SIGTERM → not ready, and ended within the grace period and 10 s', async () => {
    const stack = await Stack.start({ team: 'empty' });
    try {
      const [port, admin] = [await freePort(), await freePort()];
      const worker = await stack.startWorker({
        HTTP_PORT: `${port}`,
        ADMIN_PORT: `${admin}`,
        SHUTDOWN_GRACE_SECONDS: `${GRACE_SECONDS}`,
      });
      const isReady = async (): Promise<number> => (await fetch(`http://127.0.0.1:${admin}/readyz`)).status;
      while ((await isReady()) !== 200) await delay(50);
      const metrics = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
      expect(metrics).toMatch(/^temporal_\w+/m);
      expect(metrics).toMatch(/^process_cpu_seconds_total /m);

      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.write('POST /webhook/c HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n');
      const dribble = setInterval(() => socket.write(' '), 50);
      const since = performance.now();
      const stopped = worker.stop();
      while ((await isReady()) !== 503) await delay(20);
      await stopped;
      clearInterval(dribble);
      socket.destroy();
      expect(performance.now() - since).toBeLessThan((GRACE_SECONDS + 10) * 1000);
    } finally {
      await stack.close();
    }
  }, 120_000);
});
