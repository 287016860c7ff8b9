import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs "$@" and asks it to end when standard input closes. The kernel closes the pipe when the process at its other end
 * dies, however it dies, so no server is left behind by a SIGKILL.
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
  /** Settles when the process has ended, with its exit code or signal. */
  readonly ended: Promise<string>;
  /** The last lines that the process wrote to standard error. */
  lastLines(): string[];
  /** Asks it to end and waits; kills it after a grace time. Can be called again. */
  stop(): Promise<void>;
}

/** Starts a process that does not outlive this one. On Windows, which has no shell for the guard, it may. */
export function startGuarded(command: string, args: readonly string[]): GuardedProcess {
  const guarded = process.platform !== 'win32';
  // A process group of its own: Ctrl-C reaches this process only, which then stops the servers in order.
  const child = guarded
    ? spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'guard', command, ...args], {
        stdio: ['pipe', 'ignore', 'pipe'],
        detached: true,
      })
    : spawn(command, [...args], { stdio: ['pipe', 'ignore', 'pipe'] });
  const lines = keepLastLines(child);
  const ended = once(child, 'exit').then(([code, signal]) => String(code ?? signal));
  // Stopping an already ended process writes to a closed pipe.
  child.stdin?.on('error', () => undefined);
  return {
    ended,
    lastLines: () => lines,
    stop: async () => {
      if (guarded) child.stdin?.end();
      else child.kill('SIGTERM');
      const grace = new AbortController();
      const outcome = await Promise.race([
        ended.then(() => 'ended' as const),
        delay(TERM_GRACE_MS, 'overdue' as const, { signal: grace.signal }),
      ]);
      grace.abort();
      if (outcome === 'overdue') {
        killGroup(child, guarded);
        await ended;
      }
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
  process.kill(guarded ? -child.pid : child.pid, 'SIGKILL');
}
