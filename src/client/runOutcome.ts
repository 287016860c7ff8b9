import { WorkflowContinuedAsNewError, WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { OUTCOME_MEMO, syncWorkflowId, type AcceptedRequest, type SyncOutcome } from '../contract/sync';
import { DropboxTeamsError } from '../DropboxTeamsError';

/**
 * The outcome of the run that answers a request. A run that is followed by a queued one continues as that run, and
 * leaves its own outcome in its memo. A run with a long history continues as itself. @throws TemporalRefused if a run is
 * named as its own successor, which would be followed without end
 */
export async function outcomeOf(
  client: Client,
  connectorId: string,
  { answer, runId }: AcceptedRequest,
): Promise<SyncOutcome> {
  let wanted = answer === 'queued' ? undefined : runId;
  const followed = new Set<string>();
  for (let execution = runId; !followed.has(execution);) {
    followed.add(execution);
    const handle = client.workflow.getHandle(syncWorkflowId(connectorId), execution, { followRuns: false });
    try {
      return (await handle.result()) as SyncOutcome;
    } catch (error) {
      if (!(error instanceof WorkflowContinuedAsNewError)) return failedOutcome(error);
      const left = (await handle.describe()).memo?.[OUTCOME_MEMO] as SyncOutcome | undefined;
      execution = error.newExecutionRunId;
      // The memo is kept by continue-as-new: only the outcome of the run itself says that it has ended.
      if (left && left.runId === wanted) return left;
      if (left?.runId === runId) wanted = execution;
    }
  }
  throw new DropboxTeamsError(
    'TemporalRefused',
    `Temporal names the run ${runId} of ${connectorId}, or one after it, as its own successor`,
  );
}

/** The workflow of a failed sync fails, with the outcome in the details of the failure. */
function failedOutcome(error: unknown): SyncOutcome {
  if (!(error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure)) throw error;
  const [outcome] = (error.cause.details ?? []) as (Partial<SyncOutcome> | undefined)[];
  if (outcome?.status !== 'failed') throw error;
  return outcome as SyncOutcome;
}
