import { existsSync } from 'node:fs';
import path from 'node:path';
import { DropboxTeamsError } from '../client';

const COMPILED = path.join(__dirname, '..', '..');

/**
 * Runs another program of the package in this process. It handles signals, and sets the exit code at its end.
 * @param program its compiled file below dist/
 */
export async function runProgram(program: string, args: readonly string[]): Promise<void> {
  const file = path.join(COMPILED, program);
  if (!existsSync(file)) {
    throw new DropboxTeamsError(
      'InvalidArgument',
      `${program} is not part of this installation: use the package from npm`,
    );
  }
  process.argv = [process.execPath, file, ...args];
  await import(file);
}
