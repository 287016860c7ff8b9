import type { Account, Acl, Actor, Group, Level, Namespace } from './entities';
import type { FileNode } from './entities';
import type { State } from './state';
import { containerOf } from './tree';

const RANK: Record<Level, number> = {
  owner: 5,
  editor: 4,
  viewer: 3,
  viewer_no_comment: 2,
  traverse: 1,
  no_access: 0,
};

export function higher(one: Level | undefined, other: Level | undefined): Level | undefined {
  if (one === undefined) return other;
  if (other === undefined) return one;
  return RANK[one] >= RANK[other] ? one : other;
}

export function canRead(level: Level | undefined): boolean {
  return level !== undefined && RANK[level] >= RANK.viewer_no_comment;
}

export function canEdit(level: Level | undefined): boolean {
  return level === 'owner' || level === 'editor';
}

/** Whether a namespace has a member list. Homes, member roots and app folders have none. */
export function isShared(namespace: Namespace): boolean {
  return namespace.kind === 'shared_folder' || namespace.kind === 'team_folder' || namespace.kind === 'team_root';
}

/** The highest level that a member list gives to an account, directly or through a group. */
export function directLevel(acl: Acl, account: Account): Level | undefined {
  let level = acl.accounts.get(account);
  for (const [group, given] of acl.groups) {
    if (group.members.has(account)) level = higher(level, given);
  }
  return level;
}

/** An account's level on a namespace, inherited levels included. Admin access is not considered. */
export function levelOn(account: Account, namespace: Namespace): Level | undefined {
  if (namespace.deleted || account.status === 'removed') return undefined;
  if (!isShared(namespace)) return namespace.owner === account ? 'owner' : undefined;
  if (namespace.status === 'archived') return undefined;
  const level = directLevel(namespace.acl, account);
  const container = namespace.inherits ? containerOf(namespace) : undefined;
  if (container === undefined || !isShared(container)) return level;
  return higher(level, levelOn(account, container));
}

/** An account's level on a file: the higher of its level on the namespace and the one from the file's own members. */
export function levelOnFile(state: State, account: Account, file: FileNode, namespace: Namespace): Level | undefined {
  const acl = state.fileAcls.get(file);
  const level = levelOn(account, namespace);
  if (account.status === 'removed') return undefined;
  return acl === undefined ? level : higher(level, directLevel(acl, account));
}

/** Whether the team owns a namespace's content, rather than an external account. */
export function belongsToTeam(namespace: Namespace): boolean {
  if (namespace.kind === 'team_root' || namespace.kind === 'team_folder') return true;
  if (namespace.kind !== 'shared_folder') return namespace.owner?.memberId !== undefined;
  const container = containerOf(namespace);
  if (container !== undefined) return belongsToTeam(container);
  return ownerOf(namespace)?.memberId !== undefined;
}

/** Whether any member of the team has access to a shared namespace. */
function reachesTeam(namespace: Namespace): boolean {
  for (const account of namespace.acl.accounts.keys()) {
    if (account.memberId !== undefined && account.status !== 'removed') return true;
  }
  for (const group of namespace.acl.groups.keys()) if (group.sameTeam && group.members.size > 0) return true;
  const container = namespace.inherits ? containerOf(namespace) : undefined;
  return container !== undefined && isShared(container) && reachesTeam(container);
}

function isArchived(namespace: Namespace): boolean {
  for (let at: Namespace | undefined = namespace; at !== undefined; at = containerOf(at)) {
    if (at.status === 'archived') return true;
  }
  return false;
}

/**
 * "All team-accessible namespaces: team folders, shared folders containing team members, team members' home namespaces,
 * and team members' app folders" (team/namespaces/list). Admin access covers the same set, so a folder disappears from
 * the list and for admins at the same time, when the last team member leaves it.
 */
export function isTeamAccessible(namespace: Namespace): boolean {
  if (namespace.deleted || isArchived(namespace)) return false;
  const { owner } = namespace;
  if (!isShared(namespace)) return owner?.memberId !== undefined && owner.status !== 'removed';
  return isTeamManaged(namespace) || reachesTeam(namespace);
}

/** Whether a namespace is a team folder or the team root, or is nested in one of them. */
export function isTeamManaged(namespace: Namespace): boolean {
  if (namespace.kind === 'team_folder' || namespace.kind === 'team_root') return true;
  if (namespace.kind !== 'shared_folder') return false;
  const container = containerOf(namespace);
  return container !== undefined && isTeamManaged(container);
}

/** The account that owns a shared folder. A nested folder without an owner has the owner of its container. */
export function ownerOf(namespace: Namespace): Account | undefined {
  if (!isShared(namespace)) return namespace.owner;
  for (const [account, level] of namespace.acl.accounts) if (level === 'owner') return account;
  const container = containerOf(namespace);
  return container === undefined ? undefined : ownerOf(container);
}

/** The level on which an actor works in a namespace: the account's own level, or that of an admin if it is higher. */
export function actingLevel(state: State, actor: Actor, namespace: Namespace): Level | undefined {
  const own = levelOn(actor.account, namespace);
  if (actor.admin === undefined || !isReachableByAdmin(state, actor.admin, namespace)) return own;
  return higher(own, 'editor');
}

/** Whether Select-Admin gives access to a namespace, regardless of the admin's own level. */
export function isReachableByAdmin(state: State, mode: 'whole_team' | 'team_admin', namespace: Namespace): boolean {
  if (!isTeamAccessible(namespace)) return false;
  if (mode === 'team_admin') return isTeamManaged(namespace);
  return belongsToTeam(namespace) || (state.choices.adminReadsForeignFolders && namespace.kind === 'shared_folder');
}

/** The accounts that a member list names, directly or through a group. */
export function directAccounts(acl: Acl): Set<Account> {
  const accounts = new Set(acl.accounts.keys());
  for (const group of acl.groups.keys()) for (const account of group.members.keys()) accounts.add(account);
  return accounts;
}

/** The namespaces that the group is a member of; nested namespaces that inherit from them are not included. */
export function namespacesOfGroup(group: Group): Namespace[] {
  return [...group.namespaces];
}
