import { isGranted } from '../../sync/memberState';
import type { StandaloneGraph } from '../driver/graph';
import { allMembers } from './members';

/** Active members by group, from the groups that Dropbox's member list names for each member. */
export async function activeGroupMembers(
  graph: StandaloneGraph,
  connectorId: string,
): Promise<Map<string, Set<string>>> {
  const groups = new Map<string, Set<string>>();
  for await (const batch of allMembers(graph, connectorId)) {
    for (const member of batch) {
      if (!isGranted(member)) continue;
      for (const groupId of member.groupIds) {
        groups.set(groupId, (groups.get(groupId) ?? new Set()).add(member.teamMemberId));
      }
    }
  }
  return groups;
}
