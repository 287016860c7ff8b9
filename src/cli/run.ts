import { CommanderError } from 'commander';
import { clientError } from '../client';
import { ConfigError } from '../config';
import { exitCodes, type ExitCode, type Surroundings } from './context';
import { LostSight } from './followSync';
import { writeJson } from './output';
import { buildProgram } from './program';

/**
 * Runs one command line and returns its exit code. An error is one line on standard error; with --json, standard output
 * then holds `{status: "failed", error: {code, message}}`, with the status `unknown` for a sync that it lost sight of.
 */
export async function runCommandLine(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = buildProgram(around, (ended) => (code = ended));
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    return failed(error, args, around);
  }
}

function failed(error: unknown, args: readonly string[], around: Surroundings): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has printed the error already; --help is not one.
    if (error.exitCode === 0) return exitCodes.done;
    report(around, args, 'WrongUse', [error.message.replace(/^error: /, '')], { print: false });
    return exitCodes.wrongUse;
  }
  if (error instanceof ConfigError) {
    report(around, args, 'Configuration', error.problems);
    return exitCodes.wrongUse;
  }
  if (error instanceof LostSight) {
    report(around, args, error.problem.code, [error.message], { status: 'unknown' });
    return exitCodes.lostSight;
  }
  const problem = clientError(error);
  report(around, args, problem.code, [problem.message]);
  return problem.code === 'InvalidArgument' ? exitCodes.wrongUse : exitCodes.failed;
}

function report(
  around: Surroundings,
  args: readonly string[],
  code: string,
  lines: readonly string[],
  { print = true, status = 'failed' } = {},
): void {
  if (print) for (const line of lines) around.err.write(`${line.replace(/\s*\n\s*/g, '; ')}\n`);
  if (args.includes('--json')) writeJson(around, { status, error: { code, message: lines.join('; ') } });
}
