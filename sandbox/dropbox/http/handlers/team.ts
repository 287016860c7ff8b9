import type { async, team } from 'dropbox';
import { endpointError } from '../errors';
import { listOf, teamPaging } from '../listPages';
import type { TeamCall } from '../route';
import { teamSpace } from '../teamSpace';

interface Limit {
  limit: number;
}

// The team

export function getAuthenticatedAdmin(call: TeamCall): team.TokenGetAuthenticatedAdminResult {
  const selector: team.UserSelectorArg = { '.tag': 'team_member_id', team_member_id: call.admin.memberId ?? '' };
  const profile = call.company.team.memberInfo(selector)?.profile;
  if (!profile) throw endpointError({ '.tag': 'mapping_not_found' });
  // "no longer an active member of the team or no longer a team admin". The link itself stays valid.
  const isAdmin = call.admin.status === 'active' && call.admin.role === 'team_admin';
  if (!isAdmin) throw endpointError({ '.tag': 'admin_not_active' });
  return { admin_profile: profile };
}

export function featuresGetValues(
  call: TeamCall,
  arg: team.FeaturesGetValuesBatchArg,
): team.FeaturesGetValuesBatchResult {
  if (arg.features.length === 0) throw endpointError({ '.tag': 'empty_features_list' });
  return { values: arg.features.map((feature) => featureValue(call, feature)) };
}

/** Each value is nested twice: under the name of the feature and under its own tag. */
function featureValue(call: TeamCall, feature: team.Feature): team.FeatureValue {
  const { hasSharedRoot, hasDistinctHomes } = teamSpace(call.company, call.admin);
  switch (feature['.tag']) {
    case 'upload_api_rate_limit':
      return { '.tag': 'upload_api_rate_limit', upload_api_rate_limit: { '.tag': 'unlimited' } };
    case 'has_team_shared_dropbox':
      return {
        '.tag': 'has_team_shared_dropbox',
        has_team_shared_dropbox: { '.tag': 'has_team_shared_dropbox', has_team_shared_dropbox: hasSharedRoot },
      };
    case 'has_team_file_events':
      return {
        '.tag': 'has_team_file_events',
        has_team_file_events: { '.tag': 'enabled', enabled: call.company.state.choices.fileEvents },
      };
    case 'has_team_selective_sync':
      return {
        '.tag': 'has_team_selective_sync',
        has_team_selective_sync: { '.tag': 'has_team_selective_sync', has_team_selective_sync: true },
      };
    case 'has_distinct_member_homes':
      return {
        '.tag': 'has_distinct_member_homes',
        has_distinct_member_homes: { '.tag': 'has_distinct_member_homes', has_distinct_member_homes: hasDistinctHomes },
      };
    case 'other':
      return { '.tag': 'other' };
  }
}

// Members

interface MembersListArg extends Limit {
  include_removed: boolean;
}

export const membersV2 = listOf(
  'team/members/list_v2',
  (call: TeamCall, arg: MembersListArg) => call.company.team.members(arg.include_removed),
  (page): team.MembersListV2Result => ({ members: page.items, ...teamPaging(page) }),
);

export const members = listOf(
  'team/members/list',
  (call: TeamCall, arg: MembersListArg) => call.company.team.membersWithTier(arg.include_removed),
  (page): team.MembersListResult => ({ members: page.items, ...teamPaging(page) }),
);

function selectorText(selector: team.UserSelectorArg): string {
  if (selector['.tag'] === 'team_member_id') return selector.team_member_id;
  return selector['.tag'] === 'external_id' ? selector.external_id : selector.email;
}

/** The first version of the route answers with the bare list. */
export function membersGetInfo(call: TeamCall, arg: { members: team.UserSelectorArg[] }): team.MembersGetInfoItem[] {
  return arg.members.map((selector) => {
    const found = call.company.team.memberInfoWithTier(selector);
    return found
      ? { '.tag': 'member_info', ...found }
      : { '.tag': 'id_not_found', id_not_found: selectorText(selector) };
  });
}

export function membersGetInfoV2(
  call: TeamCall,
  arg: { members: team.UserSelectorArg[] },
): team.MembersGetInfoV2Result {
  return {
    members_info: arg.members.map((selector) => {
      const found = call.company.team.memberInfo(selector);
      return found
        ? { '.tag': 'member_info', ...found }
        : { '.tag': 'id_not_found', id_not_found: selectorText(selector) };
    }),
  };
}

const ADD_JOB = 'team/members/add';
const ADD_JOB_V2 = 'team/members/add_v2';

interface MembersAddV2 {
  force_async: boolean;
  new_members: team.MemberAddV2Arg[];
}

export function membersAddV2(call: TeamCall, arg: MembersAddV2): team.MembersAddLaunchV2Result {
  const complete = call.company.team.addMembers(arg.new_members, call.admin);
  if (!arg.force_async) return { '.tag': 'complete', complete };
  return { '.tag': 'async_job_id', async_job_id: call.simulator.jobs.start(ADD_JOB_V2, complete) };
}

interface MembersAdd {
  force_async: boolean;
  new_members: (team.MemberAddV2Arg & { role: team.AdminTier })[];
}

export function membersAdd(call: TeamCall, arg: MembersAdd): team.MembersAddLaunch {
  const complete = arg.new_members.map((member) => addWithTier(call, member));
  if (!arg.force_async) return { '.tag': 'complete', complete };
  return { '.tag': 'async_job_id', async_job_id: call.simulator.jobs.start(ADD_JOB, complete) };
}

/** The first version of the route takes a tier instead of role ids. */
function addWithTier(
  call: TeamCall,
  { role, ...member }: team.MemberAddV2Arg & { role: team.AdminTier },
): team.MemberAddResult {
  const [added] = call.company.team.addMembers([member], call.admin);
  if (added === undefined || added['.tag'] === 'other') throw new Error('expected one result for one new member');
  if (added['.tag'] !== 'success') return added;
  const id = added.profile.team_member_id;
  if (role['.tag'] !== 'member_only') {
    call.company.team.setRole({ '.tag': 'team_member_id', team_member_id: id }, role['.tag'], call.admin);
  }
  return { '.tag': 'success', profile: added.profile, role };
}

export function membersAddJobStatus(call: TeamCall, arg: async.PollArg): team.MembersAddJobStatus {
  return pollOrRefuse<team.MemberAddResult[]>(call, ADD_JOB, arg);
}

export function membersAddJobStatusV2(call: TeamCall, arg: async.PollArg): team.MembersAddJobStatusV2Result {
  return pollOrRefuse<team.MemberAddV2Result[]>(call, ADD_JOB_V2, arg);
}

function pollOrRefuse<R>(call: TeamCall, kind: string, arg: async.PollArg) {
  const status = call.simulator.jobs.poll<R>(kind, arg.async_job_id);
  if (!status) throw endpointError({ '.tag': 'invalid_async_job_id' });
  return status;
}

/** For members/remove/job_status/get and groups/job_status/get. */
export function jobStatus(call: TeamCall, arg: async.PollArg): async.PollEmptyResult {
  return call.company.team.checkJob(arg.async_job_id);
}

export function membersSetProfileV2(call: TeamCall, arg: team.MembersSetProfileArg): team.TeamMemberInfoV2Result {
  return { member_info: call.company.team.setProfile(arg, call.admin) };
}

export function membersSetAdminPermissions(
  call: TeamCall,
  arg: team.MembersSetPermissionsArg,
): team.MembersSetPermissionsResult {
  const member = call.company.team.memberInfo(arg.user);
  if (!member) throw endpointError({ '.tag': 'user_not_found' });
  call.company.team.setRole(arg.user, arg.new_role['.tag'], call.admin);
  return { team_member_id: member.profile.team_member_id, role: arg.new_role };
}

// Groups

export const groups = listOf(
  'team/groups/list',
  (call: TeamCall) => call.company.team.groups(),
  (page): team.GroupsListResult => ({ groups: page.items, ...teamPaging(page) }),
);

export function groupsGetInfo(call: TeamCall, arg: team.GroupsSelector): team.GroupsGetInfoResult {
  const selectors: [string, team.GroupSelector][] =
    arg['.tag'] === 'group_ids'
      ? arg.group_ids.map((id) => [id, { '.tag': 'group_id', group_id: id }])
      : arg.group_external_ids.map((id) => [id, { '.tag': 'group_external_id', group_external_id: id }]);
  return selectors.map(([id, selector]) => {
    const found = call.company.team.groupInfo(selector);
    return found ? { '.tag': 'group_info', ...found } : { '.tag': 'id_not_found', id_not_found: id };
  });
}

export const groupMembers = listOf(
  'team/groups/members/list',
  (call: TeamCall, arg: Limit & { group: team.GroupSelector }) => call.company.team.groupMembers(arg.group),
  (page): team.GroupsMembersListResult => ({ members: page.items, ...teamPaging(page) }),
);

// Team folders and namespaces

export const teamFolders = listOf(
  'team/team_folder/list',
  (call: TeamCall) => call.company.team.teamFolders(),
  (page): team.TeamFolderListResult => ({ team_folders: page.items, ...teamPaging(page) }),
);

export function teamFolderGetInfo(call: TeamCall, arg: team.TeamFolderIdListArg): team.TeamFolderGetInfoItem[] {
  return arg.team_folder_ids.map((id) => {
    const found = call.company.team.teamFolderInfo(id);
    return found ? { '.tag': 'team_folder_metadata', ...found } : { '.tag': 'id_not_found', id_not_found: id };
  });
}

export function teamFolderArchiveCheck(call: TeamCall, arg: async.PollArg): team.TeamFolderArchiveJobStatus {
  return call.company.team.checkArchiveJob(arg.async_job_id);
}

export const namespaces = listOf(
  'team/namespaces/list',
  (call: TeamCall) => call.company.team.namespaces(),
  (page): team.TeamNamespacesListResult => ({ namespaces: page.items, ...teamPaging(page) }),
);
