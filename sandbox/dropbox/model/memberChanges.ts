import type { async, team, team_log } from 'dropbox';
import { changeAccess } from './accessChanges';
import { joinEveryoneGroup, leaveGroup, newMember } from './accounts';
import type { Account, Namespace, Role } from './entities';
import { FolderNode, MountNode } from './entities';
import { logEvent } from './events';
import { transferOwnership } from './folderMembers';
import { addFolder, moveItem, recordItem, removeItem, removeMount } from './items';
import { launch } from './jobs';
import { findUser, memberInfoOf, roleOfId, teamAccounts } from './memberProfiles';
import { joinWithPersonalAccount, personalAccountOf } from './personalAccounts';
import { BadArgument, refuse } from './problems';
import type { State } from './state';
import { freeName, mountsWithin, placeInNamespace } from './tree';

type MemberStatusTag = Exclude<team_log.MemberStatus['.tag'], 'other'>;

function logStatus(
  state: State,
  by: Account | undefined,
  member: Account,
  previous: MemberStatusTag | undefined,
  now: MemberStatusTag,
  action?: team_log.ActionDetails,
): void {
  logEvent(
    state,
    {
      '.tag': 'member_change_status_details',
      new_value: { '.tag': now },
      ...(previous === undefined ? {} : { previous_value: { '.tag': previous } }),
      ...(action === undefined ? {} : { action }),
    },
    { actor: by, context: member },
  );
}

export function addMembers(state: State, list: team.MemberAddV2Arg[], by = state.admin): team.MemberAddV2Result[] {
  const wanted = list.map((arg) => ({ arg, role: roleOf(state, arg.role_ids) }));
  return wanted.map(({ arg, role }) => addMember(state, arg, role, by));
}

/** Throws BadArgument for a role that the team does not have, before any member is added. */
function roleOf(state: State, [id]: readonly string[] = []): Role {
  const role = id === undefined ? 'member_only' : roleOfId(state, id);
  if (role === undefined) throw new BadArgument(`role_ids: '${String(id)}' is not a role of this team`);
  return role;
}

function addMember(
  state: State,
  arg: team.MemberAddV2Arg,
  role: Role,
  by: Account | undefined,
): team.MemberAddV2Result {
  const email = arg.member_email;
  const personal = personalAccountOf(state, email);
  if (personal === undefined && state.byEmail.get(email.toLowerCase())?.status === 'external') {
    return { '.tag': 'user_on_another_team', user_on_another_team: email };
  }
  const known = findUser(state, { '.tag': 'email', email });
  if (known !== undefined && known.status !== 'removed') {
    return { '.tag': 'user_already_on_team', user_already_on_team: email };
  }
  const externalId = arg.member_external_id;
  if (externalId !== undefined && findUser(state, { '.tag': 'external_id', external_id: externalId }) !== undefined) {
    return { '.tag': 'duplicate_external_member_id', duplicate_external_member_id: email };
  }
  const account = newMember(state, {
    email,
    ...(arg.member_given_name === undefined ? {} : { givenName: arg.member_given_name }),
    ...(arg.member_surname === undefined ? {} : { surname: arg.member_surname }),
    ...(externalId === undefined ? {} : { externalId }),
    role,
    status: 'invited',
  });
  // What is shared with the address is shared with the personal account, until its owner joins.
  if (personal !== undefined) state.byEmail.set(email.toLowerCase(), personal);
  logStatus(state, by, account, 'not_joined', 'invited', {
    '.tag': 'team_invite_details',
    invite_method: { '.tag': 'member_invite' },
  });
  return { '.tag': 'success', ...memberInfoOf(state, account) };
}

/** Accepts an invitation. The member also joins the folders and files that their address was invited to. */
export function activateMember(state: State, memberId: string): void {
  const account = state.byMemberId.get(memberId);
  if (account?.status !== 'invited') throw new BadArgument(`team_member_id: '${memberId}' is not invited`);
  account.status = 'active';
  account.joinedAt = state.clock();
  if (account.role === 'team_admin') state.admin ??= account;
  joinEveryoneGroup(state, account);
  const brought = joinWithPersonalAccount(state, account);
  logStatus(state, account, account, 'invited', 'active', {
    '.tag': 'team_join_details',
    linked_apps: [],
    linked_devices: [],
    linked_shared_folders: brought.map(folderInfo),
    has_linked_apps: false,
    has_linked_devices: false,
    has_linked_shared_folders: brought.length > 0,
  });
  claimInvitations(state, account);
}

const folderInfo = (namespace: Namespace): team_log.FolderLogInfo => ({
  path: { namespace_relative: { ns_id: namespace.id, is_shared_namespace: true } },
});

function claimInvitations(state: State, account: Account): void {
  const email = account.email.toLowerCase();
  for (const namespace of state.namespaces.values()) {
    const level = namespace.acl.invitees.get(email);
    if (level === undefined || namespace.deleted) continue;
    changeAccess(state, [account], [namespace], () => {
      namespace.acl.invitees.delete(email);
      namespace.acl.accounts.set(account, level);
      namespace.invitedAt.set(account, state.clock());
    });
    logClaim(state, account, { '.tag': 'folder', ...folderInfo(namespace) });
  }
  for (const [file, acl] of state.fileAcls) {
    const level = acl.invitees.get(email);
    if (level === undefined) continue;
    acl.invitees.delete(email);
    acl.accounts.set(account, level);
    const place = placeInNamespace(file);
    if (place === undefined) continue;
    const namespace_relative = { ns_id: place.namespace.id, relative_path: place.display };
    logClaim(state, account, { '.tag': 'file', path: { namespace_relative }, display_name: file.name });
  }
}

function logClaim(state: State, account: Account, asset: team_log.AssetLogInfo): void {
  logEvent(state, { '.tag': 'shared_content_claim_invitation_details' }, { actor: account, assets: [asset] });
}

/** The member that a write names, who must be on the team. */
function requireTeamMember(state: State, user: team.UserSelectorArg): Account {
  const account = findUser(state, user);
  if (account === undefined) return refuse<team.MembersDeactivateError>({ '.tag': 'user_not_found' });
  if (account.status === 'removed') return refuse<team.MembersDeactivateError>({ '.tag': 'user_not_in_team' });
  return account;
}

function isLastAdmin(state: State, account: Account): boolean {
  const admins = teamAccounts(state, false).filter((one) => one.role === 'team_admin' && one.status === 'active');
  return admins.length === 1 && admins[0] === account;
}

export function suspendMember(state: State, arg: team.MembersDeactivateArg, by = state.admin): void {
  const account = requireTeamMember(state, arg.user);
  if (account.status !== 'active') return refuse<team.MembersSuspendError>({ '.tag': 'suspend_inactive_user' });
  if (isLastAdmin(state, account)) return refuse<team.MembersSuspendError>({ '.tag': 'suspend_last_admin' });
  account.status = 'suspended';
  account.suspendedAt = state.clock();
  logStatus(state, by, account, 'active', 'suspended');
}

export function unsuspendMember(state: State, arg: team.MembersUnsuspendArg, by = state.admin): void {
  const account = requireTeamMember(state, arg.user);
  if (account.status !== 'suspended') {
    return refuse<team.MembersUnsuspendError>({ '.tag': 'unsuspend_non_suspended_member' });
  }
  account.status = 'active';
  delete account.suspendedAt;
  logStatus(state, by, account, 'suspended', 'active');
}

export function removeMember(state: State, arg: team.MembersRemoveArg, by = state.admin): async.LaunchEmptyResult {
  const account = requireTeamMember(state, arg.user);
  if (isLastAdmin(state, account)) return refuse<team.MembersRemoveError>({ '.tag': 'remove_last_admin' });
  const keepsAccount = arg.keep_account === true;
  if (keepsAccount && arg.transfer_dest_id !== undefined) {
    return refuse<team.MembersRemoveError>({ '.tag': 'cannot_keep_account_and_transfer' });
  }
  if (keepsAccount && arg.wipe_data !== false) {
    return refuse<team.MembersRemoveError>({ '.tag': 'cannot_keep_account_and_delete_data' });
  }
  if (arg.retain_team_shares === true && !keepsAccount) {
    return refuse<team.MembersRemoveError>({ '.tag': 'cannot_retain_shares_when_no_account_kept' });
  }
  if (arg.permanently_delete_files === true && arg.transfer_dest_id !== undefined) {
    return refuse<team.MembersRemoveError>({ '.tag': 'cannot_permanently_delete_and_transfer' });
  }
  const recipient =
    arg.transfer_dest_id === undefined ? undefined : transferRecipient(state, arg.transfer_dest_id, account);
  const previous = account.status === 'suspended' ? 'suspended' : account.status === 'invited' ? 'invited' : 'active';
  if (recipient !== undefined) transferContents(state, account, recipient, by);
  if (arg.permanently_delete_files === true) {
    for (const child of [...account.home.root.children.values()]) {
      if (!(child instanceof MountNode)) removeItem(state, child);
    }
    account.home.root.deleted?.clear();
    logEvent(state, { '.tag': 'member_permanently_delete_account_contents_details' }, { actor: by, context: account });
  }
  for (const group of [...account.groups]) leaveGroup(state, group, account);
  setStatus(state, account, 'removed');
  account.recoverable = !keepsAccount && arg.permanently_delete_files !== true;
  const { location } = account.home;
  const place = location === undefined ? undefined : placeInNamespace(location);
  if (place !== undefined) state.record(place.namespace, place.lower, 'gone', { hasNested: true });
  account.home.deleted = true;
  const how = keepsAccount
    ? arg.retain_team_shares === true
      ? 'offboard_and_retain_team_folders'
      : 'offboard'
    : 'delete';
  logStatus(state, by, account, previous, 'removed', { '.tag': 'remove_action', remove_action: { '.tag': how } });
  return launch(state, 'team', undefined);
}

/** A removed member has no access. A recovered member regains the access that their memberships give. */
function setStatus(state: State, account: Account, status: 'active' | 'removed'): void {
  changeAccess(state, [account], state.namespaces.values(), () => {
    account.status = status;
  });
}

function transferRecipient(state: State, selector: team.UserSelectorArg, from: Account): Account {
  const recipient = findUser(state, selector);
  if (recipient === undefined) return refuse<team.MembersRemoveError>({ '.tag': 'transfer_dest_user_not_found' });
  if (recipient === from) return refuse<team.MembersRemoveError>({ '.tag': 'removed_and_transfer_dest_should_differ' });
  if (recipient.status !== 'active')
    return refuse<team.MembersRemoveError>({ '.tag': 'transfer_dest_user_not_in_team' });
  return recipient;
}

/** Transfers the content of a home and the ownership of shared folders to another member. */
function transferContents(state: State, from: Account, recipient: Account, by: Account | undefined): void {
  const target = addFolder(state, recipient.home.root, freeName(recipient.home.root, from.home.name));
  for (const child of [...from.home.root.children.values()]) {
    if (child instanceof MountNode) continue;
    if (child instanceof FolderNode) for (const mount of mountsWithin(child)) removeMount(state, mount);
    moveItem(state, child, target, child.name);
  }
  for (const namespace of state.namespaces.values()) {
    if (namespace.deleted || namespace.acl.accounts.get(from) !== 'owner') continue;
    transferOwnership(state, namespace, from, recipient, by ?? recipient);
  }
  logEvent(
    state,
    { '.tag': 'member_transfer_account_contents_details' },
    { actor: by, context: from, participants: [recipient] },
  );
}

export function recoverMember(state: State, arg: team.MembersRecoverArg, by = state.admin): void {
  const account = findUser(state, arg.user);
  if (account === undefined) return refuse<team.MembersRecoverError>({ '.tag': 'user_not_found' });
  if (account.status !== 'removed') return refuse<team.MembersRecoverError>({ '.tag': 'user_not_in_team' });
  // Another member may have been added with the same address.
  const isTaken = state.byEmail.get(account.email.toLowerCase()) !== account;
  if (!account.recoverable || isTaken) return refuse<team.MembersRecoverError>({ '.tag': 'user_unrecoverable' });
  account.home.deleted = false;
  setStatus(state, account, 'active');
  joinEveryoneGroup(state, account);
  if (account.home.location !== undefined) recordItem(state, account.home.location, 'put_tree');
  logStatus(state, by, account, 'removed', 'active');
}

export function setProfile(state: State, arg: team.MembersSetProfileArg, by = state.admin): team.TeamMemberInfoV2 {
  const account = requireTeamMember(state, arg.user);
  const { new_email: email, new_external_id: externalId, new_given_name: given, new_surname: surname } = arg;
  const nothing = [email, externalId, given, surname, arg.new_persistent_id].every((value) => value === undefined);
  if (nothing) return refuse<team.MembersSetProfileError>({ '.tag': 'no_new_data_specified' });
  const other = email === undefined ? undefined : state.byEmail.get(email.toLowerCase());
  if (other !== undefined && other !== account) {
    return refuse<team.MembersSetProfileError>({ '.tag': 'email_reserved_for_other_user' });
  }
  const idHolder =
    externalId === undefined ? undefined : findUser(state, { '.tag': 'external_id', external_id: externalId });
  if (idHolder !== undefined && idHolder !== account) {
    return refuse<team.MembersSetProfileError>({ '.tag': 'external_id_used_by_other_user' });
  }
  if (email !== undefined && email !== account.email) {
    const previous_value = account.email;
    if (state.byEmail.get(previous_value.toLowerCase()) === account) state.byEmail.delete(previous_value.toLowerCase());
    account.email = email;
    state.byEmail.set(email.toLowerCase(), account);
    logEvent(
      state,
      { '.tag': 'member_change_email_details', new_value: email, previous_value },
      { actor: by, context: account },
    );
  }
  if (given !== undefined || surname !== undefined) changeName(state, account, given, surname, by);
  if (externalId !== undefined) changeExternalId(state, account, externalId, by);
  if (arg.new_persistent_id !== undefined) account.persistentId = arg.new_persistent_id;
  return memberInfoOf(state, account);
}

function changeName(
  state: State,
  account: Account,
  given: string | undefined,
  surname: string | undefined,
  by: Account | undefined,
): void {
  const previous_value = { given_name: account.givenName, surname: account.surname };
  account.givenName = given ?? account.givenName;
  account.surname = surname ?? account.surname;
  const new_value = { given_name: account.givenName, surname: account.surname };
  logEvent(state, { '.tag': 'member_change_name_details', new_value, previous_value }, { actor: by, context: account });
}

function changeExternalId(state: State, account: Account, externalId: string, by: Account | undefined): void {
  const previous_value = account.externalId;
  account.externalId = externalId;
  const about = { actor: by, context: account };
  if (previous_value === undefined) {
    logEvent(state, { '.tag': 'member_add_external_id_details', new_value: externalId }, about);
  } else {
    logEvent(state, { '.tag': 'member_change_external_id_details', new_value: externalId, previous_value }, about);
  }
}

export function setRole(state: State, user: team.UserSelectorArg, role: Role, by = state.admin): void {
  const account = requireTeamMember(state, user);
  if (isLastAdmin(state, account) && role !== 'team_admin') {
    return refuse<team.MembersSetPermissions2Error>({ '.tag': 'last_admin' });
  }
  const previous = account.role;
  account.role = role;
  logEvent(
    state,
    { '.tag': 'member_change_admin_role_details', new_value: { '.tag': role }, previous_value: { '.tag': previous } },
    { actor: by, context: account },
  );
}
