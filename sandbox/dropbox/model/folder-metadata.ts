import type { sharing, users } from 'dropbox';
import { actingLevel, belongsToTeam, isShared, isTeamManaged, ownerOf } from './access';
import type { Account, Actor, FolderPolicy, Namespace } from './entities';
import { displayName } from './events';
import { timestamp } from './entries';
import { refuse } from './problems';
import { Sight } from './sight';
import type { State } from './state';
import { containerOf } from './tree';

/** The shared namespace of an id; throws SFACCESS as the route wraps it. With `deep`, one seen only on the way counts. */
export function sharedNamespace(
  sight: Sight,
  id: string,
  deny: (error: sharing.SharedFolderAccessError) => never,
): Namespace {
  const namespace = sight.state.namespaces.get(id);
  if (namespace === undefined || namespace.deleted || !isShared(namespace)) return deny({ '.tag': 'invalid_id' });
  const seen = sight.seen(namespace);
  if (seen !== 'full' && seen !== 'way') return deny({ '.tag': 'not_a_member' });
  return namespace;
}

/** SFACCESS under the tag `access_error`, as most routes have it. */
export function accessError(access_error: sharing.SharedFolderAccessError): never {
  return refuse({ '.tag': 'access_error', access_error } satisfies sharing.AddFolderMemberErrorAccessError);
}

export function teamOf(state: State, owner: Account | undefined): users.Team | undefined {
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

export function ownerFacts(state: State, namespace: Namespace) {
  const owner = ownerOf(namespace);
  const team = belongsToTeam(namespace) ? teamOf(state, undefined) : teamOf(state, owner);
  return {
    ...(owner === undefined ? {} : { owner_display_names: [displayName(owner)] }),
    ...(team === undefined ? {} : { owner_team: team }),
  };
}

export function folderMetadata(sight: Sight, namespace: Namespace): sharing.SharedFolderMetadata {
  const { state, actor } = sight;
  const container = containerOf(namespace);
  const around = container !== undefined && isShared(container) ? container : undefined;
  const placement = sight.placementOf(namespace);
  const level = sight.seen(namespace) === 'way' ? 'traverse' : actingLevel(state, actor, namespace);
  return {
    name: sight.mountOf(namespace)?.name ?? namespace.name,
    shared_folder_id: namespace.id,
    access_type: { '.tag': level ?? 'no_access' },
    is_team_folder: namespace.kind === 'team_folder',
    is_inside_team_folder: namespace.kind === 'shared_folder' && isTeamManaged(namespace),
    policy: policyOf(namespace.policy),
    preview_url: `https://www.dropbox.com/scl/fo/${namespace.id}`,
    time_invited: timestamp(Math.floor((namespace.invitedAt.get(actor.account) ?? namespace.createdAt) / 1000)),
    access_inheritance: { '.tag': namespace.inherits ? 'inherit' : 'no_inherit' },
    folder_id: state.itemIds.encode(namespace.root.number),
    ...ownerFacts(state, namespace),
    ...(around === undefined ? {} : { parent_shared_folder_id: around.id, parent_folder_name: around.name }),
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
  const sight = new Sight(state, actor);
  const deny = (error: sharing.SharedFolderAccessError): never => refuse(error);
  return folderMetadata(sight, sharedNamespace(sight, arg.shared_folder_id, deny));
}

/** All shared folders that the account can read, mounted or not, nested ones too. */
export function listFolders(state: State, actor: Actor): sharing.SharedFolderMetadata[] {
  const sight = new Sight(state, actor);
  return [...state.namespaces.values()]
    .filter(({ kind }) => kind === 'shared_folder' || kind === 'team_folder')
    .filter((namespace) => sight.seen(namespace) === 'full')
    .map((namespace) => folderMetadata(sight, namespace));
}

/** Shared folders that the account may mount or unmount: not those that it reaches by a folder around them. */
export function listMountableFolders(state: State, actor: Actor): sharing.SharedFolderMetadata[] {
  const sight = new Sight(state, actor);
  return [...state.namespaces.values()]
    .filter((namespace) => namespace.kind === 'shared_folder' && sight.seen(namespace) === 'full')
    .filter((namespace) => {
      const container = containerOf(namespace);
      const around = container === undefined ? 'hidden' : sight.seen(container);
      return around !== 'full' && around !== 'way';
    })
    .map((namespace) => folderMetadata(sight, namespace));
}
