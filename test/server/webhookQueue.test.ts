import { setTimeout as delay } from 'node:timers/promises';
import type { SyncRun } from '../../src/client';
import { DropboxTeamsError } from '../../src/DropboxTeamsError';
import { createLogger } from '../../src/log';
import { WebhookQueue } from '../../src/server/webhookQueue';

const log = createLogger('error');
const pauses = { quietMs: 30, longestMs: 120, retryMs: 5, retryForMs: 60_000 };

/** Takes requests for syncs; each answer can be held back or refused. */
class FakeSyncs {
  readonly asked: string[][] = [];
  answer: () => Promise<void> = async () => undefined;

  async syncMembers(_connectorId: string, members: readonly string[]): Promise<SyncRun> {
    this.asked.push([...members].sort());
    await this.answer();
    return { connectorId: 'c', answer: 'started', workflowId: 'w', progress: async () => null, result: () => never };
  }
}
const never = new Promise<never>(() => undefined);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5);
}

describe('notifications of Dropbox', () => {
  it('become one sync a burst, for everybody who was named', async () => {
    const syncs = new FakeSyncs();
    const queue = new WebhookQueue(syncs, log, pauses);
    for (const member of ['b', 'a', 'b']) queue.add('c', [member]);
    await until(() => queue.size === 0);
    expect(syncs.asked).toEqual([['a', 'b']]);
  });

  it('do not wait for ever when they keep coming', async () => {
    const syncs = new FakeSyncs();
    const queue = new WebhookQueue(syncs, log, pauses);
    const start = Date.now();
    while (syncs.asked.length === 0) {
      queue.add('c', ['a']);
      await delay(5);
    }
    expect(Date.now() - start).toBeLessThan(5_000);
    await queue.close();
  });

  it('that come while a request is made become one more', async () => {
    const syncs = new FakeSyncs();
    const queue = new WebhookQueue(syncs, log, pauses);
    let open: () => void = () => undefined;
    syncs.answer = () => new Promise((resolve) => (open = resolve));
    queue.add('c', ['a']);
    await until(() => syncs.asked.length === 1);
    queue.add('c', ['b']);
    queue.add('c', ['d']);
    syncs.answer = async () => undefined;
    open();
    await until(() => queue.size === 0);
    expect(syncs.asked).toEqual([['a'], ['b', 'd']]);
  });

  it('of several connectors are kept apart', async () => {
    const syncs = new FakeSyncs();
    const queue = new WebhookQueue(syncs, log, pauses);
    queue.add('c', ['a']);
    queue.add('d', ['a']);
    await until(() => queue.size === 0);
    expect(syncs.asked).toHaveLength(2);
  });

  it('that name nobody, or very many, ask for everything', async () => {
    const syncs = new FakeSyncs();
    const queue = new WebhookQueue(syncs, log, pauses);
    queue.add('c', ['a']);
    queue.add('c', []);
    queue.add(
      'd',
      Array.from({ length: 501 }, (_, at) => `m${at}`),
    );
    await until(() => queue.size === 0);
    expect(syncs.asked).toEqual([[], []]);
  });

  it('are kept while Temporal is down', async () => {
    const syncs = new FakeSyncs();
    const queue = new WebhookQueue(syncs, log, pauses);
    let down = 3;
    syncs.answer = async () => {
      down -= 1;
      if (down >= 0) throw new DropboxTeamsError('TemporalUnavailable', 'Temporal does not answer');
    };
    queue.add('c', ['a']);
    await until(() => queue.size === 0);
    expect(syncs.asked).toHaveLength(4);
  });

  it('are given up when asking again can change nothing', async () => {
    const syncs = new FakeSyncs();
    const queue = new WebhookQueue(syncs, createLogger('fatal'), pauses);
    syncs.answer = async () => {
      throw new DropboxTeamsError('ConnectorPaused', 'paused');
    };
    queue.add('c', ['a']);
    await until(() => queue.size === 0);
    expect(syncs.asked).toHaveLength(1);
  });

  it('are handed over when the server stops', async () => {
    const syncs = new FakeSyncs();
    const queue = new WebhookQueue(syncs, log, { ...pauses, quietMs: 60_000, longestMs: 60_000 });
    queue.add('c', ['a']);
    await queue.close();
    expect(syncs.asked).toEqual([['a']]);
  });
});
