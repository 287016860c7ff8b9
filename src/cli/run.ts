import { CommanderError } from 'commander';
import { clientError } from '../client';
import { ConfigError } from '../config';
import { exitCodes, type ExitCode, type CommandIo } from './context';
import { LostSight } from './followSync';
import { namesCommand, nextCommand } from './nextCommand';
import { withOptionNames } from './optionNames';
import { writeJson } from './output';
import { buildProgram } from './program';

/** What an error shows: `lines` on standard error, all of it with --json. */
interface Failure {
  code: string;
  lines: readonly string[];
  exitCode: ExitCode;
  status?: 'failed' | 'unknown';
  /** The command line to type next. */
  next?: string | undefined;
}

/**
 * Runs one command line and returns its exit code. An error is one line on standard error; with --json, standard output
 * then holds `{status: "failed", error: {code, message, next}}`, with the status `unknown` for a sync that it lost sight of.
 */
export async function runCommandLine(args: readonly string[], io: CommandIo): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = buildProgram(io, (ended) => (code = ended));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // --help and --version have written what they write.
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    // The first one in the order of the line: a connector may be called like a command, too.
    const [command] = args.flatMap((arg) => program.commands.find((each) => each.name() === arg) ?? []);
    const failure = failureOf(
      error,
      (failed) => nextCommand(failed, command),
      (message) => withOptionNames(message, command),
    );
    report(io, args, failure);
    return failure.exitCode;
  }
}

function failureOf(
  error: unknown,
  next: (code: string) => string | undefined,
  inOptions: (message: string) => string,
): Failure {
  if (error instanceof CommanderError) {
    const code = 'WrongUse';
    // Without a command, the help is the error.
    if (error.code === 'commander.help') return { code, lines: [], exitCode: exitCodes.wrongUse };
    // Commander puts its hint on a second line.
    const line = error.message.replace(/\s*\n\s*/g, ' ');
    return { code, lines: [line], exitCode: exitCodes.wrongUse, next: next(code) };
  }
  if (error instanceof ConfigError) {
    return { code: 'Configuration', lines: error.problems, exitCode: exitCodes.wrongUse };
  }
  if (error instanceof LostSight) {
    const { code } = error.problem;
    const lines = [error.message];
    return { code, lines, exitCode: exitCodes.lostSight, status: 'unknown', next: next('SyncFailed') };
  }
  const { code, message } = clientError(error);
  const isWrongUse = code === 'InvalidArgument';
  const exitCode = isWrongUse ? exitCodes.wrongUse : exitCodes.failed;
  return {
    code,
    lines: [isWrongUse ? inOptions(message) : message],
    exitCode,
    next: namesCommand(message) ? undefined : next(code),
  };
}

function report(io: CommandIo, args: readonly string[], { code, lines, status = 'failed', next }: Failure): void {
  const hint = next === undefined ? '' : `; next: ${next}`;
  for (const line of lines) io.err.write(`${line.trim().replace(/\s*\n\s*/g, '; ')}${hint}\n`);
  if (!args.includes('--json')) return;
  const message = lines.join('; ').replace(/^error: /, '');
  writeJson(io, { status, error: { code, message, ...(next === undefined ? {} : { next }) } });
}
