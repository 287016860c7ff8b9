import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type Workflow,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { backoff } from '../backoff';
import {
  pauseSignal,
  progressQuery,
  requestSyncSignal,
  requestSyncUpdate,
  resumeSignal,
  syncWorkflowId,
  workflowTypes,
  type SyncAnswer,
  type SyncOutcome,
  type SyncProgress,
  type SyncRequest,
  type AcceptedRequest,
} from '../contract/sync';
import { DropboxTeamsError } from '../DropboxTeamsError';
import { clientError, grpc, ifFound, withClientErrors } from './errors';
import { requireOwnType } from './ownWorkflow';
import { outcomeOf } from './runOutcome';
import { SharedCalls } from './sharedCalls';
import { startOptions } from './startOptions';
import type { TemporalAccess } from './temporal';

/** How long a worker may take to answer a query. */
const QUERY_WITHIN_MS = 5_000;
/** A run may end before it has accepted the request. Then the next attempt starts a new run. */
const REQUEST_ATTEMPTS = 6;
const REQUEST_BACKOFF = { firstMs: 50, maxMs: 1_000 };
/** How long a worker that is just starting may take until it asks for work. */
const WORKER_WITHIN_SECONDS = 30;
const POLL_INTERVAL_MS = 500;

/** The answer to a request for a sync, and how to follow the run. */
export interface SyncRun {
  connectorId: string;
  /** joined: the run under way answers the request. queued: one more run follows it. */
  answer: SyncAnswer;
  workflowId: string;
  /** null if no sync is running, or no worker answers at the moment. */
  progress(): Promise<SyncProgress | null>;
  /** Waits for the end. A failed sync has status `failed` and an error; only a cancelled one rejects. */
  result(): Promise<SyncOutcome>;
}

/** What is known of the run under way. */
export interface CurrentRun {
  /** null if no sync is running, or no worker answers at the moment. */
  progress: SyncProgress | null;
  /** The task queue of a run that is under way, and for which no worker answers. */
  unansweredOn?: string;
}

/** All syncs of a connector have one workflow id, so that the server runs one at a time. */
export class SyncRuns {
  /** A workflow takes few updates at a time, and callers who ask for the same at the same moment need only one. */
  private readonly requests = new SharedCalls<AcceptedRequest>();

  constructor(private readonly temporal: TemporalAccess) {}

  /** Starts a run, or hands the request to the one that is running. @throws WorkerUnavailable, TemporalUnavailable */
  async request(orgId: string, request: SyncRequest, answerWithinSeconds: number): Promise<SyncRun> {
    const client = await this.temporal.client();
    const { connectorId } = request;
    const { answer: accepted, isShared } = await this.requests.call(
      JSON.stringify([orgId, request, answerWithinSeconds]),
      () => this.send(client, orgId, { ...request, requestId: randomUUID() }, answerWithinSeconds),
    );
    return {
      connectorId,
      answer: isShared && accepted.answer === 'started' ? 'joined' : accepted.answer,
      workflowId: syncWorkflowId(connectorId),
      progress: () => withClientErrors(() => this.progress(connectorId)),
      result: () => withClientErrors(() => outcomeOf(client, connectorId, accepted)),
    };
  }

  private async send(
    client: Client,
    orgId: string,
    request: SyncRequest,
    withinSeconds: number,
  ): Promise<AcceptedRequest> {
    for (let attempt = 1; ; attempt += 1) {
      const operation = new WithStartWorkflowOperation<Workflow>(workflowTypes.runSync, {
        ...this.startOptions(orgId, request),
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      const handle = operation.workflowHandle();
      // Rejects with the same error as the update, which is handled below.
      handle.catch(() => undefined);
      try {
        return await client.connection.withAbortSignal(AbortSignal.timeout(withinSeconds * 1000), () =>
          client.workflow.executeUpdateWithStart(requestSyncUpdate, {
            args: [request],
            startWorkflowOperation: operation,
          }),
        );
      } catch (error) {
        // Another workflow refuses the update as unknown, or does not answer it.
        await this.running(request.connectorId);
        if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
          const refusal = await this.temporal.unanswered(error);
          if (refusal.code !== 'WorkerUnavailable') throw refusal;
          await this.sendAsSignal(client, orgId, request);
          throw (await this.onOtherQueue(client, request.connectorId, error)) ?? refusal;
        }
        if (isOutOfUpdates(error)) {
          await this.sendAsSignal(client, orgId, request);
          if (!(await this.temporal.hasWorker())) throw await this.temporal.unanswered(error);
          const { runId } = await client.workflow.getHandle(syncWorkflowId(request.connectorId)).describe();
          return { answer: 'queued', runId };
        }
        if (attempt >= REQUEST_ATTEMPTS || !isRunEnding(error)) throw error;
        await delay(backoff(attempt, REQUEST_BACKOFF));
      }
    }
  }

  private startOptions(orgId: string, request: SyncRequest) {
    const { connectorId } = request;
    return {
      ...startOptions(this.temporal, { connectorId, orgId }, `Sync of Dropbox connector ${connectorId}`),
      workflowId: syncWorkflowId(connectorId),
      args: [request] as [SyncRequest],
    };
  }

  /**
   * Temporal stores a signal at once, but an update only when a worker has accepted it. Both carry the same request id:
   * a worker that gets both accepts the request once.
   */
  private async sendAsSignal(client: Client, orgId: string, request: SyncRequest): Promise<void> {
    await client.workflow.signalWithStart<Workflow, [SyncRequest]>(workflowTypes.runSync, {
      ...this.startOptions(orgId, request),
      signal: requestSyncSignal,
      signalArgs: [request],
    });
  }

  /** A run was started for another task queue than that of this client: a worker of this one never gets it. */
  private async onOtherQueue(
    client: Client,
    connectorId: string,
    cause?: unknown,
  ): Promise<DropboxTeamsError | undefined> {
    const workflowId = syncWorkflowId(connectorId);
    const { taskQueue } = await client.workflow.getHandle(workflowId).describe();
    if (taskQueue === this.temporal.taskQueue) return undefined;
    return new DropboxTeamsError(
      'WorkerUnavailable',
      `the sync of ${connectorId} waits for a worker on task queue ${taskQueue}, and TEMPORAL_TASK_QUEUE is ${this.temporal.taskQueue}: ` +
        `start a worker for that one, or end the sync: temporal workflow terminate --workflow-id ${workflowId} --namespace ${this.temporal.settings.namespace}`,
      cause === undefined ? {} : { cause },
    );
  }

  /** null if no sync is running, or no worker answers at the moment. */
  async progress(connectorId: string): Promise<SyncProgress | null> {
    return (await this.current(connectorId)).progress;
  }

  async current(connectorId: string): Promise<CurrentRun> {
    const client = await this.temporal.client();
    const handle = client.workflow.getHandle(syncWorkflowId(connectorId));
    const running = await this.running(connectorId);
    if (!running) return { progress: null };
    const query = () => client.connection.withDeadline(Date.now() + QUERY_WITHIN_MS, () => handle.query(progressQuery));
    try {
      return { progress: (await ifFound(query)) ?? null };
    } catch (error) {
      // Temporal has answered `describe`, so only the worker does not answer.
      const isUnanswered = clientError(error).code === 'TemporalUnavailable' && (await this.isRunning(connectorId));
      if (isUnanswered) return { progress: null, unansweredOn: running.taskQueue };
      throw error;
    }
  }

  /** @throws TemporalRefused if something else than a sync runs under the id of this connector's syncs */
  private async running(connectorId: string): Promise<WorkflowExecutionDescription | undefined> {
    const client = await this.temporal.client();
    const found = await ifFound(() => client.workflow.getHandle(syncWorkflowId(connectorId)).describe());
    if (found?.status.name !== 'RUNNING') return undefined;
    requireOwnType(this.temporal, found, workflowTypes.runSync);
    return found;
  }

  async isRunning(connectorId: string): Promise<boolean> {
    return (await this.running(connectorId)) !== undefined;
  }

  /** @returns whether a sync was running */
  async pause(connectorId: string): Promise<boolean> {
    return this.ifRunning(connectorId, (handle) => handle.signal(pauseSignal));
  }

  async resume(connectorId: string): Promise<boolean> {
    return this.ifRunning(connectorId, (handle) => handle.signal(resumeSignal));
  }

  async cancel(connectorId: string): Promise<boolean> {
    return this.ifRunning(connectorId, (handle) => handle.cancel());
  }

  /**
   * Waits until no sync is running. @throws WorkerUnavailable if one is still running after this time, or earlier if no
   * worker serves the task queue
   */
  async ended(connectorId: string, withinSeconds: number, workerWithinSeconds = WORKER_WITHIN_SECONDS): Promise<void> {
    const beganAt = performance.now();
    const hasPassed = (seconds: number): boolean => performance.now() > beganAt + seconds * 1000;
    let isServed = false;
    while (await this.isRunning(connectorId)) {
      // A worker that was there counts for minutes, so one that restarts is waited for.
      if (!isServed && hasPassed(workerWithinSeconds)) isServed = await this.temporal.hasWorker();
      if (hasPassed(withinSeconds) || (!isServed && hasPassed(workerWithinSeconds))) {
        throw (
          (await this.onOtherQueue(await this.temporal.client(), connectorId)) ?? (await this.temporal.unanswered())
        );
      }
      await delay(POLL_INTERVAL_MS);
    }
  }

  /** The server accepts a cancellation of a run that has ended, and a signal for any workflow. */
  private async ifRunning(connectorId: string, act: (handle: WorkflowHandle) => Promise<unknown>): Promise<boolean> {
    if (!(await this.isRunning(connectorId))) return false;
    const client = await this.temporal.client();
    const done = await ifFound(async () => {
      await act(client.workflow.getHandle(syncWorkflowId(connectorId)));
      return true;
    });
    return done ?? false;
  }
}

/** The server has taken as many updates for this run, or at a time, as its limits allow. It still takes signals. */
const isOutOfUpdates = (error: unknown): boolean =>
  isGrpcServiceError(error) && [grpc.failedPrecondition, grpc.resourceExhausted].includes(error.code);

/** The run ended while the request was on its way. */
function isRunEnding(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'AcceptedUpdateCompletedWorkflow'
  );
}
