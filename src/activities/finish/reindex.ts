import { queueReindex } from '../../graph/entries/reindex';
import { checkpoint, type ActivityServices } from '../runtime/services';

const RECORDS_PER_STEP = 500;

export function reindexActivities(services: ActivityServices) {
  return {
    async reindexStep(input: { connectorId: string; after: string; recordKeys?: string[] }) {
      const result = await queueReindex(services.graph, { ...input, limit: RECORDS_PER_STEP, now: services.now() });
      checkpoint();
      return result;
    },
  };
}
