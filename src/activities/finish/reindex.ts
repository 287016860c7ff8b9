import { queueReindex } from '../../graph/entries/reindex';
import { getConnector } from '../../graph/state/connectors';
import { checkpoint, type ActivityServices } from '../runtime/services';

const RECORDS_PER_STEP = 500;

/** The activity that queues record events again. */
export function reindexActivities(services: ActivityServices) {
  return {
    /**
     * Queues record events for the next records after the key `after`. It returns the key to continue after, so the
     * workflow can repeat it until it is done. @throws ConnectorUnknown
     */
    async reindexStep(input: { connectorId: string; after: string; recordKeys?: string[] }) {
      if (input.after === '') await getConnector(services.graph, input.connectorId);
      const result = await queueReindex(services.graph, { ...input, limit: RECORDS_PER_STEP, now: services.now() });
      checkpoint();
      return result;
    },
  };
}
