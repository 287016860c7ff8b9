import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A compiled program of this project in a separate process, so that the measuring process does not count. */
export interface Program {
  /** The address from its line `listening on URL`. */
  url: string;
  pid: number;
  stop(): Promise<void>;
}

const LISTENING = /^listening on (\S+)/;
const DIST = path.join(__dirname, '..');
const KEPT_OUTPUT = 5_000;

/**
 * For an ArangoDB emulator: a million records do not fit into Node's default limit of 4 GB, and with its default for new
 * objects a quarter of the processor time of a full sync goes into moving them.
 */
export const LARGE_HEAP = { NODE_OPTIONS: '--max-old-space-size=10240 --max-semi-space-size=256' };

/** As `npm run worker` and the image start a worker. */
export const WORKER_MEMORY = { NODE_OPTIONS: '--max-semi-space-size=16', MALLOC_ARENA_MAX: '2' };

/**
 * Starts a program and waits for its line `listening on …`.
 * @throws Error with the program's standard error when it ends before that line
 */
export async function startProgram(
  program: string,
  args: string[],
  environment: Record<string, string> = {},
): Promise<Program> {
  const child = spawn(process.execPath, [path.join(DIST, program), ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // The program must not survive this process, for example after an error.
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  let errorOutput = '';
  createInterface({ input: child.stderr }).on(
    'line',
    (line) => (errorOutput = `${errorOutput}${line}\n`.slice(-KEPT_OUTPUT)),
  );
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      process.off('exit', onExit);
      resolve();
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = LISTENING.exec(line);
      if (match?.[1]) resolve(match[1]);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`${program} ${args[0] ?? ''} exited (${signal ?? code}): ${errorOutput.trim()}`)),
    );
  });
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Peak resident set size of the process in MB; undefined on systems other than Linux. */
export function peakMemory(pid: number): number | undefined {
  return megabytes(pid, 'VmHWM');
}

/** Current resident set size of the process in MB; undefined on systems other than Linux. */
export function residentMemory(pid: number): number | undefined {
  return megabytes(pid, 'VmRSS');
}

function megabytes(pid: number, field: string): number | undefined {
  try {
    const match = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return match ? Number(match[1]) / 1024 : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Seconds of processor time that the process has used; undefined on systems other than Linux. */
export function processorSeconds(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    // utime and stime, in clock ticks of 1/100 s.
    return fields ? (Number(fields[11]) + Number(fields[12])) / 100 : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
