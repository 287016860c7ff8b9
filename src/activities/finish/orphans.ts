import type { PurgeInput, ReleaseResult, RunInput, StepResult } from '../../contract/activities';
import { purgeOrphans } from '../../graph/entries/orphans';
import { releaseOrphans } from '../../graph/entries/releaseOrphans';
import { readRunProblems } from '../../graph/readers/runProblems';
import { checkpoint, OpenConnector, type ActivityServices } from '../runtime/services';
import { timeSlice } from '../runtime/timeSlice';

/**
 * How long an orphaned record is kept when a run could not read every namespace: its item may have moved to one
 * of those. No one can read the record in that time. An item that appears after it gets a new record, and is indexed
 * again.
 */
const ORPHAN_WAITS_MS = 24 * 60 * 60 * 1000;

/** Activities that remove records whose items are gone. */
export function orphanActivities(services: ActivityServices) {
  return {
    /**
     * Makes orphans of the connector's records that no entry points to. It runs only after a full sync that has read
     * everything, since only then is an item without an entry known to be gone. Says whether there are orphans.
     */
    async releaseOrphans({ connectorId, runId }: RunInput): Promise<ReleaseResult> {
      const { connector, graph, onBatch } = await OpenConnector.open(services, { connectorId, runId });
      const { batchSize } = connector;
      const { now } = services;
      const counts = await releaseOrphans(graph, { connectorId, runId, batchSize, now, onBatch });
      return { ...counts, orphans: (await readRunProblems(graph, connectorId)).orphans };
    },

    /** Removes orphans for about a minute. `done` is false if more may remain, so that the workflow calls it again. */
    async purgeOrphans({ connectorId, runId, onlyOld }: PurgeInput): Promise<StepResult> {
      const { connector, graph } = await OpenConnector.open(services, { connectorId, runId });
      const { now } = services;
      const before = onlyOld ? now() - ORPHAN_WAITS_MS : Number.MAX_SAFE_INTEGER;
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
