import type { sharing } from 'dropbox';
import { higher, isShared } from './access';
import type { FileMembers, FolderMembers } from './api';
import type { Account, Acl, Actor, FileNode, Group, Level, Namespace } from './entities';
import { displayName } from './events';
import { sharedNamespace } from './folderMetadata';
import { refuse } from './problems';
import { isItem, resolve } from './resolve';
import { resolveFile } from './sharedFiles';
import type { State } from './state';
import { containerOf } from './tree';
import { View } from './view';

/** The levels of a listed member: the explicit one, and the one inherited from containing folders. */
interface Levels {
  own: Level | undefined;
  inherited: Level | undefined;
}

interface Combined {
  readonly accounts: Map<Account, Levels>;
  readonly groups: Map<Group, Levels>;
  readonly invitees: Map<string, Levels>;
}

/** The explicit members, and with `withInherited` also the inherited ones, each once. */
function combine(own: Acl | undefined, container: Namespace | undefined, withInherited: boolean): Combined {
  const combined: Combined = { accounts: new Map(), groups: new Map(), invitees: new Map() };
  const add = <K>(to: Map<K, Levels>, from: Map<K, Level>, side: keyof Levels, onlyKnown: boolean) => {
    for (const [key, level] of from) {
      const levels = to.get(key);
      if (levels !== undefined) levels[side] = higher(levels[side], level);
      else if (!onlyKnown) to.set(key, { own: undefined, inherited: undefined, [side]: level });
    }
  };
  const addAll = (acl: Acl, side: keyof Levels, onlyKnown: boolean) => {
    add(combined.accounts, acl.accounts, side, onlyKnown);
    add(combined.groups, acl.groups, side, onlyKnown);
    add(combined.invitees, acl.invitees, side, onlyKnown);
  };
  if (own !== undefined) addAll(own, 'own', false);
  // Even without inherited members, the listed level of an explicit member is the effective one.
  for (let at = container; at !== undefined && isShared(at); at = at.inherits ? containerOf(at) : undefined) {
    addAll(at.acl, 'inherited', !withInherited);
  }
  return combined;
}

function level(levels: Levels): sharing.AccessLevel {
  return { '.tag': higher(levels.own, levels.inherited) ?? 'no_access' };
}

function membership(levels: Levels): { access_type: sharing.AccessLevel; is_inherited: boolean } {
  return { access_type: level(levels), is_inherited: levels.inherited !== undefined };
}

function sameTeam(one: Account, other: Account): boolean {
  if (one.memberId !== undefined) return other.memberId !== undefined;
  return one.foreignTeam !== undefined && one.foreignTeam.id === other.foreignTeam?.id;
}

function userInfo(viewer: Account, account: Account): sharing.UserInfo {
  const same_team = sameTeam(viewer, account);
  return {
    account_id: account.accountId,
    email: account.email,
    display_name: displayName(account),
    same_team,
    ...(same_team && account.memberId !== undefined ? { team_member_id: account.memberId } : {}),
  };
}

function groupInfo(viewer: Account, group: Group): sharing.GroupInfo {
  return {
    group_name: group.name,
    group_id: group.groupId,
    group_type: { '.tag': group.kind === 'system_managed' ? 'team' : 'user_managed' },
    group_management_type: { '.tag': group.kind },
    is_member: group.members.has(viewer),
    is_owner: group.members.get(viewer) === 'owner',
    same_team: group.sameTeam === (viewer.memberId !== undefined),
    member_count: group.members.size,
    ...(group.externalId === undefined ? {} : { group_external_id: group.externalId }),
  };
}

function listed(viewer: Account, combined: Combined): FolderMembers {
  return {
    users: [...combined.accounts]
      .filter(([account]) => account.status !== 'removed')
      .map(([account, levels]) => ({ ...membership(levels), user: userInfo(viewer, account) })),
    groups: [...combined.groups].map(([group, levels]) => ({
      ...membership(levels),
      group: groupInfo(viewer, group),
    })),
    invitees: [...combined.invitees].map(([email, levels]) => ({
      ...membership(levels),
      invitee: { '.tag': 'email', email },
    })),
  };
}

export function listFolderMembers(state: State, actor: Actor, arg: sharing.ListFolderMembersArgs): FolderMembers {
  const view = new View(state, actor);
  const named = arg.path === undefined ? undefined : resolve(view, arg.path);
  const id = named === undefined ? arg.shared_folder_id : isItem(named) ? named.namespace.id : '';
  const deny = (error: sharing.SharedFolderAccessError): never => refuse(error);
  const namespace = sharedNamespace(view, id, deny);
  if (view.visibilityOf(namespace) !== 'full') return deny({ '.tag': 'not_a_member' });
  const withInherited = arg.path !== undefined || state.choices.folderMembersWithoutPath === 'with_inherited';
  const container = namespace.inherits ? containerOf(namespace) : undefined;
  return listed(actor.account, combine(namespace.acl, container, withInherited));
}

export function listFileMembers(state: State, actor: Actor, arg: sharing.ListFileMembersArg): FileMembers {
  const view = new View(state, actor);
  const { file, namespace } = resolveFile(view, arg.file, (access_error) =>
    refuse<sharing.ListFileMembersError>({ '.tag': 'access_error', access_error }),
  );
  const withInherited = arg.include_inherited ?? true;
  const combined = combine(state.fileAcls.get(file), namespace, withInherited);
  addHomeOwner(state, combined, file, namespace, withInherited);
  return listed(actor.account, combined);
}

/** Adds the owner of the home as the file's owner: with the inherited members, or when the file has its own members. */
function addHomeOwner(
  state: State,
  combined: Combined,
  file: FileNode,
  namespace: Namespace,
  withInherited: boolean,
): void {
  const { owner } = namespace;
  if (owner === undefined || !(withInherited || state.fileAcls.has(file))) return;
  combined.accounts.set(owner, { own: 'owner', inherited: undefined });
}
