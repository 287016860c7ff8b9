import { TeamIndex, type IndexedMember } from '../../sync/team';
import type { StandaloneGraph } from '../driver/graph';
import { defineQuery } from '../driver/query';

const members = defineQuery<{ connectorId: string }, IndexedMember>(
  'members.index',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId
     RETURN KEEP(member, "teamMemberId", "accountId", "email", "status", "userKey")`,
  { connectorId: 'connector' },
);

const groups = defineQuery<{ connectorId: string }, { groupId: string; key: string }>(
  'groups.keys',
  `FOR group IN groups
     FILTER group.connectorId == @connectorId
     SORT group._key DESC
     RETURN { groupId: group.externalGroupId, key: group._key }`,
  { connectorId: 'connector' },
);

/** Keys of the stored groups by Dropbox's group id. Of duplicates the smallest key wins, as everywhere. */
export async function groupKeys(graph: StandaloneGraph, connectorId: string): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  for await (const batch of graph.stream(groups, { connectorId }))
    for (const { groupId: id, key } of batch) keys.set(id, key);
  return keys;
}

/** Every member, removed ones included, with what an index of the team holds. */
export const indexedMembers = (graph: StandaloneGraph, connectorId: string): AsyncGenerator<IndexedMember[]> =>
  graph.stream(members, { connectorId });

/** An activity reads it once, after the phases that write members and groups. */
export async function readTeam(graph: StandaloneGraph, connectorId: string): Promise<TeamIndex> {
  const team = new TeamIndex(await groupKeys(graph, connectorId));
  for await (const batch of indexedMembers(graph, connectorId)) for (const member of batch) team.add(member);
  return team;
}
