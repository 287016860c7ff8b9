import type { sharing, team_log } from 'dropbox';
import { canEdit, canRead, directLevel, higher, levelOnFile } from './access';
import { actingLevel } from './access';
import type { Account, Actor, Level, Namespace } from './entities';
import { FileNode } from './entities';
import { timestamp } from './entries';
import { assetOf, logEvent } from './events';
import { ownerFields, policyOf } from './folderMetadata';
import { recordItem } from './items';
import type { MemberRef } from './memberships';
import { removeFileMemberFromAcl, explicitLevel, isAccount, isGroup, setFileMember } from './memberships';
import { BadArgument, refuse } from './problems';
import type { Item } from './resolve';
import { isItem, mayEnter, resolve } from './resolve';
import { findMember, isUnknownMember, levelFrom } from './selectors';
import type { State } from './state';
import { namespaceOf } from './tree';
import { View } from './view';

type DenyFile = (error: sharing.SharingFileAccessError) => never;

export interface FoundFile {
  readonly item: Item;
  readonly file: FileNode;
  readonly namespace: Namespace;
}

/** The file of a PathOrId argument. Calls `deny` when the actor may not read it. */
export function resolveFile(view: View, path: string, deny: DenyFile): FoundFile {
  const item = resolve(view, path);
  if (!isItem(item)) return deny({ '.tag': 'invalid_file' });
  if (!(item.node instanceof FileNode)) return deny({ '.tag': 'is_folder' });
  if (!mayEnter(view, item)) return deny({ '.tag': 'no_permission' });
  return { item, file: item.node, namespace: item.namespace };
}

function levelOf(view: View, file: FileNode, namespace: Namespace): Level | undefined {
  const { state, actor } = view;
  return higher(actingLevel(state, actor, namespace), levelOnFile(state, actor.account, file, namespace));
}

function metadata(view: View, { item, file, namespace }: FoundFile): sharing.SharedFileMetadata {
  const { state } = view;
  const level = levelOf(view, file, namespace);
  return {
    id: state.itemIds.encode(file.number),
    name: file.name,
    policy: policyOf(namespace.policy),
    preview_url: `https://www.dropbox.com/scl/fi/${state.itemIds.encode(file.number).slice(3)}`,
    ...(level === undefined ? {} : { access_type: { '.tag': level } }),
    ...(namespace.owner === undefined ? { parent_shared_folder_id: namespace.id } : {}),
    ...ownerFields(state, namespace),
    ...(item.path === undefined ? {} : { path_lower: item.path.lower, path_display: item.path.display }),
    ...(state.fileAcls.has(file) ? { time_invited: timestamp(file.serverModified) } : {}),
  };
}

export function getFileMetadata(
  state: State,
  actor: Actor,
  arg: sharing.GetFileMetadataArg,
): sharing.SharedFileMetadata {
  const view = new View(state, actor);
  return metadata(
    view,
    resolveFile(view, arg.file, (access_error) =>
      refuse<sharing.GetFileMetadataError>({ '.tag': 'access_error', access_error }),
    ),
  );
}

/** Files of other accounts that are shared with this account directly, not through a folder. */
export function listReceivedFiles(state: State, actor: Actor): sharing.SharedFileMetadata[] {
  const view = new View(state, actor);
  const received: sharing.SharedFileMetadata[] = [];
  for (const [file, acl] of state.fileAcls) {
    const namespace = namespaceOf(file);
    if (namespace === undefined || namespace.owner === actor.account) continue;
    if (!canRead(directLevel(acl, actor.account))) continue;
    const item = resolve(view, state.itemIds.encode(file.number));
    if (isItem(item)) received.push(metadata(view, { item, file, namespace }));
  }
  return received;
}

/** The file whose members are to be changed. Owners may do so, and editors unless the folder's policy forbids it. */
function fileToManage(view: View, path: string, deny: DenyFile): FoundFile {
  const found = resolveFile(view, path, deny);
  const level = levelOf(view, found.file, found.namespace);
  const may = level === 'owner' || (canEdit(level) && found.namespace.policy.aclUpdate === 'editors');
  return may ? found : deny({ '.tag': 'no_permission' });
}

function recordMemberChange(state: State, file: FileNode): void {
  if (state.choices.fileMemberChangeDeliversFile) recordItem(state, file, 'put');
}

export function addFileMember(
  state: State,
  actor: Actor,
  arg: sharing.AddFileMemberArgs,
): sharing.FileMemberActionResult[] {
  const view = new View(state, actor);
  const { file, namespace } = fileToManage(view, arg.file, (access_error) =>
    refuse<sharing.AddFileMemberError>({ '.tag': 'access_error', access_error }),
  );
  const level = levelFrom(arg.access_level, state.choices.defaultFileLevel);
  if (level === 'owner') throw new BadArgument('access_level: owner is not allowed');
  return arg.members.map((member) => {
    const found = findMember(state, member);
    if (isUnknownMember(found)) {
      return { member, result: { '.tag': 'member_error', member_error: { '.tag': 'invalid_member' } } };
    }
    const acl = state.fileAcls.get(file);
    if (acl === undefined && namespace.owner !== undefined) setFileMember(state, file, namespace.owner, 'owner');
    setFileMember(state, file, found, level);
    logAddedMember(state, actor, file, found, level);
    recordMemberChange(state, file);
    return { member, result: { '.tag': 'success', success: { '.tag': level } } };
  });
}

function logAddedMember(state: State, actor: Actor, file: FileNode, member: MemberRef, level: Level): void {
  const assets = [assetOf(state, file, actor.account)];
  const shared_content_access_level = { '.tag': level };
  if (isAccount(member) || isGroup(member)) {
    const about = { actor: actor.account, participants: [member], assets };
    logEvent(state, { '.tag': 'shared_content_add_member_details', shared_content_access_level }, about);
  } else {
    const details = { shared_content_access_level, invitees: [member] };
    logEvent(state, { '.tag': 'shared_content_add_invitees_details', ...details }, { actor: actor.account, assets });
  }
}

export function updateFileMember(
  state: State,
  actor: Actor,
  arg: sharing.UpdateFileMemberArgs,
): sharing.MemberAccessLevelResult {
  const view = new View(state, actor);
  const { file } = fileToManage(view, arg.file, (access_error) =>
    refuse<sharing.FileMemberActionError>({ '.tag': 'access_error', access_error }),
  );
  const member = findMember(state, arg.member);
  if (isUnknownMember(member)) {
    return refuse<sharing.FileMemberActionError>({ '.tag': 'invalid_member' });
  }
  const acl = state.fileAcls.get(file);
  const previous = acl === undefined ? undefined : explicitLevel(acl, member);
  if (previous === undefined) return refuse<sharing.FileMemberActionError>({ '.tag': 'no_explicit_access' });
  const level = levelFrom(arg.access_level, previous);
  if (previous === 'owner' || level === 'owner') {
    return refuse<sharing.FileMemberActionError>({ '.tag': 'no_permission' });
  }
  setFileMember(state, file, member, level);
  if (typeof member !== 'string') {
    logEvent(
      state,
      {
        '.tag': 'shared_content_change_member_role_details',
        previous_access_level: { '.tag': previous },
        new_access_level: { '.tag': level },
      },
      { actor: actor.account, participants: [member], assets: [assetOf(state, file, actor.account)] },
    );
  }
  recordMemberChange(state, file);
  return { access_level: { '.tag': level } };
}

export function removeFileMember(
  state: State,
  actor: Actor,
  arg: sharing.RemoveFileMemberArg,
): sharing.FileMemberRemoveActionResult {
  const view = new View(state, actor);
  const { file } = fileToManage(view, arg.file, (access_error) =>
    refuse<sharing.RemoveFileMemberError>({ '.tag': 'access_error', access_error }),
  );
  const member = findMember(state, arg.member);
  if (isUnknownMember(member)) {
    return { '.tag': 'member_error', member_error: { '.tag': 'invalid_member' } };
  }
  const acl = state.fileAcls.get(file);
  const previous = acl === undefined ? undefined : explicitLevel(acl, member);
  if (previous === undefined) return refuse<sharing.RemoveFileMemberError>({ '.tag': 'no_explicit_access' });
  if (previous === 'owner') return { '.tag': 'member_error', member_error: { '.tag': 'no_permission' } };
  const assets = [assetOf(state, file, actor.account)];
  removeFileMemberFromAcl(state, file, member);
  unshareIfOnlyOwner(state, file);
  if (typeof member === 'string') {
    const details: team_log.EventDetails = { '.tag': 'shared_content_remove_invitees_details', invitees: [member] };
    logEvent(state, details, { actor: actor.account, assets });
  } else {
    const about = { actor: actor.account, participants: [member], assets };
    const details = {
      '.tag': 'shared_content_remove_member_details',
      shared_content_access_level: { '.tag': previous },
    } satisfies team_log.EventDetails;
    logEvent(state, details, about);
  }
  recordMemberChange(state, file);
  return { '.tag': 'success' };
}

/** Removes the member list of a file when only its owner is left on it. */
function unshareIfOnlyOwner(state: State, file: FileNode): void {
  const acl = state.fileAcls.get(file);
  if (acl === undefined || acl.groups.size + acl.invitees.size > 0) return;
  const others: Account[] = [...acl.accounts].filter(([, level]) => level !== 'owner').map(([account]) => account);
  if (others.length === 0) state.fileAcls.delete(file);
}

export function unshareFile(state: State, actor: Actor, arg: sharing.UnshareFileArg): void {
  const view = new View(state, actor);
  const { file } = fileToManage(view, arg.file, (access_error) =>
    refuse<sharing.UnshareFileError>({ '.tag': 'access_error', access_error }),
  );
  const assets = [assetOf(state, file, actor.account)];
  state.fileAcls.delete(file);
  logEvent(state, { '.tag': 'shared_content_unshare_details' }, { actor: actor.account, assets });
  recordMemberChange(state, file);
}

export function relinquishFileMembership(state: State, actor: Actor, arg: sharing.RelinquishFileMembershipArg): void {
  const view = new View(state, actor);
  const { file } = resolveFile(view, arg.file, (access_error) =>
    refuse<sharing.RelinquishFileMembershipError>({ '.tag': 'access_error', access_error }),
  );
  const acl = state.fileAcls.get(file);
  const own = acl?.accounts.get(actor.account);
  if (acl === undefined || own === undefined || own === 'owner') {
    const byGroup = acl !== undefined && directLevel(acl, actor.account) !== undefined && own === undefined;
    return refuse<sharing.RelinquishFileMembershipError>({ '.tag': byGroup ? 'group_access' : 'no_permission' });
  }
  const assets = [assetOf(state, file, actor.account)];
  removeFileMemberFromAcl(state, file, actor.account);
  unshareIfOnlyOwner(state, file);
  logEvent(state, { '.tag': 'shared_content_relinquish_membership_details' }, { actor: actor.account, assets });
  recordMemberChange(state, file);
}
