import { cleanupStep } from '../../graph/entries/cleanup';
import { removeConnector } from '../../graph/state/connectors';
import { checkpoint, type ActivityServices } from '../runtime/services';

const DOCUMENTS_PER_STEP = 500;

export function removalActivities(services: ActivityServices) {
  return {
    async cleanupStep({ connectorId }: { connectorId: string }): Promise<{ removed: number; done: boolean }> {
      const result = await cleanupStep(services.graph, connectorId, DOCUMENTS_PER_STEP, services.now());
      checkpoint();
      return result;
    },

    /** The end of a removal, when nothing else of the connector is left. Repeating it changes nothing. */
    async forgetConnector({ connectorId }: { connectorId: string }): Promise<void> {
      await removeConnector(services.graph, connectorId);
    },
  };
}
