import { continueAsNew, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import { cleanupStep } from './activityProxies';
import { cleanupProgressQuery, type CleanupOutcome, type CleanupRequest } from './contract';

/** Removes one connector's documents and edges in bounded batches; started again, it goes on where it was. */
export async function cleanupConnector(request: CleanupRequest & { removed?: number }): Promise<CleanupOutcome> {
  const { connectorId } = request;
  let removed = request.removed ?? 0;
  setHandler(cleanupProgressQuery, () => ({ connectorId, removed }), { description: 'Documents removed so far' });
  for (;;) {
    const part = await cleanupStep({ connectorId });
    removed += part.removed;
    setCurrentDetails(`${removed} documents and edges removed`);
    if (part.done) return { connectorId, removed };
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof cleanupConnector>({ connectorId, removed });
  }
}
