import { DropboxTeamsError, type ConnectorStatus } from '../../client';
import type { CommandContext, ExitCode, CommonOptions } from '../context';
import { paintOf, writeResult } from '../output';
import { statusLines } from '../statusText';
import { watchStatus } from './watchStatus';

export interface StatusCommand extends CommonOptions {
  watch?: boolean;
}

export async function statusCommand(
  context: CommandContext,
  connectorId: string | undefined,
  options: StatusCommand,
): Promise<ExitCode> {
  const { client, config } = context;
  if (options.watch === true) return watch(context, connectorId, options);
  const ids = connectorId === undefined ? (await client.connectors()).map((each) => each.connectorId) : [connectorId];
  const all: ConnectorStatus[] = [];
  for (const id of ids) all.push(await client.status(id));
  const now = Date.now();
  const paint = paintOf(context);
  const lines = all.flatMap((status, position) => [
    ...(position === 0 ? [] : ['']),
    ...statusLines(status, now, paint, config.broker),
  ]);
  return writeResult(
    context,
    options,
    connectorId === undefined ? { connectors: all } : all[0],
    lines.length === 0 ? ['no connector yet: dropbox-teams setup'] : lines,
  );
}

async function watch(
  context: CommandContext,
  connectorId: string | undefined,
  { json }: CommonOptions,
): Promise<ExitCode> {
  if (connectorId === undefined) throw new DropboxTeamsError('InvalidArgument', '--watch needs a connector');
  if (json === true) throw new DropboxTeamsError('InvalidArgument', '--watch is for people: give it without --json');
  const ended = new AbortController();
  const end = (): void => ended.abort();
  process.once('SIGINT', end);
  context.out.once('error', end);
  try {
    return await watchStatus(context, connectorId, ended.signal);
  } finally {
    process.off('SIGINT', end);
  }
}
