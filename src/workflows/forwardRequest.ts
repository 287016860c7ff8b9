import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { noSyncCounts } from '../contract/counts';
import { requestSyncSignal, syncWorkflowId, workflowTypes, type SyncOutcome, type SyncRequest } from '../contract/sync';

/** `runSync` by its type name: that workflow imports this file. */
type SyncWorkflow = (request: SyncRequest) => Promise<SyncOutcome>;

/**
 * Forwards the request of a sync that was started under another id: a schedule appends a time to the id, and other
 * programs choose their own. The connector's one workflow id makes the server admit one sync at a time, so the request
 * goes there.
 */
export async function forwardRequest(request: SyncRequest): Promise<SyncOutcome> {
  const sync = await startOrSignal(request);
  if (sync) return sync.result();
  return {
    connectorId: request.connectorId,
    runId: '',
    answer: 'joined',
    status: 'complete',
    mode: 'incremental',
    ...noSyncCounts(),
    gaps: [],
    held: [],
    seconds: 0,
  };
}

/** Starts the connector's sync, or hands the request to the one that runs (undefined). */
export async function startOrSignal(request: SyncRequest): Promise<ChildWorkflowHandle<SyncWorkflow> | undefined> {
  const { connectorId } = request;
  const workflowId = syncWorkflowId(connectorId);
  for (;;) {
    try {
      return await startChild<SyncWorkflow>(workflowTypes.runSync, {
        workflowId,
        args: [{ requestId: workflowInfo().runId, ...request }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `Sync of Dropbox connector ${connectorId}`.slice(0, 200),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    try {
      await getExternalWorkflowHandle(workflowId).signal(requestSyncSignal, request);
      return undefined;
    } catch (error) {
      // The sync ended between the two steps: start one after all.
      if (!isNotFound(error)) throw error;
    }
  }
}

/** The SDK's core names the cause of the server as the type of this failure. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof ApplicationFailure && error.type === 'ExternalWorkflowExecutionNotFound';
