import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import { filledFrom, isConnectorId, isTexts, optional } from '../contract/checks';
import type { ReindexOutcome, ReindexRequest } from '../contract/sync';
import { publishOutbox, reindexStep } from './activityProxies';
import { checkInput } from './checkInput';

interface Progress {
  after: string;
  queued: number;
}

const inputChecks = {
  connectorId: isConnectorId,
  recordKeys: optional(isTexts),
  progress: optional((value) => filledFrom({ after: '', queued: 0 }, value) !== undefined),
};

/** Sends the record events of some records, or of all records of a connector, again. */
export async function reindexRecords(request: ReindexRequest & { progress?: Progress }): Promise<ReindexOutcome> {
  checkInput(request, inputChecks);
  const { connectorId, recordKeys } = request;
  let { after, queued } = request.progress ?? { after: '', queued: 0 };
  for (;;) {
    const part = await reindexStep({ connectorId, after, ...(recordKeys ? { recordKeys } : {}) });
    queued += part.queued;
    after = part.after;
    await publishOutbox({ connectorId, runId: workflowInfo().runId });
    if (part.done) return { connectorId, queued };
    if (workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof reindexRecords>({ ...request, progress: { after, queued } });
    }
  }
}
