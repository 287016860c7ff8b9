import type { sharing } from 'dropbox';
import { failure } from '../failures';
import { isText, textOrNull } from '../guards';
import type { ListedMembers, UnreadableName } from '../sync/access';
import { hasTagAtAll, type Unchecked } from './unchecked';
import { tagOf } from './unions';

type MemberPage = Pick<sharing.SharedFolderMembers, 'users' | 'groups' | 'invitees'>;

/** Whether none of its three lists is absent: an absent list is not an empty one. */
export const isWhole = (page: Unchecked<MemberPage> | null | undefined): page is MemberPage =>
  [page?.users, page?.groups, page?.invitees].every(Array.isArray);

/**
 * A page of members in plain form. Its levels are effective ones: Dropbox combines inherited and direct access. A name
 * that lacks a required field is `unreadable`. @throws DropboxUnexpected when one of its lists is absent
 */
export function listedMembersOf(page: Unchecked<MemberPage>): Required<ListedMembers> {
  if (!isWhole(page)) throw failure('DropboxUnexpected', 'its member list is incomplete');
  const { users, groups, invitees } = page;
  const unreadable: UnreadableName[] = [];
  return {
    users: users.flatMap((named: Unchecked<sharing.UserMembershipInfo> | null) => {
      const listed = named ?? {};
      const { team_member_id: member, account_id, email, same_team: sameTeam } = (listed.user ?? {}) as UncheckedUser;
      const accountId = textOrNull(account_id) ?? '';
      const teamMemberId = textOrNull(member);
      if (isText(accountId) && isText(email) && typeof sameTeam === 'boolean' && hasTagAtAll(listed.access_type))
        return [{ teamMemberId, accountId, email, sameTeam, ...levelOf(listed) }];
      unreadable.push({ teamMemberId, accountId });
      return [];
    }),
    groups: groups.flatMap((named: Unchecked<sharing.GroupMembershipInfo> | null) => {
      const listed = named ?? {};
      const { group_id: groupId, group_name: name, same_team: sameTeam } = (listed.group ?? {}) as UncheckedGroup;
      if (
        isText(groupId) &&
        typeof name === 'string' &&
        typeof sameTeam === 'boolean' &&
        hasTagAtAll(listed.access_type)
      )
        return [{ groupId, name, sameTeam, ...levelOf(listed) }];
      unreadable.push(isText(groupId) ? { groupId } : {});
      return [];
    }),
    invitees: invitees.map((named: Unchecked<sharing.MembershipInfo> | null) => levelOf(named ?? {})),
    unreadable,
  };
}

type UncheckedUser = Unchecked<sharing.UserInfo>;
type UncheckedGroup = Unchecked<sharing.GroupInfo>;

const levelOf = ({ access_type: level, is_inherited: inherited }: Unchecked<sharing.MembershipInfo>) => ({
  level: tagOf('accessLevel', level),
  inherited: inherited === true,
});

/** All pages of a member list as one list. @throws DropboxUnexpected as `listedMembersOf` */
export async function allListed(listing: AsyncIterable<MemberPage>): Promise<ListedMembers> {
  const members: Required<ListedMembers> = { users: [], groups: [], invitees: [], unreadable: [] };
  for await (const page of listing) {
    const { users, groups, invitees, unreadable } = listedMembersOf(page);
    members.users.push(...users);
    members.groups.push(...groups);
    members.invitees.push(...invitees);
    members.unreadable.push(...unreadable);
  }
  return members;
}
