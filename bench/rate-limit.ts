/**
 * How much of a member's rate limit is used, and how many calls are refused: a member probes all their namespaces again
 * and again, and Dropbox allows a number of calls a second.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../src/server/freePort';
import { Report } from './report';
import { BenchStack } from './stack';

const LOOK_EVERY_MS = 100;
const PROBE = 'files/list_folder/continue';

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      /** One member lists everything. */
      team: { type: 'string', default: 'generate:members=1,groups=0,shared=600,files=600,seed=1' },
      calls: { type: 'string', default: '20' },
      'latency-ms': { type: 'string', default: '100' },
      /** Syncs in which the worker learns the limit, and those that are measured. */
      learning: { type: 'string', default: '3' },
      measured: { type: 'string', default: '3' },
    },
  });
  const report = new Report();
  const calls = Number(values.calls);
  report.line('team', values.team);
  report.line('rate limit of a member', `${calls} calls a second`);
  const port = await freePort();
  const stack = await BenchStack.start({
    team: values.team,
    latencyMs: Number(values['latency-ms']),
    workerEnvironment: { ADMIN_PORT: String(port) },
  });
  try {
    await sync(stack);
    await stack.page('limits', { member: { calls, seconds: 1 } });
    for (let at = 0; at < Number(values.learning); at += 1) await sync(stack);
    const refusedBefore = await refusedCalls(port);
    let sent = 0;
    let seconds = 0;
    for (let at = 0; at < Number(values.measured); at += 1) {
      const probing = await timeOfProbes(stack);
      sent += probing.calls;
      seconds += probing.seconds;
    }
    const refused = (await refusedCalls(port)) - refusedBefore;
    report.line('probes', `${sent} in ${seconds.toFixed(1)} s`);
    report.figure('of the limit used', (100 * (sent - refused)) / (seconds * calls), '%', { least: 90 }, 1);
    report.figure('of the calls refused', (100 * refused) / sent, '%', { most: 2 }, 1);
  } finally {
    await stack.stop();
  }
  report.end();
}

async function sync(stack: BenchStack): Promise<void> {
  const { status, gaps } = await stack.sync();
  if (status !== 'complete') throw new Error(`a sync ended ${status}: ${gaps.join('; ')}`);
}

/** The probes of one sync, and the time from the first to the last one. */
async function timeOfProbes(stack: BenchStack): Promise<{ calls: number; seconds: number }> {
  const probes = async (): Promise<number> => (await stack.dropboxCalls()).calls[PROBE] ?? 0;
  await stack.resetDropboxCalls();
  const state = { isRunning: true };
  const running = sync(stack).finally(() => (state.isRunning = false));
  let [first, last, calls] = [0, 0, 0];
  while (state.isRunning) {
    const now = performance.now();
    const found = await probes();
    if (calls === 0 && found > 0) first = now;
    if (found > calls) last = now;
    calls = found;
    await delay(LOOK_EVERY_MS);
  }
  await running;
  return { calls, seconds: (last - first) / 1000 };
}

/** Calls that Dropbox has answered with 429, as the worker counts them. */
async function refusedCalls(port: number): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  const counts = (await answer.text()).matchAll(/^dropbox_teams_dropbox_calls_total\{[^}]*status="429"[^}]*\} (\d+)/gm);
  return [...counts].reduce((sum, [, value]) => sum + Number(value), 0);
}
