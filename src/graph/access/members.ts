import type { Edge, MemberDocument, UserAppEdge } from '../../sync/documents';
import { edgeKey, memberKey, userKey as derivedUserKey } from '../../sync/keys';
import { appId, organizationId, userId, type GraphContext } from '../driver/context';
import { planMembers, type MemberPlan, type TeamMemberLike } from './memberPlan';
import { defineQuery } from '../driver/query';
import { matchUsers, usersByKey, type StoredUser } from './users';
import { inTransaction, type Graph, type StandaloneGraph } from '../driver/graph';

export type { TeamMemberLike } from './memberPlan';

export interface MembersWritten {
  /** Active members of this batch. */
  users: number;
  granted: number;
  revoked: number;
  /** team_member_id of those who are new, or whose status, e-mail or user document changed. */
  changedMembers: string[];
}

const WRITTEN = ['users', 'belongsTo', 'userAppRelation', 'permission', 'dropboxMembers'] as const;

const membersByKey = defineQuery<{ keys: string[] }, MemberDocument>(
  'members.byKey',
  `FOR member IN dropboxMembers
     FILTER member._key IN @keys
     RETURN UNSET(member, "_id", "_rev")`,
  { keys: ['key'] },
);

const activeHolders = defineQuery<
  { connectorId: string; userKeys: string[] },
  { teamMemberId: string; userKey: string }
>(
  'members.activeHolders',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.userKey IN @userKeys
     FILTER member.status == "active"
     RETURN { teamMemberId: member.teamMemberId, userKey: member.userKey }`,
  { connectorId: 'connector', userKeys: ['key'] },
);

const everyMember = defineQuery<{ connectorId: string }, MemberDocument>(
  'members.all',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId
     RETURN UNSET(member, "_id", "_rev")`,
  { connectorId: 'connector' },
);

const appEdges = defineQuery<{ users: string[] }, Pick<UserAppEdge, '_key' | '_from' | '_to' | 'sourceUserId'>>(
  'members.appEdges',
  `FOR user IN @users
     FOR edge IN userAppRelation
       FILTER edge._from == user
       RETURN { _key: edge._key, _from: edge._from, _to: edge._to, sourceUserId: edge.sourceUserId }`,
  { users: ['users/key'] },
);

/** Permission edges of users to what belongs to one connector, whoever wrote them. */
const permissionsWithin = defineQuery<{ users: string[]; connectorId: string }, string>(
  'members.permissionsWithin',
  `FOR user IN @users
     FOR edge IN permission
       FILTER edge._from == user
       LET target = DOCUMENT(edge._to)
       FILTER target.connectorId == @connectorId
       RETURN edge._key`,
  { users: ['users/key'], connectorId: 'connector' },
);

/** Those of the dropped users for whom no other active member of this team stands. */
async function withoutHolder(
  graph: Graph,
  context: GraphContext,
  plan: MemberPlan,
  written: ReadonlySet<string>,
): Promise<string[]> {
  const dropped = [...plan.dropped].filter((key) => !plan.active.has(key));
  if (dropped.length === 0) return [];
  const vars = { connectorId: context.connectorId, userKeys: dropped };
  const held = new Set<string>();
  for (const holder of await graph.run(activeHolders, vars)) {
    if (!written.has(holder.teamMemberId)) held.add(holder.userKey);
  }
  return dropped.filter((key) => !held.has(key));
}

/** The gate of PipesHub's readers: active members have an edge to the app, nobody else of this batch does. */
async function writeAppEdges(
  graph: Graph,
  context: GraphContext,
  active: ReadonlyMap<string, string>,
  dropped: readonly string[],
): Promise<void> {
  const app = appId(context.connectorId);
  const users = [...active.keys(), ...dropped].map(userId);
  const seen = new Set<string>();
  const remove: string[] = [];
  const update: Pick<UserAppEdge, '_key' | 'sourceUserId' | 'updatedAtTimestamp'>[] = [];
  for (const edge of await graph.run(appEdges, { users })) {
    if (edge._to !== app) continue;
    const teamMemberId = active.get(edge._from.slice('users/'.length));
    if (teamMemberId === undefined || seen.has(edge._from)) {
      remove.push(edge._key);
      continue;
    }
    seen.add(edge._from);
    if (edge.sourceUserId !== teamMemberId) {
      update.push({ _key: edge._key, sourceUserId: teamMemberId, updatedAtTimestamp: context.now });
    }
  }
  const insert: UserAppEdge[] = [];
  for (const [key, teamMemberId] of active) {
    const from = userId(key);
    if (seen.has(from)) continue;
    insert.push({
      ...newEdge(context, from, app),
      syncState: 'NOT_STARTED',
      lastSyncUpdate: context.now,
      sourceUserId: teamMemberId,
    });
  }
  if (remove.length > 0) await graph.removeAll('userAppRelation', remove);
  if (update.length > 0) await graph.updateAll('userAppRelation', update);
  if (insert.length > 0) await graph.insertAll('userAppRelation', insert, 'update');
}

const newEdge = (context: GraphContext, from: string, to: string): Edge => ({
  _key: edgeKey(from, to),
  _from: from,
  _to: to,
  createdAtTimestamp: context.now,
  updatedAtTimestamp: context.now,
});

/**
 * Writes one batch of members (a page of Dropbox's list, at most 1,000) in one transaction: users for active members
 * without one, the app edge, and what the connector knows of each member. Users that exist are never changed, except
 * those that this connector made and no account has taken over. Whoever is not active loses every permission edge to
 * this connector's records, record groups and groups. A repeat changes nothing.
 */
export async function writeMembers(
  graph: StandaloneGraph,
  context: GraphContext,
  members: readonly TeamMemberLike[],
): Promise<MembersWritten> {
  const byEmail = await matchUsers(
    graph,
    context.orgId,
    members.map((member) => member.email),
  );
  return inTransaction(graph, WRITTEN, async (tx) => {
    const keys = members.map((member) => memberKey(context.connectorId, member.teamMemberId));
    const stored = new Map<string, MemberDocument>();
    for (const member of await tx.run(membersByKey, { keys })) stored.set(member.teamMemberId, member);
    const userKeys = new Set(members.map((member) => derivedUserKey(context.orgId, member.email)));
    for (const { userKey } of stored.values()) if (userKey !== null) userKeys.add(userKey);
    const byKey = new Map<string, StoredUser>();
    for (const user of await tx.run(usersByKey, { keys: [...userKeys] })) byKey.set(user._key, user);

    const plan = planMembers(context, members, stored, byEmail, byKey);
    if (plan.createUsers.length > 0) {
      const organization = organizationId(context.orgId);
      const edges = plan.createUsers.map((user) => ({
        ...newEdge(context, userId(user._key), organization),
        entityType: 'ORGANIZATION' as const,
      }));
      await tx.insertAll('users', plan.createUsers, 'update');
      await tx.insertAll('belongsTo', edges, 'update');
    }
    if (plan.updateUsers.length > 0) await tx.updateAll('users', plan.updateUsers);
    const gone = await withoutHolder(tx, context, plan, new Set(stored.keys()));
    await writeAppEdges(tx, context, plan.active, gone);
    const revoked = await revokeUsers(tx, context.connectorId, gone);
    if (plan.documents.length > 0) await tx.insertAll('dropboxMembers', plan.documents, 'replace');
    return { users: plan.active.size, granted: 0, revoked, changedMembers: plan.changed };
  });
}

async function revokeUsers(graph: Graph, connectorId: string, keys: readonly string[]): Promise<number> {
  if (keys.length === 0) return 0;
  const edges = await graph.run(permissionsWithin, { users: keys.map(userId), connectorId });
  return graph.removeAll('permission', edges);
}

/** Members who are stored but were not in a complete listing, and are not known as removed yet. */
export async function unlistedMembers(
  graph: StandaloneGraph,
  connectorId: string,
  listed: ReadonlySet<string>,
): Promise<MemberDocument[]> {
  const unlisted: MemberDocument[] = [];
  for await (const batch of graph.stream(everyMember, { connectorId })) {
    for (const member of batch) {
      if (member.status !== 'removed' && !listed.has(member.teamMemberId)) unlisted.push(member);
    }
  }
  return unlisted;
}

/** Members in one transaction of a retirement: each may have many edges. */
const RETIRED_PER_TRANSACTION = 100;

/**
 * Treats stored members who were not in a listing as removed. Only for a listing that was read to its last page: the
 * caller has to know. Batches of their own transactions; a repeat goes on where the last one stopped.
 */
export async function retireMembersExcept(
  graph: StandaloneGraph,
  context: GraphContext,
  listed: ReadonlySet<string>,
): Promise<MembersWritten> {
  const sum: MembersWritten = { users: 0, granted: 0, revoked: 0, changedMembers: [] };
  const unlisted = await unlistedMembers(graph, context.connectorId, listed);
  for (let at = 0; at < unlisted.length; at += RETIRED_PER_TRANSACTION) {
    const removed = unlisted
      .slice(at, at + RETIRED_PER_TRANSACTION)
      .map((member): TeamMemberLike => ({ ...member, status: 'removed' }));
    const written = await writeMembers(graph, context, removed);
    sum.revoked += written.revoked;
    sum.changedMembers.push(...written.changedMembers);
  }
  return sum;
}

/** The stored members of these ids; unknown ones are absent. */
export async function readMembers(
  graph: Graph,
  connectorId: string,
  teamMemberIds: readonly string[],
): Promise<Map<string, MemberDocument>> {
  const found = new Map<string, MemberDocument>();
  if (teamMemberIds.length === 0) return found;
  const keys = teamMemberIds.map((id) => memberKey(connectorId, id));
  for (const member of await graph.run(membersByKey, { keys })) found.set(member.teamMemberId, member);
  return found;
}

/** All stored members, removed ones included, a batch at a time. */
export function allMembers(graph: StandaloneGraph, connectorId: string): AsyncGenerator<MemberDocument[]> {
  return graph.stream(everyMember, { connectorId });
}

const accessDue = defineQuery<{ connectorId: string; limit: number }, string>(
  'members.accessDue',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.accessDue == true
     LIMIT @limit
     RETURN member.teamMemberId`,
  { connectorId: 'connector', limit: 10 },
);

/** Members whose access is to be granted or revoked anew. */
export const dueMembers = (graph: Graph, connectorId: string, limit: number): Promise<string[]> =>
  graph.run(accessDue, { connectorId, limit });

const returned = defineQuery<{ connectorId: string }, string>(
  'members.returned',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.returned == true
     RETURN member.teamMemberId`,
  { connectorId: 'connector' },
);

/** Members who had been removed, and for whom no list has been read since they are back. */
export const rejoinedMembers = (graph: Graph, connectorId: string): Promise<string[]> =>
  graph.run(returned, { connectorId });

const clearReturned = defineQuery<{ keys: string[] }, number>(
  'members.clearReturned',
  'FOR key IN @keys UPDATE key WITH { returned: null } IN dropboxMembers OPTIONS { keepNull: false, ignoreErrors: true }',
  { keys: ['key'] },
);

/** Their lists are to be read: the mark goes in the transaction that says so. It declares dropboxMembers. */
export async function clearRejoined(
  graph: Graph,
  connectorId: string,
  teamMemberIds: readonly string[],
): Promise<void> {
  if (teamMemberIds.length === 0) return;
  await graph.run(clearReturned, { keys: teamMemberIds.map((id) => memberKey(connectorId, id)) });
}

/** Notes as members of which groups' these were asked for what they received; null: nothing of theirs is stored any more. */
export async function storeReceivedFilesKeys(
  graph: Graph,
  connectorId: string,
  members: readonly { teamMemberId: string; receivedAs: string | null }[],
): Promise<void> {
  const patches = members.map(({ teamMemberId, receivedAs }) => ({
    _key: memberKey(connectorId, teamMemberId),
    receivedAs,
  }));
  await graph.updateAll('dropboxMembers', patches);
}

/** It has been. */
export async function clearAccessDue(
  graph: Graph,
  connectorId: string,
  teamMemberIds: readonly string[],
): Promise<void> {
  const patches = teamMemberIds.map((id) => ({ _key: memberKey(connectorId, id), accessDue: false }));
  await graph.updateAll('dropboxMembers', patches);
}
