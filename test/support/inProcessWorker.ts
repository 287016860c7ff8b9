import { setTimeout as delay } from 'node:timers/promises';
import { Worker, type WorkerOptions } from '@temporalio/worker';
import type { Resources } from './resources';

/** Runs a worker until the resources are closed. */
export async function runWorker(resources: Resources, options: WorkerOptions): Promise<void> {
  const worker = await Worker.create(options);
  const running = worker.run();
  // An error of the worker is reported when it is closed.
  running.catch(() => undefined);
  resources.defer(async () => {
    await shutDown(worker);
    await running;
  });
}

/** Creates a worker for `runUntil`. It ends with the resources when the test has timed out before the end of `runUntil`. */
export async function createWorker(resources: Resources, options: WorkerOptions): Promise<Worker> {
  const worker = await Worker.create(options);
  resources.defer(() => shutDown(worker));
  return worker;
}

async function shutDown(worker: Worker): Promise<void> {
  if (worker.getState() === 'RUNNING') worker.shutdown();
  while (!['INITIALIZED', 'STOPPED', 'FAILED'].includes(worker.getState())) await delay(20);
}
