import type { OutboxDocument } from '../../sync/documents';
import { deriveKey } from '../../sync/keys';
import { outboxSequence } from '../../sync/recordEvents';
import { appId, groupId, recordGroupId, recordId, userId } from '../driver/context';
import { edgeCollections, removeEdgesOf } from '../driver/edges';
import { putEvents } from '../state/outbox';
import { defineQuery, type Query } from '../driver/query';
import { inTransaction, type Graph, type StandaloneGraph, type Transaction } from '../driver/graph';

interface Batch extends Record<string, unknown> {
  connectorId: string;
  limit: number;
}
const example: Batch = { connectorId: 'connector', limit: 10 };

/** Groups and record groups of one transaction: each may have thousands of edges. */
const HUBS_PER_TRANSACTION = 20;

const nextRecords = defineQuery<Batch, { key: string; orgId: string | null; virtualRecordId: string | null }>(
  'cleanup.records',
  `FOR record IN records
     FILTER record.connectorId == @connectorId
     LIMIT @limit
     RETURN { key: record._key, orgId: record.orgId, virtualRecordId: record.virtualRecordId }`,
  example,
);

const nextAppEdges = defineQuery<{ app: string; limit: number }, string>(
  'cleanup.appEdges',
  `FOR edge IN userAppRelation
     FILTER edge._to == @app
     LIMIT @limit
     RETURN edge._key`,
  { app: 'apps/connector', limit: 10 },
);

/** The user document of a member counts as ours while no account took it over and nothing refers to it. */
const nextMembers = defineQuery<Batch, { key: string; user: string | null }>(
  'cleanup.members',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId
     LIMIT @limit
     LET user = DOCUMENT(CONCAT("users/", member.userKey))
     LET ours = user.isActive == false AND user.userId == member.teamMemberId
     LET granted = (FOR edge IN permission FILTER edge._from == user._id LIMIT 1 RETURN 1)
     LET related = (FOR edge IN userAppRelation FILTER edge._from == user._id LIMIT 1 RETURN 1)
     RETURN { key: member._key, user: ours AND LENGTH(granted) == 0 AND LENGTH(related) == 0 ? user._key : null }`,
  example,
);

const keysIn = (collection: string): Query<Batch, string> =>
  defineQuery<Batch, string>(
    `cleanup.${collection}`,
    `FOR document IN ${collection}
       FILTER document.connectorId == @connectorId
       LIMIT @limit
       RETURN document._key`,
    example,
  );

/** Collections whose documents go without further ado, in this order. */
const plain = (
  ['syncPoints', 'dropboxEntries', 'dropboxNamespaces', 'dropboxDetached', 'dropboxDeadLetters'] as const
).map((collection) => ({ collection, query: keysIn(collection) }));
const nextRecordGroups = keysIn('recordGroups');
const nextGroups = keysIn('groups');

export interface CleanupStep {
  /** Documents and edges that this step removed. */
  removed: number;
  /** Nothing of the connector is left, except its own document and the events that wait in the outbox. */
  done: boolean;
}

/**
 * Removes the next documents of one connector with all their edges, in one transaction: records first, with an event
 * that lets PipesHub's indexing service forget them; nothing of another connector. Called until `done`, at any pace; it
 * goes on where it stopped. `limit` bounds the documents of a step.
 */
export async function cleanupStep(
  graph: StandaloneGraph,
  connectorId: string,
  limit: number,
  now: number,
): Promise<CleanupStep> {
  const edges = await edgeCollections(graph);
  const phases: ((tx: Transaction) => Promise<number>)[] = [
    (tx) => removeRecords(tx, connectorId, limit, now, edges),
    (tx) => removeHubs(tx, connectorId, limit, edges, 'recordGroups', nextRecordGroups, recordGroupId),
    (tx) => removeHubs(tx, connectorId, limit, edges, 'groups', nextGroups, groupId),
    async (tx) => {
      const keys = await tx.run(nextAppEdges, { app: appId(connectorId), limit });
      return tx.removeAll('userAppRelation', keys);
    },
    (tx) => removeMembers(tx, connectorId, limit, edges),
    ...plain.map(({ collection, query }) => async (tx: Transaction) => {
      return tx.removeAll(collection, await tx.run(query, { connectorId, limit }));
    }),
  ];
  const written = [
    ...edges,
    'records',
    'files',
    'recordGroups',
    'groups',
    'users',
    'dropboxMembers',
    'dropboxOutbox',
    ...plain.map(({ collection }) => collection),
  ];
  return inTransaction(graph, written, async (tx) => {
    for (const phase of phases) {
      const removed = await phase(tx);
      if (removed > 0) return { removed, done: false };
    }
    return { removed: 0, done: true };
  });
}

async function removeRecords(
  graph: Graph,
  connectorId: string,
  limit: number,
  now: number,
  edges: readonly string[],
): Promise<number> {
  const records = await graph.run(nextRecords, { connectorId, limit });
  if (records.length === 0) return 0;
  const keys = records.map((record) => record.key);
  const virtualRecordIds = records.flatMap(({ virtualRecordId }) =>
    virtualRecordId === null ? [] : [virtualRecordId],
  );
  if (virtualRecordIds.length > 0) {
    await putEvents(graph, [bulkDeletion(connectorId, keys, virtualRecordIds, now)]);
  }
  const removed = await removeEdgesOf(graph, edges, keys.map(recordId));
  await graph.removeAll('files', keys);
  return removed + (await graph.removeAll('records', keys));
}

function bulkDeletion(
  connectorId: string,
  keys: readonly string[],
  virtualRecordIds: readonly string[],
  now: number,
): OutboxDocument {
  return {
    _key: deriveKey('outbox', connectorId, 'bulkDeleteRecords', ...keys),
    connectorId,
    sequence: outboxSequence(now, 0),
    eventType: 'bulkDeleteRecords',
    recordKey: keys[0] ?? '',
    createdAt: now,
    payload: { virtualRecordIds },
  };
}

async function removeHubs(
  graph: Graph,
  connectorId: string,
  limit: number,
  edges: readonly string[],
  collection: 'groups' | 'recordGroups',
  query: Query<Batch, string>,
  idOf: (key: string) => string,
): Promise<number> {
  const keys = await graph.run(query, { connectorId, limit: Math.min(limit, HUBS_PER_TRANSACTION) });
  if (keys.length === 0) return 0;
  const removed = await removeEdgesOf(graph, edges, keys.map(idOf));
  return removed + (await graph.removeAll(collection, keys));
}

async function removeMembers(
  graph: Graph,
  connectorId: string,
  limit: number,
  edges: readonly string[],
): Promise<number> {
  const members = await graph.run(nextMembers, { connectorId, limit });
  if (members.length === 0) return 0;
  const users = members.flatMap(({ user }) => (user === null ? [] : [user]));
  let removed = await removeEdgesOf(graph, edges, users.map(userId));
  removed += await graph.removeAll('users', users);
  const keys = members.map((member) => member.key);
  return removed + (await graph.removeAll('dropboxMembers', keys));
}
