import type { async, sharing } from 'dropbox';
import { actingLevel, canEdit, isShared, isTeamManaged, levelOn, ownerOf } from './access';
import type { Account, Acl, Actor, Level, Namespace } from './entities';
import { MountNode } from './entities';
import { assetOf, logEvent } from './events';
import { accessError, sharedNamespace } from './folderMetadata';
import { copyTree, recordItem } from './items';
import { launch } from './jobs';
import type { MemberRef } from './memberships';
import {
  removeFolderMemberFromAcl,
  explicitLevel,
  isAccount,
  isGroup,
  setFolderMember,
  setFolderMembers,
} from './memberships';
import { BadArgument, refuse } from './problems';
import { findMember, isUnknownMember, levelFrom } from './selectors';
import type { State } from './state';
import { containerOf, freeName, insert } from './tree';
import { View } from './view';

/** Whether the actor may change a folder's members. Owners may, and editors unless the folder's policy forbids it. */
export function mayManageMembers(view: View, namespace: Namespace): boolean {
  const level = actingLevel(view.state, view.actor, namespace);
  if (level === 'owner') return true;
  // Team folders have no owner. Under a strict policy the team's admins manage their members.
  if (namespace.policy.aclUpdate === 'owner') return view.actor.admin !== undefined && isTeamManaged(namespace);
  return canEdit(level);
}

function folderToManage(view: View, id: string): Namespace {
  const namespace = sharedNamespace(view, id, accessError);
  if (namespace.kind === 'team_root') return accessError({ '.tag': 'invalid_id' });
  return mayManageMembers(view, namespace)
    ? namespace
    : refuse<sharing.AddFolderMemberError>({ '.tag': 'no_permission' });
}

export function addFolderMember(state: State, actor: Actor, arg: sharing.AddFolderMemberArg): void {
  const view = new View(state, actor);
  const namespace = folderToManage(view, arg.shared_folder_id);
  const wanted = arg.members.map(({ member, access_level }) => {
    const found = findMember(state, member);
    if (isUnknownMember(found)) {
      return refuse<sharing.AddFolderMemberError>({ '.tag': 'bad_member', bad_member: found.problem });
    }
    checkMember(namespace, found);
    const level = levelFrom(access_level, state.choices.defaultFolderLevel);
    if (level === 'owner') throw new BadArgument('access_level: owner is not allowed');
    return { member: found, level };
  });
  for (const { member, level } of wanted) {
    if (explicitLevel(namespace.acl, member) === 'owner') continue;
    setFolderMember(state, namespace, member, level);
    logAddedMember(state, actor, namespace, member, level);
  }
}

function checkMember(namespace: Namespace, member: MemberRef): void {
  if (isGroup(member) && member.kind === 'system_managed' && !isTeamManaged(namespace)) {
    refuse<sharing.AddFolderMemberError>({ '.tag': 'bad_member', bad_member: { '.tag': 'automatic_group' } });
  }
  const isOutside = isAccount(member) ? member.memberId === undefined : !isGroup(member) || !member.sameTeam;
  if (isOutside && namespace.policy.member === 'team') {
    refuse<sharing.AddFolderMemberError>({ '.tag': 'cant_share_outside_team' });
  }
}

function logAddedMember(state: State, actor: Actor, namespace: Namespace, member: MemberRef, level: Level): void {
  const assets = [assetOf(state, namespace, actor.account)];
  const shared_content_access_level: sharing.AccessLevel = { '.tag': level };
  if (typeof member === 'string') {
    logEvent(
      state,
      { '.tag': 'shared_content_add_invitees_details', shared_content_access_level, invitees: [member] },
      { actor: actor.account, assets },
    );
    return;
  }
  logEvent(
    state,
    { '.tag': 'shared_content_add_member_details', shared_content_access_level },
    { actor: actor.account, participants: [member], assets },
  );
}

/** The direct member that an update or removal names, with its level. Throws the route's member_error. */
function memberOf(
  state: State,
  namespace: Namespace,
  selector: sharing.MemberSelector,
): { member: MemberRef; level: Level } {
  const deny = (member_error: sharing.SharedFolderMemberError): never =>
    refuse<sharing.UpdateFolderMemberError>({ '.tag': 'member_error', member_error });
  const member = findMember(state, selector);
  if (isUnknownMember(member)) return deny({ '.tag': 'invalid_dropbox_id' });
  const level = explicitLevel(namespace.acl, member);
  if (level !== undefined) return { member, level };
  const inherited = isAccount(member) ? levelOn(member, namespace) : inheritedLevel(namespace, member);
  return deny(
    inherited === undefined
      ? { '.tag': 'not_a_member' }
      : { '.tag': 'no_explicit_access', access_level: { '.tag': inherited } },
  );
}

function inheritedLevel(namespace: Namespace, member: MemberRef): Level | undefined {
  let at = namespace.inherits ? containerOf(namespace) : undefined;
  while (at !== undefined && isShared(at)) {
    const level = explicitLevel(at.acl, member);
    if (level !== undefined) return level;
    at = at.inherits ? containerOf(at) : undefined;
  }
  return undefined;
}

export function updateFolderMember(
  state: State,
  actor: Actor,
  arg: sharing.UpdateFolderMemberArg,
): sharing.MemberAccessLevelResult {
  const view = new View(state, actor);
  const namespace = folderToManage(view, arg.shared_folder_id);
  const { member, level: previous } = memberOf(state, namespace, arg.member);
  const level = levelFrom(arg.access_level, previous);
  if (previous === 'owner' || level === 'owner') {
    return refuse<sharing.UpdateFolderMemberError>({ '.tag': 'no_permission' });
  }
  setFolderMember(state, namespace, member, level);
  const assets = [assetOf(state, namespace, actor.account)];
  const levels = {
    previous_access_level: { '.tag': previous },
    new_access_level: { '.tag': level },
  } satisfies Record<string, sharing.AccessLevel>;
  if (typeof member === 'string') {
    const details = { '.tag': 'shared_content_change_invitee_role_details' as const, ...levels, invitee: member };
    logEvent(state, details, { actor: actor.account, assets });
  } else {
    const about = { actor: actor.account, participants: [member], assets };
    logEvent(state, { '.tag': 'shared_content_change_member_role_details', ...levels }, about);
  }
  return { access_level: { '.tag': level } };
}

export function removeFolderMember(
  state: State,
  actor: Actor,
  arg: sharing.RemoveFolderMemberArg,
): async.LaunchResultBase {
  const view = new View(state, actor);
  const namespace = folderToManage(view, arg.shared_folder_id);
  const selected = findMember(state, arg.member);
  if (!isUnknownMember(selected) && isAccount(selected) && !namespace.acl.accounts.has(selected)) {
    if (hasGroupAccess(namespace.acl, selected))
      return refuse<sharing.RemoveFolderMemberError>({ '.tag': 'group_access' });
  }
  const { member, level } = memberOf(state, namespace, arg.member);
  if (level === 'owner') return refuse<sharing.RemoveFolderMemberError>({ '.tag': 'folder_owner' });
  const mayCopy = isAccount(member) && namespace.location === undefined && namespace.kind !== 'team_folder';
  if (arg.leave_a_copy && !mayCopy) return refuse<sharing.RemoveFolderMemberError>({ '.tag': 'no_permission' });
  const assets = [assetOf(state, namespace, actor.account)];
  removeFolderMemberFromAcl(state, namespace, member);
  if (arg.leave_a_copy && isAccount(member)) leaveCopy(state, namespace, member);
  if (typeof member === 'string') {
    const details = { '.tag': 'shared_content_remove_invitees_details' as const, invitees: [member] };
    logEvent(state, details, { actor: actor.account, assets });
  } else {
    logEvent(
      state,
      { '.tag': 'shared_content_remove_member_details', shared_content_access_level: { '.tag': level } },
      { actor: actor.account, participants: [member], assets },
    );
  }
  const result: sharing.MemberAccessLevelResult = {};
  return launch(state, 'remove_member', result);
}

function hasGroupAccess(acl: Acl, account: Account): boolean {
  for (const group of acl.groups.keys()) if (group.members.has(account)) return true;
  return false;
}

/** Puts a plain copy of a shared folder into the home of an account that is no longer a member. */
export function leaveCopy(state: State, namespace: Namespace, account: Account): void {
  if (account.status === 'removed') return;
  const copy = copyTree(state, namespace.root, account, true);
  copy.name = freeName(account.home.root, namespace.name);
  insert(state, account.home.root, copy);
  if (!(copy instanceof MountNode)) recordItem(state, copy, 'put_tree');
}

export function transferFolder(state: State, actor: Actor, arg: sharing.TransferFolderArg): void {
  const view = new View(state, actor);
  const namespace = sharedNamespace(view, arg.shared_folder_id, accessError);
  if (namespace.kind !== 'shared_folder' || isTeamManaged(namespace)) {
    return refuse<sharing.TransferFolderError>({ '.tag': 'team_folder' });
  }
  const owner = ownerOf(namespace);
  if (owner !== actor.account) return refuse<sharing.TransferFolderError>({ '.tag': 'no_permission' });
  const next = findMember(state, { '.tag': 'dropbox_id', dropbox_id: arg.to_dropbox_id });
  if (isUnknownMember(next) || !isAccount(next)) {
    return refuse<sharing.TransferFolderError>({ '.tag': 'invalid_dropbox_id' });
  }
  if (levelOn(next, namespace) === undefined) {
    return refuse<sharing.TransferFolderError>({ '.tag': 'new_owner_not_a_member' });
  }
  if (namespace.location === undefined && !next.mounts.has(namespace)) {
    return refuse<sharing.TransferFolderError>({ '.tag': 'new_owner_unmounted' });
  }
  transferOwnership(state, namespace, owner, next, actor.account);
}

/** Makes another member the owner. The previous owner becomes an editor. */
export function transferOwnership(state: State, namespace: Namespace, from: Account, to: Account, by: Account): void {
  setFolderMembers(state, namespace, [
    { member: from, level: 'editor' },
    { member: to, level: 'owner' },
  ]);
  logEvent(
    state,
    {
      '.tag': 'shared_folder_transfer_ownership_details',
      previous_owner_email: from.email,
      new_owner_email: to.email,
    },
    { actor: by, participants: [from, to], assets: [assetOf(state, namespace, by)] },
  );
}

export function relinquishFolderMembership(
  state: State,
  actor: Actor,
  arg: sharing.RelinquishFolderMembershipArg,
): async.LaunchEmptyResult {
  const { account } = actor;
  const deny = (tag: Exclude<sharing.RelinquishFolderMembershipError['.tag'], 'access_error'>): never =>
    refuse<sharing.RelinquishFolderMembershipError>({ '.tag': tag });
  const namespace = sharedNamespace(new View(state, actor), arg.shared_folder_id, accessError);
  if (namespace.kind !== 'shared_folder') return deny('team_folder');
  const own = namespace.acl.accounts.get(account);
  if (own === 'owner') return deny('folder_owner');
  if (own === undefined) return deny(hasGroupAccess(namespace.acl, account) ? 'group_access' : 'no_explicit_access');
  if (account.mounts.has(namespace)) return deny('mounted');
  const assets = [assetOf(state, namespace, account)];
  removeFolderMemberFromAcl(state, namespace, account);
  if (arg.leave_a_copy === true) leaveCopy(state, namespace, account);
  logEvent(state, { '.tag': 'shared_content_relinquish_membership_details' }, { actor: account, assets });
  return arg.leave_a_copy === true ? launch(state, 'sharing', undefined) : { '.tag': 'complete' };
}
