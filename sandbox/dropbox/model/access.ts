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

/** Whether a namespace has members that can be listed; homes, member roots and app folders have not. */
export function isShared(namespace: Namespace): boolean {
  return namespace.kind === 'shared_folder' || namespace.kind === 'team_folder' || namespace.kind === 'team_root';
}

/** The highest level that a list of members gives to an account, directly or by a group. */
export function directLevel(acl: Acl, account: Account): Level | undefined {
  let level = acl.accounts.get(account);
  for (const [group, given] of acl.groups) {
    if (group.members.has(account)) level = higher(level, given);
  }
  return level;
}

/** An account's own level on a namespace, with what the namespaces around it give. */
export function levelOn(account: Account, namespace: Namespace): Level | undefined {
  if (namespace.deleted || account.status === 'removed') return undefined;
  if (!isShared(namespace)) return namespace.owner === account ? 'owner' : undefined;
  if (namespace.status === 'archived') return undefined;
  const level = directLevel(namespace.acl, account);
  const container = namespace.inherits ? containerOf(namespace) : undefined;
  if (container === undefined || !isShared(container)) return level;
  return higher(level, levelOn(account, container));
}

/** An account's level on a file: that of its namespace, and what the file's own members give. */
export function levelOnFile(state: State, account: Account, file: FileNode, namespace: Namespace): Level | undefined {
  const acl = state.fileAcls.get(file);
  const level = levelOn(account, namespace);
  if (account.status === 'removed') return undefined;
  return acl === undefined ? level : higher(level, directLevel(acl, account));
}

/** Whether a namespace's content belongs to the team, rather than to an outside account. */
export function belongsToTeam(namespace: Namespace): boolean {
  if (namespace.kind === 'team_root' || namespace.kind === 'team_folder') return true;
  if (namespace.kind !== 'shared_folder') return namespace.owner?.memberId !== undefined;
  const container = containerOf(namespace);
  if (container !== undefined) return belongsToTeam(container);
  return ownerOf(namespace)?.memberId !== undefined;
}

/** Whether a member of the team has access to a shared namespace. */
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
 * and team members' app folders" (team/namespaces/list). No admin reaches anything else, so that both answer alike when
 * the last member of the team has left a folder.
 */
export function isTeamAccessible(namespace: Namespace): boolean {
  if (namespace.deleted || isArchived(namespace)) return false;
  const { owner } = namespace;
  if (!isShared(namespace)) return owner?.memberId !== undefined && owner.status !== 'removed';
  return isTeamManaged(namespace) || reachesTeam(namespace);
}

/** Whether a namespace is a team folder, the team's root, or nested in one. */
export function isTeamManaged(namespace: Namespace): boolean {
  if (namespace.kind === 'team_folder' || namespace.kind === 'team_root') return true;
  if (namespace.kind !== 'shared_folder') return false;
  const container = containerOf(namespace);
  return container !== undefined && isTeamManaged(container);
}

/** The account that owns a shared folder; a nested one without an owner has that of the folder around it. */
export function ownerOf(namespace: Namespace): Account | undefined {
  if (!isShared(namespace)) return namespace.owner;
  for (const [account, level] of namespace.acl.accounts) if (level === 'owner') return account;
  const container = containerOf(namespace);
  return container === undefined ? undefined : ownerOf(container);
}

/** The level with which an actor works on a namespace: his own, or an admin's. */
export function actingLevel(state: State, actor: Actor, namespace: Namespace): Level | undefined {
  const own = levelOn(actor.account, namespace);
  if (actor.admin === undefined || !isTeamAccessible(namespace)) return own;
  const reached =
    actor.admin === 'team_admin'
      ? isTeamManaged(namespace)
      : belongsToTeam(namespace) || (state.choices.adminReadsForeignFolders && namespace.kind === 'shared_folder');
  return reached ? higher(own, 'editor') : own;
}

/** Accounts that have any level on a namespace by its own members, groups expanded. */
export function directAccounts(acl: Acl): Set<Account> {
  const accounts = new Set(acl.accounts.keys());
  for (const group of acl.groups.keys()) for (const account of group.members.keys()) accounts.add(account);
  return accounts;
}

/** Namespaces that a change of a group's members reaches, before nesting. */
export function namespacesOfGroup(group: Group): Namespace[] {
  return [...group.namespaces];
}
