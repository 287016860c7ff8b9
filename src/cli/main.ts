import { runCommandLine } from './run';

const { env, stdin, stdout: out, stderr: err } = process;
void runCommandLine(process.argv.slice(2), { env, in: stdin, out, err }).then((code) => (process.exitCode = code));
