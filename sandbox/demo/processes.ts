import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A program of this project that runs in its own process. */
export interface Running {
  /** The address from its line `listening on URL`. */
  url: string;
  /** The last 20,000 characters that it wrote to standard error. */
  stderr: () => string;
  stop: () => Promise<void>;
}

const LISTENING = /^listening on (\S+)/;
const DIST = path.join(__dirname, '..', '..');
const KEPT_OUTPUT = 20_000;

/**
 * Starts a compiled program and waits for its line `listening on …`.
 * @throws Error with the program's standard error when it ends before that line
 */
export async function start(
  program: string,
  args: string[],
  environment: Record<string, string> = {},
  onNote?: (line: string) => void,
): Promise<Running> {
  const child = spawn(process.execPath, [path.join(DIST, program), ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    stderr = `${stderr}${line}\n`.slice(-KEPT_OUTPUT);
    onNote?.(line);
  });
  const stop = stopper(child);
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = LISTENING.exec(line);
      if (match?.[1]) resolve(match[1]);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`${program} ${args[0] ?? ''} exited (${signal ?? code}): ${stderr.trim()}`));
    });
  });
  return { url, stderr: () => stderr, stop };
}

function stopper(child: ChildProcess): () => Promise<void> {
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await exited;
  };
}
