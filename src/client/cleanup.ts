import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import {
  cleanupProgressQuery,
  cleanupWorkflowId,
  workflowTypes,
  type CleanupOutcome,
  type CleanupRequest,
} from '../contract/sync';
import { updateConnector } from '../graph/state/connectors';
import { clientError, withClientErrors } from './errors';
import { dropNotifications } from './notifications';
import type { ClientServices } from './services';
import { startOrJoin } from './startOrJoin';

/** A sync ends at its next batch border. One that no worker serves never does. */
const CANCELLED_WITHIN_SECONDS = 180;
const PROGRESS_INTERVAL_MS = 1_000;

export interface Removal {
  workflowId: string;
  /** Waits for the end. `report` is called once a second with the number of documents and edges removed so far. */
  follow(report: (removed: number) => void): Promise<CleanupOutcome>;
}

async function followCleanup(handle: WorkflowHandle, report: (removed: number) => void): Promise<CleanupOutcome> {
  const ended = new AbortController();
  const reporting = (async () => {
    while (!ended.signal.aborted) {
      report((await handle.query(cleanupProgressQuery)).removed);
      await delay(PROGRESS_INTERVAL_MS, undefined, { signal: ended.signal });
    }
  })().catch((error: unknown) => {
    // Progress that can't be read is no reason to fail: the result says how the removal ended.
    if (!ended.signal.aborted) ended.abort(clientError(error));
  });
  try {
    return (await handle.result()) as CleanupOutcome;
  } finally {
    ended.abort();
    await reporting;
  }
}

/** Ends all that could start or continue a sync, then removes the connector and its data. @throws WorkerUnavailable */
export async function cleanUp(
  { temporal, graph, connectors, schedules, runs, now }: ClientServices,
  connectorId: string,
): Promise<Removal> {
  const { orgId } = await connectors.get(connectorId);
  // Without an interval, no process takes the Schedule for lost and restores it.
  await updateConnector(graph, connectorId, { strategy: 'manual', every: null, updatedAt: now() });
  await schedules.remove(connectorId);
  await dropNotifications(temporal, connectorId);
  if (await runs.cancel(connectorId)) await runs.ended(connectorId, CANCELLED_WITHIN_SECONDS);
  const request: CleanupRequest = { connectorId };
  const handle = await startOrJoin(temporal, orgId, request, {
    type: workflowTypes.cleanupConnector,
    workflowId: cleanupWorkflowId(connectorId),
    summary: `Removal of Dropbox connector ${connectorId}`,
  });
  const follow: Removal['follow'] = (report) =>
    withClientErrors(async () => {
      const outcome = await followCleanup(handle, report);
      // Someone may have set an interval while the connector was still there.
      await schedules.remove(connectorId);
      return outcome;
    });
  return { workflowId: handle.workflowId, follow };
}
