import { defineQuery } from '../driver/query';
import type { StandaloneGraph } from '../driver/graph';

const membership = defineQuery<{ connectorId: string }, { teamMemberId: string; groupIds: string[] }>(
  'members.groups',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId AND member.status == "active" AND member.userKey != null
     RETURN { teamMemberId: member.teamMemberId, groupIds: member.groupIds }`,
  { connectorId: 'connector' },
);

/** Active members of each group, as the members themselves are said to belong to groups. */
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
