import { runCommandLine } from './run';

const { env, stdout: out, stderr: err } = process;
void runCommandLine(process.argv.slice(2), { env, out, err }).then((code) => (process.exitCode = code));
