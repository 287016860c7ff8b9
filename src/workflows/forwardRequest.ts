import { getExternalWorkflowHandle, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { requestSyncSignal, syncWorkflowId, type SyncOutcome, type SyncRequest } from '../contract/sync';
import { noSyncCounts } from '../contract/counts';
import { runSync } from './runSync';
import { connectorAttribute, organizationAttribute } from './searchAttributes';

/**
 * A schedule's start carries a time in its id, and other programs choose ids of their own: each of them comes here. The
 * sync itself always has the connector's one id, so the server keeps it to one at a time; when there is one already, it
 * takes the request.
 */
export async function forwardRequest(request: SyncRequest): Promise<SyncOutcome> {
  const workflowId = syncWorkflowId(request.connectorId);
  const organization = workflowInfo().typedSearchAttributes.get(organizationAttribute);
  for (;;) {
    try {
      const child = await startChild(runSync, {
        workflowId,
        args: [{ requestId: workflowInfo().runId, ...request }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `Sync of Dropbox connector ${request.connectorId}`.slice(0, 200),
        typedSearchAttributes: [
          { key: connectorAttribute, value: request.connectorId },
          ...(organization === undefined ? [] : [{ key: organizationAttribute, value: organization }]),
        ],
      });
      return await child.result();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    try {
      await getExternalWorkflowHandle(workflowId).signal(requestSyncSignal, request);
      return {
        connectorId: request.connectorId,
        runId: '',
        answer: 'joined',
        status: 'complete',
        mode: 'incremental',
        ...noSyncCounts(),
        gaps: [],
        seconds: 0,
      };
    } catch (error) {
      // It ended between the two steps: start it after all.
      if (!isNotFound(error)) throw error;
    }
  }
}

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && /not found|NotFound|NOT_FOUND/.test(`${error.name} ${error.message}`);
