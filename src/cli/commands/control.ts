import { DropboxTeamsError } from '../../client';
import { exitCodes, type CommandContext, type ExitCode } from '../context';
import { moment, writeResult, type Json } from '../output';
import { heldLines } from '../syncText';

function write(context: CommandContext, options: Json, value: unknown, lines: string[]): ExitCode {
  writeResult(context, options, value, lines);
  return exitCodes.done;
}

export async function pauseCommand(context: CommandContext, connectorId: string, options: Json): Promise<ExitCode> {
  const wasRunning = await context.client.pause(connectorId);
  return write(context, options, { connectorId, paused: true, wasRunning }, [
    wasRunning ? 'paused: the running sync starts nothing new' : 'paused: no sync starts',
  ]);
}

export async function resumeCommand(context: CommandContext, connectorId: string, options: Json): Promise<ExitCode> {
  const wasRunning = await context.client.resume(connectorId);
  return write(context, options, { connectorId, paused: false, wasRunning }, [
    wasRunning ? 'resumed: the sync continues' : 'resumed',
  ]);
}

export async function cancelCommand(context: CommandContext, connectorId: string, options: Json): Promise<ExitCode> {
  const wasRunning = await context.client.cancel(connectorId);
  return write(context, options, { connectorId, cancelled: wasRunning }, [
    wasRunning ? 'cancelled: what was stored stays, and the next sync continues from there' : 'no sync is running',
  ]);
}

export async function scheduleCommand(
  context: CommandContext,
  connectorId: string,
  options: Json & { every: string },
): Promise<ExitCode> {
  const schedule = await context.client.setSchedule(connectorId, options.every);
  return write(context, options, { connectorId, every: options.every, schedule }, [
    schedule === null
      ? 'syncs no longer start automatically'
      : schedule.nextRuns.length > 0
        ? `next runs: ${schedule.nextRuns.map(moment).join(', ')}`
        : schedule.paused
          ? 'set; takes effect when the connector is resumed'
          : 'set, but it matches no time in the future',
  ]);
}

export async function decisionCommand(
  context: CommandContext,
  decision: 'approve' | 'reject',
  connectorId: string,
  options: Json & { namespace?: string },
): Promise<ExitCode> {
  if (options.namespace === '') throw new DropboxTeamsError('InvalidArgument', '--namespace is empty');
  const scope = options.namespace === undefined ? {} : { namespaceId: options.namespace };
  const { held, sync, problem } = await context.client[decision](connectorId, scope);
  const done = decision === 'approve' ? 'approved' : 'rejected';
  if (problem !== undefined) context.err.write(`no sync could be requested, the next one acts on it: ${problem}\n`);
  const ids = [...new Set(held.map(({ namespaceId }) => namespaceId))];
  return write(context, options, { connectorId, [done]: ids, held, sync }, [
    ...heldLines(connectorId, held),
    ...(sync === null ? [] : [`a sync is ${sync}, which acts on it`]),
  ]);
}
