import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type ScheduleDescription } from '@temporalio/client';
import { scheduledWorkflowId, scheduleId, workflowTypes, type SyncRequest } from '../contract/sync';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { isObject } from '../guards';
import type { ConnectorDocument } from '../sync/connectorDocument';
import { grpc, grpcCause, ifFound, lacksSearchAttribute } from './errors';
import { parseEvery, scheduleSpec, type Every } from './intervals';
import { searchAttributes, startOptions } from './startOptions';
import type { TemporalAccess } from './temporal';

/**
 * After an outage of Temporal, only starts that were missed within this time are made up for. One sync reads all
 * changes, so that older starts would find nothing to do.
 */
const CATCHUP_WINDOW = '10m';

export interface ScheduleStatus {
  paused: boolean;
  note: string | null;
  /** ISO 8601, UTC: the next times at which a sync starts. */
  nextRuns: string[];
  /** Why it starts no sync of this connector, as after a change by hand in Temporal; null: it does, unless it is paused. */
  problem: string | null;
  actions: number;
  skippedByOverlap: number;
  missed: number;
}

export interface ScheduledConnector {
  connectorId: string;
  orgId: string;
  paused: boolean;
}

type StoredSchedule = Pick<ConnectorDocument, '_key' | 'orgId' | 'paused' | 'every'>;

/** The Temporal Schedules of connectors. A connector that is started manually has none. */
export class ConnectorSchedules {
  constructor(private readonly temporal: TemporalAccess) {}

  /** Creates or changes the Schedule, or removes it for `manual`. Can be repeated. @throws InvalidArgument */
  async set(connector: ScheduledConnector, every: Every): Promise<void> {
    if (every.kind === 'manual') return this.remove(connector.connectorId);
    const what = optionsOf(this.temporal, connector, every);
    try {
      if (await this.create(connector, what)) return;
      const client = await this.temporal.client();
      await client.schedule.getHandle(scheduleId(connector.connectorId)).update(() => what);
    } catch (error) {
      throw every.kind === 'cron' && isRefusedSpec(error)
        ? new DropboxTeamsError('InvalidArgument', `every: Temporal does not understand ${every.expression}`, {
            cause: error,
          })
        : error;
    }
  }

  /** Creates the Schedule of a connector with an interval if Temporal lacks it. @returns whether it was missing */
  async restore({ _key: connectorId, orgId, paused, every }: StoredSchedule): Promise<boolean> {
    const wanted = parseEvery(every ?? 'manual', { isStored: true });
    const connector = { connectorId, orgId, paused };
    return wanted.kind !== 'manual' && this.create(connector, optionsOf(this.temporal, connector, wanted));
  }

  /**
   * Sets the Schedule to what the connector stores, its interval and its pause, with the task queue and options of this
   * version.
   */
  async reset({ _key: connectorId, orgId, paused, every }: StoredSchedule): Promise<void> {
    await this.set({ connectorId, orgId, paused }, parseEvery(every ?? 'manual', { isStored: true }));
  }

  /** @returns false if there is one already */
  private async create(
    { connectorId, orgId }: ScheduledConnector,
    options: ReturnType<typeof optionsOf>,
  ): Promise<boolean> {
    const client = await this.temporal.client();
    const typedSearchAttributes = searchAttributes(connectorId, orgId);
    try {
      await client.schedule.create({ scheduleId: scheduleId(connectorId), ...options, typedSearchAttributes });
      return true;
    } catch (error) {
      if (error instanceof ScheduleAlreadyRunning) return false;
      throw error;
    }
  }

  async remove(connectorId: string): Promise<void> {
    await this.ifThere(connectorId, (handle) => handle.delete());
  }

  async pause(connectorId: string, note: string): Promise<void> {
    await this.ifThere(connectorId, (handle) => handle.pause(note));
  }

  async resume(connectorId: string, note: string): Promise<void> {
    await this.ifThere(connectorId, (handle) => handle.unpause(note));
  }

  /** null if the connector has no Schedule. */
  async status(connectorId: string): Promise<ScheduleStatus | null> {
    const description = await this.ifThere(connectorId, (handle) => handle.describe());
    if (!description) return null;
    const { state, info } = description;
    const problem = scheduleProblem(description, { connectorId, taskQueue: this.temporal.taskQueue });
    return {
      problem,
      paused: state.paused,
      note: state.note ?? null,
      nextRuns: state.paused ? [] : info.nextActionTimes.slice(0, 3).map((time) => time.toISOString()),
      actions: info.numActionsTaken,
      skippedByOverlap: info.numActionsSkippedOverlap,
      missed: info.numActionsMissedCatchupWindow,
    };
  }

  private async ifThere<T>(connectorId: string, use: (handle: Handle) => Promise<T>): Promise<T | undefined> {
    const client = await this.temporal.client();
    return ifFound(() => use(client.schedule.getHandle(scheduleId(connectorId))));
  }
}

/** Anyone may change a Schedule in Temporal, where nothing compares it with the connector. */
export function scheduleProblem(
  { action, state, info }: Pick<ScheduleDescription, 'action' | 'state' | 'info'>,
  { connectorId, taskQueue }: { connectorId: string; taskQueue: string },
): string | null {
  const [request] = (action.args ?? []) as unknown[];
  if (action.workflowType !== workflowTypes.runSync) return `it starts the workflow ${action.workflowType}`;
  if (!isObject(request) || request['connectorId'] !== connectorId) return 'it starts syncs of something else';
  if (action.taskQueue !== taskQueue) return `it starts syncs on task queue ${action.taskQueue}`;
  return state.paused || info.nextActionTimes.length > 0 ? null : 'it has no next time';
}

function optionsOf(temporal: TemporalAccess, connector: ScheduledConnector, every: Exclude<Every, { kind: 'manual' }>) {
  const { connectorId, paused } = connector;
  const request: SyncRequest = { connectorId, reason: 'schedule' };
  return {
    spec: scheduleSpec(every),
    action: {
      ...startOptions(temporal, connector, `Scheduled sync of Dropbox connector ${connectorId}`),
      type: 'startWorkflow' as const,
      workflowType: workflowTypes.runSync,
      // The server appends the time. Each start forwards a request to the connector's one workflow id.
      workflowId: scheduledWorkflowId(connectorId),
      args: [request],
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCHUP_WINDOW as '10m' },
    state: { paused },
  };
}

type Handle = ReturnType<Awaited<ReturnType<TemporalAccess['client']>>['schedule']['getHandle']>;

/** Apart from search attributes, a server refuses such a request only for times that it does not understand. */
const isRefusedSpec = (error: unknown): boolean => {
  const refusal = grpcCause(error);
  return refusal?.code === grpc.invalidArgument && !lacksSearchAttribute(refusal);
};
