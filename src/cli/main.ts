import { runCommandLine } from './run';

const { env, stdin, stdout: out, stderr: err } = process;
// The reader of a pipe may end before the command does, as `head` does. The exit code still is the command's own.
out.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
void runCommandLine(process.argv.slice(2), { env, in: stdin, out, err }).then((code) => (process.exitCode = code));
