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
import { deriveKey } from '../sync/keys';
import { checked, recordKeysSchema } from './arguments';
import { clientError, withClientErrors } from './errors';
import { dropNotifications } from './notifications';
import { searchAttributes } from './searchAttributes';
import type { ClientServices } from './services';
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

/** Waits until a worker has accepted a workflow: without one, its result would never come. @throws WorkerUnavailable */
async function untilAccepted(temporal: TemporalAccess, handle: WorkflowHandle): Promise<void> {
  for (const until = Date.now() + ACCEPTED_WITHIN_MS; ;) {
    const { status, historyLength } = await handle.describe();
    if (status.name !== 'RUNNING' || historyLength > EVENTS_AT_START) return;
    if (Date.now() > until) throw await temporal.unanswered();
    await delay(POLL_INTERVAL_MS);
  }
}

/** Joins a removal that is running. @throws WorkerUnavailable */
async function startCleanup(temporal: TemporalAccess, orgId: string, connectorId: string): Promise<Removal> {
  const client = await temporal.client();
  const request: CleanupRequest = { connectorId };
  const handle = await client.workflow.start(workflowTypes.cleanupConnector, {
    workflowId: cleanupWorkflowId(connectorId),
    taskQueue: temporal.taskQueue,
    args: [request],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `Removal of Dropbox connector ${connectorId}`.slice(0, 200),
    typedSearchAttributes: searchAttributes(connectorId, orgId),
  });
  await untilAccepted(temporal, handle);
  return {
    workflowId: handle.workflowId,
    follow: (report) => withClientErrors(() => followCleanup(handle, report)),
  };
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

/** Ends everything that could start or continue a sync, then removes the connector and what it wrote. */
export async function cleanUp(
  { temporal, connectors, schedules, runs }: ClientServices,
  connectorId: string,
): Promise<Removal> {
  const { orgId } = await connectors.get(connectorId);
  await schedules.remove(connectorId);
  await dropNotifications(temporal, connectorId);
  if (await runs.cancel(connectorId)) await runs.ended(connectorId, CANCELLED_WITHIN_SECONDS);
  return startCleanup(temporal, orgId, connectorId);
}

/** Emits the record events of some records, or of all records of a connector, again. @throws WorkerUnavailable */
export async function reindex(
  { temporal, connectors }: ClientServices,
  connectorId: string,
  keys: string[] | undefined,
): Promise<ReindexOutcome> {
  const recordKeys = keys === undefined ? undefined : checked(recordKeysSchema, keys, 'recordKeys');
  const { orgId } = await connectors.get(connectorId);
  const client = await temporal.client();
  const request: ReindexRequest = { connectorId, ...(recordKeys ? { recordKeys } : {}) };
  // Two requests for the same records are one run. Requests for other records run in parallel.
  const suffix = recordKeys ? `/${deriveKey(...[...recordKeys].sort()).slice(0, 12)}` : '';
  const handle = await client.workflow.start(workflowTypes.reindexRecords, {
    workflowId: `${reindexWorkflowId(connectorId)}${suffix}`,
    taskQueue: temporal.taskQueue,
    args: [request],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: recordKeys ? `Record events of ${recordKeys.length} records again` : 'All record events again',
    typedSearchAttributes: searchAttributes(connectorId, orgId),
  });
  await untilAccepted(temporal, handle);
  return (await handle.result()) as ReindexOutcome;
}
