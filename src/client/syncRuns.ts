import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  WithStartWorkflowOperation,
  WorkflowContinuedAsNewError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type Client,
  type Workflow,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  approveSignal,
  OUTCOME_MEMO,
  pauseSignal,
  progressQuery,
  rejectSignal,
  requestSyncSignal,
  requestSyncUpdate,
  resumeSignal,
  syncWorkflowId,
  workflowTypes,
  type Decision,
  type SyncAnswer,
  type SyncOutcome,
  type SyncProgress,
  type SyncRequest,
  type AcceptedRequest,
} from '../contract/sync';
import { clientError, withClientErrors } from './errors';
import { searchAttributes } from './searchAttributes';
import type { TemporalAccess } from './temporal';

/** A query that no worker answers in this time counts as not answered. Milliseconds. */
const QUERY_WITHIN = 5_000;
/** A run may end between "it runs" and "take this request": then the next try starts a new one. */
const DOOR_TRIES = 6;
const LOOK_EVERY_MS = 500;

/** What became of a request for a sync, and how to follow it. */
export interface SyncRun {
  connectorId: string;
  /** joined: the run under way answers the request. queued: one more run follows it. */
  answer: SyncAnswer;
  workflowId: string;
  /** null: nothing is running any more, or no worker answers at the moment. */
  progress(): Promise<SyncProgress | null>;
  /** Waits for the end. A sync that could not be done has status `failed` and an error; only cancellation rejects. */
  result(): Promise<SyncOutcome>;
}

/** The one door of each connector's sync, whoever asks. */
export class SyncRuns {
  constructor(private readonly temporal: TemporalAccess) {}

  /** @throws WorkerUnavailable, TemporalUnavailable, and what the workflow refuses the request for */
  async request(orgId: string, request: SyncRequest, answerWithinSeconds: number): Promise<SyncRun> {
    const client = await this.temporal.client();
    const { connectorId } = request;
    const taken = await this.#ask(client, orgId, { ...request, requestId: randomUUID() }, answerWithinSeconds);
    return {
      connectorId,
      answer: taken.answer,
      workflowId: syncWorkflowId(connectorId),
      progress: () => withClientErrors(() => this.progress(connectorId)),
      result: () => withClientErrors(() => outcomeOf(client, connectorId, taken)),
    };
  }

  async #ask(
    client: Client,
    orgId: string,
    request: SyncRequest,
    answerWithinSeconds: number,
  ): Promise<AcceptedRequest> {
    for (let attempt = 1; ; attempt += 1) {
      const operation = new WithStartWorkflowOperation<Workflow>(workflowTypes.runSync, {
        ...this.#door(orgId, request),
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      const handle = operation.workflowHandle();
      // It rejects with the same error as the update, which is the one that is looked at.
      handle.catch(() => undefined);
      try {
        return await client.connection.withAbortSignal(AbortSignal.timeout(answerWithinSeconds * 1000), () =>
          client.workflow.executeUpdateWithStart(requestSyncUpdate, {
            args: [request],
            startWorkflowOperation: operation,
          }),
        );
      } catch (error) {
        if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
          const refusal = await this.temporal.unanswered(error);
          if (refusal.code === 'WorkerUnavailable') await this.#leave(client, orgId, request);
          throw refusal;
        }
        if (attempt >= DOOR_TRIES || !isClosedDoor(error)) throw error;
      }
    }
  }

  #door(orgId: string, request: SyncRequest) {
    const { connectorId } = request;
    return {
      workflowId: syncWorkflowId(connectorId),
      taskQueue: this.temporal.taskQueue,
      args: [request] as [SyncRequest],
      staticSummary: `Sync of Dropbox connector ${connectorId}`.slice(0, 200),
      typedSearchAttributes: searchAttributes(connectorId, orgId),
    };
  }

  /**
   * The server keeps an update only when a worker has taken it; a signal it keeps at once. Both name the same request,
   * so that a worker that gets both takes it once.
   */
  async #leave(client: Client, orgId: string, request: SyncRequest): Promise<void> {
    await client.workflow.signalWithStart<Workflow, [SyncRequest]>(workflowTypes.runSync, {
      ...this.#door(orgId, request),
      signal: requestSyncSignal,
      signalArgs: [request],
    });
  }

  /** null: no sync is running, or no worker answers at the moment. */
  async progress(connectorId: string): Promise<SyncProgress | null> {
    const client = await this.temporal.client();
    const handle = client.workflow.getHandle(syncWorkflowId(connectorId));
    try {
      const { status } = await handle.describe();
      if (status.name !== 'RUNNING') return null;
      return await client.connection.withDeadline(Date.now() + QUERY_WITHIN, () => handle.query(progressQuery));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      // The connection is good, since it has been described: only the worker is silent.
      if (clientError(error).code === 'TemporalUnavailable' && (await this.isRunning(connectorId))) return null;
      throw error;
    }
  }

  async isRunning(connectorId: string): Promise<boolean> {
    const client = await this.temporal.client();
    try {
      const { status } = await client.workflow.getHandle(syncWorkflowId(connectorId)).describe();
      return status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  /** @returns whether a sync was running */
  async pause(connectorId: string): Promise<boolean> {
    return this.#ifRunning(connectorId, (handle) => handle.signal(pauseSignal));
  }

  async resume(connectorId: string): Promise<boolean> {
    return this.#ifRunning(connectorId, (handle) => handle.signal(resumeSignal));
  }

  async cancel(connectorId: string): Promise<boolean> {
    // The server takes a cancellation of what has ended for done.
    if (!(await this.isRunning(connectorId))) return false;
    return this.#ifRunning(connectorId, (handle) => handle.cancel());
  }

  async decide(connectorId: string, verdict: 'approve' | 'reject', decision: Decision): Promise<boolean> {
    const signal = verdict === 'approve' ? approveSignal : rejectSignal;
    return this.#ifRunning(connectorId, (handle) => handle.signal(signal, decision));
  }

  /** Waits until the running sync, if any, has ended, however it ends. @throws WorkerUnavailable when it does not */
  async ended(connectorId: string, withinSeconds: number): Promise<void> {
    for (const until = Date.now() + withinSeconds * 1000; await this.isRunning(connectorId);) {
      if (Date.now() > until) throw await this.temporal.unanswered();
      await delay(LOOK_EVERY_MS);
    }
  }

  async #ifRunning(connectorId: string, act: (handle: WorkflowHandle) => Promise<unknown>): Promise<boolean> {
    const client = await this.temporal.client();
    try {
      await act(client.workflow.getHandle(syncWorkflowId(connectorId)));
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }
}

/**
 * The outcome of the run that answers a request. One that is followed by a queued run continues as that one, and leaves
 * its own outcome in its memo; one with a long history continues as itself.
 */
async function outcomeOf(
  client: Client,
  connectorId: string,
  { answer, runId }: AcceptedRequest,
): Promise<SyncOutcome> {
  let wanted = answer === 'queued' ? undefined : runId;
  for (let execution = runId; ;) {
    const handle = client.workflow.getHandle(syncWorkflowId(connectorId), execution, { followRuns: false });
    try {
      return (await handle.result()) as SyncOutcome;
    } catch (error) {
      if (!(error instanceof WorkflowContinuedAsNewError)) return failedOutcome(error);
      const left = (await handle.describe()).memo?.[OUTCOME_MEMO] as SyncOutcome | undefined;
      execution = error.newExecutionRunId;
      // What continues as new keeps its memo: only that of the run itself says that it has ended.
      if (left && left.runId === wanted) return left;
      if (left?.runId === runId) wanted = execution;
    }
  }
}

/** A sync that failed ends its workflow as failed, with the outcome among the failure's details. */
function failedOutcome(error: unknown): SyncOutcome {
  if (!(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure)) throw error;
  const [outcome] = (error.cause.details ?? []) as (Partial<SyncOutcome> | undefined)[];
  if (outcome?.status !== 'failed') throw error;
  return outcome as SyncOutcome;
}

/** The run ended while the request was on its way to it. */
function isClosedDoor(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'AcceptedUpdateCompletedWorkflow'
  );
}
