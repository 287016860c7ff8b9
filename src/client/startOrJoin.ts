import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { CleanupRequest, ReindexRequest } from '../contract/sync';
import { requireOwnType } from './ownWorkflow';
import { startOptions } from './startOptions';
import type { TemporalAccess } from './temporal';

/** How long a worker may take to accept a request. */
const ACCEPTED_WITHIN_MS = 30_000;
const POLL_INTERVAL_MS = 250;
/** Events that the server itself writes when a workflow is started: the start, and the first task for a worker. */
const EVENTS_AT_START = 2;

/**
 * Starts a workflow, or joins the one with this id, and waits until a worker has accepted it: without one, its result
 * would never come. @throws WorkerUnavailable
 */
export async function startOrJoin(
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
  for (const until = performance.now() + ACCEPTED_WITHIN_MS; ;) {
    const description = await handle.describe();
    requireOwnType(temporal, description, type);
    const { status, historyLength } = description;
    if (status.name !== 'RUNNING' || historyLength > EVENTS_AT_START) return handle;
    if (performance.now() > until) throw await temporal.unanswered();
    await delay(POLL_INTERVAL_MS);
  }
}
