import { DropboxTeamsError } from '../../client';
import { exitCodes, type CommandContext, type ExitCode } from '../context';
import { moment, writeJson, writeLines } from '../output';

interface Json {
  json?: boolean;
}

function tell(context: CommandContext, options: Json, value: unknown, lines: readonly string[]): ExitCode {
  if (options.json === true) writeJson(context, value);
  else writeLines(context, lines);
  return exitCodes.done;
}

export async function pauseCommand(context: CommandContext, connectorId: string, options: Json): Promise<ExitCode> {
  const wasRunning = await context.client.pause(connectorId);
  return tell(context, options, { connectorId, paused: true, wasRunning }, [
    wasRunning ? 'paused: the running sync starts nothing new' : 'paused: no sync starts',
  ]);
}

export async function resumeCommand(context: CommandContext, connectorId: string, options: Json): Promise<ExitCode> {
  const wasRunning = await context.client.resume(connectorId);
  return tell(context, options, { connectorId, paused: false, wasRunning }, [
    wasRunning ? 'resumed: the sync goes on' : 'resumed',
  ]);
}

export async function cancelCommand(context: CommandContext, connectorId: string, options: Json): Promise<ExitCode> {
  const wasRunning = await context.client.cancel(connectorId);
  return tell(context, options, { connectorId, cancelled: wasRunning }, [
    wasRunning ? 'cancelled: what was stored stays, the next sync goes on from there' : 'no sync is running',
  ]);
}

export async function scheduleCommand(
  context: CommandContext,
  connectorId: string,
  options: Json & { every: string },
): Promise<ExitCode> {
  const schedule = await context.client.setSchedule(connectorId, options.every);
  return tell(context, options, { connectorId, every: options.every, schedule }, [
    schedule === null
      ? 'nothing starts by itself any more'
      : schedule.nextRuns.length > 0
        ? `next runs: ${schedule.nextRuns.map(moment).join(', ')}`
        : schedule.paused
          ? 'set; it begins when the connector is resumed'
          : 'set, but no such time ever comes',
  ]);
}

export async function decisionCommand(
  context: CommandContext,
  verdict: 'approve' | 'reject',
  connectorId: string,
  options: Json & { namespace?: string },
): Promise<ExitCode> {
  if (options.namespace === '') throw new DropboxTeamsError('InvalidArgument', '--namespace is empty');
  const decision = options.namespace === undefined ? {} : { namespaceId: options.namespace };
  const progress = await context.client.progress(connectorId);
  const held = (progress?.held ?? []).filter(
    ({ namespaceId }) => options.namespace === undefined || namespaceId === options.namespace,
  );
  if (progress && held.length === 0) {
    throw new DropboxTeamsError('SyncNotRunning', `Nothing of the sync of ${connectorId} waits for an answer`);
  }
  await context.client[verdict](connectorId, decision);
  const done = verdict === 'approve' ? 'approved' : 'rejected';
  return tell(context, options, { connectorId, [done]: held.map(({ namespaceId }) => namespaceId) }, [
    `${done}: ${held.map(({ name, namespaceId }) => name ?? namespaceId).join(', ') || 'all that waits'}`,
  ]);
}
