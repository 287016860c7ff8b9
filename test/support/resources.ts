import { setTimeout as delay } from 'node:timers/promises';
import { Worker, type WorkerOptions } from '@temporalio/worker';

/** What tests have opened. Each resource is registered as soon as it is open, so that a test that fails leaves none. */
export class Resources {
  private readonly closers: (() => unknown)[] = [];

  add<T extends { close(): unknown }>(resource: T): T {
    this.defer(() => resource.close());
    return resource;
  }

  defer(close: () => unknown): void {
    this.closers.push(close);
  }

  /** Closes the last one first. A resource that cannot be closed leaves no other one open. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '));
  }
}

/** Runs a worker until the resources are closed. */
export async function runWorker(resources: Resources, options: WorkerOptions): Promise<void> {
  const worker = await Worker.create(options);
  const running = worker.run();
  // When a worker breaks down, closing it reports the error.
  running.catch(() => undefined);
  resources.defer(async () => {
    await shutDown(worker);
    await running;
  });
}

/** A worker for `runUntil`. It ends with the resources when its test ran out of time, and nobody else would end it. */
export async function createWorker(resources: Resources, options: WorkerOptions): Promise<Worker> {
  const worker = await Worker.create(options);
  resources.defer(() => shutDown(worker));
  return worker;
}

async function shutDown(worker: Worker): Promise<void> {
  if (worker.getState() === 'RUNNING') worker.shutdown();
  while (!['INITIALIZED', 'STOPPED', 'FAILED'].includes(worker.getState())) await delay(20);
}
