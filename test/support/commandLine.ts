import { PassThrough, Readable } from 'node:stream';
import type { ExitCode } from '../../src/cli/context';
import { runCommandLine } from '../../src/cli/run';

/** The JSON that a command printed; each test checks the fields that it expects. */
type Json = ReturnType<typeof JSON.parse>;

export interface CommandResult {
  code: ExitCode;
  out: string;
  err: string;
  /** Standard output, which must be one JSON document. */
  json: () => Json;
}

/** Runs a command line in this process. `input` is its standard input. */
export async function runCli(
  args: string[],
  env: Record<string, string | undefined>,
  input = '',
): Promise<CommandResult> {
  const text = (): { stream: PassThrough; read: () => string } => {
    const parts: string[] = [];
    const stream = new PassThrough();
    stream.on('data', (part: Buffer) => parts.push(part.toString('utf8')));
    return { stream, read: () => parts.join('') };
  };
  const out = text();
  const err = text();
  const code = await runCommandLine(args, { env, in: Readable.from([input]), out: out.stream, err: err.stream });
  return { code, out: out.read(), err: err.read(), json: () => JSON.parse(out.read()) };
}
