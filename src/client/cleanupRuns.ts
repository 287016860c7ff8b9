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
import { clientError, withClientErrors } from './errors';
import { searchAttributes } from './searchAttributes';
import type { TemporalAccess } from './temporal';

const PROGRESS_INTERVAL_MS = 1_000;
/** How long a worker may take to take a request. */
const TAKEN_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 250;
/** What the server itself writes when a workflow is started: its start, and the first task for a worker. */
const EVENTS_AT_START = 2;

export interface Removal {
  workflowId: string;
  /** Documents and edges removed so far; told about once a second until the end. */
  follow(tell: (removed: number) => void): Promise<CleanupOutcome>;
}

/** Without a worker a result would be waited for in silence, for ever. @throws WorkerUnavailable */
async function untilTaken(temporal: TemporalAccess, handle: WorkflowHandle): Promise<void> {
  for (const until = Date.now() + TAKEN_WITHIN_MS; ;) {
    const { status, historyLength } = await handle.describe();
    if (status.name !== 'RUNNING' || historyLength > EVENTS_AT_START) return;
    if (Date.now() > until) throw await temporal.unanswered();
    await delay(LOOK_EVERY_MS);
  }
}

/** Joins a removal that runs already. @throws WorkerUnavailable */
export async function startCleanup(temporal: TemporalAccess, orgId: string, connectorId: string): Promise<Removal> {
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
  await untilTaken(temporal, handle);
  return {
    workflowId: handle.workflowId,
    follow: (tell) =>
      withClientErrors(async () => {
        const ended = new AbortController();
        const telling = (async () => {
          while (!ended.signal.aborted) {
            tell((await handle.query(cleanupProgressQuery)).removed);
            await delay(PROGRESS_INTERVAL_MS, undefined, { signal: ended.signal });
          }
        })().catch((error: unknown) => {
          // A figure that does not come is no reason to fail: the result tells how the removal ended.
          if (!ended.signal.aborted) ended.abort(clientError(error));
        });
        try {
          return (await handle.result()) as CleanupOutcome;
        } finally {
          ended.abort();
          await telling;
        }
      }),
  };
}

/** Puts the record events of some records, or of all, into the outbox again. @throws WorkerUnavailable */
export async function reindex(
  temporal: TemporalAccess,
  orgId: string,
  request: ReindexRequest,
): Promise<ReindexOutcome> {
  const client = await temporal.client();
  const { connectorId, recordKeys } = request;
  // The same records asked for twice at once are one run; others are a run beside it.
  const suffix = recordKeys ? `/${deriveKey(...[...recordKeys].sort()).slice(0, 12)}` : '';
  const handle = await client.workflow.start(workflowTypes.reindexRecords, {
    workflowId: `${reindexWorkflowId(connectorId)}${suffix}`,
    taskQueue: temporal.taskQueue,
    args: [request],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: recordKeys ? `Record events of ${recordKeys.length} records again` : 'All record events again',
    typedSearchAttributes: searchAttributes(connectorId, orgId),
  });
  await untilTaken(temporal, handle);
  return (await handle.result()) as ReindexOutcome;
}
