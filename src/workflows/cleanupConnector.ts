import { continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { isConnectorId, isFlag, isNumber, optional } from '../contract/checks';
import { cleanupProgressQuery, type CleanupOutcome, type CleanupRequest } from '../contract/sync';
import { isText } from '../guards';
import { beginCleanup, cleanupStep, drainOutbox, forgetConnector } from './activityProxies';
import { checkInput } from './checkInput';

const inputChecks = {
  connectorId: isConnectorId,
  keepSettings: optional(isFlag),
  runId: optional(isText),
  removed: optional(isNumber),
  published: optional(isNumber),
  dropped: optional(isNumber),
};

/**
 * Removes one connector's documents and edges in bounded batches, then publishes its last record events, then removes
 * the connector itself. Until then it can be started again, and continues where it was.
 */
export async function cleanupConnector(
  request: CleanupRequest & Partial<CleanupOutcome> & { runId?: string },
): Promise<CleanupOutcome> {
  checkInput(request, inputChecks);
  const { connectorId, keepSettings = false, removed = 0, published = 0, dropped = 0 } = request;
  const base = { connectorId, runId: request.runId ?? workflowInfo().runId };
  const outcome: CleanupOutcome = { connectorId, removed, published, dropped };
  setHandler(cleanupProgressQuery, () => outcome, { description: 'What has been done so far' });

  if (request.runId == null) await beginCleanup({ ...base, keepSettings });
  for (let done = false; !done;) {
    const part = await cleanupStep(base);
    outcome.removed += part.removed;
    done = part.done;
    setCurrentDetails(`${outcome.removed} documents and edges removed`);
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof cleanupConnector>({ ...request, ...outcome, ...base });
  }
  for (let done = false; !done;) {
    const part = await drainOutbox(base);
    outcome.published += part.published;
    outcome.dropped += part.dropped;
    done = part.done;
    setCurrentDetails(
      `${outcome.removed} documents and edges removed; record events: ${outcome.published} published, ${outcome.dropped} dropped`,
    );
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof cleanupConnector>({ ...request, ...outcome, ...base });
  }
  if (!keepSettings) await forgetConnector(base);
  return outcome;
}
