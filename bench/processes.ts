import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A compiled program of this project in a process of its own, so that what is measured does not measure itself. */
export interface Program {
  /** What it said behind `listening on`. */
  url: string;
  pid: number;
  stop(): Promise<void>;
}

const DIST = path.join(__dirname, '..');
const KEPT_OUTPUT = 5_000;

/** Starts a program and waits for its line `listening on …`. @throws with what it said when it ends before */
export async function startProgram(
  program: string,
  args: string[],
  environment: Record<string, string> = {},
): Promise<Program> {
  const child = spawn(process.execPath, [path.join(DIST, program), ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Nothing outlives the measurement, however it ends.
  const onExit = (): void => void child.kill('SIGKILL');
  process.once('exit', onExit);
  let said = '';
  createInterface({ input: child.stderr }).on('line', (line) => (said = `${said}${line}\n`.slice(-KEPT_OUTPUT)));
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      process.off('exit', onExit);
      resolve();
    });
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^listening on (\S+)/.exec(line);
      if (match?.[1]) resolve(match[1]);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`${program} ${args[0] ?? ''} ended (${signal ?? code}): ${said.trim()}`)),
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

/** Largest resident set that the process has had, MB; undefined where the system does not tell (it has to be Linux). */
export function peakMemory(pid: number): number | undefined {
  return megabytes(pid, 'VmHWM');
}

/** Resident set that the process has now, MB; undefined as above. */
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

/** Processor time that the process has used so far, seconds; undefined where the system does not tell. */
export function processorSeconds(pid: number): number | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    // utime and stime, in ticks; Linux reports 100 of them a second.
    return fields ? (Number(fields[11]) + Number(fields[12])) / 100 : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
