import { namespacesOfGroup } from './access';
import { changeAccess } from './accessChanges';
import type { NewExternal, NewMember } from './api';
import type { Account, Group, GroupKind, Namespace } from './entities';
import { MountNode } from './entities';
import { opaque } from './ids';
import { Journal } from './journal';
import { setFolderMember } from './memberships';
import type { State } from './state';
import { freeName, insert, placeInNamespace } from './tree';

/** Creates a member with a home and, in models B and C, a root. */
export function newMember(state: State, member: NewMember): Account {
  const status = member.status ?? 'active';
  const now = state.clock();
  const account = newAccount(state, member, true, {
    status,
    role: member.role ?? 'member_only',
    ...(member.externalId === undefined ? {} : { externalId: member.externalId }),
    ...(status === 'invited' ? { invitedAt: now } : { joinedAt: now }),
    ...(status === 'suspended' ? { suspendedAt: now } : {}),
  });
  if (account.role === 'team_admin' && status === 'active') state.admin ??= account;
  if (status !== 'removed') joinEveryoneGroup(state, account);
  return account;
}

export function newExternal(state: State, external: NewExternal): Account {
  const { team } = external;
  return newAccount(state, external, false, {
    status: 'external',
    ...(team === undefined
      ? {}
      : { foreignTeam: { id: `dbtid:${opaque(34, 'foreign team', state.seed, team)}`, name: team } }),
  });
}

function newAccount(
  state: State,
  { email, givenName = '', surname = '' }: Pick<NewMember, 'email' | 'givenName' | 'surname'>,
  isMember: boolean,
  more: Partial<Account> & Pick<Account, 'status'>,
): Account {
  const name = `${givenName} ${surname}`.trim() || email.slice(0, Math.max(0, email.indexOf('@')));
  const ids = state.newAccountIds(isMember);
  const home = state.newNamespace('team_member_folder', name);
  const account: Account = {
    ...ids,
    email,
    emailVerified: true,
    givenName,
    surname,
    secondaryEmails: [],
    recoverable: true,
    role: 'member_only',
    home,
    root: home,
    groups: new Set(),
    mounts: new Map(),
    unmounted: new Set(),
    journal: new Journal(state.choices.journalLength),
    ...more,
  };
  setOwner(home, account);
  state.accounts.set(account.accountId, account);
  if (account.memberId !== undefined) state.byMemberId.set(account.memberId, account);
  state.byEmail.set(email.toLowerCase(), account);
  if (isMember) assignRoot(state, account);
  return account;
}

function setOwner(namespace: Namespace, owner: Account): void {
  Object.assign(namespace, { owner });
}

/** Gives a member the root that the team model provides, and places the home in it. */
export function assignRoot(state: State, account: Account): void {
  if (state.model === 'A') return;
  const root = state.model === 'B' ? ensureTeamRoot(state) : state.newNamespace('team_member_root', account.home.name);
  if (state.model === 'C') setOwner(root, account);
  account.root = root;
  const home = new MountNode(freeName(root.root, account.home.name), undefined, 0, account.home);
  account.home.location = home;
  insert(state, root.root, home);
  const place = placeInNamespace(home);
  if (place !== undefined) state.record(root, place.lower, 'put_tree', { hasNested: true });
}

export function ensureTeamRoot(state: State): Namespace {
  return (state.teamRoot ??= state.newNamespace('team_root', state.teamName));
}

export interface NewGroup {
  name: string;
  kind?: GroupKind;
  externalId?: string;
  sameTeam?: boolean;
  createdAt?: number;
}

export function newGroup(state: State, facts: NewGroup): Group {
  const group: Group = {
    groupId: state.newGroupId(),
    name: facts.name,
    kind: facts.kind ?? 'company_managed',
    ...(facts.externalId === undefined ? {} : { externalId: facts.externalId }),
    createdAt: facts.createdAt ?? state.clock(),
    members: new Map(),
    sameTeam: facts.sameTeam ?? true,
    namespaces: new Set(),
    deleted: false,
  };
  state.groups.set(group.groupId, group);
  return group;
}

/** Adds a member to the group of all members, which in model B also gives access to the team root. */
export function joinEveryoneGroup(state: State, account: Account): void {
  const everyone = (state.everyone ??= newGroup(state, {
    name: `Everyone at ${state.teamName}`,
    kind: 'system_managed',
  }));
  if (state.teamRoot !== undefined && !state.teamRoot.acl.groups.has(everyone)) {
    setFolderMember(state, state.teamRoot, everyone, state.choices.sharedRootLevel);
  }
  if (account.status === 'invited' && !state.choices.everyoneGroupHasInvited) return;
  joinGroup(state, everyone, account, 'member');
}

export function joinGroup(state: State, group: Group, account: Account, access: 'member' | 'owner'): void {
  changeAccess(state, [account], namespacesOfGroup(group), () => {
    group.members.set(account, access);
    account.groups.add(group);
  });
}

export function leaveGroup(state: State, group: Group, account: Account): void {
  changeAccess(state, [account], namespacesOfGroup(group), () => {
    group.members.delete(account);
    account.groups.delete(group);
  });
}
