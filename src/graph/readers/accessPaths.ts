import { appVertex } from '../../sync/vertices';
import type { Graph } from '../driver/graph';
import { defineQuery } from '../driver/query';

/**
 * How a user can read a record, by the paths that PipesHub follows when it opens one. Its search differs in two ways:
 * it ignores `place` (a user's edge to the vertex that the record belongs to, which needs no edge to the app), and from
 * a group's edge it follows five steps of inheritance instead of two.
 */
export type AccessKind =
  /** The user has an edge to the record. */
  | 'direct'
  /** A group of the user has an edge to the record. */
  | 'group'
  /** The user has an edge to a record group that the record inherits from. */
  | 'recordGroup'
  /** A group of the user has an edge to a record group that the record inherits from. */
  | 'groupRecordGroup'
  /** The user's organization has an edge to the record, or to a record group that it inherits from. */
  | 'organization'
  /** The user has an edge to the vertex that the record belongs to. PipesHub requires no edge to the app here. */
  | 'place'
  /** A PipesHub team of the user has such an edge. */
  | 'teamPlace';

export interface AccessPath {
  kind: AccessKind;
  /** `groups/…`, `teams/…` or `organizations/…` between the user and the target. */
  via: string | null;
  viaName: string | null;
  /** `records/…` or `recordGroups/…`: the end of the edge. */
  target: string;
  targetName: string | null;
  /** Steps of inheritance between the record and the target. */
  hops: number;
  /** Role on the target. */
  role: string | null;
}

export interface RecordAccess {
  record: { key: string; name: string; connectorId: string | null; externalRecordId: string } | null;
  user: { key: string; email: string | null } | null;
  /** The user has an edge to the record's app. Without it PipesHub shows them nothing of the app. */
  hasApp: boolean;
  paths: AccessPath[];
  /** Whether PipesHub opens the record for the user. */
  allowed: boolean;
}

interface PathsRow extends Pick<RecordAccess, 'record' | 'user'> {
  apps: string[];
  rows: Omit<AccessPath, 'viaName' | 'targetName'>[];
  names: { id: string; name: string | null }[];
}

/**
 * `user` is an AQL expression for the `_id` of the user. `targets` are the record and what it inherits from: the edges
 * of a vertex count even if its document is gone. In a cluster, a traversal has to name the collections of its vertices.
 */
const pathsFrom = (user: string): string => `WITH recordGroups, records
   LET user = ${user}
   LET record = CONCAT("records/", @recordKey)
   LET targets = APPEND([{ id: record, hops: 0 }], (
     FOR vertex, edge, path IN 1..5 OUTBOUND record inheritPermissions
       RETURN { id: edge._to, hops: LENGTH(path.edges) }
   ))
   LET direct = (
     FOR target IN targets
       FOR edge IN permission
         FILTER edge._to == target.id AND edge._from == user
         RETURN { kind: target.hops == 0 ? "direct" : "recordGroup", via: null, target: target.id, hops: target.hops, role: edge.role }
   )
   LET grouped = (
     FOR membership IN permission
       FILTER membership._from == user
       FILTER STARTS_WITH(membership._to, "groups/") OR STARTS_WITH(membership._to, "roles/")
       FOR target IN targets
         FILTER target.hops <= 2
         FOR edge IN permission
           FILTER edge._to == target.id AND edge._from == membership._to
           FILTER target.hops == 0 OR edge.type IN ["GROUP", "ROLE"]
           RETURN { kind: target.hops == 0 ? "group" : "groupRecordGroup", via: membership._to, target: target.id, hops: target.hops, role: edge.role }
   )
   LET organized = (
     FOR membership IN belongsTo
       FILTER membership._from == user AND STARTS_WITH(membership._to, "organizations/")
       FOR target IN targets
         FILTER target.hops <= 2
         FOR edge IN permission
           FILTER edge._to == target.id AND edge._from == membership._to
           FILTER target.hops == 0 OR (edge.type == "ORG" AND membership.entityType == "ORGANIZATION")
           RETURN { kind: "organization", via: membership._to, target: target.id, hops: target.hops, role: edge.role }
   )
   LET teams = (
     FOR membership IN permission
       FILTER membership._from == user AND STARTS_WITH(membership._to, "teams/")
       FILTER membership.type == "USER"
       RETURN membership._to
   )
   LET placed = (
     FOR place IN belongsTo
       FILTER place._from == record
       FOR holder IN APPEND([{ id: user, type: "USER", kind: "place", via: null }], (
         FOR team IN teams RETURN { id: team, type: "TEAM", kind: "teamPlace", via: team }
       ))
         FOR edge IN permission
           FILTER edge._to == place._to AND edge._from == holder.id
           FILTER edge.type == holder.type
           RETURN { kind: holder.kind, via: holder.via, target: place._to, hops: 0, role: edge.role }
   )
   LET apps = (
     FOR holder IN APPEND([user], teams)
       FOR edge IN userAppRelation
         FILTER edge._from == holder
         RETURN DISTINCT edge._to
   )
   LET rows = UNION(direct, grouped, organized, placed)
   LET names = (
     FOR id IN UNION_DISTINCT(rows[*].via, rows[*].target)
       FILTER id != null
       LET vertex = DOCUMENT(id)
       RETURN { id: id, name: NOT_NULL(vertex.groupName, vertex.recordName, vertex.name) }
   )
   LET document = DOCUMENT(record)
   LET person = DOCUMENT(user)
   RETURN {
     record: document == null ? null : { key: document._key, name: document.recordName, connectorId: document.connectorId, externalRecordId: document.externalRecordId },
     user: person == null ? null : { key: person._key, email: person.email },
     apps: apps,
     rows: rows,
     names: names
   }`;

const paths = defineQuery<{ userKey: string; recordKey: string }, PathsRow>(
  'accessPaths.paths',
  pathsFrom('CONCAT("users/", @userKey)'),
  { userKey: 'user', recordKey: 'record' },
);

const pathsOfUserId = defineQuery<{ userId: string; recordKey: string }, PathsRow>(
  'accessPaths.pathsOfUserId',
  pathsFrom('FIRST(FOR one IN users FILTER one.userId == @userId SORT one._key RETURN one._id)'),
  { userId: 'user', recordKey: 'record' },
);

/** The paths that require no edge to the app. */
const withoutApp = new Set<AccessKind>(['place', 'teamPlace']);

/** Every path by which a user reaches a record, and whether PipesHub opens the record for them. */
export const accessPaths = async (graph: Graph, userKey: string, recordKey: string): Promise<RecordAccess> =>
  accessOf(await graph.run(paths, { userKey, recordKey }));

/** Whether PipesHub opens the record for the user whom its tokens name by this id, which is not the key. */
export const canUserRead = async (graph: Graph, userId: string, recordKey: string): Promise<boolean> =>
  accessOf(await graph.run(pathsOfUserId, { userId, recordKey })).allowed;

function accessOf([found]: readonly PathsRow[]): RecordAccess {
  if (found === undefined) return { record: null, user: null, hasApp: false, paths: [], allowed: false };
  const { record, user, apps, rows } = found;
  const names = new Map(found.names.map(({ id, name }) => [id, name]));
  const hasApp = record?.connectorId != null && apps.includes(appVertex(record.connectorId));
  const allowed = record !== null && user !== null && rows.some((row) => hasApp || withoutApp.has(row.kind));
  return {
    record,
    user,
    hasApp,
    allowed,
    paths: rows.map((row) => ({
      ...row,
      viaName: row.via === null ? null : (names.get(row.via) ?? null),
      targetName: names.get(row.target) ?? null,
    })),
  };
}
