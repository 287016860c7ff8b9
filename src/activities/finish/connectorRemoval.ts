import type { CleanupInput, RunInput } from '../../contract/activities';
import { cleanupStep } from '../../graph/entries/cleanup';
import { removeConnector } from '../../graph/state/connectors';
import { graphOfRemoval, isRemovalUnderWay, takeRemoval } from '../../graph/state/runFence';
import { checkpoint, type ActivityServices } from '../runtime/services';

const DOCUMENTS_PER_STEP = 500;

/** Activities that remove a connector. */
export function connectorRemovalActivities(services: ActivityServices) {
  return {
    /** Closes the connector to all writers but this removal: transactions of runs that are still under way fail. */
    async beginCleanup({ connectorId, runId, keepSettings }: CleanupInput): Promise<void> {
      await takeRemoval(services.graph, { connectorId, runId }, { isOfDeleted: keepSettings });
    },

    /** Removes the next documents and edges, and says how many, and whether all are removed. */
    async cleanupStep({ connectorId, runId }: RunInput): Promise<{ removed: number; done: boolean }> {
      const graph = graphOfRemoval(services.graph, { connectorId, runId });
      const result = await cleanupStep(graph, connectorId, DOCUMENTS_PER_STEP, services.now());
      checkpoint();
      return result;
    },

    /** The end of a removal, when nothing else of the connector is left. Repeating it changes nothing. */
    async forgetConnector({ connectorId, runId }: RunInput): Promise<void> {
      const graph = graphOfRemoval(services.graph, { connectorId, runId });
      if (await isRemovalUnderWay(graph, { connectorId, runId })) await removeConnector(graph, connectorId);
    },
  };
}
