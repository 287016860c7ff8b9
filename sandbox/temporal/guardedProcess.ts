import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs "$@" and sends it SIGTERM when standard input closes. The kernel closes the pipe when the process at its other end
 * dies for any reason, so the server ends even when that process was killed by SIGKILL.
 */
export const GUARD_SCRIPT = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
( cat <&3 >/dev/null; kill -TERM "$server" 2>/dev/null ) &
wait "$server"
`;
const TERM_GRACE_MS = 15_000;
const KEPT_LINES = 20;

export interface GuardedProcess {
  /** Resolves with the exit code or signal when the process has ended. */
  readonly ended: Promise<string>;
  /** The last lines that the process wrote to standard error. */
  lastLines(): string[];
  /** Sends SIGTERM and waits for the end, with SIGKILL after a grace time. A repeat does nothing. */
  stop(): Promise<void>;
  /** Sends SIGKILL and waits for the end. For a process that has nothing to write. A repeat does nothing. */
  kill(): Promise<void>;
}

/** Starts a process that ends with this one; except on Windows, which has no shell for the guard. */
export function startGuarded(command: string, args: readonly string[]): GuardedProcess {
  const guarded = process.platform !== 'win32';
  // In a separate process group, Ctrl-C reaches only this process, which then stops the servers in order.
  const child = guarded
    ? spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'guard', command, ...args], {
        stdio: ['pipe', 'ignore', 'pipe'],
        detached: true,
      })
    : spawn(command, [...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  const lines = keepLastLines(child);
  const ended = once(child, 'exit').then(([code, signal]) => String(code ?? signal));
  // Stopping a process that has already ended writes to a closed pipe.
  child.stdin?.on('error', () => undefined);
  // The guard's end says nothing about the command's. Standard error is closed when both have ended.
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const kill = async (): Promise<void> => {
    killGroup(child, guarded);
    await closed;
  };
  return {
    ended,
    lastLines: () => lines,
    kill,
    stop: async () => {
      if (guarded) child.stdin?.end();
      else child.kill('SIGTERM');
      const grace = new AbortController();
      const outcome = await Promise.race([
        ended.then(() => 'ended' as const),
        delay(TERM_GRACE_MS, 'overdue' as const, { signal: grace.signal }),
      ]);
      grace.abort();
      if (outcome === 'overdue') await kill();
    },
  };
}

function keepLastLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  let rest = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.filter((line) => line.trim() !== ''));
    lines.splice(0, Math.max(0, lines.length - KEPT_LINES));
  });
  return lines;
}

function killGroup(child: ChildProcess, guarded: boolean): void {
  if (child.pid === undefined) return;
  try {
    process.kill(guarded ? -child.pid : child.pid, 'SIGKILL');
  } catch {
    // All have ended.
  }
}
