import { isActive, isGranted } from './memberState';
import type { MemberDocument, NamespaceDocument } from './syncDocuments';

/**
 * Computes which members of a team can read a namespace, from its member list. Each member is added once, in any order.
 */
export class Readers {
  private readonly active = new Set<string>();
  /** Members who get what is granted to them or to their groups. */
  readonly granted = new Set<string>();
  private readonly grantedByGroup = new Map<string, Set<string>>();

  add(member: Pick<MemberDocument, 'teamMemberId' | 'status' | 'userKey' | 'groupIds'>): void {
    const { teamMemberId, groupIds } = member;
    if (isActive(member)) this.active.add(teamMemberId);
    if (!isGranted(member)) return;
    this.granted.add(teamMemberId);
    for (const groupId of groupIds) {
      this.grantedByGroup.set(groupId, (this.grantedByGroup.get(groupId) ?? new Set()).add(teamMemberId));
    }
  }

  /** Active members by group, from the groups that Dropbox's member list names for each member. */
  get byGroup(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.grantedByGroup;
  }

  /** The active members who can read a namespace, on their own or through a group. */
  of({ principals }: Pick<NamespaceDocument, 'principals'>): Set<string> {
    const readers = new Set<string>();
    for (const { id, kind } of principals ?? []) {
      if (kind === 'group') for (const member of this.grantedByGroup.get(id) ?? []) readers.add(member);
      else if (this.active.has(id)) readers.add(id);
    }
    return readers;
  }
}
