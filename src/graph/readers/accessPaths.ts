import { appId } from '../driver/context';
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

interface PathRow {
  kind: AccessKind;
  via: string | null;
  target: string;
  hops: number;
  role: string | null;
}

/** The record and what it inherits from. The edges of a vertex count even if its document is gone. */
const INHERITANCE = `APPEND([{ id: record, hops: 0 }], (
  FOR vertex, edge, path IN 1..5 OUTBOUND record inheritPermissions
    RETURN { id: edge._to, hops: LENGTH(path.edges) }
))`;

interface PathsRow {
  record: RecordAccess['record'];
  user: RecordAccess['user'];
  apps: string[];
  rows: PathRow[];
  names: { id: string; name: string | null }[];
}

/** `user` is an AQL expression for the `_id` of the user. */
const pathsFrom = (user: string): string => `LET user = ${user}
   LET record = CONCAT("records/", @recordKey)
   LET targets = ${INHERITANCE}
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
   LET placed = (
     FOR place IN belongsTo
       FILTER place._from == record
       FOR edge IN permission
         FILTER edge._to == place._to AND edge._from == user
         FILTER edge.type == "USER"
         RETURN { kind: "place", via: null, target: place._to, hops: 0, role: edge.role }
   )
   LET teams = (
     FOR membership IN permission
       FILTER membership._from == user AND STARTS_WITH(membership._to, "teams/")
       FILTER membership.type == "USER"
       RETURN membership._to
   )
   LET teamPlaced = (
     FOR place IN belongsTo
       FILTER place._from == record
       FOR edge IN permission
         FILTER edge._to == place._to AND edge._from IN teams
         FILTER edge.type == "TEAM"
         RETURN { kind: "teamPlace", via: edge._from, target: place._to, hops: 0, role: edge.role }
   )
   LET apps = (
     FOR holder IN APPEND([user], teams)
       FOR edge IN userAppRelation
         FILTER edge._from == holder
         RETURN DISTINCT edge._to
   )
   LET rows = UNION(direct, grouped, organized, placed, teamPlaced)
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
export async function accessPaths(graph: Graph, userKey: string, recordKey: string): Promise<RecordAccess> {
  const [found] = await graph.run(paths, { userKey, recordKey });
  return accessOf(found);
}

function accessOf(found: PathsRow | undefined): RecordAccess {
  if (found === undefined) return { record: null, user: null, hasApp: false, paths: [], allowed: false };
  const { record, user, apps, rows } = found;
  const names = new Map(found.names.map(({ id, name }) => [id, name]));
  const hasApp = record?.connectorId != null && apps.includes(appId(record.connectorId));
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

/** Whether PipesHub opens the record for the user. */
export async function canRead(graph: Graph, userKey: string, recordKey: string): Promise<boolean> {
  return (await accessPaths(graph, userKey, recordKey)).allowed;
}

/** Whether PipesHub opens the record for the user whom its tokens name by this id, which is not the key. */
export async function canUserRead(graph: Graph, userId: string, recordKey: string): Promise<boolean> {
  const [found] = await graph.run(pathsOfUserId, { userId, recordKey });
  return accessOf(found).allowed;
}

export interface Reader {
  userKey: string;
  email: string | null;
  paths: Omit<AccessPath, 'viaName' | 'targetName'>[];
}

const readers = defineQuery<
  { recordKey: string },
  PathRow & { user: string; email: string | null; exists: boolean; apps: string[]; connectorId: string | null }
>(
  'accessPaths.readers',
  `LET record = CONCAT("records/", @recordKey)
   LET document = DOCUMENT(record)
   LET targets = ${INHERITANCE}
   LET granted = (
     FOR target IN targets
       FOR edge IN permission
         FILTER edge._to == target.id
         RETURN { from: edge._from, type: edge.type, target: target.id, hops: target.hops, role: edge.role }
   )
   LET direct = (
     FOR grant IN granted
       FILTER STARTS_WITH(grant.from, "users/")
       RETURN { user: grant.from, kind: grant.hops == 0 ? "direct" : "recordGroup", via: null, target: grant.target, hops: grant.hops, role: grant.role }
   )
   LET grouped = (
     FOR grant IN granted
       FILTER STARTS_WITH(grant.from, "groups/") OR STARTS_WITH(grant.from, "roles/")
       FILTER grant.hops == 0 OR (grant.hops <= 2 AND grant.type IN ["GROUP", "ROLE"])
       FOR membership IN permission
         FILTER membership._to == grant.from
         FILTER STARTS_WITH(membership._from, "users/")
         RETURN { user: membership._from, kind: grant.hops == 0 ? "group" : "groupRecordGroup", via: grant.from, target: grant.target, hops: grant.hops, role: grant.role }
   )
   LET organized = (
     FOR grant IN granted
       FILTER STARTS_WITH(grant.from, "organizations/")
       FILTER grant.hops == 0 OR (grant.hops <= 2 AND grant.type == "ORG")
       FOR membership IN belongsTo
         FILTER membership._to == grant.from
         FILTER STARTS_WITH(membership._from, "users/")
         FILTER grant.hops == 0 OR membership.entityType == "ORGANIZATION"
         RETURN { user: membership._from, kind: "organization", via: grant.from, target: grant.target, hops: grant.hops, role: grant.role }
   )
   LET places = (
     FOR place IN belongsTo
       FILTER place._from == record
       FOR edge IN permission
         FILTER edge._to == place._to
         RETURN { from: edge._from, type: edge.type, target: place._to, role: edge.role }
   )
   LET placed = (
     FOR grant IN places
       FILTER STARTS_WITH(grant.from, "users/") AND grant.type == "USER"
       RETURN { user: grant.from, kind: "place", via: null, target: grant.target, hops: 0, role: grant.role }
   )
   LET teamPlaced = (
     FOR grant IN places
       FILTER STARTS_WITH(grant.from, "teams/") AND grant.type == "TEAM"
       FOR membership IN permission
         FILTER membership._to == grant.from
         FILTER STARTS_WITH(membership._from, "users/") AND membership.type == "USER"
         RETURN { user: membership._from, kind: "teamPlace", via: grant.from, target: grant.target, hops: 0, role: grant.role }
   )
   FOR row IN UNION(direct, grouped, organized, placed, teamPlaced)
     LET person = DOCUMENT(row.user)
     LET apps = (FOR edge IN userAppRelation FILTER edge._from == row.user RETURN edge._to)
     LET teamApps = (
       FOR membership IN permission
         FILTER membership._from == row.user
         FILTER STARTS_WITH(membership._to, "teams/") AND membership.type == "USER"
         FOR edge IN userAppRelation
           FILTER edge._from == membership._to
           RETURN edge._to
     )
     RETURN MERGE(row, { email: person.email, exists: person != null, apps: UNION_DISTINCT(apps, teamApps), connectorId: document.connectorId })`,
  { recordKey: 'record' },
);

/**
 * Everyone for whom PipesHub opens a record, with their paths to it. The result is bounded by the record's access list.
 */
export async function readersOf(graph: Graph, recordKey: string): Promise<Reader[]> {
  const found = new Map<string, Reader>();
  for (const { user, email, exists, apps, connectorId, ...path } of await graph.run(readers, { recordKey })) {
    const isOpen = withoutApp.has(path.kind) || (connectorId !== null && apps.includes(appId(connectorId)));
    if (!exists || !isOpen) continue;
    const reader = found.get(user) ?? { userKey: user.slice('users/'.length), email, paths: [] };
    reader.paths.push(path);
    found.set(user, reader);
  }
  return [...found.values()];
}
