/**
 * The first sync of a very large team, a sync after it, and `verify`: whether they end, how fast, in how much memory, and
 * with histories of what length.
 */
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { SyncOutcome } from '../src/client';
import { peakMemory } from './processes';
import { Report } from './report';
import { BenchStack, CONNECTOR } from './stack';

const TEAM = 'generate:members=2000,groups=20,shared=500,files=500000,seed=1';
const MOST_MB = 400;
const MOST_EVENTS = 5_000;
const LEAST_A_SECOND = 4_000;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      team: { type: 'string', default: TEAM },
      /** Files of one more team folder. */
      largest: { type: 'string', default: '500000' },
      /** Levels of folders in that one. */
      depth: { type: 'string', default: '60' },
      'latency-ms': { type: 'string', default: '0' },
      'batch-size': { type: 'string', default: '1000' },
      /** Members whose view `verify` compares: each of them may read half a million files. */
      sample: { type: 'string', default: '5' },
    },
  });
  const { team, largest, depth } = values;
  const report = new Report();
  report.line('team', `${team}; a folder with ${largest} files and ${depth} levels`);
  report.line('latency, batch size', `${values['latency-ms']} ms, ${values['batch-size']}`);
  const stack = await BenchStack.start({
    team,
    latencyMs: Number(values['latency-ms']),
    batchSize: Number(values['batch-size']),
    dropboxProgram: { path: 'bench/special-team.js', args: ['--largest', largest, '--depth', depth] },
  });
  try {
    const first = await complete(stack);
    report.figure('records', first.records.added, '', undefined, 0);
    report.figure('time', first.seconds, 's', undefined, 1);
    report.figure('records a second', first.records.added / first.seconds, '', { least: LEAST_A_SECOND }, 0);
    report.figure('worker, peak', peakMemory(stack.worker.pid) ?? 0, 'MB', { most: MOST_MB }, 0);
    report.figure('ArangoDB emulator, peak', peakMemory(stack.arango.pid) ?? 0, 'MB', undefined, 0);
    const next = await complete(stack);
    report.check('changes found by the sync after it', next.records.added === 0, String(next.records.added));
    report.figure('time of the sync after it', next.seconds, 's', undefined, 1);
    report.figure('longest history', await longestHistory(stack), 'events', { most: MOST_EVENTS }, 0);
    const begun = performance.now();
    const { ok, findings, members, files } = await stack.client.verify(CONNECTOR, { sample: Number(values.sample) });
    report.check('verify', ok, ok ? 'the graph equals Dropbox' : findings.map(({ text }) => text).join('; '));
    report.line('  members compared, records', `${members.checked}, ${files.records}`);
    report.figure('  time', (performance.now() - begun) / 1000, 's', undefined, 1);
    report.figure('  memory of the process, peak', peakMemory(process.pid) ?? 0, 'MB', undefined, 0);
  } finally {
    await stack.stop();
  }
  report.end();
}

async function complete(stack: BenchStack): Promise<SyncOutcome> {
  const outcome = await stack.sync();
  if (outcome.status === 'complete') return outcome;
  throw new Error(`the sync ended ${outcome.status}: ${outcome.error?.message ?? outcome.gaps.join('; ')}`);
}

/** Of the workflows that Temporal still knows, the most events of one run. */
async function longestHistory(stack: BenchStack): Promise<number> {
  const connection = await Connection.connect({ address: stack.temporalAddress });
  try {
    let longest = 0;
    for await (const { historyLength } of new Client({ connection }).workflow.list())
      longest = Math.max(longest, historyLength);
    return longest;
  } finally {
    await connection.close();
  }
}
