import type { team, team_log } from 'dropbox';
import { isShared, isTeamAccessible } from './access';
import { changeAccess, allAccounts } from './accessChanges';
import type { Account, Namespace } from './entities';
import { FileNode } from './entities';
import { assetOf, logEvent } from './events';
import { fold } from './fold';
import { chance } from './ids';
import { deleteNamespace } from './items';
import { inProgress, launch, poll } from './jobs';
import { newTeamFolder, relocateMount } from './nesting';
import { refuse } from './problems';
import type { State } from './state';
import { descendants, freeName } from './tree';

type ShownStatus = Namespace['status'] | 'archive_in_progress';

/** The status in one answer. With enough of them, a folder that is being archived is archived. */
function nextStatus(namespace: Namespace): ShownStatus {
  const { status, archivingAnswers = 0 } = namespace;
  if (status !== 'archived' || archivingAnswers === 0) return status;
  namespace.archivingAnswers = archivingAnswers - 1;
  return 'archive_in_progress';
}

function teamFolderMetadata(namespace: Namespace): team.TeamFolderMetadata {
  return {
    team_folder_id: namespace.id,
    name: namespace.name,
    status: { '.tag': nextStatus(namespace) },
    is_team_shared_dropbox: namespace.kind === 'team_root',
    sync_setting: { '.tag': 'default' },
    content_sync_settings: [],
    quota_limit: 0,
  };
}

/** In model B the list holds only the team root, which contains all team content. */
function allTeamFolders(state: State): Namespace[] {
  const kind = state.model === 'B' ? 'team_root' : 'team_folder';
  return [...state.namespaces.values()].filter((namespace) => namespace.kind === kind && !namespace.deleted);
}

export function teamFolders(state: State): team.TeamFolderMetadata[] {
  return allTeamFolders(state).map(teamFolderMetadata);
}

export function teamFolderInfo(state: State, id: string): team.TeamFolderMetadata | undefined {
  const namespace = allTeamFolders(state).find((one) => one.id === id);
  return namespace === undefined ? undefined : teamFolderMetadata(namespace);
}

function requireTeamFolder(state: State, id: string): Namespace {
  const namespace = allTeamFolders(state).find((one) => one.id === id);
  if (namespace === undefined) {
    return refuse<team.BaseTeamFolderError>({
      '.tag': 'access_error',
      access_error: { '.tag': 'invalid_team_folder_id' },
    });
  }
  if (namespace.kind === 'team_root') {
    return refuse<team.BaseTeamFolderError>({
      '.tag': 'team_shared_dropbox_error',
      team_shared_dropbox_error: { '.tag': 'disallowed' },
    });
  }
  return namespace;
}

/** The folder, if it has the status that an operation needs. */
function requireStatus(state: State, id: string, needed: Namespace['status']): Namespace {
  const namespace = requireTeamFolder(state, id);
  const status = nextStatus(namespace);
  return status === needed ? namespace : refuseStatus(status);
}

function refuseStatus(status: ShownStatus): never {
  return refuse<team.BaseTeamFolderError>({ '.tag': 'status_error', status_error: { '.tag': status } });
}

function checkName(state: State, name: string, but?: Namespace): void {
  if (name.trim() === '' || /[/\\<>:"|?*]/.test(name)) {
    refuse<team.TeamFolderCreateError>({ '.tag': 'invalid_folder_name' });
  }
  const wanted = fold(name);
  if (allTeamFolders(state).some((one) => one !== but && fold(one.name) === wanted)) {
    refuse<team.TeamFolderCreateError>({ '.tag': 'folder_name_already_used' });
  }
}

function log(state: State, by: Account | undefined, namespace: Namespace, details: team_log.EventDetails): void {
  if (!state.live) return;
  logEvent(state, details, { actor: by, context: 'team', assets: [assetOf(state, namespace, undefined)] });
}

/** Refused in model B, which has no team folders. The new folder is active and has no members. */
export function createTeamFolder(
  state: State,
  arg: team.TeamFolderCreateArg,
  by = state.admin,
): team.TeamFolderMetadata {
  if (state.model === 'B') return refuse<team.TeamFolderCreateError>({ '.tag': 'other' });
  checkName(state, arg.name);
  const namespace = newTeamFolder(state, arg.name);
  log(state, by, namespace, { '.tag': 'team_folder_create_details' });
  return teamFolderMetadata(namespace);
}

/** Only active folders can be renamed. Mounts that had the previous name are renamed too. */
export function renameTeamFolder(
  state: State,
  arg: team.TeamFolderRenameArg,
  by = state.admin,
): team.TeamFolderMetadata {
  const namespace = requireStatus(state, arg.team_folder_id, 'active');
  checkName(state, arg.name, namespace);
  const previous_folder_name = namespace.name;
  namespace.name = arg.name;
  for (const account of state.accounts.values()) {
    const mount = account.mounts.get(namespace);
    if (mount?.name !== previous_folder_name || mount.parent === undefined) continue;
    const { parent } = mount;
    if (fold(arg.name) === fold(mount.name)) mount.name = arg.name;
    else relocateMount(state, account, namespace, parent, freeName(parent, arg.name));
  }
  log(state, by, namespace, {
    '.tag': 'team_folder_rename_details',
    previous_folder_name,
    new_folder_name: arg.name,
  });
  return teamFolderMetadata(namespace);
}

/** Removes all members from the folder, from the folders nested in it and from their files. */
export function archiveTeamFolder(
  state: State,
  arg: team.TeamFolderArchiveArg,
  by = state.admin,
): team.TeamFolderArchiveLaunch {
  const namespace = requireStatus(state, arg.team_folder_id, 'active');
  changeAccess(state, allAccounts(state), [namespace], () => {
    namespace.status = 'archived';
    removeAllMembers(state, namespace);
  });
  log(state, by, namespace, {
    '.tag': 'team_folder_change_status_details',
    new_value: { '.tag': 'archived' },
    previous_value: { '.tag': 'active' },
  });
  if (arg.force_async_off === true) return { '.tag': 'complete', ...teamFolderMetadata(namespace) };
  namespace.archivingAnswers = state.choices.archiveAnswersInProgress;
  return launch(state, 'archive', namespace);
}

function removeAllMembers(state: State, namespace: Namespace): void {
  for (const group of namespace.acl.groups.keys()) group.namespaces.delete(namespace);
  namespace.acl.accounts.clear();
  namespace.acl.groups.clear();
  namespace.acl.invitees.clear();
  if (state.fileAcls.size > 0) {
    for (const item of descendants(namespace.root)) if (item instanceof FileNode) state.fileAcls.delete(item);
  }
  for (const mount of namespace.inside) if (isShared(mount.target)) removeAllMembers(state, mount.target);
}

export function checkArchiveJob(state: State, jobId: string): team.TeamFolderArchiveJobStatus {
  const done = poll(state, 'archive', jobId);
  return done === undefined ? inProgress : { '.tag': 'complete', ...teamFolderMetadata(done.result as Namespace) };
}

export function activateTeamFolder(state: State, arg: team.TeamFolderIdArg, by = state.admin): team.TeamFolderMetadata {
  const namespace = requireStatus(state, arg.team_folder_id, 'archived');
  changeAccess(state, allAccounts(state), [namespace], () => {
    namespace.status = 'active';
  });
  log(state, by, namespace, {
    '.tag': 'team_folder_change_status_details',
    new_value: { '.tag': 'active' },
    previous_value: { '.tag': 'archived' },
  });
  return teamFolderMetadata(namespace);
}

export function permanentlyDeleteTeamFolder(state: State, arg: team.TeamFolderIdArg, by = state.admin): void {
  const namespace = requireStatus(state, arg.team_folder_id, 'archived');
  log(state, by, namespace, { '.tag': 'team_folder_permanently_delete_details' });
  deleteNamespace(state, namespace);
}

export function namespaces(state: State): team.NamespaceMetadata[] {
  const list: team.NamespaceMetadata[] = [];
  for (const namespace of state.namespaces.values()) {
    if (!isTeamAccessible(namespace)) continue;
    const metadata = namespaceMetadata(state, namespace);
    list.push(metadata);
    if (state.choices.repeatedNamespaces && chance(state.seed, 'repeated', namespace.id) < 0.05) {
      list.push({ ...metadata });
    }
  }
  return list;
}

function namespaceMetadata(state: State, namespace: Namespace): team.NamespaceMetadata {
  const { owner, kind } = namespace;
  return {
    name: namespace.name,
    namespace_id: namespace.id,
    namespace_type: { '.tag': kind === 'team_root' ? state.choices.sharedRootType : kind },
    ...(owner?.memberId === undefined ? {} : { team_member_id: owner.memberId }),
    quota_limit: 0,
  };
}
