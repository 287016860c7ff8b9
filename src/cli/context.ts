import { DropboxTeamsClient } from '../client';
import { loadConfig, type Config } from '../config';

/** The environment of a command, and where it writes. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  /** Standard input: secrets, for options that ask for it. */
  in: NodeJS.ReadableStream;
  /** Standard output: results only. */
  out: NodeJS.WritableStream;
  /** Standard error: progress and errors. */
  err: NodeJS.WritableStream & { isTTY?: boolean };
}

/**
 * 0 done, 1 failed, 2 wrong use, 3 partial: gaps or dead letters remain, or the graph differs from Dropbox, 4 lost sight
 * of a sync, which goes on.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

export const exitCodes = { done: 0, failed: 1, wrongUse: 2, partial: 3, lostSight: 4 } as const satisfies Record<
  string,
  ExitCode
>;

export interface CommandContext extends Surroundings {
  config: Config;
  client: DropboxTeamsClient;
}

/** The option of all commands. */
export interface Json {
  json?: boolean;
}

/** A command whose first argument is a connector. */
export type ConnectorCommand<Options extends Json = Json> = (
  context: CommandContext,
  connectorId: string,
  options: Options,
) => Promise<ExitCode>;

/** Reads the environment, opens a client for the command, and closes it again. */
export async function withClient<T>(around: Surroundings, work: (context: CommandContext) => Promise<T>): Promise<T> {
  // A malformed environment ends the command before anything is connected.
  const config = loadConfig(around.env);
  const client = DropboxTeamsClient.connect(config);
  try {
    return await work({ ...around, config, client });
  } finally {
    await client.close();
  }
}
