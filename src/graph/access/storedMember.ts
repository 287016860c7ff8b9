import { isText, textOrNull } from '../../guards';
import { memberKey } from '../../sync/keys';
import type { MemberDocument } from '../../sync/syncDocuments';
import type { IndexedMember } from '../../sync/team';

type Fields = { readonly [Field in keyof MemberDocument]?: unknown };

/**
 * A stored member with fields of the right types. null if its key does not match the member that it names: one member
 * would get the access of another. An operator or a restored backup may have changed it. The next run that lists the
 * member writes it again. Returns the same object if nothing is wrong, since each phase reads every member.
 */
export function wellFormedMember(connectorId: string, member: MemberDocument): MemberDocument | null {
  const { _key, teamMemberId, email, displayName, groupIds, ...ids }: Fields = member;
  if (typeof teamMemberId !== 'string' || _key !== memberKey(connectorId, teamMemberId)) return null;
  const isWell =
    [email, displayName].every(isText) &&
    [ids.accountId, ids.userKey, ids.homeNamespaceId, ids.rootNamespaceId].every((id) => id === null || isText(id)) &&
    Array.isArray(groupIds) &&
    groupIds.every(isText);
  if (isWell) return member;
  return {
    ...member,
    email: isText(email) ? email : '',
    displayName: isText(displayName) ? displayName : '',
    accountId: textOrNull(ids.accountId),
    userKey: textOrNull(ids.userKey),
    homeNamespaceId: textOrNull(ids.homeNamespaceId),
    rootNamespaceId: textOrNull(ids.rootNamespaceId),
    groupIds: Array.isArray(groupIds) ? groupIds.filter(isText) : [],
  };
}

/** The same for the fields that an index of the team holds. */
export function wellFormedIndexedMember(
  connectorId: string,
  member: IndexedMember & { _key: string },
): IndexedMember | null {
  const { _key, teamMemberId, accountId, email, status, userKey }: Fields = member;
  if (typeof teamMemberId !== 'string' || _key !== memberKey(connectorId, teamMemberId)) return null;
  return {
    teamMemberId,
    accountId: textOrNull(accountId),
    email: isText(email) ? email : '',
    status: status as IndexedMember['status'],
    userKey: textOrNull(userKey),
  };
}
