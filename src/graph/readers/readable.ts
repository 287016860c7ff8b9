import { appVertex, userVertex } from '../../sync/vertices';
import type { StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';

/** About 150 bytes each. */
const ROWS_PER_BATCH = 5000;

export interface ReadableRecord {
  key: string;
  externalRecordId: string;
  name: string;
  /** Whether a user can read a folder says nothing about the records in it. */
  isFolder: boolean;
}

interface Sources {
  apps: string[];
  /** Records to which the user, a group of the user or their organization has an edge. */
  records: string[];
  /** Record groups to which the user has an edge. It opens five steps of inheritance. */
  own: string[];
  /** Record groups to which a group of the user or their organization has an edge. It opens two steps. */
  shared: string[];
  /** Vertices that records belong to, to which the user or a team has an edge. It needs no edge to the app. */
  places: string[];
}

const sources = defineQuery<{ user: string }, Sources>(
  'readable.sources',
  `LET own = (
     FOR edge IN permission
       FILTER edge._from == @user
       RETURN { to: edge._to, type: edge.type }
   )
   LET groups = (FOR edge IN own FILTER STARTS_WITH(edge.to, "groups/") OR STARTS_WITH(edge.to, "roles/") RETURN DISTINCT edge.to)
   LET teams = (FOR edge IN own FILTER STARTS_WITH(edge.to, "teams/") AND edge.type == "USER" RETURN DISTINCT edge.to)
   LET organizations = (
     FOR edge IN belongsTo
       FILTER edge._from == @user AND STARTS_WITH(edge._to, "organizations/")
       RETURN { id: edge._to, typed: edge.entityType == "ORGANIZATION" }
   )
   LET grouped = (
     FOR holder IN groups
       FOR edge IN permission
         FILTER edge._from == holder
         RETURN { to: edge._to, reaches: edge.type IN ["GROUP", "ROLE"] }
   )
   LET organized = (
     FOR holder IN organizations
       FOR edge IN permission
         FILTER edge._from == holder.id
         RETURN { to: edge._to, reaches: holder.typed AND edge.type == "ORG" }
   )
   LET teamed = (
     FOR holder IN teams
       FOR edge IN permission
         FILTER edge._from == holder
         FILTER edge.type == "TEAM"
         RETURN edge._to
   )
   LET apps = (
     FOR holder IN APPEND([@user], teams)
       FOR edge IN userAppRelation
         FILTER edge._from == holder
         RETURN DISTINCT edge._to
   )
   LET through = APPEND(grouped, organized)
   RETURN {
     apps: apps,
     records: UNION_DISTINCT(
       (FOR edge IN own FILTER STARTS_WITH(edge.to, "records/") RETURN edge.to),
       (FOR edge IN through FILTER STARTS_WITH(edge.to, "records/") RETURN edge.to)
     ),
     own: (FOR edge IN own FILTER STARTS_WITH(edge.to, "recordGroups/") RETURN DISTINCT edge.to),
     shared: (FOR edge IN through FILTER STARTS_WITH(edge.to, "recordGroups/") AND edge.reaches RETURN DISTINCT edge.to),
     places: UNION_DISTINCT(
       (FOR edge IN own FILTER edge.type == "USER" AND STARTS_WITH(edge.to, "recordGroups/") RETURN edge.to),
       teamed
     )
   }`,
  { user: 'users/key' },
);

const RECORD = `{ key: record._key, externalRecordId: record.externalRecordId, name: record.recordName, isFolder: record.mimeType == "text/directory" }`;

const named = defineQuery<{ ids: string[]; connectorId: string }, ReadableRecord>(
  'readable.named',
  `FOR id IN @ids
     LET record = DOCUMENT(id)
     FILTER record.connectorId == @connectorId
     RETURN ${RECORD}`,
  { ids: ['records/key'], connectorId: 'connector' },
);

/** In a cluster, a traversal has to name the collections of its vertices. */
const inheriting = defineQuery<{ groups: string[]; steps: number; connectorId: string }, ReadableRecord>(
  'readable.inheriting',
  `WITH recordGroups, records
   FOR group IN @groups
     FOR record IN 1..@steps INBOUND group inheritPermissions
       FILTER STARTS_WITH(record._id, "records/") AND record.connectorId == @connectorId
       RETURN ${RECORD}`,
  { groups: ['recordGroups/key'], steps: 5, connectorId: 'connector' },
  { isLong: true },
);

/** Records that belong to a place. Those that inherit from it as well are left out: the queries above return them. */
const belonging = defineQuery<{ places: string[]; inherited: string[]; connectorId: string }, ReadableRecord>(
  'readable.belonging',
  `FOR place IN @places
     LET isInherited = place IN @inherited
     FOR edge IN belongsTo
       FILTER edge._to == place AND STARTS_WITH(edge._from, "records/")
       FILTER NOT isInherited OR LENGTH(FOR other IN inheritPermissions
         FILTER other._from == edge._from AND other._to == place
         LIMIT 1 RETURN 1) == 0
       LET record = DOCUMENT(edge._from)
       FILTER record.connectorId == @connectorId
       RETURN ${RECORD}`,
  { places: ['recordGroups/key'], inherited: [], connectorId: 'connector' },
  { isLong: true },
);

/**
 * All records of one connector that PipesHub opens for a user, in batches. A record that several paths lead to is
 * returned more than once, since finding duplicates would need the keys of all files of a team in memory.
 */
export async function* readableRecords(
  graph: StandaloneGraph,
  userKey: string,
  connectorId: string,
): AsyncGenerator<ReadableRecord[]> {
  const [from] = await graph.run(sources, { user: userVertex(userKey) });
  if (from === undefined) return;
  const { apps, records, own, shared, places } = from;
  const hasApp = apps.includes(appVertex(connectorId));
  if (hasApp) {
    yield* graph.stream(named, { ids: records, connectorId }, ROWS_PER_BATCH);
    yield* graph.stream(inheriting, { groups: own, steps: 5, connectorId }, ROWS_PER_BATCH);
    yield* graph.stream(inheriting, { groups: shared, steps: 2, connectorId }, ROWS_PER_BATCH);
  }
  yield* graph.stream(belonging, { places, inherited: hasApp ? own : [], connectorId }, ROWS_PER_BATCH);
}
