import { runCommandLine } from './run';

async function main(): Promise<void> {
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    env: process.env,
    out: process.stdout,
    err: process.stderr,
  });
}

void main();
