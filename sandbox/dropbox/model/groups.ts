import type { async, team } from 'dropbox';
import { changeAccess } from './accessChanges';
import { joinGroup, leaveGroup, newGroup } from './accounts';
import type { Account, Group } from './entities';
import { logEvent } from './events';
import { inProgress, launch, poll } from './jobs';
import { findUser, memberProfile } from './memberProfiles';
import { refuse } from './problems';
import type { State } from './state';

function findGroup(state: State, selector: team.GroupSelector): Group | undefined {
  if (selector['.tag'] === 'group_id') return state.groups.get(selector.group_id);
  return [...state.groups.values()].find((group) => group.externalId === selector.group_external_id);
}

function listedGroup(state: State, selector: team.GroupSelector): Group | undefined {
  const group = findGroup(state, selector);
  return group === undefined || group.deleted || !group.sameTeam ? undefined : group;
}

/** The group of a selector, if admins may change it. They may not change the system-managed group of all members. */
function requireChangeableGroup(state: State, selector: team.GroupSelector): Group {
  const group = listedGroup(state, selector);
  if (group === undefined) return refuse<team.GroupSelectorWithTeamGroupError>({ '.tag': 'group_not_found' });
  if (group.kind === 'system_managed') {
    return refuse<team.GroupSelectorWithTeamGroupError>({ '.tag': 'system_managed_group_disallowed' });
  }
  return group;
}

function summary(group: Group) {
  return {
    group_name: group.name,
    group_id: group.groupId,
    group_management_type: { '.tag': group.kind },
    member_count: group.members.size,
    ...(group.externalId === undefined ? {} : { group_external_id: group.externalId }),
  };
}

function fullInfo(group: Group, withMembers = true): team.GroupFullInfo {
  const isListed = withMembers && group.kind !== 'system_managed';
  return { ...summary(group), created: group.createdAt, ...(isListed ? { members: membersOf(group) } : {}) };
}

function membersOf(group: Group): team.GroupMemberInfo[] {
  return [...group.members].map(([account, access]) => ({
    profile: memberProfile(account),
    access_type: { '.tag': access },
  }));
}

export function groups(state: State): team.GroupsListResult['groups'] {
  return [...state.groups.values()].filter((group) => group.sameTeam && !group.deleted).map(summary);
}

export function groupInfo(state: State, selector: team.GroupSelector): team.GroupFullInfo | undefined {
  const group = listedGroup(state, selector);
  return group === undefined ? undefined : fullInfo(group);
}

export function groupMembers(state: State, selector: team.GroupSelector): team.GroupMemberInfo[] {
  const group = listedGroup(state, selector);
  return group === undefined ? refuse<team.GroupSelectorError>({ '.tag': 'group_not_found' }) : membersOf(group);
}

function nameProblem(
  state: State,
  name: string,
  but?: Group,
): 'group_name_already_used' | 'group_name_invalid' | undefined {
  if (name.trim() === '') return 'group_name_invalid';
  const wanted = name.toLowerCase();
  for (const group of state.groups.values()) {
    if (group !== but && !group.deleted && group.sameTeam && group.name.toLowerCase() === wanted) {
      return 'group_name_already_used';
    }
  }
  return undefined;
}

function isExternalIdTaken(state: State, externalId: string, but?: Group): boolean {
  const other = listedGroup(state, { '.tag': 'group_external_id', group_external_id: externalId });
  return other !== undefined && other !== but;
}

export function createGroup(state: State, arg: team.GroupCreateArg, by = state.admin): team.GroupFullInfo {
  const kind = arg.group_management_type?.['.tag'] ?? 'company_managed';
  if (kind === 'system_managed' || kind === 'other') {
    return refuse<team.GroupCreateError>({ '.tag': 'system_managed_group_disallowed' });
  }
  const problem = nameProblem(state, arg.group_name);
  if (problem !== undefined) return refuse<team.GroupCreateError>({ '.tag': problem });
  const externalId = arg.group_external_id;
  if (externalId !== undefined && isExternalIdTaken(state, externalId)) {
    return refuse<team.GroupCreateError>({ '.tag': 'external_id_already_in_use' });
  }
  const group = newGroup(state, { name: arg.group_name, kind, ...(externalId === undefined ? {} : { externalId }) });
  logEvent(
    state,
    {
      '.tag': 'group_create_details',
      is_company_managed: kind === 'company_managed',
      join_policy: { '.tag': 'request_to_join' },
    },
    { actor: by, context: 'team', participants: [group] },
  );
  if (arg.add_creator_as_owner === true && by !== undefined) joinGroup(state, group, by, 'owner');
  return fullInfo(group);
}

/** The group and its access are removed immediately. Only the answer is that of a job, as on Dropbox. */
export function deleteGroup(state: State, selector: team.GroupSelector, by = state.admin): async.LaunchEmptyResult {
  if (findGroup(state, selector)?.deleted === true) {
    return refuse<team.GroupDeleteError>({ '.tag': 'group_already_deleted' });
  }
  const group = requireChangeableGroup(state, selector);
  changeAccess(state, [...group.members.keys()], group.namespaces, () => {
    group.deleted = true;
    for (const namespace of group.namespaces) namespace.acl.groups.delete(group);
    for (const acl of state.fileAcls.values()) acl.groups.delete(group);
    for (const account of group.members.keys()) account.groups.delete(group);
    group.members.clear();
    group.namespaces.clear();
  });
  logEvent(
    state,
    { '.tag': 'group_delete_details', is_company_managed: group.kind === 'company_managed' },
    { actor: by, context: 'team', participants: [group] },
  );
  return launch(state, 'team', undefined);
}

export function updateGroup(state: State, arg: team.GroupUpdateArgs, by = state.admin): team.GroupFullInfo {
  const group = requireChangeableGroup(state, arg.group);
  const about = { actor: by, context: 'team' as const, participants: [group] };
  const { new_group_name: name, new_group_external_id: externalId, new_group_management_type: kind } = arg;
  if (externalId !== undefined && isExternalIdTaken(state, externalId, group)) {
    return refuse<team.GroupUpdateError>({ '.tag': 'external_id_already_in_use' });
  }
  if (name !== undefined && name !== group.name) {
    const problem = nameProblem(state, name, group);
    if (problem !== undefined) return refuse<team.GroupUpdateError>({ '.tag': problem });
    const previous_value = group.name;
    group.name = name;
    logEvent(state, { '.tag': 'group_rename_details', previous_value, new_value: name }, about);
  }
  if (externalId !== undefined && externalId !== group.externalId) {
    const previous_value = group.externalId;
    group.externalId = externalId;
    if (previous_value === undefined) {
      logEvent(state, { '.tag': 'group_add_external_id_details', new_value: externalId }, about);
    } else {
      logEvent(state, { '.tag': 'group_change_external_id_details', new_value: externalId, previous_value }, about);
    }
  }
  if ((kind?.['.tag'] === 'company_managed' || kind?.['.tag'] === 'user_managed') && kind['.tag'] !== group.kind) {
    const previous_value = { '.tag': group.kind };
    group.kind = kind['.tag'];
    logEvent(state, { '.tag': 'group_change_management_type_details', new_value: kind, previous_value }, about);
  }
  return fullInfo(group, arg.return_members ?? true);
}

/** The id or address in a selector, for the error that lists the users who were not found. */
function textOf(selector: team.UserSelectorArg): string {
  if (selector['.tag'] === 'team_member_id') return selector.team_member_id;
  return selector['.tag'] === 'email' ? selector.email : selector.external_id;
}

function usersOf(state: State, selectors: readonly team.UserSelectorArg[]): Account[] {
  const missing = selectors.filter((selector) => findUser(state, selector) === undefined).map(textOf);
  if (missing.length > 0) {
    return refuse<team.GroupMembersAddError>({ '.tag': 'users_not_found', users_not_found: missing });
  }
  const found = selectors.map((selector) => findUser(state, selector)).filter((account) => account !== undefined);
  const removed = found.filter((account) => account.status === 'removed').map((account) => account.memberId ?? '');
  if (removed.length > 0) {
    return refuse<team.GroupMembersAddError>({ '.tag': 'members_not_in_team', members_not_in_team: removed });
  }
  return found;
}

export function addGroupMembers(
  state: State,
  arg: team.GroupMembersAddArg,
  by = state.admin,
): team.GroupMembersChangeResult {
  const group = requireChangeableGroup(state, arg.group);
  const accounts = usersOf(
    state,
    arg.members.map(({ user }) => user),
  );
  if (new Set(accounts).size < accounts.length || accounts.some((account) => group.members.has(account))) {
    return refuse<team.GroupMembersAddError>({ '.tag': 'duplicate_user' });
  }
  for (const [at, account] of accounts.entries()) {
    if (arg.members[at]?.access_type['.tag'] !== 'owner') continue;
    if (account.status !== 'active') {
      return refuse<team.GroupMembersAddError>({ '.tag': 'user_must_be_active_to_be_owner' });
    }
    if (group.kind === 'company_managed') {
      return refuse<team.GroupMembersAddError>({
        '.tag': 'user_cannot_be_manager_of_company_managed_group',
        user_cannot_be_manager_of_company_managed_group: [account.memberId ?? ''],
      });
    }
  }
  for (const [at, account] of accounts.entries()) {
    const access = arg.members[at]?.access_type['.tag'] ?? 'member';
    joinGroup(state, group, account, access);
    logEvent(
      state,
      { '.tag': 'group_add_member_details', is_group_owner: access === 'owner' },
      { actor: by, context: 'team', participants: [group, account] },
    );
  }
  return memberChangeResult(state, group, arg.return_members);
}

function memberChangeResult(state: State, group: Group, withMembers = true): team.GroupMembersChangeResult {
  const { async_job_id } = launch(state, 'team', undefined);
  return { group_info: fullInfo(group, withMembers), async_job_id };
}

export function removeGroupMembers(
  state: State,
  arg: team.GroupMembersRemoveArg,
  by = state.admin,
): team.GroupMembersChangeResult {
  const group = requireChangeableGroup(state, arg.group);
  const accounts = usersOf(state, arg.users);
  if (accounts.some((account) => !group.members.has(account))) {
    return refuse<team.GroupMembersRemoveError>({ '.tag': 'member_not_in_group' });
  }
  for (const account of accounts) {
    leaveGroup(state, group, account);
    logEvent(
      state,
      { '.tag': 'group_remove_member_details' },
      { actor: by, context: 'team', participants: [group, account] },
    );
  }
  return memberChangeResult(state, group, arg.return_members);
}

export function setGroupMemberAccess(
  state: State,
  arg: team.GroupMembersSetAccessTypeArg,
  by = state.admin,
): team.GroupsGetInfoItem[] {
  const group = requireChangeableGroup(state, arg.group);
  const account = findUser(state, arg.user);
  if (account === undefined || !group.members.has(account)) {
    return refuse<team.GroupMemberSetAccessTypeError>({ '.tag': 'member_not_in_group' });
  }
  const access = arg.access_type['.tag'];
  if (access === 'owner' && group.kind === 'company_managed') {
    return refuse<team.GroupMemberSetAccessTypeError>({
      '.tag': 'user_cannot_be_manager_of_company_managed_group',
    });
  }
  group.members.set(account, access);
  logEvent(
    state,
    { '.tag': 'group_change_member_role_details', is_group_owner: access === 'owner' },
    { actor: by, context: 'team', participants: [group, account] },
  );
  return [{ '.tag': 'group_info', ...fullInfo(group, arg.return_members ?? true) }];
}

export function checkJob(state: State, jobId: string): async.PollEmptyResult {
  return poll(state, 'team', jobId) === undefined ? inProgress : { '.tag': 'complete' };
}
