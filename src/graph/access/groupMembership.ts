import type { StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';

const membership = defineQuery<{ connectorId: string }, { teamMemberId: string; groupIds: string[] }>(
  'members.groups',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.status == "active" AND member.userKey != null
     RETURN { teamMemberId: member.teamMemberId, groupIds: member.groupIds }`,
  { connectorId: 'connector' },
);

/** Active members by group, from the groups that Dropbox's member list names for each member. */
export async function activeGroupMembers(
  graph: StandaloneGraph,
  connectorId: string,
): Promise<Map<string, Set<string>>> {
  const groups = new Map<string, Set<string>>();
  for await (const batch of graph.stream(membership, { connectorId })) {
    for (const { teamMemberId, groupIds } of batch) {
      for (const groupId of groupIds) {
        const members = groups.get(groupId) ?? new Set<string>();
        members.add(teamMemberId);
        groups.set(groupId, members);
      }
    }
  }
  return groups;
}
