import { countDeadLetters } from './deadLetters';
import { summarizeNamespaces } from './namespaces';
import { countEvents } from './outbox';
import { defineQuery } from '../driver/query';
import type { Graph } from '../driver/graph';

/** What `status` tells of a connector's state in the graph. */
export interface GraphState {
  cursors: number;
  namespaces: number;
  /** Why namespaces are not listed, and how many for each reason. */
  problems: Record<string, number>;
  /** Member lists that were never read; they grant nothing. */
  unreadAccessLists: number;
  /** ISO 8601, UTC: when the access list that was verified longest ago was read; null when none was. */
  oldestAccessList: string | null;
  deadLetters: number;
  unpublishedEvents: number;
}

const cursors = defineQuery<{ connectorId: string }, number>(
  'client.cursors',
  `FOR point IN syncPoints
     FILTER point.connectorId == @connectorId
     COLLECT WITH COUNT INTO number
     RETURN number`,
  { connectorId: 'connector' },
);

const reseal = defineQuery<{ connectorId: string; sealed: string; again: string; now: number }, string>(
  'client.reseal',
  `FOR connector IN dropboxConnectors
     FILTER connector._key == @connectorId AND connector.credentials == @sealed
     UPDATE connector WITH { credentials: @again, updatedAt: @now } IN dropboxConnectors
     RETURN NEW._key`,
  { connectorId: 'connector', sealed: 'a', again: 'b', now: 0 },
);

/** Replaces sealed credentials, unless somebody has stored others meanwhile. */
export async function replaceSealed(
  graph: Graph,
  change: { connectorId: string; sealed: string; again: string; now: number },
): Promise<void> {
  await graph.run(reseal, change);
}

export async function readGraphState(graph: Graph, connectorId: string): Promise<GraphState> {
  const [points, namespaces, deadLetters, unpublishedEvents] = await Promise.all([
    graph.run(cursors, { connectorId }),
    summarizeNamespaces(graph, connectorId),
    countDeadLetters(graph, connectorId),
    countEvents(graph, connectorId),
  ]);
  return {
    cursors: points[0] ?? 0,
    namespaces: namespaces.namespaces,
    problems: namespaces.problems,
    unreadAccessLists: namespaces.unread,
    oldestAccessList:
      namespaces.oldestMembersReadAt === null ? null : new Date(namespaces.oldestMembersReadAt).toISOString(),
    deadLetters,
    unpublishedEvents,
  };
}
