import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Resources } from './resources';

const KEPT_LINES = 500;

/** A worker process, started as users start it. */
export class WorkerProcess {
  private constructor(
    private readonly child: ChildProcess,
    /** What it has written to standard error. */
    readonly lines: readonly string[],
    /** The last of these lines. */
    readonly output: () => string,
    /** The lines that it has written to standard output. */
    readonly announced: readonly string[],
  ) {}

  /** Starts a worker that ends with `resources` at the latest, and waits until it serves its queue. */
  static async start(environment: Record<string, string>, resources: Resources): Promise<WorkerProcess> {
    const program = path.join(__dirname, '..', '..', 'dist', 'src', 'worker.js');
    const child = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    const text = (): string => lines.slice(-KEPT_LINES).join('\n');
    const announced: string[] = [];
    const worker = new WorkerProcess(child, lines, text, announced);
    resources.defer(() => worker.stop());
    createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        announced.push(line);
        if (line.startsWith('listening on ')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`the worker exited with ${code}: ${text()}`)));
    });
    return worker;
  }

  /** Stops the worker gracefully, as an operator does. */
  async stop(signal: 'SIGTERM' | 'SIGHUP' = 'SIGTERM'): Promise<void> {
    await this.end(signal);
  }

  /** null before its end, and after a signal that has ended it at once. */
  get exitCode(): number | null {
    return this.child.exitCode;
  }

  /** Kills the worker at once, as a power failure does. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = new Promise<void>((resolve) => void this.child.once('exit', () => resolve()));
    this.child.kill(signal);
    await exited;
  }
}
