import type { MemberDocument, Principal } from '../../sync/documents';
import { groupId, userId } from '../driver/context';
import { defineQuery } from '../driver/query';
import type { StandaloneGraph } from '../driver/graph';

/** What the sync asks about a member again and again; a team of 100,000 takes some 30 MB. */
export type IndexedMember = Pick<MemberDocument, 'teamMemberId' | 'accountId' | 'email' | 'status' | 'userKey'>;

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

/** The members of the team as they are stored, by every name that Dropbox has for them. */
export class MemberIndex {
  private readonly byMember = new Map<string, IndexedMember>();
  private readonly byAccount = new Map<string, IndexedMember>();
  private readonly byAddress = new Map<string, IndexedMember>();

  add(member: IndexedMember): void {
    this.byMember.set(member.teamMemberId, member);
    if (member.accountId !== null) this.prefer(this.byAccount, member.accountId, member);
    this.prefer(this.byAddress, member.email, member);
  }

  /** A removed member may share his address with the active one who came back. */
  private prefer(index: Map<string, IndexedMember>, name: string, member: IndexedMember): void {
    if (name !== '' && index.get(name)?.status !== 'active') index.set(name, member);
  }

  get size(): number {
    return this.byMember.size;
  }
  get(teamMemberId: string): IndexedMember | undefined {
    return this.byMember.get(teamMemberId);
  }
  byAccountId(accountId: string): IndexedMember | undefined {
    return this.byAccount.get(accountId);
  }
  byEmail(email: string): IndexedMember | undefined {
    return this.byAddress.get(email.toLowerCase());
  }
  values(): IterableIterator<IndexedMember> {
    return this.byMember.values();
  }
}

/** All members of a connector's team, streamed into an index. */
export async function memberIndex(graph: StandaloneGraph, connectorId: string): Promise<MemberIndex> {
  const index = new MemberIndex();
  for await (const batch of graph.stream(members, { connectorId })) for (const member of batch) index.add(member);
  return index;
}

/** Keys of the stored groups by Dropbox's group id. Of duplicates the smallest key wins, as everywhere. */
export async function groupKeys(graph: StandaloneGraph, connectorId: string): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  for await (const batch of graph.stream(groups, { connectorId }))
    for (const { groupId: id, key } of batch) keys.set(id, key);
  return keys;
}

/** Says which vertex of the graph a principal of Dropbox is. */
export interface PrincipalIndex {
  /**
   * `users/<key>` or `groups/<key>`; null for whoever is to be granted nothing: unknown, not active, without a user.
   */
  vertexOf(principal: Pick<Principal, 'id' | 'kind'>): string | null;
}

export function principalIndexOf(team: MemberIndex, keys: ReadonlyMap<string, string>): PrincipalIndex {
  return {
    vertexOf({ id, kind }) {
      switch (kind) {
        case 'user': {
          const member = team.get(id);
          return member?.status === 'active' && member.userKey !== null ? userId(member.userKey) : null;
        }
        case 'group': {
          const key = keys.get(id);
          return key === undefined ? null : groupId(key);
        }
        default:
          return kind satisfies never;
      }
    },
  };
}

/** Reads members and groups: once an activity, after the phases that write them. */
export async function principalIndex(graph: StandaloneGraph, connectorId: string): Promise<PrincipalIndex> {
  return principalIndexOf(await memberIndex(graph, connectorId), await groupKeys(graph, connectorId));
}
