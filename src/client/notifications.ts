import type { Workflow } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { notificationSignal, notificationsWorkflowId, workflowTypes, type NotifiedMembers } from '../contract/sync';
import { DropboxTeamsError } from '../DropboxTeamsError';
import type { Graph } from '../graph/driver/graph';
import { membersByAccount } from '../graph/readers/recordLocation';
import { searchAttributes } from './searchAttributes';
import type { TemporalAccess } from './temporal';
import { readNotification } from './webhookBody';

/** Together with the time to connect (5 s), less than the ten seconds that Dropbox waits for an answer. */
const KEPT_WITHIN_MS = 3_000;

/** Hands a notification to the workflow that gathers them. Returns once Temporal has it, with or without a worker. */
export async function keepNotification(
  temporal: TemporalAccess,
  { orgId, connectorId, members }: NotifiedMembers & { orgId: string; connectorId: string },
): Promise<void> {
  const client = await temporal.client();
  await client.connection.withDeadline(Date.now() + KEPT_WITHIN_MS, () =>
    client.workflow.signalWithStart<Workflow, [NotifiedMembers]>(workflowTypes.collectNotifications, {
      workflowId: notificationsWorkflowId(connectorId),
      taskQueue: temporal.taskQueue,
      args: [{ connectorId }],
      signal: notificationSignal,
      signalArgs: [{ members }],
      staticSummary: `Notifications for Dropbox connector ${connectorId}`.slice(0, 200),
      typedSearchAttributes: searchAttributes(connectorId, orgId),
    }),
  );
}

/** Drops the notifications for which no sync has been requested yet. */
export async function dropNotifications(temporal: TemporalAccess, connectorId: string): Promise<void> {
  const client = await temporal.client();
  try {
    await client.workflow.getHandle(notificationsWorkflowId(connectorId)).cancel();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

/** The members whom the body of a notification names. @throws InvalidArgument if it is not a notification */
export async function notifiedMembers(graph: Graph, connectorId: string, body: unknown): Promise<string[]> {
  const notification = readNotification(body);
  if (!notification) throw new DropboxTeamsError('InvalidArgument', 'body: this is not a notification of Dropbox');
  const { members, accounts } = notification;
  return [...new Set([...members, ...(await membersByAccount(graph, connectorId, accounts))])];
}
