import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Resources } from './resources';

const ROOT = path.join(__dirname, '..', '..');
const COMMAND = path.join(ROOT, 'bin', 'dropbox-teams.js');
/** Runs its arguments in a pseudo-terminal, whose other end is standard input and output. */
const PSEUDO_TERMINAL = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** A command line on a terminal, as a person sees and types it. */
export class TerminalSession {
  private output = '';
  /** Where the next `sees` begins to look. */
  private read = 0;
  private hasEnded = false;
  private readonly code: Promise<number | null>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (part: Buffer) => (this.output += part.toString('utf8')));
    this.code = once(child, 'close').then(([code]) => {
      this.hasEnded = true;
      return code as number | null;
    });
  }

  /** Types `dropbox-teams` with these arguments. */
  static start(args: readonly string[], env: Record<string, string>, resources: Resources): TerminalSession {
    return TerminalSession.run([process.execPath, COMMAND, ...args], ROOT, env, resources);
  }

  /** Types any command line, in a folder. */
  static run(line: readonly string[], cwd: string, env: Record<string, string>, resources: Resources): TerminalSession {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.env['PYTHON'] || 'python3', ['-c', PSEUDO_TERMINAL, ...line], {
      cwd,
      env: { PATH, HOME, TERM: 'xterm', NO_COLOR: '1', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const session = new TerminalSession(child);
    resources.defer(async () => {
      child.kill();
      await session.code;
    });
    return session;
  }

  /** Everything that the terminal has shown. */
  get shown(): string {
    return this.output;
  }

  /** Waits until the terminal shows this, after what was waited for before. */
  async sees(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output.slice(this.read));
      if (match) {
        this.read += match.index + match[0].length;
        return match;
      }
      if (this.hasEnded) throw new Error(`it ended before it showed ${String(pattern)}: ${this.output}`);
      await Promise.race([once(this.child.stdout!, 'data'), this.code]);
    }
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }

  /** The exit code of the command. */
  ended(): Promise<number | null> {
    return this.code;
  }
}
