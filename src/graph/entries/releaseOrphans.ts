import { chunks } from '../../chunks';
import { planOrphan } from '../../sync/hierarchyEdges';
import { noWrites } from '../../sync/planTypes';
import { appVertex } from '../../sync/vertices';
import { EDGES_PER_TRANSACTION, edgeCollections, removeWithEdges } from '../driver/edges';
import { inTransaction, type StandaloneGraph, type Transaction } from '../driver/graph';
import { part, readInOneRequest } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';
import { BATCH_COLLECTIONS, writeBatch } from './batch';
import { reported, type OnBatch } from './commitContext';
import { readRecords } from './entries';

const records = defineQuery<{ connectorId: string }, string>(
  'releaseOrphans.records',
  `LET notStored = (
     FOR deadLetter IN dropboxDeadLetters
       FILTER deadLetter.connectorId == @connectorId AND deadLetter.kind == "entry"
       RETURN deadLetter.subject
   )
   FOR record IN records
     FILTER record.connectorId == @connectorId AND record.externalRecordId NOT IN notStored
     FILTER LENGTH(FOR entry IN dropboxEntries FILTER entry.recordKey == record._key LIMIT 1 RETURN 1) == 0
     FILTER LENGTH(FOR orphan IN dropboxDetached FILTER orphan._key == record._key LIMIT 1 RETURN 1) == 0
     RETURN record._key`,
  { connectorId: 'connector' },
  { isLong: true },
);

const recordGroups = defineQuery<{ connectorId: string }, string>(
  'releaseOrphans.recordGroups',
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
  'releaseOrphans.appRelations',
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
 * Releases documents with the connector's id that a full sync without gaps did not find, because another program wrote
 * them, such as PipesHub's former connector. Records become orphans like any others; record groups and relations to the
 * app are removed at once. A repeat finds nothing.
 */
export async function releaseOrphans(
  graph: StandaloneGraph,
  input: { connectorId: string; runId: string; batchSize: number; now: () => number; onBatch: OnBatch },
): Promise<{ revoked: number }> {
  const { connectorId, runId, batchSize, now, onBatch } = input;
  // These records belong to no namespace of this connector.
  const namespace = { connectorId, namespaceId: '' };
  let revoked = 0;
  for await (const keys of graph.stream(records, { connectorId }, batchSize)) {
    const release = async (tx: Transaction): Promise<number> => {
      const writes = noWrites();
      for (const record of await readRecords(tx, keys)) {
        // A listing may have found the record since.
        if (record.entries.length === 0) planOrphan(record, new Set(), { namespace, now: now(), runId }, writes);
      }
      if (writes.detached.length > 0) await writeBatch(tx, writes);
      return writes.counts.revoked;
    };
    revoked += await reported(onBatch, keys.length, () => inTransaction(graph, BATCH_COLLECTIONS, release));
  }
  const groups: string[] = [];
  const relations: string[] = [];
  await readInOneRequest(graph, [
    part(recordGroups, { connectorId }, (key) => void groups.push(key)),
    part(appRelations, { connectorId, app: appVertex(connectorId) }, (key) => void relations.push(key)),
  ]);
  // A record group of a former connector may have two edges for each of its records.
  const edges = groups.length === 0 ? [] : await edgeCollections(graph);
  for (const key of groups) await reported(onBatch, 1, () => removeWithEdges(graph, 'recordGroups', key, edges));
  for (const keys of chunks(relations, EDGES_PER_TRANSACTION)) await graph.removeAll('userAppRelation', keys);
  return { revoked };
}
