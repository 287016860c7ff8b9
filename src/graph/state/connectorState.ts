import type { ConnectorDocument } from '../../sync/connectorDocument';
import { heldIn } from '../../sync/deletionGuard';
import type { HeldAnswer } from '../../sync/syncDocuments';
import type { Graph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { countDeadLetters } from './deadLetters';
import { heldNamespaces, summarizeNamespaces } from './namespaces';
import { countEvents } from './outbox';

/** The part of a connector's status that is stored in the graph. */
export interface GraphState {
  cursors: number;
  namespaces: number;
  /** The reasons why namespaces are not listed, with the number of namespaces for each. */
  problems: Record<string, number>;
  /** Namespaces whose member list was never read. They grant nothing. */
  unreadAccessLists: number;
  /** When the oldest member list was read, ISO 8601 in UTC. Null when none was read. */
  oldestAccessList: string | null;
  deadLetters: number;
  unpublishedEvents: number;
  /** PipesHub has disabled the connector: no run begins. */
  disabled: boolean;
  /** PipesHub has deleted the connector: no run begins. */
  deleted: boolean;
  /** What the deletion guard holds, by an operator's answer. */
  held: Record<HeldAnswer['decision'] | 'unanswered', number>;
}

const cursors = defineQuery<{ connectorId: string }, number>(
  'connectorState.cursors',
  `FOR point IN syncPoints
     FILTER point.connectorId == @connectorId
     COLLECT WITH COUNT INTO number
     RETURN number`,
  { connectorId: 'connector' },
);

/** No row: there is no such app. */
const disabled = defineQuery<{ connectorId: string }, boolean>(
  'connectorState.disabled',
  'FOR app IN apps FILTER app._key == @connectorId RETURN app.isActive == false',
  { connectorId: 'connector' },
);

const reseal = defineQuery<{ connectorId: string; sealed: string; patch: Record<string, unknown> }, string>(
  'connectorState.reseal',
  `FOR connector IN dropboxConnectors
     FILTER connector._key == @connectorId AND connector.credentials == @sealed
     UPDATE connector WITH @patch IN dropboxConnectors
     RETURN NEW._key`,
  { connectorId: 'connector', sealed: 'a', patch: { credentials: 'b', updatedAt: 0 } },
);

/** `runToken` of no run ends the one that is under way: it writes nothing more. */
interface Resealed extends Partial<Pick<ConnectorDocument, 'appKey' | 'teamId' | 'runToken'>> {
  connectorId: string;
  sealed: string;
  resealed: string;
  now: number;
}

/**
 * Replaces sealed credentials, unless they have changed since `sealed` was read. Returns whether they were replaced.
 */
export async function replaceSealed(
  graph: Graph,
  { connectorId, sealed, resealed, now, ...others }: Resealed,
): Promise<boolean> {
  const patch = { ...others, credentials: resealed, updatedAt: now };
  return (await graph.run(reseal, { connectorId, sealed, patch })).length > 0;
}

export async function readGraphState(graph: Graph, connectorId: string): Promise<GraphState> {
  const [points, namespaces, deadLetters, unpublishedEvents, waiting, isDisabled] = await Promise.all([
    graph.run(cursors, { connectorId }),
    summarizeNamespaces(graph, connectorId),
    countDeadLetters(graph, connectorId),
    countEvents(graph, connectorId),
    heldNamespaces(graph, connectorId),
    graph.run(disabled, { connectorId }),
  ]);
  const held: GraphState['held'] = { unanswered: 0, approved: 0, rejected: 0 };
  for (const one of waiting.flatMap(heldIn)) held[one.held.answer?.decision ?? 'unanswered'] += 1;
  return {
    cursors: points[0] ?? 0,
    namespaces: namespaces.namespaces,
    problems: namespaces.problems,
    unreadAccessLists: namespaces.unread,
    oldestAccessList:
      namespaces.oldestMembersReadAt === null ? null : new Date(namespaces.oldestMembersReadAt).toISOString(),
    deadLetters,
    unpublishedEvents,
    disabled: isDisabled[0] ?? false,
    deleted: isDisabled.length === 0,
    held,
  };
}
