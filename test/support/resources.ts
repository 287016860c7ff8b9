import { setTimeout as delay } from 'node:timers/promises';
import { Worker, type WorkerOptions } from '@temporalio/worker';

/** Resources that tests have opened. Each one is registered at once, so that a failed test leaves none of them open. */
export class Resources {
  private readonly closers: (() => unknown)[] = [];

  add<T extends { close(): unknown }>(resource: T): T {
    this.defer(() => resource.close());
    return resource;
  }

  defer(close: () => unknown): void {
    this.closers.push(close);
  }

  /** Closes all resources in reverse order, also when closing one of them fails. */
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
