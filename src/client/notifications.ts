import type { Workflow } from '@temporalio/client';
import { notificationSignal, notificationsWorkflowId, workflowTypes, type NotifiedMembers } from '../contract/sync';
import { DropboxTeamsError } from '../DropboxTeamsError';
import type { Graph } from '../graph/driver/graph';
import { membersByAccount } from '../graph/readers/recordLocation';
import { connectorIdOf } from './arguments';
import { ifFound } from './errors';
import { startOptions } from './startOptions';
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
      ...startOptions(temporal, { connectorId, orgId }, `Notifications for Dropbox connector ${connectorId}`),
      workflowId: notificationsWorkflowId(connectorId),
      args: [{ connectorId }],
      signal: notificationSignal,
      signalArgs: [{ members }],
    }),
  );
}

/** Drops the notifications for which no sync has been requested yet. */
export async function dropNotifications(temporal: TemporalAccess, connectorId: string): Promise<void> {
  const client = await temporal.client();
  await ifFound(() => client.workflow.getHandle(notificationsWorkflowId(connectorId)).cancel());
}

/** The members whom the body of a notification names. @throws InvalidArgument if it is not a notification */
export async function notifiedMembers(graph: Graph, connectorId: string, body: unknown): Promise<string[]> {
  const id = connectorIdOf(connectorId);
  const notification = readNotification(body);
  if (!notification) throw new DropboxTeamsError('InvalidArgument', 'body: this is not a notification of Dropbox');
  const { members, accounts } = notification;
  return [...new Set([...members, ...(await membersByAccount(graph, id, accounts))])];
}
