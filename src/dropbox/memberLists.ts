import type { sharing } from 'dropbox';
import type { ListedMembers } from '../sync/access';
import { tagOf } from './unions';

type MemberPage = Pick<sharing.SharedFolderMembers, 'users' | 'groups' | 'invitees'>;

/** A page of members in plain form. Its levels are effective ones: Dropbox combines inherited and direct access. */
export const listedMembersOf = ({ users, groups, invitees }: MemberPage): ListedMembers => ({
  users: users.map(({ user, ...membership }) => ({
    teamMemberId: user.team_member_id ?? null,
    accountId: user.account_id,
    email: user.email,
    sameTeam: user.same_team,
    ...levelOf(membership),
  })),
  groups: groups.map(({ group, ...membership }) => ({
    groupId: group.group_id,
    name: group.group_name,
    sameTeam: group.same_team,
    ...levelOf(membership),
  })),
  invitees: invitees.map(levelOf),
});

const levelOf = ({ access_type: level, is_inherited: inherited }: Omit<sharing.MembershipInfo, 'permissions'>) => ({
  level: tagOf('accessLevel', level),
  inherited: inherited ?? false,
});

export async function allListed(listing: AsyncIterable<MemberPage>): Promise<ListedMembers> {
  const members: ListedMembers = { users: [], groups: [], invitees: [] };
  for await (const page of listing) {
    const { users, groups, invitees } = listedMembersOf(page);
    members.users.push(...users);
    members.groups.push(...groups);
    members.invitees.push(...invitees);
  }
  return members;
}
