import { PassThrough, Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { runCommandLine } from '../../src/cli/run';
import { closedAfterAll } from '../support/hooks';
import { limits } from '../support/limits';
import { SilentProxy } from '../support/silentProxy';
import { Stack } from '../support/stack';

jest.setTimeout(limits.syncs);

const resources = closedAfterAll();
let stack: Stack;
let proxy: SilentProxy;

beforeAll(async () => {
  stack = resources.add(await Stack.startInProcess());
  proxy = resources.add(await SilentProxy.start(stack.temporal.address));
  await stack.create('c');
});

/** Starts the command through the proxy, and pauses the sync that it started, so that it does not end. */
async function startSync(...options: string[]) {
  const [out, err] = [new PassThrough(), new PassThrough()];
  let shown = '';
  err.on('data', (part: Buffer) => (shown += part.toString('utf8')));
  const code = runCommandLine(['sync', 'c', '--full', '--json', ...options], {
    env: { ...stack.environment, TEMPORAL_ADDRESS: proxy.address },
    in: Readable.from([]),
    out,
    err,
  });
  // A run that has not begun is refused by the pause.
  const phase = async () => (await stack.client.progress('c'))?.phase ?? 'starting';
  while ((await phase()) === 'starting') await delay(20);
  expect(await stack.client.pause('c')).toBe(true);
  const json = (): unknown => JSON.parse(String(out.read()));
  return { code, json, shown: () => shown };
}

describe('the command sync', () => {
  it('follows its sync over an outage of Temporal', async () => {
    const { code, json, shown } = await startSync();
    proxy.beAway();
    while (!shown().includes('Temporal does not answer; the command waits for it')) await delay(50);
    proxy.speak();
    await stack.client.resume('c');
    expect(await code).toBe(0);
    expect(json()).toMatchObject({ status: 'complete' });
  });

  it('does not say that a sync has failed which it has lost sight of', async () => {
    const { code, json, shown } = await startSync('--outage', '0');
    proxy.beAway();
    expect(await code).toBe(4);
    expect(json()).toMatchObject({ status: 'unknown', error: { code: 'TemporalUnavailable' } });
    expect(shown()).toMatch(/^lost sight of the sync, which continues: /m);
    proxy.speak();
    await stack.client.resume('c');
  });
});
