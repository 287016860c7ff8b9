import { directAccounts } from './access';
import { changeAccess } from './accessChanges';
import type { Account, Acl, FileNode, Group, Level, Namespace } from './entities';
import type { State } from './state';

/** A member of a folder or file: an account, a group, or the e-mail address of an invitee without an account. */
export type MemberRef = Account | Group | string;

export function isGroup(member: MemberRef): member is Group {
  return typeof member === 'object' && 'groupId' in member;
}

export function isAccount(member: MemberRef): member is Account {
  return typeof member === 'object' && 'accountId' in member;
}

/** The accounts that a member represents: itself, or the members of a group. */
function accountsOf(member: MemberRef): Iterable<Account> {
  if (isGroup(member)) return member.members.keys();
  return isAccount(member) ? [member] : [];
}

export function explicitLevel(acl: Acl, member: MemberRef): Level | undefined {
  if (isGroup(member)) return acl.groups.get(member);
  return isAccount(member) ? acl.accounts.get(member) : acl.invitees.get(member.toLowerCase());
}

function setLevel(acl: Acl, member: MemberRef, level: Level): void {
  if (isGroup(member)) acl.groups.set(member, level);
  else if (isAccount(member)) acl.accounts.set(member, level);
  else acl.invitees.set(member.toLowerCase(), level);
}

function removeLevel(acl: Acl, member: MemberRef): void {
  if (isGroup(member)) acl.groups.delete(member);
  else if (isAccount(member)) acl.accounts.delete(member);
  else acl.invitees.delete(member.toLowerCase());
}

/** Adds a member to a namespace, or changes the level of an existing member. */
export function setFolderMember(state: State, namespace: Namespace, member: MemberRef, level: Level): void {
  setFolderMembers(state, namespace, [{ member, level }]);
}

/** Sets the levels of several members in one change, so that no stream contains an intermediate state. */
export function setFolderMembers(
  state: State,
  namespace: Namespace,
  levels: readonly { member: MemberRef; level: Level }[],
): void {
  const accounts = new Set(levels.flatMap(({ member }) => [...accountsOf(member)]));
  changeAccess(state, accounts, [namespace], () => {
    for (const { member, level } of levels) {
      setLevel(namespace.acl, member, level);
      if (isGroup(member)) member.namespaces.add(namespace);
      for (const account of accountsOf(member)) {
        if (!namespace.invitedAt.has(account)) namespace.invitedAt.set(account, state.clock());
      }
    }
  });
}

export function removeFolderMemberFromAcl(state: State, namespace: Namespace, member: MemberRef): void {
  changeAccess(state, accountsOf(member), [namespace], () => {
    removeLevel(namespace.acl, member);
    if (isGroup(member)) member.namespaces.delete(namespace);
  });
}

/** Removes all members of a namespace. */
export function removeAllFolderMembers(state: State, namespace: Namespace): void {
  changeAccess(state, directAccounts(namespace.acl), [namespace], () => {
    for (const group of namespace.acl.groups.keys()) group.namespaces.delete(namespace);
    namespace.acl.accounts.clear();
    namespace.acl.groups.clear();
    namespace.acl.invitees.clear();
  });
}

export function setFileMember(state: State, file: FileNode, member: MemberRef, level: Level): void {
  let acl = state.fileAcls.get(file);
  if (acl === undefined) {
    acl = state.newAcl();
    state.fileAcls.set(file, acl);
  }
  setLevel(acl, member, level);
}

export function removeFileMemberFromAcl(state: State, file: FileNode, member: MemberRef): void {
  const acl = state.fileAcls.get(file);
  if (acl === undefined) return;
  removeLevel(acl, member);
  if (acl.accounts.size + acl.groups.size + acl.invitees.size === 0) state.fileAcls.delete(file);
}
