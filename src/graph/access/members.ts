import { chunks } from '../../chunks';
import { newEdge } from '../../sync/edges';
import { memberKey, userKey as derivedUserKey } from '../../sync/keys';
import { isRemoved, memberGone, type MemberPatch } from '../../sync/memberState';
import type { UserAppEdge } from '../../sync/pipesHubDocuments';
import type { MemberDocument, TeamMember } from '../../sync/syncDocuments';
import { appVertex, organizationVertex, userVertex } from '../../sync/vertices';
import type { GraphContext } from '../driver/context';
import { inTransaction, type Graph, type StandaloneGraph } from '../driver/graph';
import { part, type Part } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';
import { planMembers, type KnownMembers, type MemberPlan } from './memberPlan';
import { wellFormedMember } from './storedMember';
import { matchUsers, STORED_USER, type StoredUser } from './users';

export interface MembersWritten {
  /** Active members of this batch. */
  users: number;
  revoked: number;
  /** team_member_id of those who are new, or whose status, e-mail or user document changed. */
  changedMembers: string[];
}

/** Most members who are removed in one transaction. Each may have many edges. */
const RETIRED_PER_TRANSACTION = 100;
const PATCHES_PER_QUERY = 1000;
/** Most permissions that one transaction revokes: a few MB. The server's limit is 128 MB. */
const REVOKED_PER_TRANSACTION = 5000;

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

type StoredAppEdge = Pick<UserAppEdge, '_key' | '_from' | '_to' | 'sourceUserId'>;

interface StoredForBatch {
  members: MemberDocument[];
  users: StoredUser[];
  /** Edges from these users to any app. */
  edges: StoredAppEdge[];
  /** team_member_id of members of this connector for whom one of these users was created. */
  creators: string[];
}

const storedForBatch = defineQuery<{ connectorId: string; memberKeys: string[]; userKeys: string[] }, StoredForBatch>(
  'members.storedForBatch',
  `LET known = (FOR member IN dropboxMembers FILTER member._key IN @memberKeys RETURN UNSET(member, "_id", "_rev"))
   LET keys = UNION_DISTINCT(@userKeys, known[* FILTER CURRENT.userKey != null].userKey)
   LET matched = (FOR user IN users FILTER user._key IN keys RETURN ${STORED_USER})
   LET edges = (
     FOR key IN keys
       FOR edge IN userAppRelation
         FILTER edge._from == CONCAT("users/", key)
         RETURN { _key: edge._key, _from: edge._from, _to: edge._to, sourceUserId: edge.sourceUserId }
   )
   LET creators = (
     FOR user IN matched
       FOR member IN dropboxMembers
         FILTER member.connectorId == @connectorId AND member.userKey == user._key
         FILTER member.teamMemberId == user.userId
         RETURN member.teamMemberId
   )
   RETURN { members: known, users: matched, edges, creators }`,
  { connectorId: 'connector', memberKeys: ['key'], userKeys: ['key'] },
);

/** Permission edges from users to vertices of one connector, including edges that PipesHub wrote. */
const permissionsWithin = defineQuery<{ users: string[]; connectorId: string; limit: number }, string>(
  'members.permissionsWithin',
  `FOR user IN @users
     FOR edge IN permission
       FILTER edge._from == user
       LET target = DOCUMENT(edge._to)
       FILTER target.connectorId == @connectorId
       LIMIT @limit
       RETURN edge._key`,
  { users: ['users/key'], connectorId: 'connector', limit: 10 },
);

/** The dropped users that no other active member of this team is matched with. */
async function usersWithoutActiveMember(
  graph: Graph,
  { connectorId }: GraphContext,
  plan: MemberPlan,
  written: ReadonlySet<string>,
): Promise<string[]> {
  const dropped = [...plan.dropped].filter((key) => !plan.active.has(key));
  if (dropped.length === 0) return [];
  const stillUsed = new Set<string>();
  for (const { teamMemberId, userKey } of await graph.run(activeMembersWithUser, { connectorId, userKeys: dropped })) {
    if (!written.has(teamMemberId)) stillUsed.add(userKey);
  }
  return dropped.filter((key) => !stillUsed.has(key));
}

interface AppEdgePlan {
  insert: UserAppEdge[];
  update: Pick<UserAppEdge, '_key' | 'sourceUserId' | 'updatedAtTimestamp'>[];
  remove: string[];
}

/**
 * PipesHub shows the app's records only to users with an edge to the app: the active members. `active`: team_member_id
 * by user key.
 */
function planAppEdges(
  context: GraphContext,
  stored: readonly StoredAppEdge[],
  active: ReadonlyMap<string, string>,
  dropped: readonly string[],
): AppEdgePlan {
  const app = appVertex(context.connectorId);
  const leaving = new Set(dropped.map(userVertex));
  const seen = new Set<string>();
  const plan: AppEdgePlan = { insert: [], update: [], remove: [] };
  for (const edge of stored) {
    if (edge._to !== app) continue;
    const teamMemberId = active.get(edge._from.slice('users/'.length));
    if (teamMemberId === undefined || seen.has(edge._from)) {
      if (teamMemberId !== undefined || leaving.has(edge._from)) plan.remove.push(edge._key);
      continue;
    }
    seen.add(edge._from);
    if (edge.sourceUserId !== teamMemberId)
      plan.update.push({ _key: edge._key, sourceUserId: teamMemberId, updatedAtTimestamp: context.now });
  }
  for (const [key, sourceUserId] of active) {
    if (seen.has(userVertex(key))) continue;
    const edge = newEdge(userVertex(key), app, context.now);
    plan.insert.push({ ...edge, syncState: 'NOT_STARTED', lastSyncUpdate: context.now, sourceUserId });
  }
  return plan;
}

/** All that one batch of members writes. */
interface MemberWrites {
  members: MemberPlan;
  appEdges: AppEdgePlan;
  /** Keys of permission edges: the first ones, where there are very many. */
  revoke: string[];
}

function isNothing({ members, appEdges, revoke }: MemberWrites): boolean {
  const { documents, createUsers, updateUsers } = members;
  const { insert, update, remove } = appEdges;
  return [documents, createUsers, updateUsers, insert, update, remove, revoke].every(({ length }) => length === 0);
}

/**
 * Writes one batch of members (a page of Dropbox's list, at most 1,000) in one transaction, if anything has changed, or
 * in several where very many permissions have to be removed. Users are changed only if this connector created them and no
 * account has taken them over. A member who is not active loses every permission edge to records, record groups and
 * groups of this connector. A repeat changes nothing. What this batch assigns is added to `assigned`.
 */
export async function writeMembers(
  graph: StandaloneGraph,
  context: GraphContext,
  listed: readonly TeamMember[],
  { isFirstRun = true, assigned = new Map() }: { isFirstRun?: boolean; assigned?: Map<string, string> } = {},
): Promise<MembersWritten> {
  // A second entry would find the user of the first one taken.
  const members = [...new Map(listed.map((member) => [member.teamMemberId, member])).values()];
  const emails = members.map((member) => member.email);
  for (let revoked = 0; ;) {
    const usersByEmail = await matchUsers(graph, context.orgId, emails);
    const planIn = (one: Graph): Promise<MemberWrites> =>
      planWrites(one, context, members, { usersByEmail, isFirstRun, assigned });
    // A first run nearly always has something to write, so it plans in the transaction only.
    const planned = isFirstRun ? null : await planIn(graph);
    const writes = planned && isNothing(planned) ? planned : await writePlanned(graph, context, planIn);
    revoked += writes.revoke.length;
    if (!isLast(writes)) continue;
    const { active, changed } = writes.members;
    for (const [user, teamMemberId] of active) assigned.set(user, teamMemberId);
    return { users: active.size, revoked, changedMembers: changed };
  }
}

/**
 * Whether this is the last transaction of a batch, which stores the members. Those before it only remove permissions of
 * members who are not active.
 */
const isLast = ({ revoke }: MemberWrites): boolean => revoke.length < REVOKED_PER_TRANSACTION;

function writePlanned(
  graph: StandaloneGraph,
  context: GraphContext,
  planIn: (tx: Graph) => Promise<MemberWrites>,
): Promise<MemberWrites> {
  return inTransaction(graph, WRITTEN, async (tx) => {
    const writes = await planIn(tx);
    const { createUsers, updateUsers, documents } = writes.members;
    const organization = organizationVertex(context.orgId);
    const edges = createUsers.map((user) => ({
      ...newEdge(userVertex(user._key), organization, context.now),
      entityType: 'ORGANIZATION' as const,
    }));
    await tx.insertAll('users', createUsers, 'update');
    await tx.insertAll('belongsTo', edges, 'update');
    await tx.updateAll('users', updateUsers);
    await tx.removeAll('userAppRelation', writes.appEdges.remove);
    await tx.updateAll('userAppRelation', writes.appEdges.update);
    await tx.insertAll('userAppRelation', writes.appEdges.insert, 'update');
    await tx.removeAll('permission', writes.revoke);
    if (isLast(writes)) await tx.insertAll('dropboxMembers', documents, 'replace');
    return writes;
  });
}

async function planWrites(
  graph: Graph,
  context: GraphContext,
  members: readonly TeamMember[],
  given: Pick<KnownMembers, 'usersByEmail' | 'isFirstRun' | 'assigned'>,
): Promise<MemberWrites> {
  const { connectorId, orgId } = context;
  const derivedKeys = members.map(({ email }) => derivedUserKey(orgId, email));
  const matchedKeys = Array.from(given.usersByEmail.values(), ({ _key }) => _key);
  const [stored] = await graph.run(storedForBatch, {
    connectorId,
    memberKeys: members.map(({ teamMemberId }) => memberKey(connectorId, teamMemberId)),
    userKeys: [...new Set([...derivedKeys, ...matchedKeys])],
  });
  if (!stored) throw new Error('the look-up of members returned no row');
  const known = new Map(stored.members.map((member) => [member.teamMemberId, member]));
  const plan = planMembers(context, members, {
    ...given,
    members: known,
    usersByKey: new Map(stored.users.map((user) => [user._key, user])),
    creators: new Set(stored.creators),
  });
  const withoutMember = await usersWithoutActiveMember(graph, context, plan, new Set(known.keys()));
  const revoke =
    withoutMember.length === 0
      ? []
      : await graph.run(permissionsWithin, {
          users: withoutMember.map(userVertex),
          connectorId,
          limit: REVOKED_PER_TRANSACTION,
        });
  return { members: plan, appEdges: planAppEdges(context, stored.edges, plan.active, withoutMember), revoke };
}

export interface AfterListing {
  /** Stored members that a complete listing did not name, except those that are stored as removed. */
  unlisted: MemberDocument[];
  /** Whether the access of some members has to be applied again. */
  accessDue: boolean;
  /** Keys of documents whose key does not match the member that they name. */
  unreadable: string[];
}

/**
 * Reads all stored members: to be called after every page of the listing is written. `listed`: team_member_ids. The
 * flags of a document whose key does not match its member are cleared, since no phase could ever clear them.
 */
export async function membersAfterListing(
  graph: StandaloneGraph,
  connectorId: string,
  listed: ReadonlySet<string>,
): Promise<AfterListing> {
  const after: AfterListing = { unlisted: [], accessDue: false, unreadable: [] };
  for await (const batch of graph.stream(everyMember, { connectorId })) {
    for (const stored of batch) {
      const member = wellFormedMember(connectorId, stored);
      if (!member) {
        after.unreadable.push(stored._key);
        continue;
      }
      if (!isRemoved(member) && !listed.has(member.teamMemberId)) after.unlisted.push(member);
      after.accessDue ||= member.accessDue;
    }
  }
  for (const keys of chunks(after.unreadable, PATCHES_PER_QUERY))
    await graph.run(patch, { patches: keys.map((_key) => ({ _key, accessDue: false, returned: null })) });
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
  return new Map(allWellFormed(connectorId, members).map((member) => [member.teamMemberId, member]));
}

/** All stored members, including removed ones, in batches. */
export async function* allMembers(graph: StandaloneGraph, connectorId: string): AsyncGenerator<MemberDocument[]> {
  for await (const batch of graph.stream(everyMember, { connectorId })) yield allWellFormed(connectorId, batch);
}

const allWellFormed = (connectorId: string, members: readonly MemberDocument[]): MemberDocument[] =>
  members.flatMap((member) => wellFormedMember(connectorId, member) ?? []);

/** For `readInOneRequest`: `take` gets each stored member, as of `allMembers`. */
export const membersPart = (connectorId: string, take: (member: MemberDocument) => void): Part =>
  part(everyMember, { connectorId }, (stored) => {
    const member = wellFormedMember(connectorId, stored);
    if (member) take(member);
  });

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
