import { chunks } from '../../chunks';
import type { MemberDocument, TeamMember, UserAppEdge } from '../../sync/documents';
import { newEdge } from '../../sync/edges';
import { memberKey, userKey as derivedUserKey } from '../../sync/keys';
import { isRemoved, memberGone, type MemberPatch } from '../../sync/memberState';
import { appId, organizationId, userId, type GraphContext } from '../driver/context';
import { inTransaction, type Graph, type StandaloneGraph, type Transaction } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { planMembers, type MemberPlan } from './memberPlan';
import { matchUsers, usersByKey } from './users';

export interface MembersWritten {
  /** Active members of this batch. */
  users: number;
  revoked: number;
  /** team_member_id of those who are new, or whose status, e-mail or user document changed. */
  changedMembers: string[];
}

/** Members who are removed in one transaction. Each may have many edges. */
const RETIRED_PER_TRANSACTION = 100;
const PATCHES_PER_QUERY = 1000;

const WRITTEN = ['users', 'belongsTo', 'userAppRelation', 'permission', 'dropboxMembers'] as const;

const membersByKey = defineQuery<{ keys: string[] }, MemberDocument>(
  'members.byKey',
  `FOR member IN dropboxMembers
     FILTER member._key IN @keys
     RETURN UNSET(member, "_id", "_rev")`,
  { keys: ['key'] },
);

const activeMembersWithUser = defineQuery<
  { connectorId: string; userKeys: string[] },
  { teamMemberId: string; userKey: string }
>(
  'members.activeWithUser',
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

/** Permission edges from users to vertices of one connector, including edges that PipesHub wrote. */
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

/** The dropped users that no other active member of this team is matched with. */
async function usersWithoutActiveMember(
  tx: Transaction,
  context: GraphContext,
  plan: MemberPlan,
  written: ReadonlySet<string>,
): Promise<string[]> {
  const dropped = [...plan.dropped].filter((key) => !plan.active.has(key));
  if (dropped.length === 0) return [];
  const vars = { connectorId: context.connectorId, userKeys: dropped };
  const stillUsed = new Set<string>();
  for (const { teamMemberId, userKey } of await tx.run(activeMembersWithUser, vars)) {
    if (!written.has(teamMemberId)) stillUsed.add(userKey);
  }
  return dropped.filter((key) => !stillUsed.has(key));
}

/** PipesHub shows the app's records only to users with an edge to the app: the active members. */
async function writeAppEdges(
  tx: Transaction,
  context: GraphContext,
  active: ReadonlyMap<string, string>,
  dropped: readonly string[],
): Promise<void> {
  const app = appId(context.connectorId);
  const users = [...active.keys(), ...dropped].map(userId);
  const seen = new Set<string>();
  const remove: string[] = [];
  const update: Pick<UserAppEdge, '_key' | 'sourceUserId' | 'updatedAtTimestamp'>[] = [];
  for (const edge of await tx.run(appEdges, { users })) {
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
  const insert = [...active]
    .filter(([key]) => !seen.has(userId(key)))
    .map(([key, sourceUserId]): UserAppEdge => {
      const edge = newEdge(userId(key), app, context.now);
      return { ...edge, syncState: 'NOT_STARTED', lastSyncUpdate: context.now, sourceUserId };
    });
  await tx.removeAll('userAppRelation', remove);
  await tx.updateAll('userAppRelation', update);
  await tx.insertAll('userAppRelation', insert, 'update');
}

/**
 * Writes one batch of members (a page of Dropbox's list, at most 1,000) in one transaction. Existing users are never
 * changed, except those that this connector created and no account has taken over. A member who is not active loses
 * every permission edge to records, record groups and groups of this connector. A repeat changes nothing. `isFirstRun`:
 * all member lists have yet to be read, so no one joins after them.
 */
export async function writeMembers(
  graph: StandaloneGraph,
  context: GraphContext,
  members: readonly TeamMember[],
  { isFirstRun = true }: { isFirstRun?: boolean } = {},
): Promise<MembersWritten> {
  const emails = members.map((member) => member.email);
  const usersByEmail = await matchUsers(graph, context.orgId, emails);
  return inTransaction(graph, WRITTEN, async (tx) => {
    const ids = members.map((member) => member.teamMemberId);
    const stored = await readMembers(tx, context.connectorId, ids);
    const userKeys = new Set(members.map((member) => derivedUserKey(context.orgId, member.email)));
    for (const { userKey } of stored.values()) if (userKey !== null) userKeys.add(userKey);
    const users = await tx.run(usersByKey, { keys: [...userKeys] });

    const plan = planMembers(context, members, {
      members: stored,
      usersByEmail,
      usersByKey: new Map(users.map((user) => [user._key, user])),
      isFirstRun,
    });
    const organization = organizationId(context.orgId);
    const edges = plan.createUsers.map((user) => ({
      ...newEdge(userId(user._key), organization, context.now),
      entityType: 'ORGANIZATION' as const,
    }));
    await tx.insertAll('users', plan.createUsers, 'update');
    await tx.insertAll('belongsTo', edges, 'update');
    await tx.updateAll('users', plan.updateUsers);
    const withoutMember = await usersWithoutActiveMember(tx, context, plan, new Set(stored.keys()));
    await writeAppEdges(tx, context, plan.active, withoutMember);
    const revoked = await revokeUsers(tx, context.connectorId, withoutMember);
    await tx.insertAll('dropboxMembers', plan.documents, 'replace');
    return { users: plan.active.size, revoked, changedMembers: plan.changed };
  });
}

async function revokeUsers(tx: Transaction, connectorId: string, keys: readonly string[]): Promise<number> {
  if (keys.length === 0) return 0;
  const edges = await tx.run(permissionsWithin, { users: keys.map(userId), connectorId });
  return tx.removeAll('permission', edges);
}

export interface AfterListing {
  /** Stored members that a complete listing did not name, except those that are stored as removed. */
  unlisted: MemberDocument[];
  /** Whether the access of some members has to be applied again. */
  accessDue: boolean;
}

/** Reads all stored members: to be called after every page of the listing is written. `listed`: team_member_ids. */
export async function membersAfterListing(
  graph: StandaloneGraph,
  connectorId: string,
  listed: ReadonlySet<string>,
): Promise<AfterListing> {
  const after: AfterListing = { unlisted: [], accessDue: false };
  for await (const batch of allMembers(graph, connectorId)) {
    for (const member of batch) {
      if (!isRemoved(member) && !listed.has(member.teamMemberId)) after.unlisted.push(member);
      after.accessDue ||= member.accessDue;
    }
  }
  return after;
}

/** Stores members as removed. Each batch is a transaction; a repeat continues where the last call stopped. */
export async function retireMembers(
  graph: StandaloneGraph,
  context: GraphContext,
  members: readonly MemberDocument[],
): Promise<MembersWritten> {
  const sum: MembersWritten = { users: 0, revoked: 0, changedMembers: [] };
  for (const part of chunks(members, RETIRED_PER_TRANSACTION)) {
    const written = await writeMembers(graph, context, part.map(memberGone));
    sum.revoked += written.revoked;
    sum.changedMembers.push(...written.changedMembers);
  }
  return sum;
}

/** The stored members with these ids, by id. Unknown ids are absent. */
export async function readMembers(
  graph: Graph,
  connectorId: string,
  teamMemberIds: readonly string[],
): Promise<Map<string, MemberDocument>> {
  if (teamMemberIds.length === 0) return new Map();
  const keys = teamMemberIds.map((id) => memberKey(connectorId, id));
  const members = await graph.run(membersByKey, { keys });
  return new Map(members.map((member) => [member.teamMemberId, member]));
}

/** All stored members, including removed ones, in batches. */
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

/** Members whose access has to be granted or revoked again. */
export const dueMembers = (graph: Graph, connectorId: string, limit: number): Promise<string[]> =>
  graph.run(accessDue, { connectorId, limit });

const patch = defineQuery<{ patches: Record<string, unknown>[] }, number>(
  'members.patch',
  `FOR patch IN @patches
     FOR member IN dropboxMembers
       FILTER member._key == patch._key
       UPDATE member WITH patch IN dropboxMembers OPTIONS { keepNull: false }`,
  { patches: [{ _key: 'key' }] },
);

/** Applies transitions of members. A transaction declares `dropboxMembers`. */
export async function patchMembers(graph: Graph, connectorId: string, members: readonly MemberPatch[]): Promise<void> {
  for (const part of chunks(members, PATCHES_PER_QUERY)) {
    const patches = part.map((member) => ({ _key: memberKey(connectorId, member.teamMemberId), ...member }));
    await graph.run(patch, { patches });
  }
}
