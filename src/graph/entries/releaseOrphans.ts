import { planOrphan } from '../../sync/hierarchyEdges';
import { noWrites } from '../../sync/planTypes';
import { BATCH_COLLECTIONS, writeBatch } from './batch';
import { appId, recordGroupId } from '../driver/context';
import { edgeCollections, removeEdgesOf } from '../driver/edges';
import { readRecords } from './entries';
import { defineQuery } from '../driver/query';
import { inTransaction, type StandaloneGraph } from '../driver/graph';

const records = defineQuery<{ connectorId: string }, string>(
  'leftovers.records',
  `LET notStored = (
     FOR letter IN dropboxDeadLetters
       FILTER letter.connectorId == @connectorId AND letter.kind == "entry"
       RETURN letter.subject
   )
   FOR record IN records
     FILTER record.connectorId == @connectorId AND record.externalRecordId NOT IN notStored
     FILTER LENGTH(FOR entry IN dropboxEntries FILTER entry.recordKey == record._key LIMIT 1 RETURN 1) == 0
     FILTER LENGTH(FOR detached IN dropboxDetached FILTER detached._key == record._key LIMIT 1 RETURN 1) == 0
     RETURN record._key`,
  { connectorId: 'connector' },
);

const recordGroups = defineQuery<{ connectorId: string }, string>(
  'leftovers.recordGroups',
  `LET known = (
     FOR namespace IN dropboxNamespaces
       FILTER namespace.connectorId == @connectorId
       RETURN namespace.recordGroupKey
   )
   FOR recordGroup IN recordGroups
     FILTER recordGroup.connectorId == @connectorId AND recordGroup._key NOT IN known
     RETURN recordGroup._key`,
  { connectorId: 'connector' },
);

const appRelations = defineQuery<{ connectorId: string; app: string }, string>(
  'leftovers.appRelations',
  `LET known = (
     FOR member IN dropboxMembers
       FILTER member.connectorId == @connectorId AND member.userKey != null
       RETURN CONCAT("users/", member.userKey)
   )
   FOR edge IN userAppRelation
     FILTER edge._to == @app AND STARTS_WITH(edge._from, "users/") AND edge._from NOT IN known
     RETURN edge._key`,
  { connectorId: 'connector', app: 'apps/connector' },
);

/**
 * Lets go of what a full sync without gaps has found nowhere, though it is the connector's by its id: records, record
 * groups and relations to the app that another program left, such as the connector that PipesHub had before. Records wait
 * with the others that nothing points to; the rest goes at once. A repeat finds nothing.
 */
export async function releaseOrphans(
  graph: StandaloneGraph,
  input: { connectorId: string; runId: string; batchSize: number; now: () => number; onBatch: () => void },
): Promise<{ revoked: number }> {
  const { connectorId, runId, batchSize, now, onBatch } = input;
  // They were in no namespace that is listed.
  const namespace = { connectorId, namespaceId: '' };
  const edges = await edgeCollections(graph);
  let revoked = 0;
  for await (const keys of graph.stream(records, { connectorId }, batchSize)) {
    revoked += await inTransaction(graph, BATCH_COLLECTIONS, async (tx) => {
      const writes = noWrites();
      for (const record of await readRecords(tx, keys))
        if (record.entries.length === 0) planOrphan(record, new Set(), { namespace, now: now(), runId }, writes);
      if (writes.detached.length > 0) await writeBatch(tx, writes);
      return writes.counts.revoked;
    });
    onBatch();
  }
  for (const key of await graph.run(recordGroups, { connectorId })) {
    await inTransaction(graph, [...edges, 'recordGroups'], async (tx) => {
      await removeEdgesOf(tx, edges, [recordGroupId(key)]);
      await tx.removeAll('recordGroups', [key]);
    });
    onBatch();
  }
  const relations = await graph.run(appRelations, { connectorId, app: appId(connectorId) });
  await inTransaction(graph, ['userAppRelation'], (tx) => tx.removeAll('userAppRelation', relations));
  return { revoked };
}
