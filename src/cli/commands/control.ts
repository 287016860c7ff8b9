import { DropboxTeamsError } from '../../client';
import type { ConnectorCommand, Json } from '../context';
import { moment, writeResult } from '../output';

export const pauseCommand: ConnectorCommand = async (context, connectorId, options) => {
  const wasRunning = await context.client.pause(connectorId);
  return writeResult(context, options, { connectorId, paused: true, wasRunning }, [
    wasRunning ? 'paused: the running sync starts nothing new' : 'paused: no sync starts',
  ]);
};

export const resumeCommand: ConnectorCommand = async (context, connectorId, options) => {
  const wasRunning = await context.client.resume(connectorId);
  return writeResult(context, options, { connectorId, paused: false, wasRunning }, [
    wasRunning ? 'resumed: the sync continues' : 'resumed',
  ]);
};

export const cancelCommand: ConnectorCommand = async (context, connectorId, options) => {
  const wasRunning = await context.client.cancel(connectorId);
  return writeResult(context, options, { connectorId, cancelled: wasRunning }, [
    wasRunning ? 'cancelled: what was stored stays, and the next sync continues from there' : 'no sync is running',
  ]);
};

export const scheduleCommand: ConnectorCommand<Json & { every: string }> = async (context, connectorId, options) => {
  const schedule = await context.client.setSchedule(connectorId, options.every);
  return writeResult(context, options, { connectorId, every: options.every, schedule }, [
    schedule === null
      ? 'syncs no longer start automatically'
      : schedule.nextRuns.length > 0
        ? `next runs: ${schedule.nextRuns.map(moment).join(', ')}`
        : schedule.paused
          ? 'set; takes effect when the connector is resumed'
          : 'set, but it matches no time in the future',
  ]);
};

/** Answers what awaits approval, in one namespace or in all of them. */
export const decisionCommand =
  (decision: 'approve' | 'reject'): ConnectorCommand<Json & { namespace?: string }> =>
  async (context, connectorId, options) => {
    const { namespace } = options;
    if (namespace === '') throw new DropboxTeamsError('InvalidArgument', '--namespace is empty');
    const progress = await context.client.progress(connectorId);
    const held = (progress?.held ?? []).filter(({ namespaceId }) => (namespace ?? namespaceId) === namespaceId);
    if (progress && held.length === 0) {
      throw new DropboxTeamsError('SyncNotRunning', `Nothing in the sync of ${connectorId} awaits approval`);
    }
    await context.client[decision](connectorId, namespace === undefined ? {} : { namespaceId: namespace });
    const done = decision === 'approve' ? 'approved' : 'rejected';
    return writeResult(context, options, { connectorId, [done]: held.map(({ namespaceId }) => namespaceId) }, [
      `${done}: ${held.map(({ name, namespaceId }) => name ?? namespaceId).join(', ') || 'all that awaits approval'}`,
    ]);
  };
