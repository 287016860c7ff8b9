import type { sharing } from 'dropbox';
import { higher, isShared } from './access';
import type { FileMembers, FolderMembers } from './api';
import type { Account, Acl, Actor, FileNode, Group, Level, Namespace } from './entities';
import { displayName } from './events';
import { accessError, sharedNamespace } from './folder-metadata';
import { refuse } from './problems';
import { isItem, resolve } from './resolve';
import { resolveFile } from './shared-files';
import { Sight } from './sight';
import type { State } from './state';
import { containerOf } from './tree';

/** A member as it is listed: the level given here, and the one that a folder around gives. */
interface Standing {
  own: Level | undefined;
  inherited: Level | undefined;
}

interface Combined {
  readonly accounts: Map<Account, Standing>;
  readonly groups: Map<Group, Standing>;
  readonly invitees: Map<string, Standing>;
}

/** Members given here, and with `withInherited` those of the folders around, each once. */
function combine(own: Acl | undefined, around: Namespace | undefined, withInherited: boolean): Combined {
  const combined: Combined = { accounts: new Map(), groups: new Map(), invitees: new Map() };
  const add = <K>(to: Map<K, Standing>, from: Map<K, Level>, side: keyof Standing, onlyKnown: boolean) => {
    for (const [key, level] of from) {
      const standing = to.get(key);
      if (standing !== undefined) standing[side] = higher(standing[side], level);
      else if (!onlyKnown) to.set(key, { own: undefined, inherited: undefined, [side]: level });
    }
  };
  const addAll = (acl: Acl, side: keyof Standing, onlyKnown: boolean) => {
    add(combined.accounts, acl.accounts, side, onlyKnown);
    add(combined.groups, acl.groups, side, onlyKnown);
    add(combined.invitees, acl.invitees, side, onlyKnown);
  };
  if (own !== undefined) addAll(own, 'own', false);
  // Also without inherited members a listed level is the effective one.
  for (let at = around; at !== undefined && isShared(at); at = at.inherits ? containerOf(at) : undefined) {
    addAll(at.acl, 'inherited', !withInherited);
  }
  return combined;
}

function level(standing: Standing): sharing.AccessLevel {
  return { '.tag': higher(standing.own, standing.inherited) ?? 'no_access' };
}

function membership(standing: Standing): { access_type: sharing.AccessLevel; is_inherited: boolean } {
  return { access_type: level(standing), is_inherited: standing.inherited !== undefined };
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

export function groupInfo(viewer: Account, group: Group): sharing.GroupInfo {
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
      .map(([account, standing]) => ({ ...membership(standing), user: userInfo(viewer, account) })),
    groups: [...combined.groups].map(([group, standing]) => ({
      ...membership(standing),
      group: groupInfo(viewer, group),
    })),
    invitees: [...combined.invitees].map(([email, standing]) => ({
      ...membership(standing),
      invitee: { '.tag': 'email', email },
    })),
  };
}

export function listFolderMembers(state: State, actor: Actor, arg: sharing.ListFolderMembersArgs): FolderMembers {
  const sight = new Sight(state, actor);
  const named = arg.path === undefined ? undefined : resolve(sight, arg.path);
  const id = named === undefined ? arg.shared_folder_id : isItem(named) ? named.namespace.id : '';
  const deny = (error: sharing.SharedFolderAccessError): never => refuse(error);
  const namespace = sharedNamespace(sight, id, deny);
  if (sight.seen(namespace) !== 'full') return deny({ '.tag': 'not_a_member' });
  const withInherited = arg.path !== undefined || state.choices.folderMembersWithoutPath === 'with_inherited';
  const around = namespace.inherits ? containerOf(namespace) : undefined;
  return listed(actor.account, combine(namespace.acl, around, withInherited));
}

export function listFileMembers(state: State, actor: Actor, arg: sharing.ListFileMembersArg): FileMembers {
  const sight = new Sight(state, actor);
  const { file, namespace } = resolveFile(sight, arg.file, (access_error) =>
    refuse<sharing.ListFileMembersError>({ '.tag': 'access_error', access_error }),
  );
  const withInherited = arg.include_inherited ?? true;
  const combined = combine(state.fileAcls.get(file), namespace, withInherited);
  addHomeOwner(state, combined, file, namespace, withInherited);
  return listed(actor.account, combined);
}

/** A file in a home is owned by the member whose home it is; he is listed once there is a list at all. */
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

/** For routes whose error for the folder is `access_error`. */
export function folderOf(sight: Sight, id: string): Namespace {
  return sharedNamespace(sight, id, accessError);
}
