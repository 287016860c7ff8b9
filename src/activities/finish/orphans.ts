import type { PurgeInput, RunInput, StepResult } from '../../contract/activities';
import type { PartCounts } from '../../contract/counts';
import { purgeOrphans } from '../../graph/entries/orphans';
import { releaseOrphans } from '../../graph/entries/releaseOrphans';
import { checkpoint, OpenConnector, stopIfCancelled, type ActivityServices } from '../runtime/services';
import { timeSlice } from '../runtime/timeSlice';

/**
 * How long an orphaned record waits when a namespace could not be read that may show its item again, ms. No one can read it
 * meanwhile. An item that comes back later gets a new record, and is indexed again.
 */
const ORPHAN_WAITS = 24 * 60 * 60 * 1000;

export function orphanActivities(services: ActivityServices) {
  return {
    /** After a full sync that read everything: finds the connector's records that no entry points to. */
    async releaseOrphans({ connectorId, runId }: RunInput): Promise<PartCounts> {
      const { connector, graph } = await OpenConnector.open(services, { connectorId, runId });
      const { batchSize } = connector;
      const { now } = services;
      return releaseOrphans(graph, { connectorId, runId, batchSize, now, onBatch: stopIfCancelled });
    },

    /** Removes orphans for about a minute; `done` says whether there are more. */
    async purgeOrphans({ connectorId, runId, onlyOld }: PurgeInput): Promise<StepResult> {
      const { connector, graph } = await OpenConnector.open(services, { connectorId, runId });
      const { now } = services;
      const before = onlyOld ? now() - ORPHAN_WAITS : Number.MAX_SAFE_INTEGER;
      const isLate = timeSlice();
      for (let deleted = 0; ;) {
        const purged = await purgeOrphans(graph, connectorId, { before, limit: connector.batchSize, now: now() });
        deleted += purged.deleted;
        checkpoint();
        if (purged.done || isLate()) return { deleted, done: purged.done };
      }
    },
  };
}
