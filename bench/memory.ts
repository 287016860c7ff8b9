/** Measures the worker's memory during the full sync of a team whose data is far larger: pages are streamed. */
import { parseArgs } from 'node:util';
import { peakMemory } from './processes';
import { Report } from './report';
import { BenchStack } from './stack';

const TEAM = 'generate:members=50,groups=5,shared=40,files=200000,seed=1';
const MOST_MB = 500;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { team: { type: 'string', default: TEAM }, 'latency-ms': { type: 'string', default: '0' } },
  });
  const report = new Report();
  report.line('team', values.team);
  const stack = await BenchStack.start({ team: values.team, latencyMs: Number(values['latency-ms']) });
  try {
    const atStart = peakMemory(stack.worker.pid);
    if (atStart === undefined) throw new Error('peak memory is read from /proc, so this measurement needs Linux');
    const outcome = await stack.sync();
    if (outcome.status !== 'complete') {
      throw new Error(`the sync ended ${outcome.status}: ${outcome.error?.message ?? outcome.gaps.join('; ')}`);
    }
    report.figure('records', outcome.records.added, '', undefined, 0);
    report.figure('time', outcome.seconds, 's', undefined, 1);
    report.figure('worker before the sync', atStart, 'MB', undefined, 0);
    report.figure('worker, peak during the full sync', peakMemory(stack.worker.pid) ?? 0, 'MB', { most: MOST_MB }, 0);
    await stack.sync();
    report.figure('worker, peak after an idle sync', peakMemory(stack.worker.pid) ?? 0, 'MB', { most: MOST_MB }, 0);
    report.figure('ArangoDB emulator, peak', peakMemory(stack.arango.pid) ?? 0, 'MB', undefined, 0);
  } finally {
    await stack.stop();
  }
  report.end();
}
