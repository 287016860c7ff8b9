import { isActive, isRemoved } from './memberState';
import type { MemberDocument, Principal } from './syncDocuments';
import { groupVertex, userVertex } from './vertices';

/**
 * The fields of a member document that the index needs. It keeps the objects it is given: a team of 100,000 takes some
 * 30 MB.
 */
export type IndexedMember = Pick<MemberDocument, 'teamMemberId' | 'accountId' | 'email' | 'status' | 'userKey'>;

/** Looks up the document in the graph that a principal stands for: `users/…` or `groups/…`, or null for none. */
export type PrincipalVertices = Pick<TeamIndex, 'vertexOf'>;

/**
 * The members of a team under every name that a member list may use for them, and the keys of its groups. Read once for
 * an activity, after the phases that write members and groups. Each member is added once, in any order.
 */
export class TeamIndex {
  private readonly membersById = new Map<string, IndexedMember>();
  private readonly membersByAccount = new Map<string, IndexedMember>();
  private readonly membersByEmail = new Map<string, IndexedMember>();
  private readonly groupKeys: ReadonlyMap<string, string>;

  /** `groupKeys`: keys in `groups` by Dropbox's group id. */
  constructor(groupKeys: ReadonlyMap<string, string> = new Map()) {
    this.groupKeys = groupKeys;
  }

  add(member: IndexedMember): void {
    this.membersById.set(member.teamMemberId, member);
    // Someone else may have the address or the account of a removed member by now.
    if (isRemoved(member)) return;
    if (member.accountId) setPreferred(this.membersByAccount, member.accountId, member);
    if (isRealEmail(member.email)) setPreferred(this.membersByEmail, member.email.toLowerCase(), member);
  }

  get size(): number {
    return this.membersById.size;
  }

  /** Every member, removed ones included. */
  members(): IterableIterator<IndexedMember> {
    return this.membersById.values();
  }

  /** Any member, also a removed one: a caller that grants something has to look at the status. */
  byMemberId(teamMemberId: string): IndexedMember | undefined {
    return this.membersById.get(teamMemberId);
  }

  /** The member with this account: an active one where several have it, never a removed one. */
  byAccountId(accountId: string): IndexedMember | undefined {
    return this.membersByAccount.get(accountId);
  }

  /** The member with this address, in any case: an active one where several have it, never a removed one. */
  byEmail(email: string): IndexedMember | undefined {
    return isRealEmail(email) ? this.membersByEmail.get(email.toLowerCase()) : undefined;
  }

  isActive(teamMemberId: string): boolean {
    const member = this.byMemberId(teamMemberId);
    return member !== undefined && isActive(member);
  }

  /** The id of a principal's document; null for one that gets no edge: unknown, inactive, or without a user. */
  vertexOf({ id, kind }: Pick<Principal, 'id' | 'kind'>): string | null {
    switch (kind) {
      case 'user': {
        const member = this.byMemberId(id);
        return member && isActive(member) && member.userKey !== null ? userVertex(member.userKey) : null;
      }
      case 'group': {
        const key = this.groupKeys.get(id);
        return key === undefined ? null : groupVertex(key);
      }
      default:
        kind satisfies never;
        return null;
    }
  }
}

export function teamIndexOf(members: Iterable<IndexedMember>, groupKeys?: ReadonlyMap<string, string>): TeamIndex {
  const team = new TeamIndex(groupKeys);
  for (const member of members) team.add(member);
  return team;
}

/** Dropbox appends `#` to the address of a member who left. Such an address identifies no one. */
export const isRealEmail = (email: string): boolean => email !== '' && !email.endsWith('#');

function setPreferred(index: Map<string, IndexedMember>, name: string, member: IndexedMember): void {
  const known = index.get(name);
  if (known === undefined || comesFirst(member, known)) index.set(name, member);
}

/** The active one; else the smaller id, so that the order in which members are read makes no difference. */
function comesFirst(member: IndexedMember, known: IndexedMember): boolean {
  if (isActive(member) === isActive(known)) return member.teamMemberId < known.teamMemberId;
  return isActive(member);
}
