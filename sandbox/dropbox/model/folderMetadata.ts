import type { sharing, users } from 'dropbox';
import { actingLevel, belongsToTeam, isShared, isTeamManaged, ownerOf } from './access';
import type { Account, Actor, FolderPolicy, Namespace } from './entities';
import { timestamp } from './entries';
import { displayName } from './events';
import { refuse } from './problems';
import type { State } from './state';
import { containerOf } from './tree';
import { View } from './view';

/** The shared namespace with the given id, which the actor must see at least as `traverse`. Calls `deny` otherwise. */
export function sharedNamespace(
  view: View,
  id: string,
  deny: (error: sharing.SharedFolderAccessError) => never,
): Namespace {
  const namespace = view.state.namespaces.get(id);
  if (namespace === undefined || namespace.deleted || !isShared(namespace)) return deny({ '.tag': 'invalid_id' });
  const visibility = view.visibilityOf(namespace);
  if (visibility !== 'full' && visibility !== 'traverse') return deny({ '.tag': 'not_a_member' });
  return namespace;
}

/** Throws a SharedFolderAccessError under the tag `access_error`, as most routes declare it. */
export function accessError(access_error: sharing.SharedFolderAccessError): never {
  return refuse({ '.tag': 'access_error', access_error } satisfies sharing.AddFolderMemberErrorAccessError);
}

function teamOf(state: State, owner: Account | undefined): users.Team | undefined {
  if (owner === undefined || owner.memberId !== undefined) return { id: state.teamId, name: state.teamName };
  return owner.foreignTeam;
}

export function policyOf(policy: FolderPolicy): sharing.FolderPolicy {
  return {
    acl_update_policy: { '.tag': policy.aclUpdate },
    shared_link_policy: { '.tag': policy.sharedLink },
    member_policy: { '.tag': policy.member },
    resolved_member_policy: { '.tag': policy.member },
    viewer_info_policy: { '.tag': policy.viewerInfo },
  };
}

export function ownerFields(state: State, namespace: Namespace) {
  const owner = ownerOf(namespace);
  const team = belongsToTeam(namespace) ? teamOf(state, undefined) : teamOf(state, owner);
  return {
    ...(owner === undefined ? {} : { owner_display_names: [displayName(owner)] }),
    ...(team === undefined ? {} : { owner_team: team }),
  };
}

export function folderMetadata(view: View, namespace: Namespace): sharing.SharedFolderMetadata {
  const { state, actor } = view;
  const container = containerOf(namespace);
  const sharedContainer = container !== undefined && isShared(container) ? container : undefined;
  const placement = view.placementOf(namespace);
  const level = view.visibilityOf(namespace) === 'traverse' ? 'traverse' : actingLevel(state, actor, namespace);
  return {
    name: view.mountOf(namespace)?.name ?? namespace.name,
    shared_folder_id: namespace.id,
    access_type: { '.tag': level ?? 'no_access' },
    is_team_folder: namespace.kind === 'team_folder',
    is_inside_team_folder: namespace.kind === 'shared_folder' && isTeamManaged(namespace),
    policy: policyOf(namespace.policy),
    preview_url: `https://www.dropbox.com/scl/fo/${namespace.id}`,
    time_invited: timestamp(Math.floor((namespace.invitedAt.get(actor.account) ?? namespace.createdAt) / 1000)),
    access_inheritance: { '.tag': namespace.inherits ? 'inherit' : 'no_inherit' },
    folder_id: state.itemIds.encode(namespace.root.number),
    ...ownerFields(state, namespace),
    ...(sharedContainer === undefined
      ? {}
      : { parent_shared_folder_id: sharedContainer.id, parent_folder_name: sharedContainer.name }),
    ...(placement === undefined || placement.lower === ''
      ? {}
      : { path_lower: placement.lower, path_display: placement.display }),
  };
}

export function getFolderMetadata(
  state: State,
  actor: Actor,
  arg: sharing.GetMetadataArgs,
): sharing.SharedFolderMetadata {
  const view = new View(state, actor);
  const deny = (error: sharing.SharedFolderAccessError): never => refuse(error);
  return folderMetadata(view, sharedNamespace(view, arg.shared_folder_id, deny));
}

/** All shared folders that the account can read, whether mounted, unmounted or nested. */
export function listFolders(state: State, actor: Actor): sharing.SharedFolderMetadata[] {
  const view = new View(state, actor);
  return [...state.namespaces.values()]
    .filter(({ kind }) => kind === 'shared_folder' || kind === 'team_folder')
    .filter((namespace) => view.visibilityOf(namespace) === 'full')
    .map((namespace) => folderMetadata(view, namespace));
}

/** Shared folders that the account may mount or unmount. Folders that it sees inside a container are not included. */
export function listMountableFolders(state: State, actor: Actor): sharing.SharedFolderMetadata[] {
  const view = new View(state, actor);
  return [...state.namespaces.values()]
    .filter((namespace) => namespace.kind === 'shared_folder' && view.visibilityOf(namespace) === 'full')
    .filter((namespace) => {
      const container = containerOf(namespace);
      const containerVisibility = container === undefined ? 'hidden' : view.visibilityOf(container);
      return containerVisibility !== 'full' && containerVisibility !== 'traverse';
    })
    .map((namespace) => folderMetadata(view, namespace));
}
