import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../src/server/freePort';
import { Resources } from '../support/resources';
import { Stack } from '../support/stack';
import { WorkerProcess } from '../support/workerProcess';

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

  it('a start that waits for ArangoDB, and SIGTERM → ended in seconds, whatever the grace period is', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    const resources = new Resources();
    resources.defer(() => silent.close());
    await once(silent, 'listening');
    const environment = {
      ARANGO_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      CONNECTOR_SECRET_KEY: randomBytes(32).toString('base64'),
      SHUTDOWN_GRACE_SECONDS: '3600',
      LOG_LEVEL: 'error',
    };
    const started = WorkerProcess.start(environment, resources);
    const end = expect(started).rejects.toThrow(/exited with 1: .*did not stop in time/);
    const [waiting] = (await once(silent, 'connection')) as [Socket];
    waiting.on('error', () => undefined);
    // Sends SIGTERM, and waits for the end.
    await resources.close();
    await end;
  }, 60_000);
});
