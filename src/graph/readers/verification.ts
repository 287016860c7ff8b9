import { chunks } from '../../chunks';
import type { MemberDocument } from '../../sync/syncDocuments';
import type { PrincipalVertices } from '../../sync/team';
import { appVertex } from '../../sync/vertices';
import { diffEdges, wantedEdges, type PermissionChanges, type PermissionTarget } from '../access/permissions';
import { usersByKey, type StoredUser } from '../access/users';
import type { Graph, StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { permissionRows, type PermissionRow } from './recordStructure';

/** Vertices whose edges one query returns: each may have thousands of them. */
const TARGETS_PER_QUERY = 200;

/** A record group with the edges that PipesHub's readers follow. */
export interface RecordGroupStructure {
  key: string;
  name: string;
  orgId: string | null;
  externalGroupId: string;
  belongsTo: { to: string; entityType: string | null }[];
  inherits: string[];
  permissions: PermissionRow[];
}

const recordGroups = defineQuery<{ connectorId: string }, RecordGroupStructure>(
  'verification.recordGroups',
  `FOR recordGroup IN recordGroups
     FILTER recordGroup.connectorId == @connectorId
     RETURN {
       key: recordGroup._key, name: recordGroup.groupName, orgId: recordGroup.orgId,
       externalGroupId: recordGroup.externalGroupId,
       belongsTo: (FOR edge IN belongsTo
         FILTER edge._from == recordGroup._id
         RETURN { to: edge._to, entityType: edge.entityType }),
       inherits: (FOR edge IN inheritPermissions FILTER edge._from == recordGroup._id RETURN edge._to),
       permissions: ${permissionRows('recordGroup._id')}
     }`,
  { connectorId: 'connector' },
);

/** Every record group of a connector with its structure, in batches. */
export const recordGroupStructures = (
  graph: StandaloneGraph,
  connectorId: string,
): AsyncGenerator<RecordGroupStructure[]> => graph.stream(recordGroups, { connectorId }, 100);

const edgesTo = defineQuery<{ targets: string[] }, { target: string; edges: PermissionRow[] }>(
  'verification.permissionsTo',
  `FOR target IN @targets
     RETURN { target, edges: ${permissionRows('target')} }`,
  { targets: ['groups/key'] },
);

/** The permission edges to each of these vertices, by `_id`. */
export async function permissionsTo(graph: Graph, targets: readonly string[]): Promise<Map<string, PermissionRow[]>> {
  const found = new Map<string, PermissionRow[]>();
  for (const part of chunks(targets, TARGETS_PER_QUERY)) {
    for (const { target, edges } of await graph.run(edgesTo, { targets: part })) found.set(target, edges);
  }
  return found;
}

/** What `replacePermissions` would change on each target, in the order of the targets. Writes nothing. */
export async function permissionChangesPerTarget(
  graph: Graph,
  targets: readonly PermissionTarget[],
  vertices: PrincipalVertices,
): Promise<PermissionChanges[]> {
  const ids = targets.map(({ to }) => to);
  const stored = await permissionsTo(graph, ids);
  return targets.map((target) => {
    const { to } = target;
    const edges = (stored.get(to) ?? []).map(({ key, from, ...edge }) => ({
      _key: key,
      _from: from,
      _to: to,
      ...edge,
    }));
    return diffEdges(edges, [wantedEdges(target, vertices)], 0);
  });
}

/** A member whose user has too few or too many relations to the app. */
export interface AppRelations {
  email: string;
  status: string;
  /** An active member has this user: this one, or another one with the same address. */
  active: boolean;
  /** Keys of the edges to the app. */
  relations: string[];
}

/** An AQL expression: 1 if an active member has the user of `member`, else 0. */
const ACTIVE_HOLDERS = `LENGTH(FOR one IN dropboxMembers
       FILTER one.connectorId == @connectorId AND one.userKey == member.userKey AND one.status == "active"
       LIMIT 1 RETURN 1)`;

const wrongRelations = defineQuery<{ connectorId: string; app: string }, AppRelations>(
  'verification.appRelations',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.userKey != null
     LET user = CONCAT("users/", member.userKey)
     LET holders = ${ACTIVE_HOLDERS}
     LET relations = (FOR edge IN userAppRelation
       FILTER edge._from == user AND edge._to == @app
       SORT edge._key
       RETURN edge._key)
     FILTER LENGTH(relations) != holders
     RETURN { email: member.email, status: member.status, active: holders > 0, relations: relations }`,
  { connectorId: 'connector', app: 'apps/connector' },
);

/** Members whose user does not have exactly one relation to the app if active, and none otherwise. */
export const wrongAppRelations = (graph: StandaloneGraph, connectorId: string): AsyncGenerator<AppRelations[]> =>
  graph.stream(wrongRelations, { connectorId, app: appVertex(connectorId) });

/** A member who is not active, and how many permission edges to the connector's documents their user has. */
export interface InactiveMemberEdges {
  email: string;
  status: string;
  edges: number;
}

const edgesOfInactive = defineQuery<{ connectorId: string }, InactiveMemberEdges>(
  'verification.edgesOfInactive',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.status != "active" AND member.userKey != null
     LET user = CONCAT("users/", member.userKey)
     FILTER ${ACTIVE_HOLDERS} == 0
     LET edges = LENGTH(FOR edge IN permission
       FILTER edge._from == user
       LET target = DOCUMENT(edge._to)
       FILTER target.connectorId == @connectorId
       RETURN 1)
     FILTER edges > 0
     RETURN { email: member.email, status: member.status, edges: edges }`,
  { connectorId: 'connector' },
);

/** Members who are not active and still have permission edges. */
export const inactiveMembersWithEdges = (
  graph: StandaloneGraph,
  connectorId: string,
): AsyncGenerator<InactiveMemberEdges[]> => graph.stream(edgesOfInactive, { connectorId });

const byEmail = defineQuery<{ connectorId: string; email: string }, MemberDocument>(
  'verification.memberByEmail',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.email == @email
     SORT member.status == "active" DESC
     LIMIT 1
     RETURN member`,
  { connectorId: 'connector', email: 'a@b' },
);

/** The member with this address, in lower case: an active one where several have it. */
export const memberByEmail = async (graph: Graph, connectorId: string, email: string): Promise<MemberDocument | null> =>
  (await graph.run(byEmail, { connectorId, email }))[0] ?? null;

/** PipesHub's user of this key. */
export const userByKey = async (graph: Graph, key: string): Promise<StoredUser | null> =>
  (await graph.run(usersByKey, { keys: [key] }))[0] ?? null;
