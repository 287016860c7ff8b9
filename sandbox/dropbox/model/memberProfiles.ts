import type { team, users } from 'dropbox';
import type { Account, Role } from './entities';
import { timestamp } from './entries';
import { opaque } from './ids';
import { refuse } from './problems';
import { nameOf, sharingPolicies } from './roots';
import type { State } from './state';

function stamp(milliseconds: number): string {
  return timestamp(Math.floor(milliseconds / 1000));
}

function statusOf(account: Account): team.TeamMemberStatus {
  if (account.status !== 'removed') return { '.tag': account.status === 'external' ? 'invited' : account.status };
  return { '.tag': 'removed', is_recoverable: account.recoverable, is_disconnected: !account.recoverable };
}

const noName: users.Name = {
  given_name: '',
  surname: '',
  familiar_name: '',
  display_name: '',
  abbreviated_name: '',
};

/** The profile in lists of group members, which has no groups and folder ids. */
export function memberProfile(account: Account): team.MemberProfile {
  const { status } = account;
  return {
    team_member_id: account.memberId ?? '',
    account_id: account.accountId,
    email: account.email,
    email_verified: account.emailVerified,
    secondary_emails: account.secondaryEmails.map(({ email, verified }) => ({ email, is_verified: verified })),
    status: statusOf(account),
    // Observed on Dropbox: all parts of an invited member's name are empty.
    name: status === 'invited' ? noName : nameOf(account),
    membership_type: { '.tag': 'full' },
    ...(account.externalId === undefined ? {} : { external_id: account.externalId }),
    ...(account.persistentId === undefined ? {} : { persistent_id: account.persistentId }),
    ...(status === 'invited' && account.invitedAt !== undefined ? { invited_on: stamp(account.invitedAt) } : {}),
    ...(status !== 'invited' && account.joinedAt !== undefined ? { joined_on: stamp(account.joinedAt) } : {}),
    ...(status === 'suspended' && account.suspendedAt !== undefined
      ? { suspended_on: stamp(account.suspendedAt) }
      : {}),
  };
}

function fullProfile(account: Account): team.TeamMemberProfile {
  return {
    ...memberProfile(account),
    groups: [...account.groups].map((group) => group.groupId),
    member_folder_id: account.home.id,
    root_folder_id: account.root.id,
  };
}

const ROLE_NAMES: Record<Exclude<Role, 'member_only'>, { name: string; description: string }> = {
  team_admin: { name: 'Team', description: 'Manage everything and access all permissions' },
  user_management_admin: { name: 'User management', description: 'Add, remove and manage member accounts' },
  support_admin: { name: 'Support', description: 'Help members with limited tasks' },
};

/** The id of a role in members/add_v2 and set_admin_permissions_v2. */
export function roleId(state: State, role: Exclude<Role, 'member_only'>): string {
  return `pid_dbtmr:${opaque(34, 'role', state.seed, role)}`;
}

export function roleOfId(state: State, id: string): Role | undefined {
  const roles = ['team_admin', 'user_management_admin', 'support_admin'] as const;
  return roles.find((role) => roleId(state, role) === id);
}

export function memberInfoOf(state: State, account: Account): team.TeamMemberInfoV2 {
  const profile = fullProfile(account);
  // Observed on Dropbox: roles are absent for an invited member.
  if (account.status === 'invited') return { profile };
  const { role } = account;
  if (role === 'member_only') return { profile, roles: [] };
  return { profile, roles: [{ role_id: roleId(state, role), ...ROLE_NAMES[role] }] };
}

export function teamAccounts(state: State, includeRemoved: boolean): Account[] {
  return [...state.byMemberId.values()].filter((account) => includeRemoved || account.status !== 'removed');
}

export function members(state: State, includeRemoved: boolean): team.TeamMemberInfoV2[] {
  return teamAccounts(state, includeRemoved).map((account) => memberInfoOf(state, account));
}

const withTier = (account: Account): team.TeamMemberInfo => ({
  profile: fullProfile(account),
  role: { '.tag': account.role },
});

export function membersWithTier(state: State, includeRemoved: boolean): team.TeamMemberInfo[] {
  return teamAccounts(state, includeRemoved).map(withTier);
}

export function memberInfoWithTier(state: State, user: team.UserSelectorArg): team.TeamMemberInfo | undefined {
  const account = findUser(state, user);
  return account === undefined ? undefined : withTier(account);
}

export function findUser(state: State, selector: team.UserSelectorArg): Account | undefined {
  switch (selector['.tag']) {
    case 'team_member_id':
      return state.byMemberId.get(selector.team_member_id);
    case 'external_id':
      return teamAccounts(state, true).find((account) => account.externalId === selector.external_id);
    case 'email': {
      const email = selector.email.toLowerCase();
      const account = state.byEmail.get(email);
      if (account?.memberId !== undefined) return account;
      // Someone who is invited may have a personal account with the same address.
      return teamAccounts(state, false).find((one) =>
        [one, ...one.secondaryEmails].some((each) => each.email.toLowerCase() === email),
      );
    }
  }
}

export function memberInfo(state: State, user: team.UserSelectorArg): team.TeamMemberInfoV2 | undefined {
  const account = findUser(state, user);
  return account === undefined ? undefined : memberInfoOf(state, account);
}

export function authenticatedAdmin(state: State): team.TeamMemberProfile {
  const { admin } = state;
  if (admin === undefined) return refuse<team.TokenGetAuthenticatedAdminError>({ '.tag': 'mapping_not_found' });
  if (admin.status !== 'active' || admin.role !== 'team_admin') {
    return refuse<team.TokenGetAuthenticatedAdminError>({ '.tag': 'admin_not_active' });
  }
  return fullProfile(admin);
}

export function info(state: State): team.TeamGetInfoResult {
  const accounts = teamAccounts(state, false);
  return {
    name: state.teamName,
    team_id: state.teamId,
    num_licensed_users: accounts.length + 50,
    num_provisioned_users: accounts.length,
    num_used_licenses: accounts.length,
    policies: {
      sharing: sharingPolicies,
      emm_state: { '.tag': 'disabled' },
      office_addin: { '.tag': 'enabled' },
      suggest_members_policy: { '.tag': 'enabled' },
      top_level_content_policy: { '.tag': 'everyone' },
    },
  };
}
