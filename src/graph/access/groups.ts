import type { GroupDocument } from '../../sync/documents';
import { groupKey } from '../../sync/keys';
import { groupId as groupVertex, userId, type GraphContext } from '../driver/context';
import { removeAllEdgesOf } from '../driver/edges';
import { inTransaction, type StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';
import { readMembers } from './members';
import { noChanges, replaceEdges, type Grant, type PermissionChanges } from './permissions';
import { indexedMembers } from './team';

interface StoredGroup {
  key: string;
  groupId: string;
  name: string;
}

const byExternalId = defineQuery<{ connectorId: string; groupIds: string[] }, StoredGroup>(
  'groups.byExternalId',
  `FOR group IN groups
     FILTER group.externalGroupId IN @groupIds AND group.connectorId == @connectorId
     SORT group._key
     RETURN { key: group._key, groupId: group.externalGroupId, name: group.name }`,
  { connectorId: 'connector', groupIds: ['g:1'] },
);

const everyGroup = defineQuery<{ connectorId: string }, StoredGroup & { users: string[] }>(
  'groups.all',
  `FOR group IN groups
     FILTER group.connectorId == @connectorId
     LET users = (
       FOR edge IN permission
         FILTER edge._to == group._id
         RETURN edge._from
     )
     RETURN { key: group._key, groupId: group.externalGroupId, name: group.name, users: users }`,
  { connectorId: 'connector' },
);

export interface GroupWritten extends PermissionChanges {
  key: string;
  /** Members of the group who get no edge: not active, or unknown. */
  withoutUser: number;
}

/**
 * Makes a group and its members equal to what was read, in one transaction and by difference. The role is always
 * READER, since PipesHub's readers ignore who owns a group. `members` has to be the complete list. A repeat changes
 * nothing.
 */
export async function writeGroup(
  graph: StandaloneGraph,
  context: GraphContext,
  group: { groupId: string; name: string },
  members: readonly { teamMemberId: string }[],
): Promise<GroupWritten> {
  return inTransaction(graph, ['groups', 'permission'], async (tx) => {
    const { connectorId } = context;
    const [stored] = await tx.run(byExternalId, { connectorId, groupIds: [group.groupId] });
    const key = stored?.key ?? groupKey(connectorId, group.groupId);
    if (stored === undefined) await tx.insertAll('groups', [newGroup(context, key, group)], 'update');
    else if (stored.name !== group.name) {
      const renamed = { _key: key, name: group.name, updatedAtTimestamp: context.now };
      await tx.updateAll('groups', [renamed]);
    }
    const ids = members.map((member) => member.teamMemberId);
    const known = await readMembers(tx, connectorId, ids);
    const from = new Map<string, Grant>();
    let withoutUser = 0;
    for (const { teamMemberId } of members) {
      const member = known.get(teamMemberId);
      if (member?.status === 'active' && member.userKey !== null) {
        from.set(userId(member.userKey), { role: 'READER', type: 'USER' });
      } else {
        withoutUser += 1;
      }
    }
    const changes = await replaceEdges(tx, context.now, [{ to: groupVertex(key), from }]);
    return { key, withoutUser, ...changes };
  });
}

function newGroup(context: GraphContext, _key: string, group: { groupId: string; name: string }): GroupDocument {
  return {
    _key,
    orgId: context.orgId,
    name: group.name,
    externalGroupId: group.groupId,
    appName: 'DROPBOX',
    connectorName: 'DROPBOX',
    connectorId: context.connectorId,
    createdAtTimestamp: context.now,
    updatedAtTimestamp: context.now,
  };
}

/** Removes groups and their duplicates, their edges first. A repeat continues where the last call stopped. */
export async function removeGroups(
  graph: StandaloneGraph,
  connectorId: string,
  groupIds: readonly string[],
): Promise<PermissionChanges & { groups: number }> {
  const sum = { ...noChanges(), groups: 0 };
  if (groupIds.length === 0) return sum;
  for (const { key } of await graph.run(byExternalId, { connectorId, groupIds: [...groupIds] })) {
    sum.revoked += await removeAllEdgesOf(graph, 'permission', groupVertex(key));
    sum.groups += await graph.removeAll('groups', [key]);
  }
  return sum;
}

export interface StoredGroupMembers extends StoredGroup {
  /** team_member_ids of the users with an edge to the group. For a user without a member it is the edge's `_from`. */
  members: string[];
}

export async function* storedGroups(graph: StandaloneGraph, connectorId: string): AsyncGenerator<StoredGroupMembers[]> {
  const memberOf = new Map<string, string>();
  for await (const batch of indexedMembers(graph, connectorId)) {
    for (const { teamMemberId, userKey, status } of batch) {
      if (userKey !== null && (status === 'active' || !memberOf.has(userKey))) memberOf.set(userKey, teamMemberId);
    }
  }
  for await (const batch of graph.stream(everyGroup, { connectorId }, 50)) {
    yield batch.map(({ users, ...group }) => ({
      ...group,
      members: users.map((from) => memberOf.get(from.slice('users/'.length)) ?? from),
    }));
  }
}
