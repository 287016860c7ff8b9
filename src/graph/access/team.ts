import { TeamIndex, type IndexedMember } from '../../sync/team';
import type { StandaloneGraph } from '../driver/graph';
import { part, readInOneRequest, type Part } from '../driver/oneRequest';
import { defineQuery } from '../driver/query';
import { wellFormedIndexedMember } from './storedMember';

const members = defineQuery<{ connectorId: string }, IndexedMember & { _key: string }>(
  'members.index',
  `FOR member IN dropboxMembers
     FILTER member.connectorId == @connectorId
     RETURN KEEP(member, "_key", "teamMemberId", "accountId", "email", "status", "userKey")`,
  { connectorId: 'connector' },
);

interface StoredKey {
  groupId: string;
  key: string;
}

const groups = defineQuery<{ connectorId: string }, StoredKey>(
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

/** For `readInOneRequest`: `take` gets what `groupKeys` reads, of duplicates the one with the smallest key last. */
export const groupKeysPart = (connectorId: string, take: (group: StoredKey) => void): Part =>
  part(groups, { connectorId }, take);

/** Every member, removed ones included, with the fields that an index of the team holds. */
export async function* indexedMembers(graph: StandaloneGraph, connectorId: string): AsyncGenerator<IndexedMember[]> {
  for await (const batch of graph.stream(members, { connectorId }))
    yield batch.flatMap((member) => wellFormedIndexedMember(connectorId, member) ?? []);
}

/** An activity reads it once, after the phases that write members and groups. */
export async function readTeam(graph: StandaloneGraph, connectorId: string): Promise<TeamIndex> {
  const { team, parts } = teamParts(connectorId);
  await readInOneRequest(graph, parts);
  return team;
}

/** For `readInOneRequest`: the parts fill the index. */
export function teamParts(connectorId: string): { team: TeamIndex; parts: Part[] } {
  const keys = new Map<string, string>();
  const team = new TeamIndex(keys);
  const parts = [
    groupKeysPart(connectorId, ({ groupId, key }) => void keys.set(groupId, key)),
    part(members, { connectorId }, (stored) => {
      const member = wellFormedIndexedMember(connectorId, stored);
      if (member) team.add(member);
    }),
  ];
  return { team, parts };
}
