import type { DropboxTeamsError } from '../client';
import { DropboxTeamsClient } from '../client';
import { loadConfig, type Config } from '../config';

/** Where a command writes, and what it was started with. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** Standard output: results, and nothing else. */
  out: NodeJS.WritableStream;
  /** Standard error: what a person watches meanwhile. */
  err: NodeJS.WritableStream & { isTTY?: boolean };
}

/** 0 done, 1 failed, 2 wrong use, 3 partial: gaps or dead letters remain, or something differs. */
export type ExitCode = 0 | 1 | 2 | 3;

export const exitCodes = { done: 0, failed: 1, wrongUse: 2, partial: 3 } as const satisfies Record<string, ExitCode>;

/** What every command is given. */
export interface CommandContext extends Surroundings {
  config: Config;
  client: DropboxTeamsClient;
}

/** Reads the environment, opens the clients, runs the command and closes them again. */
export async function withClient<T>(around: Surroundings, work: (context: CommandContext) => Promise<T>): Promise<T> {
  // Before anything is touched: a malformed environment ends the command here.
  const config = loadConfig(around.env);
  const client = DropboxTeamsClient.connect(config);
  try {
    return await work({ ...around, config, client });
  } finally {
    await client.close();
  }
}

/** Of these the caller is the cause, not the system. */
export const isWrongUse = (error: DropboxTeamsError): boolean => error.code === 'InvalidArgument';
