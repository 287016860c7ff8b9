/**
 * Pages a second that one, two and four workers list for one connector, on one task queue. Then one of two workers is
 * killed in the middle of a sync: what it was doing is done again, and nothing else. Each page takes so long that waiting
 * for Dropbox, and not this machine, decides on the time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { syncWorkflowId, type SyncOutcome, type SyncRun } from '../src/client';
import type { Program } from './processes';
import { Report } from './report';
import { BenchStack, CONNECTOR } from './stack';

/** Few shared folders: an admin reads their member lists, at a rate that does not grow with the workers. */
const TEAM = 'generate:members=200,groups=5,shared=4,files=4000,seed=1';
const LOOK_EVERY_MS = 50;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      team: { type: 'string', default: TEAM },
      'latency-ms': { type: 'string', default: '200' },
      workers: { type: 'string', default: '1,2,4' },
      /** Activity slots of each worker: a sync uses half of them. */
      slots: { type: 'string', default: '16' },
    },
  });
  const report = new Report();
  report.line('team', values.team);
  report.line('latency of each Dropbox call', `${values['latency-ms']} ms`);
  report.line('activity slots of a worker', values.slots);
  const start = (workers: number): Promise<BenchStack> =>
    BenchStack.start({
      team: values.team,
      latencyMs: Number(values['latency-ms']),
      workerEnvironment: { WORKER_COUNT: String(workers), MAX_CONCURRENT_ACTIVITIES: values.slots },
      workers,
    });
  let one: number | undefined;
  for (const workers of values.workers.split(',').map(Number)) {
    const stack = await start(workers);
    try {
      const { pagesASecond, outcome } = await listed(stack);
      one ??= pagesASecond;
      report.check(`${workers} workers: the sync`, outcome.status === 'complete', outcome.status);
      report.figure('  pages a second in the listing phase', pagesASecond, '', undefined, 1);
      report.figure('  times as many as with the first number', pagesASecond / one, '');
    } finally {
      await stack.stop();
    }
  }
  const stack = await start(2);
  try {
    await killOne(stack, report, Number(values.slots));
  } finally {
    await stack.stop();
  }
  report.end();
}

/** Waits until a run lists, or has listed, namespaces. */
async function untilPhase(run: SyncRun, isReached: (phase: string, done: number) => boolean): Promise<void> {
  for (;;) {
    const progress = await run.progress();
    if (!progress || isReached(progress.phase, progress.namespaces.done)) return;
    await delay(LOOK_EVERY_MS);
  }
}

async function listed(stack: BenchStack): Promise<{ pagesASecond: number; outcome: SyncOutcome }> {
  const run = await stack.client.runSync(CONNECTOR);
  // The first namespaces are listed before the phase of the folders.
  await untilPhase(run, (phase, done) => done > 0 || phase === 'folders');
  const begun = performance.now();
  const pagesBefore = await pagesOf(stack);
  await untilPhase(run, (phase) => phase === 'sharing' || phase === 'finishing' || phase === 'done');
  const seconds = (performance.now() - begun) / 1000;
  const pages = (await pagesOf(stack)) - pagesBefore;
  return { pagesASecond: pages / seconds, outcome: await run.result() };
}

async function pagesOf(stack: BenchStack): Promise<number> {
  const { calls } = await stack.dropboxCalls();
  return (calls['files/list_folder'] ?? 0) + (calls['files/list_folder/continue'] ?? 0);
}

async function killOne(stack: BenchStack, report: Report, slots: number): Promise<void> {
  const run = await stack.client.runSync(CONNECTOR);
  await untilPhase(run, (_phase, done) => done >= 20);
  const [killed] = stack.moreWorkers as [Program];
  process.kill(killed.pid, 'SIGKILL');
  const outcome = await run.result();
  report.check('one of two workers killed: the sync', outcome.status === 'complete', outcome.status);
  const attempts = await attemptsOf(stack);
  const again = attempts.filter(({ attempt }) => attempt > 1);
  report.line('  activities', String(attempts.length));
  report.figure('  begun again', again.length, '', { most: slots }, 0);
  const reasons = [...new Set(again.map(({ reason }) => reason))];
  const isOnlyLoss = reasons.every((reason) => /timeout/i.test(reason));
  report.check('  why', isOnlyLoss, reasons.join('; ') || 'none was under way');
}

/** The attempts of all activities of a connector's last run and of its child workflows. */
async function attemptsOf(stack: BenchStack): Promise<{ attempt: number; reason: string }[]> {
  const connection = await Connection.connect({ address: stack.temporalAddress });
  try {
    const client = new Client({ connection });
    const found: { attempt: number; reason: string }[] = [];
    for await (const { workflowId, runId } of client.workflow.list({
      query: `WorkflowId STARTS_WITH '${syncWorkflowId(CONNECTOR)}' OR WorkflowId STARTS_WITH 'dropbox/${CONNECTOR}/'`,
    })) {
      const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      for (const { activityTaskStartedEventAttributes: started } of events ?? []) {
        if (started) found.push({ attempt: started.attempt ?? 1, reason: started.lastFailure?.message ?? '' });
      }
    }
    return found;
  } finally {
    await connection.close();
  }
}
