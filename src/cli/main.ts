import { runCommandLine } from './run';

const { env, stdin, stdout: out, stderr: err } = process;
// The reader of a pipe may end before the command does, as `head` does.
out.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));
void runCommandLine(process.argv.slice(2), { env, in: stdin, out, err }).then((code) => (process.exitCode = code));
