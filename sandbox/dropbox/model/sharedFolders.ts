import type { async, sharing, team_log } from 'dropbox';
import { actingLevel, canEdit, directAccounts, isShared, isTeamManaged, levelOn, ownerOf } from './access';
import { changeAccess, allAccounts, mount, unmount } from './accessChanges';
import type { Actor, Namespace } from './entities';
import { FileNode, FolderNode } from './entities';
import { assetOf, logEvent } from './events';
import { leaveCopy, mayManageMembers } from './folderMembers';
import { accessError, folderMetadata, sharedNamespace } from './folderMetadata';
import { addFolder, countFiles } from './items';
import { inProgress, launch, poll } from './jobs';
import { convertToNamespace, convertToPlainFolder } from './nesting';
import { refuse } from './problems';
import type { Item } from './resolve';
import { isItem, resolve } from './resolve';
import type { State } from './state';
import { createMissing, mayWrite, nameFor, targetOf } from './targets';
import { containerOf, detach, mountsWithin, namespaceOf } from './tree';
import { View } from './view';

/** A folder with more files is unshared by a job. */
const MAX_FILES_WITHOUT_JOB = 20;

function badPath(bad_path: sharing.SharePathError): never {
  return refuse<sharing.ShareFolderError>({ '.tag': 'bad_path', bad_path });
}

export function shareFolder(state: State, actor: Actor, arg: sharing.ShareFolderArg): sharing.ShareFolderLaunch {
  const view = new View(state, actor);
  const folder = folderToConvert(view, arg.path);
  const container = namespaceOf(folder);
  if (container === undefined) return badPath({ '.tag': 'invalid_path' });
  const inherits = arg.access_inheritance?.['.tag'] !== 'no_inherit';
  const namespace = convertToNamespace(state, folder, actor.account, inherits, !isShared(container));
  // The member who restricts a folder keeps access to it.
  if (!inherits)
    changeAccess(state, [actor.account], [namespace], () => namespace.acl.accounts.set(actor.account, 'owner'));
  namespace.policy = { ...namespace.policy, ...policiesFrom(arg) };
  logEvent(
    state,
    { '.tag': 'shared_folder_create_details', target_ns_id: namespace.id },
    { actor: actor.account, assets: [assetOf(state, namespace, actor.account)] },
  );
  return launched(state, actor, namespace, arg.force_async === true);
}

function launched(state: State, actor: Actor, namespace: Namespace, asJob: boolean): sharing.ShareFolderLaunch {
  const metadata = folderMetadata(new View(state, actor), namespace);
  return asJob ? launch(state, 'share', metadata) : { '.tag': 'complete', ...metadata };
}

/** The plain folder to share. A missing folder is created. */
function folderToConvert(view: View, path: string): FolderNode {
  const { state } = view;
  const item = resolve(view, path);
  if (!isItem(item)) {
    const deny = (): never => badPath({ '.tag': 'invalid_path' });
    const target = targetOf(view, path, deny);
    const name = nameFor(target, false, deny);
    checkContainer(state, target.namespace);
    return addFolder(state, createMissing(view, target), name);
  }
  checkItem(view, item);
  if (!(item.node instanceof FolderNode)) return badPath({ '.tag': 'is_file' });
  checkContainer(state, item.namespace);
  return item.node;
}

function checkItem(view: View, item: Item): void {
  const { node, namespace } = item;
  if (node instanceof FileNode) badPath({ '.tag': 'is_file' });
  if (node.parent === undefined) {
    if (namespace.kind === 'app_folder') badPath({ '.tag': 'is_app_folder' });
    if (!isShared(namespace) || namespace.kind === 'team_root') badPath({ '.tag': 'invalid_path' });
    badPath({ '.tag': 'already_shared', ...folderMetadata(view, namespace) });
  }
  if (!mayWrite(view, namespace)) refuse<sharing.ShareFolderError>({ '.tag': 'no_permission' });
  for (const mount of node instanceof FolderNode ? mountsWithin(node) : []) {
    const { kind } = mount.target;
    if (kind === 'team_folder') badPath({ '.tag': 'contains_team_folder' });
    badPath({ '.tag': kind === 'app_folder' ? 'contains_app_folder' : 'contains_shared_folder' });
  }
}

function checkContainer(state: State, container: Namespace): void {
  if (container.kind === 'app_folder') badPath({ '.tag': 'inside_app_folder' });
  if (isShared(container) && !isTeamManaged(container) && !state.choices.shareInsideSharedFolder) {
    badPath({ '.tag': 'inside_shared_folder' });
  }
}

interface PolicyArguments {
  acl_update_policy?: sharing.AclUpdatePolicy;
  member_policy?: sharing.MemberPolicy;
  shared_link_policy?: sharing.SharedLinkPolicy;
  viewer_info_policy?: sharing.ViewerInfoPolicy;
}

function policiesFrom(arg: PolicyArguments): Partial<Namespace['policy']> {
  const acl = arg.acl_update_policy?.['.tag'];
  const member = arg.member_policy?.['.tag'];
  const link = arg.shared_link_policy?.['.tag'];
  const viewer = arg.viewer_info_policy?.['.tag'];
  return {
    ...(acl === undefined || acl === 'other' ? {} : { aclUpdate: acl }),
    ...(member === 'team' || member === 'anyone' ? { member } : {}),
    ...(link === undefined || link === 'other' ? {} : { sharedLink: link }),
    ...(viewer === undefined || viewer === 'other' ? {} : { viewerInfo: viewer }),
  };
}

export function updateFolderPolicy(
  state: State,
  actor: Actor,
  arg: sharing.UpdateFolderPolicyArg,
): sharing.SharedFolderMetadata {
  const view = new View(state, actor);
  const namespace = sharedNamespace(view, arg.shared_folder_id, accessError);
  const level = actingLevel(state, actor, namespace);
  const may = level === 'owner' || (isTeamManaged(namespace) && canEdit(level));
  if (!may) return refuse<sharing.UpdateFolderPolicyError>({ '.tag': 'no_permission' });
  const before = namespace.policy;
  namespace.policy = { ...before, ...policiesFrom(arg) };
  const assets = [assetOf(state, namespace, actor.account)];
  for (const details of policyChanges(before, namespace.policy)) {
    logEvent(state, details, { actor: actor.account, assets });
  }
  return folderMetadata(new View(state, actor), namespace);
}

function policyChanges(before: Namespace['policy'], after: Namespace['policy']): team_log.EventDetails[] {
  const changes: team_log.EventDetails[] = [];
  if (before.aclUpdate !== after.aclUpdate) {
    changes.push({
      '.tag': 'shared_folder_change_members_management_policy_details',
      new_value: { '.tag': after.aclUpdate },
      previous_value: { '.tag': before.aclUpdate },
    });
  }
  if (before.member !== after.member) {
    changes.push({
      '.tag': 'shared_folder_change_members_policy_details',
      new_value: { '.tag': after.member },
      previous_value: { '.tag': before.member },
    });
  }
  if (before.sharedLink !== after.sharedLink) {
    changes.push({
      '.tag': 'shared_folder_change_link_policy_details',
      new_value: { '.tag': after.sharedLink },
      previous_value: { '.tag': before.sharedLink },
    });
  }
  if (before.viewerInfo !== after.viewerInfo) {
    changes.push({
      '.tag': 'shared_content_change_viewer_info_policy_details',
      new_value: { '.tag': after.viewerInfo },
      previous_value: { '.tag': before.viewerInfo },
    });
  }
  return changes;
}

/** Only for folders nested in the team root of model B and, depending on a choice, in team folders of model C. */
export function setAccessInheritance(
  state: State,
  actor: Actor,
  arg: sharing.SetAccessInheritanceArg,
): sharing.ShareFolderLaunch {
  const view = new View(state, actor);
  const namespace = sharedNamespace(view, arg.shared_folder_id, accessError);
  const allowed =
    namespace.kind === 'shared_folder' &&
    isTeamManaged(namespace) &&
    (state.model === 'B' || (state.model === 'C' && state.choices.inheritanceOfTeamFolders));
  if (!allowed || !mayManageMembers(view, namespace)) {
    return refuse<sharing.SetAccessInheritanceError>({ '.tag': 'no_permission' });
  }
  const inherits = arg.access_inheritance?.['.tag'] !== 'no_inherit';
  if (inherits !== namespace.inherits) {
    setInheritance(state, namespace, inherits, actor);
    const policy = (value: boolean): team_log.SharedFolderMembersInheritancePolicy => ({
      '.tag': value ? 'inherit_members' : 'dont_inherit_members',
    });
    logEvent(
      state,
      {
        '.tag': 'shared_folder_change_members_inheritance_policy_details',
        new_value: policy(inherits),
        previous_value: policy(!inherits),
      },
      { actor: actor.account, assets: [assetOf(state, namespace, actor.account)] },
    );
  }
  return launched(state, actor, namespace, false);
}

function setInheritance(state: State, namespace: Namespace, inherits: boolean, actor: Actor): void {
  const own = levelOn(actor.account, namespace);
  changeAccess(state, allAccounts(state), [namespace], () => {
    namespace.inherits = inherits;
    // The member who restricts a folder keeps access to it.
    if (!inherits && own !== undefined && actor.admin === undefined) namespace.acl.accounts.set(actor.account, own);
  });
}

export function mountFolder(state: State, actor: Actor, arg: sharing.MountFolderArg): sharing.SharedFolderMetadata {
  const view = new View(state, actor);
  const { account } = actor;
  const namespace = sharedNamespace(view, arg.shared_folder_id, accessError);
  const deny = (tag: 'must_automount' | 'already_mounted' | 'inside_shared_folder' | 'not_mountable'): never =>
    refuse<sharing.MountFolderError>({ '.tag': tag });
  if (namespace.kind === 'team_folder') return deny('must_automount');
  if (namespace.kind !== 'shared_folder') return deny('not_mountable');
  if (account.mounts.has(namespace)) return deny('already_mounted');
  const container = containerOf(namespace);
  const containerVisibility = container === undefined ? 'hidden' : view.visibilityOf(container);
  if (containerVisibility === 'full' || containerVisibility === 'traverse') return deny('inside_shared_folder');
  account.unmounted.delete(namespace);
  mount(state, account, namespace);
  const assets = [assetOf(state, namespace, account)];
  logEvent(state, { '.tag': 'shared_folder_mount_details' }, { actor: account, assets });
  return folderMetadata(new View(state, actor), namespace);
}

export function unmountFolder(state: State, actor: Actor, arg: sharing.UnmountFolderArg): void {
  const { account } = actor;
  const namespace = sharedNamespace(new View(state, actor), arg.shared_folder_id, accessError);
  if (namespace.kind !== 'shared_folder') return refuse<sharing.UnmountFolderError>({ '.tag': 'not_unmountable' });
  if (!account.mounts.has(namespace)) {
    return refuse<sharing.UnmountFolderError>(
      namespace.location === undefined
        ? { '.tag': 'access_error', access_error: { '.tag': 'unmounted' } }
        : { '.tag': 'not_unmountable' },
    );
  }
  const assets = [assetOf(state, namespace, account)];
  account.unmounted.add(namespace);
  unmount(state, account, namespace);
  logEvent(state, { '.tag': 'shared_folder_unmount_details' }, { actor: account, assets });
}

export function unshareFolder(state: State, actor: Actor, arg: sharing.UnshareFolderArg): async.LaunchEmptyResult {
  const view = new View(state, actor);
  const namespace = sharedNamespace(view, arg.shared_folder_id, accessError);
  const deny = (tag: 'team_folder' | 'no_permission'): never => refuse<sharing.UnshareFolderError>({ '.tag': tag });
  if (namespace.kind !== 'shared_folder') return deny('team_folder');
  const container = containerOf(namespace);
  const insideShared = container !== undefined && !isTeamManaged(container);
  if (insideShared || [...namespace.inside].some((inner) => isShared(inner.target))) return deny('no_permission');
  const owner = ownerOf(namespace);
  if (container === undefined ? owner !== actor.account : !mayManageMembers(view, namespace))
    return deny('no_permission');
  const assets = [assetOf(state, namespace, actor.account)];
  const large = countFiles(namespace.root) > MAX_FILES_WITHOUT_JOB;
  const others = [...namespace.acl.accounts.keys()].filter((account) => account !== owner);
  restorePlainFolder(state, namespace, actor);
  if (arg.leave_a_copy === true) for (const account of others) leaveCopy(state, namespace, account);
  logEvent(state, { '.tag': 'shared_content_unshare_details' }, { actor: actor.account, assets });
  return large ? launch(state, 'sharing', undefined) : { '.tag': 'complete' };
}

/** Turns a shared folder back into a plain folder, at its owner's mount or in its container. */
function restorePlainFolder(state: State, namespace: Namespace, actor: Actor): void {
  const place = namespace.location ?? actor.account.mounts.get(namespace);
  const parent = place?.parent ?? actor.account.home.root;
  const name = place?.name ?? namespace.name;
  const accounts = namespace.location === undefined ? directAccounts(namespace.acl) : allAccounts(state);
  changeAccess(state, accounts, [namespace], () => {
    for (const group of namespace.acl.groups.keys()) group.namespaces.delete(namespace);
    for (const account of state.accounts.values()) unmount(state, account, namespace);
    const { location } = namespace;
    if (location !== undefined) {
      detach(location);
      delete namespace.location;
    }
    convertToPlainFolder(state, namespace, parent, name);
  });
}

export function checkShareJob(state: State, jobId: string): sharing.ShareFolderJobStatus {
  const done = poll(state, 'share', jobId);
  if (done === undefined) return inProgress;
  return { '.tag': 'complete', ...(done.result as sharing.SharedFolderMetadata) };
}

export function checkRemoveMemberJob(state: State, jobId: string): sharing.RemoveMemberJobStatus {
  const done = poll(state, 'remove_member', jobId);
  return done === undefined ? inProgress : { '.tag': 'complete' };
}

export function checkJob(state: State, jobId: string): sharing.JobStatus {
  const done = poll(state, 'sharing', jobId);
  return done === undefined ? inProgress : { '.tag': 'complete' };
}
