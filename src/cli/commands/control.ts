import { DropboxTeamsError, syncWorkflowId } from '../../client';
import type { ConnectorCommand, CommonOptions } from '../context';
import { moment, writeResult } from '../output';
import { heldLines } from '../syncText';

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
  const { client, config } = context;
  const wasRunning = await client.cancel(connectorId);
  // Without a worker the request reaches no one, and the sync continues to block others.
  const { unansweredOn, temporalProblem } = wasRunning ? await client.status(connectorId) : {};
  const result = {
    connectorId,
    cancelled: wasRunning,
    ...(unansweredOn === undefined ? {} : { unansweredOn }),
    ...(temporalProblem === undefined ? {} : { temporalProblem }),
  };
  const problem =
    unansweredOn === undefined ? temporalProblem : `no worker answers on task queue ${unansweredOn}: start one for it`;
  return writeResult(context, options, result, [
    !wasRunning
      ? 'no sync is running'
      : problem === undefined
        ? 'cancelled: it ends at its next batch border; what was stored stays, and the next sync continues from there'
        : `requested, but ${problem}, or end the sync by ` +
          `temporal workflow terminate --workflow-id ${syncWorkflowId(connectorId)} --namespace ${config.temporal.namespace}`,
  ]);
};

export const scheduleCommand: ConnectorCommand<CommonOptions & { every: string }> = async (
  context,
  connectorId,
  options,
) => {
  const schedule = await context.client.setSchedule(connectorId, options.every);
  return writeResult(context, options, { connectorId, every: options.every, schedule }, [
    schedule === null
      ? 'syncs no longer start automatically'
      : schedule.nextRuns.length > 0
        ? `next runs: ${schedule.nextRuns.map((time) => moment(time)).join(', ')}`
        : schedule.paused
          ? 'set; takes effect when the connector is resumed'
          : 'set, but it matches no time in the future',
  ]);
};

/** Answers what is held, in one namespace or in all of them. */
export const decisionCommand =
  (decision: 'approve' | 'reject'): ConnectorCommand<CommonOptions & { namespace?: string }> =>
  async (context, connectorId, options) => {
    const { namespace } = options;
    if (namespace === '') throw new DropboxTeamsError('InvalidArgument', '--namespace is empty');
    const scope = namespace === undefined ? {} : { namespaceId: namespace };
    const { held, sync, problem } = await context.client[decision](connectorId, scope);
    const done = decision === 'approve' ? 'approved' : 'rejected';
    if (problem !== undefined) context.notes.write(`no sync could be requested, the next one acts on it: ${problem}\n`);
    const ids = [...new Set(held.map(({ namespaceId }) => namespaceId))];
    return writeResult(context, options, { connectorId, [done]: ids, held, sync }, [
      ...heldLines(connectorId, held),
      ...(sync === null ? [] : [`a sync is ${sync}, which acts on it`]),
    ]);
  };
