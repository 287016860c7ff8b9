import { bool, integer, list, nullable, string, struct, tagged, tags, union, withDefault } from '../schema';
import { emailAddress, sharedFolderId } from './paths';

const limit = withDefault(integer(1, 1000), 1000);

const userSelector = union({ team_member_id: string(), external_id: string({ max: 64 }), email: emailAddress });
const groupSelector = union({ group_id: string(), group_external_id: string() });
const groupAccess = tags('member', 'owner');
const managementType = nullable(tags('user_managed', 'company_managed', 'system_managed'));

export const page = struct({ limit });
export const cursor = struct({ cursor: string() });
export const asyncJob = struct({ async_job_id: string({ min: 1 }) });
export const featuresGetValues = struct({
  features: list(
    tags(
      'upload_api_rate_limit',
      'has_team_shared_dropbox',
      'has_team_file_events',
      'has_team_selective_sync',
      'has_distinct_member_homes',
    ),
  ),
});

export const membersList = struct({ limit, include_removed: withDefault(bool, false) });
export const membersGetInfo = struct({ members: list(userSelector) });
const adminTier = tags('team_admin', 'user_management_admin', 'support_admin', 'member_only');
const newMember = {
  member_email: emailAddress,
  member_given_name: nullable(string({ max: 50, pattern: '[^/:?*<>"|]*' })),
  member_surname: nullable(string({ max: 50, pattern: '[^/:?*<>"|]*' })),
  member_external_id: nullable(string({ max: 64 })),
  member_persistent_id: nullable(string()),
  send_welcome_email: withDefault(bool, true),
  is_directory_restricted: nullable(bool),
};
const force_async = withDefault(bool, false);
export const membersAdd = struct({
  force_async,
  new_members: list(
    struct({
      ...newMember,
      role: withDefault(adminTier, tagged('member_only')),
    }),
    { max: 20 },
  ),
});
export const membersAddV2 = struct({
  force_async,
  new_members: list(
    struct({ ...newMember, role_ids: nullable(list(string({ max: 128, pattern: 'pid_dbtmr:.*' }), { max: 1 })) }),
    { max: 20 },
  ),
});
export const membersRemove = struct({
  user: userSelector,
  wipe_data: withDefault(bool, true),
  transfer_dest_id: nullable(userSelector),
  transfer_admin_id: nullable(userSelector),
  keep_account: withDefault(bool, false),
  retain_team_shares: withDefault(bool, false),
  permanently_delete_files: withDefault(bool, false),
});
export const membersSetProfile = struct({
  user: userSelector,
  new_email: nullable(emailAddress),
  new_external_id: nullable(string({ max: 64 })),
  new_given_name: nullable(string({ max: 50, pattern: '[^/:?*<>"|]*' })),
  new_surname: nullable(string({ max: 50, pattern: '[^/:?*<>"|]*' })),
  new_persistent_id: nullable(string()),
  new_is_directory_restricted: nullable(bool),
});
export const membersSetAdminPermissions = struct({ user: userSelector, new_role: adminTier });
export const membersSuspend = struct({ user: userSelector, wipe_data: withDefault(bool, true) });
export const oneMember = struct({ user: userSelector });

export const groupsGetInfo = union({ group_ids: list(string()), group_external_ids: list(string()) });
export const oneGroup = groupSelector;
export const groupMembersList = struct({ group: groupSelector, limit });
export const groupCreate = struct({
  group_name: string(),
  add_creator_as_owner: withDefault(bool, false),
  group_external_id: nullable(string()),
  group_management_type: managementType,
});
export const groupUpdate = struct({
  return_members: withDefault(bool, true),
  group: groupSelector,
  new_group_name: nullable(string()),
  new_group_external_id: nullable(string()),
  new_group_management_type: managementType,
});
export const groupMembersAdd = struct({
  return_members: withDefault(bool, true),
  group: groupSelector,
  members: list(struct({ user: userSelector, access_type: groupAccess })),
});
export const groupMembersRemove = struct({
  return_members: withDefault(bool, true),
  group: groupSelector,
  users: list(userSelector),
});
export const groupMembersSetAccessType = struct({
  group: groupSelector,
  user: userSelector,
  access_type: groupAccess,
  return_members: withDefault(bool, true),
});

export const teamFolderIds = struct({ team_folder_ids: list(sharedFolderId, { min: 1 }) });
export const teamFolderCreate = struct({
  name: string(),
  sync_setting: nullable(tags('default', 'not_synced')),
});
export const teamFolderRename = struct({ team_folder_id: sharedFolderId, name: string() });
export const teamFolderArchive = struct({ team_folder_id: sharedFolderId, force_async_off: withDefault(bool, false) });
export const oneTeamFolder = struct({ team_folder_id: sharedFolderId });
