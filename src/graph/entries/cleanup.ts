import { deriveKey } from '../../sync/keys';
import { outboxSequence } from '../../sync/recordEvents';
import type { OutboxDocument } from '../../sync/syncDocuments';
import { appVertex, userVertex } from '../../sync/vertices';
import { EDGES_PER_TRANSACTION, edgeCollections, removeEdgesOf } from '../driver/edges';
import { inTransaction, type StandaloneGraph, type Transaction } from '../driver/graph';
import { defineQuery, type Query } from '../driver/query';
import { storedConnectors } from '../state/connectors';
import { putEvents } from '../state/outbox';
import { removeRecords } from './orphans';

interface Batch extends Record<string, unknown> {
  connectorId: string;
  limit: number;
}
const example: Batch = { connectorId: 'connector', limit: 10 };

/** Groups or record groups that one transaction removes, fewer where they have very many edges. */
const GROUPS_PER_TRANSACTION = 20;

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

/**
 * A member's user is removed if a connector created it, no account has taken it over, and nothing refers to it. The person
 * may be in the teams of several connectors: the user goes with the last one, whichever created it.
 */
const nextMembers = defineQuery<
  Batch & { others: string[] },
  { key: string; userKey: string | null; user: string | null }
>(
  'cleanup.members',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId
     LIMIT @limit
     LET user = DOCUMENT(CONCAT("users/", member.userKey))
     LET created = user.isActive == false AND STARTS_WITH(TO_STRING(user.userId), "dbmid:")
     LET granted = (FOR edge IN permission FILTER edge._from == user._id LIMIT 1 RETURN 1)
     LET related = (FOR edge IN userAppRelation FILTER edge._from == user._id LIMIT 1 RETURN 1)
     LET matched = (
       FOR other IN @others
         FOR one IN dropboxMembers
           FILTER one.connectorId == other AND one.userKey == member.userKey
           LIMIT 1
           RETURN 1
     )
     LET isFree = created AND LENGTH(granted) + LENGTH(related) + LENGTH(matched) == 0
     RETURN { key: member._key, userKey: member.userKey, user: isFree ? user._key : null }`,
  { ...example, others: ['other'] },
);

interface Removable {
  key: string;
  /** The id of the record or record group that it stands for; null: none. */
  vertex: string | null;
}

const keysIn = (collection: string, vertex = 'null'): Query<Batch, Removable> =>
  defineQuery<Batch, Removable>(
    `cleanup.${collection}`,
    `FOR document IN ${collection}
       FILTER document.connectorId == @connectorId
       LIMIT @limit
       RETURN { key: document._key, vertex: ${vertex} }`,
    example,
  );

/**
 * Collections whose documents have no edges, in the order of removal. Those that stand for a record or record group are
 * removed with its edges: where PipesHub has removed it during a run, no document of PipesHub leads to them.
 */
const withoutEdges = [
  { collection: 'syncPoints', query: keysIn('syncPoints') },
  {
    collection: 'dropboxEntries',
    query: keysIn('dropboxEntries', 'document.recordKey == null ? null : CONCAT("records/", document.recordKey)'),
  },
  {
    collection: 'dropboxNamespaces',
    query: keysIn('dropboxNamespaces', 'CONCAT("recordGroups/", document.recordGroupKey)'),
  },
  { collection: 'dropboxDetached', query: keysIn('dropboxDetached', 'CONCAT("records/", document._key)') },
  { collection: 'dropboxDeadLetters', query: keysIn('dropboxDeadLetters') },
];
const nextRecordGroups = keysIn('recordGroups', 'document._id');
const nextGroups = keysIn('groups', 'document._id');

/** Permissions of users to what is not there any more. */
const nextDangling = defineQuery<{ users: string[]; limit: number }, string>(
  'cleanup.dangling',
  `FOR user IN @users
     FOR edge IN permission
       FILTER edge._from == user AND DOCUMENT(edge._to) == null
       LIMIT @limit
       RETURN edge._key`,
  { users: ['users/key'], limit: 10 },
);

export interface CleanupStep {
  /** Documents and edges. */
  removed: number;
  /** Nothing of the connector is left except its own document and unpublished events. */
  done: boolean;
}

/**
 * Removes the next documents of one connector with all their edges, at most `limit` documents in one transaction, or
 * where they have very many edges, the next of these: a document goes with its last edges, since it leads to them.
 * Records go first, with an event after which PipesHub's indexing service deletes what it holds of them. The caller
 * repeats it until `done`; each call continues where the last one stopped.
 */
export async function cleanupStep(
  graph: StandaloneGraph,
  connectorId: string,
  limit: number,
  now: number,
): Promise<CleanupStep> {
  const edges = await edgeCollections(graph);
  const batch = { connectorId, limit };
  const phases: ((tx: Transaction) => Promise<number>)[] = [
    (tx) => removeNextRecords(tx, batch, now, edges),
    (tx) => removeGroups(tx, batch, edges, 'recordGroups', nextRecordGroups),
    (tx) => removeGroups(tx, batch, edges, 'groups', nextGroups),
    async (tx) => tx.removeAll('userAppRelation', await tx.run(nextAppEdges, { app: appVertex(connectorId), limit })),
    (tx) => removeMembers(tx, batch, edges),
    ...withoutEdges.map(
      ({ collection, query }) =>
        async (tx: Transaction) =>
          removeAllWithEdges(tx, edges, collection, await tx.run(query, batch)),
    ),
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
    ...withoutEdges.map(({ collection }) => collection),
  ];
  return inTransaction(graph, written, async (tx) => {
    for (const phase of phases) {
      const removed = await phase(tx);
      if (removed > 0) return { removed, done: false };
    }
    return { removed: 0, done: true };
  });
}

async function removeNextRecords(
  tx: Transaction,
  batch: Batch,
  now: number,
  edges: readonly string[],
): Promise<number> {
  const records = await tx.run(nextRecords, batch);
  const keys = records.map((record) => record.key);
  const { removed, isAll } = await removeRecords(tx, edges, keys);
  const virtualRecordIds = isAll ? records.flatMap(({ virtualRecordId }) => virtualRecordId ?? []) : [];
  if (virtualRecordIds.length > 0) {
    const event: OutboxDocument = {
      _key: deriveKey('outbox', batch.connectorId, 'bulkDeleteRecords', ...keys),
      connectorId: batch.connectorId,
      sequence: outboxSequence(now, 0),
      eventType: 'bulkDeleteRecords',
      recordKey: keys[0] ?? '',
      createdAt: now,
      payload: { virtualRecordIds },
    };
    await putEvents(tx, [event]);
  }
  return removed;
}

async function removeGroups(
  tx: Transaction,
  batch: Batch,
  edges: readonly string[],
  collection: 'groups' | 'recordGroups',
  query: Query<Batch, Removable>,
): Promise<number> {
  const limit = Math.min(batch.limit, GROUPS_PER_TRANSACTION);
  return removeAllWithEdges(tx, edges, collection, await tx.run(query, { ...batch, limit }));
}

const keysOf = (found: readonly Removable[]): string[] => found.map(({ key }) => key);

async function removeAllWithEdges(
  tx: Transaction,
  edgesIn: readonly string[],
  collection: string,
  found: readonly Removable[],
): Promise<number> {
  const vertices = [...new Set(found.flatMap(({ vertex }) => vertex ?? []))];
  // PipesHub may have removed a record, and not the file document that a run wrote with it meanwhile.
  const files = vertices.flatMap((vertex) => (vertex.startsWith('records/') ? vertex.slice('records/'.length) : []));
  const { edges, isAll } = await removeEdgesOf(tx, edgesIn, vertices);
  if (!isAll) return edges;
  const removedFiles = await tx.removeAll('files', files);
  return edges + removedFiles + (await tx.removeAll(collection, keysOf(found)));
}

async function removeMembers(tx: Transaction, batch: Batch, edgesIn: readonly string[]): Promise<number> {
  const connectors = await storedConnectors(tx);
  const others = connectors.map(({ _key }) => _key).filter((key) => key !== batch.connectorId);
  const members = await tx.run(nextMembers, { ...batch, others });
  const known = members.flatMap(({ userKey }) => (userKey === null ? [] : [userVertex(userKey)]));
  const dangling = await tx.run(nextDangling, { users: known, limit: EDGES_PER_TRANSACTION });
  // Which users nothing refers to any more has to be asked again once these edges are gone.
  if (dangling.length > 0) return tx.removeAll('permission', dangling);
  const users = members.flatMap(({ user }) => user ?? []);
  const { edges, isAll } = await removeEdgesOf(tx, edgesIn, users.map(userVertex));
  if (!isAll) return edges;
  const removedUsers = await tx.removeAll('users', users);
  const keys = members.map((member) => member.key);
  return edges + removedUsers + (await tx.removeAll('dropboxMembers', keys));
}
