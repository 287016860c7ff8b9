import { PassThrough } from 'node:stream';
import { DropboxTeamsClient } from '../client';
import { loadConfig, type Config } from '../config';
import { startTracing } from '../tracing';

/** What a command gets from its process: the environment, and the standard streams. */
export interface CommandIo {
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
 * of a sync, which continues.
 */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

export const exitCodes = { done: 0, failed: 1, wrongUse: 2, partial: 3, lostSight: 4 } as const satisfies Record<
  string,
  ExitCode
>;

export interface CommandContext extends CommandIo {
  /** Progress and notes: standard error, or nothing with --quiet. Errors are written to `err`. */
  notes: CommandIo['err'];
  config: Config;
  client: DropboxTeamsClient;
}

/** The options of all commands. */
export interface CommonOptions {
  json?: boolean;
  quiet?: boolean;
}

/** A command whose first argument is a connector. */
export type ConnectorCommand<Options extends CommonOptions = CommonOptions> = (
  context: CommandContext,
  connectorId: string,
  options: Options,
) => Promise<ExitCode>;

/** Reads the environment, opens a client for the command, and closes it again. */
export async function withClient<T>(
  io: CommandIo,
  { quiet }: CommonOptions,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  // A malformed environment ends the command before anything is connected.
  const config = loadConfig(io.env);
  const tracing = await startTracing(config.tracesUrl);
  const client = DropboxTeamsClient.connect(config, tracing ? [tracing.plugin] : []);
  try {
    const notes = quiet === true ? new PassThrough().resume() : io.err;
    if (config.misspelled.length > 0) notes.write(`ignored variables: ${config.misspelled.join(', ')}\n`);
    return await work({ ...io, notes, config, client });
  } finally {
    await client.close();
    await tracing?.close();
  }
}
