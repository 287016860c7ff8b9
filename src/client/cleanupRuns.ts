import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import {
  cleanupProgressQuery,
  cleanupWorkflowId,
  reindexWorkflowId,
  workflowTypes,
  type CleanupOutcome,
  type CleanupRequest,
  type ReindexOutcome,
  type ReindexRequest,
} from '../contract/sync';
import { updateConnector } from '../graph/state/connectors';
import { deriveKey } from '../sync/keys';
import { checked, recordKeysSchema } from './arguments';
import { clientError, withClientErrors } from './errors';
import { dropNotifications } from './notifications';
import { requireOwnType } from './ownWorkflow';
import type { ClientServices } from './services';
import { startOptions } from './startOptions';
import type { TemporalAccess } from './temporal';

/** A sync ends at its next batch border. One that no worker serves never does. */
const CANCELLED_WITHIN_SECONDS = 180;
const PROGRESS_INTERVAL_MS = 1_000;
/** How long a worker may take to accept a request. */
const ACCEPTED_WITHIN_MS = 30_000;
const POLL_INTERVAL_MS = 250;
/** Events that the server itself writes when a workflow is started: the start, and the first task for a worker. */
const EVENTS_AT_START = 2;

export interface Removal {
  workflowId: string;
  /** Waits for the end. `report` is called once a second with the number of documents and edges removed so far. */
  follow(report: (removed: number) => void): Promise<CleanupOutcome>;
}

/**
 * Starts a workflow, or joins the one with this id, and waits until a worker has accepted it: without one, its result
 * would never come. @throws WorkerUnavailable
 */
async function startOrJoin(
  temporal: TemporalAccess,
  orgId: string,
  request: CleanupRequest | ReindexRequest,
  { type, workflowId, summary }: Record<'type' | 'workflowId' | 'summary', string>,
): Promise<WorkflowHandle> {
  const client = await temporal.client();
  const handle = await client.workflow.start(type, {
    ...startOptions(temporal, { connectorId: request.connectorId, orgId }, summary),
    workflowId,
    args: [request],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
  for (const until = Date.now() + ACCEPTED_WITHIN_MS; ;) {
    const description = await handle.describe();
    requireOwnType(temporal, description, type);
    const { status, historyLength } = description;
    if (status.name !== 'RUNNING' || historyLength > EVENTS_AT_START) return handle;
    if (Date.now() > until) throw await temporal.unanswered();
    await delay(POLL_INTERVAL_MS);
  }
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
  const follow: Removal['follow'] = (report) => withClientErrors(() => followCleanup(handle, report));
  return { workflowId: handle.workflowId, follow };
}

/** Emits the record events of some records, or of all records of a connector, again. @throws WorkerUnavailable */
export async function reindex(
  { temporal, connectors }: ClientServices,
  connectorId: string,
  keys: string[] | undefined,
): Promise<ReindexOutcome> {
  const recordKeys = keys === undefined ? undefined : checked(recordKeysSchema, keys, 'recordKeys');
  const { orgId } = await connectors.get(connectorId);
  // Two requests for the same records are one run. Requests for other records run in parallel.
  const suffix = recordKeys ? `/${deriveKey(...[...recordKeys].sort()).slice(0, 12)}` : '';
  const request: ReindexRequest = { connectorId, ...(recordKeys ? { recordKeys } : {}) };
  const handle = await startOrJoin(temporal, orgId, request, {
    type: workflowTypes.reindexRecords,
    workflowId: `${reindexWorkflowId(connectorId)}${suffix}`,
    summary: recordKeys ? `Record events of ${recordKeys.length} records again` : 'All record events again',
  });
  return (await handle.result()) as ReindexOutcome;
}
