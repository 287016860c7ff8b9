/**
 * The routing table, with one row for each route that the simulator serves. The columns of `user` rows are route,
 * Select-Admin mode (W whole team, A team content, - refused), scope, validator and handler. `team` rows have no
 * Select-Admin column.
 */
import * as filesArg from './arguments/files';
import * as sharingArg from './arguments/sharing';
import * as teamArg from './arguments/team';
import * as logArg from './arguments/teamLog';
import * as usersArg from './arguments/users';
import * as auth from './handlers/auth';
import * as check from './handlers/check';
import * as files from './handlers/files';
import * as sharing from './handlers/sharing';
import * as teams from './handlers/team';
import * as teamLog from './handlers/teamLog';
import * as sessions from './handlers/uploadSessions';
import * as users from './handlers/users';
import { anonymous, download, team, upload, user, type Route } from './route';
import { nothing } from './schema';

const rows: readonly Route[] = [
  team('team/token/get_authenticated_admin', 'team_info.read', nothing, teams.getAuthenticatedAdmin),
  team('team/get_info', 'team_info.read', nothing, teams.getInfo),
  team('team/features/get_values', 'team_info.read', teamArg.featuresGetValues, teams.featuresGetValues),

  team('team/members/list_v2', 'members.read', teamArg.membersList, teams.membersListV2),
  team('team/members/list/continue_v2', 'members.read', teamArg.cursor, teams.membersListContinueV2),
  team('team/members/list', 'members.read', teamArg.membersList, teams.membersList),
  team('team/members/list/continue', 'members.read', teamArg.cursor, teams.membersListContinue),
  team('team/members/get_info', 'members.read', teamArg.membersGetInfo, teams.membersGetInfo),
  team('team/members/get_info_v2', 'members.read', teamArg.membersGetInfo, teams.membersGetInfoV2),
  team('team/members/add_v2', 'members.write', teamArg.membersAddV2, teams.membersAddV2),
  team('team/members/add', 'members.write', teamArg.membersAdd, teams.membersAdd),
  team('team/members/add/job_status/get_v2', 'members.write', teamArg.asyncJob, teams.membersAddJobStatusV2),
  team('team/members/add/job_status/get', 'members.write', teamArg.asyncJob, teams.membersAddJobStatus),
  team('team/members/remove', 'members.delete', teamArg.membersRemove, teams.membersRemove),
  team('team/members/remove/job_status/get', 'members.delete', teamArg.asyncJob, teams.jobStatus),
  team('team/members/set_profile_v2', 'members.write', teamArg.membersSetProfile, teams.membersSetProfileV2),
  team(
    'team/members/set_admin_permissions',
    'members.write',
    teamArg.membersSetAdminPermissions,
    teams.membersSetAdminPermissions,
  ),
  team('team/members/suspend', 'members.write', teamArg.membersSuspend, teams.membersSuspend),
  team('team/members/unsuspend', 'members.write', teamArg.oneMember, teams.membersUnsuspend),
  team('team/members/recover', 'members.delete', teamArg.oneMember, teams.membersRecover),

  team('team/groups/list', 'groups.read', teamArg.page, teams.groupsList),
  team('team/groups/list/continue', 'groups.read', teamArg.cursor, teams.groupsListContinue),
  team('team/groups/get_info', 'groups.read', teamArg.groupsGetInfo, teams.groupsGetInfo),
  team('team/groups/members/list', 'groups.read', teamArg.groupMembersList, teams.groupMembersList),
  team('team/groups/members/list/continue', 'groups.read', teamArg.cursor, teams.groupMembersListContinue),
  team('team/groups/create', 'groups.write', teamArg.groupCreate, teams.groupCreate),
  team('team/groups/delete', 'groups.write', teamArg.oneGroup, teams.groupDelete),
  team('team/groups/update', 'groups.write', teamArg.groupUpdate, teams.groupUpdate),
  team('team/groups/members/add', 'groups.write', teamArg.groupMembersAdd, teams.groupMembersAdd),
  team('team/groups/members/remove', 'groups.write', teamArg.groupMembersRemove, teams.groupMembersRemove),
  team(
    'team/groups/members/set_access_type',
    'groups.write',
    teamArg.groupMembersSetAccessType,
    teams.groupMembersSetAccessType,
  ),
  team('team/groups/job_status/get', 'groups.write', teamArg.asyncJob, teams.jobStatus),

  team('team/team_folder/list', 'team_data.content.read', teamArg.page, teams.teamFolderList),
  team('team/team_folder/list/continue', 'team_data.content.read', teamArg.cursor, teams.teamFolderListContinue),
  team('team/team_folder/get_info', 'team_data.content.read', teamArg.teamFolderIds, teams.teamFolderGetInfo),
  team('team/team_folder/create', 'team_data.content.write', teamArg.teamFolderCreate, teams.teamFolderCreate),
  team('team/team_folder/rename', 'team_data.content.write', teamArg.teamFolderRename, teams.teamFolderRename),
  team('team/team_folder/archive', 'team_data.content.write', teamArg.teamFolderArchive, teams.teamFolderArchive),
  team('team/team_folder/archive/check', 'team_data.content.write', teamArg.asyncJob, teams.teamFolderArchiveCheck),
  team('team/team_folder/activate', 'team_data.content.write', teamArg.oneTeamFolder, teams.teamFolderActivate),
  team(
    'team/team_folder/permanently_delete',
    'team_data.content.write',
    teamArg.oneTeamFolder,
    teams.teamFolderPermanentlyDelete,
  ),
  team('team/namespaces/list', 'team_data.member', teamArg.page, teams.namespacesList),
  team('team/namespaces/list/continue', 'team_data.member', teamArg.cursor, teams.namespacesListContinue),

  team('team_log/get_events', 'events.read', logArg.getEvents, teamLog.getEvents),
  team('team_log/get_events/continue', 'events.read', logArg.cursor, teamLog.getEventsContinue),

  user('users/get_current_account', 'W', 'account_info.read', nothing, users.getCurrentAccount),
  user('users/get_space_usage', '-', 'account_info.read', nothing, users.getSpaceUsage),
  user('users/features/get_values', '-', 'account_info.read', usersArg.featuresGetValues, users.featuresGetValues),

  user('files/list_folder', 'W', 'files.metadata.read', filesArg.listFolder, files.listFolder),
  user('files/list_folder/continue', 'W', 'files.metadata.read', filesArg.cursor, files.listFolderContinue),
  user('files/list_folder/get_latest_cursor', 'W', 'files.metadata.read', filesArg.listFolder, files.getLatestCursor),
  anonymous('none', 'files/list_folder/longpoll', filesArg.longpoll, files.longpoll),
  user('files/get_metadata', 'W', 'files.metadata.read', filesArg.getMetadata, files.getMetadata),
  user('files/get_temporary_link', '-', 'files.content.read', filesArg.onePath, files.getTemporaryLink),
  download('files/download', 'W', 'files.content.read', filesArg.download, files.download),
  download('files/export', 'W', 'files.content.read', filesArg.exportFile, files.exportFile),
  user('files/list_revisions', 'W', 'files.metadata.read', filesArg.listRevisions, files.listRevisions),
  upload('files/upload', 'A', 'files.content.write', filesArg.upload, files.upload),
  upload('files/upload_session/start', 'A', 'files.content.write', filesArg.sessionStart, sessions.start),
  user('files/upload_session/start_batch', 'A', 'files.content.write', filesArg.sessionStartBatch, sessions.startBatch),
  upload('files/upload_session/append', 'A', 'files.content.write', filesArg.sessionCursor, sessions.append),
  upload('files/upload_session/append_v2', 'A', 'files.content.write', filesArg.sessionAppend, sessions.appendV2),
  upload(
    'files/upload_session/append_batch',
    'A',
    'files.content.write',
    filesArg.sessionAppendBatch,
    sessions.appendBatch,
  ),
  upload('files/upload_session/finish', 'A', 'files.content.write', filesArg.sessionFinish, sessions.finish),
  user(
    'files/upload_session/finish_batch',
    'A',
    'files.content.write',
    filesArg.sessionFinishBatch,
    sessions.finishBatch,
  ),
  user(
    'files/upload_session/finish_batch_v2',
    'A',
    'files.content.write',
    filesArg.sessionFinishBatch,
    sessions.finishBatchV2,
  ),
  user(
    'files/upload_session/finish_batch/check',
    'A',
    'files.content.write',
    filesArg.asyncJob,
    sessions.finishBatchCheck,
  ),
  user('files/create_folder_v2', 'A', 'files.content.write', filesArg.createFolder, files.createFolder),
  user('files/delete_v2', 'A', 'files.content.write', filesArg.deletePath, files.deletePath),
  user('files/move_v2', 'A', 'files.content.write', filesArg.relocation, files.move),
  user('files/copy_v2', 'A', 'files.content.write', filesArg.relocation, files.copy),
  user('files/restore', 'A', 'files.content.write', filesArg.restore, files.restore),
  user('files/permanently_delete', 'A', 'files.permanent_delete', filesArg.deletePath, files.permanentlyDelete),

  user('sharing/list_folders', '-', 'sharing.read', sharingArg.listFolders, sharing.listFolders),
  user('sharing/list_folders/continue', '-', 'sharing.read', sharingArg.cursor, sharing.listFoldersContinue),
  user('sharing/list_mountable_folders', '-', 'sharing.read', sharingArg.listFolders, sharing.listMountableFolders),
  user(
    'sharing/list_mountable_folders/continue',
    '-',
    'sharing.read',
    sharingArg.cursor,
    sharing.listMountableFoldersContinue,
  ),
  user('sharing/get_folder_metadata', 'W', 'sharing.read', sharingArg.getFolderMetadata, sharing.getFolderMetadata),
  user('sharing/list_folder_members', 'W', 'sharing.read', sharingArg.listFolderMembers, sharing.listFolderMembers),
  user(
    'sharing/list_folder_members/continue',
    'W',
    'sharing.read',
    sharingArg.cursor,
    sharing.listFolderMembersContinue,
  ),
  user('sharing/list_file_members', 'W', 'sharing.read', sharingArg.listFileMembers, sharing.listFileMembers),
  user('sharing/list_file_members/continue', 'W', 'sharing.read', sharingArg.cursor, sharing.listFileMembersContinue),
  user(
    'sharing/list_file_members/batch',
    'W',
    'sharing.read',
    sharingArg.listFileMembersBatch,
    sharing.listFileMembersBatch,
  ),
  user('sharing/get_file_metadata', 'A', 'sharing.read', sharingArg.getFileMetadata, sharing.getFileMetadata),
  user(
    'sharing/get_file_metadata/batch',
    'A',
    'sharing.read',
    sharingArg.getFileMetadataBatch,
    sharing.getFileMetadataBatch,
  ),
  user('sharing/list_received_files', 'A', 'sharing.read', sharingArg.listReceivedFiles, sharing.listReceivedFiles),
  user(
    'sharing/list_received_files/continue',
    '-',
    'sharing.read',
    sharingArg.cursor,
    sharing.listReceivedFilesContinue,
  ),
  user('sharing/list_shared_links', 'W', 'sharing.read', sharingArg.listSharedLinks, sharing.listSharedLinks),
  user(
    'sharing/create_shared_link_with_settings',
    'A',
    'sharing.write',
    sharingArg.createSharedLink,
    sharing.createSharedLink,
  ),

  user('sharing/share_folder', 'A', 'sharing.write', sharingArg.shareFolder, sharing.shareFolder),
  user('sharing/check_share_job_status', 'A', 'sharing.write', sharingArg.asyncJob, sharing.checkShareJob),
  user('sharing/check_job_status', 'A', 'sharing.write', sharingArg.asyncJob, sharing.checkJob),
  user(
    'sharing/check_remove_member_job_status',
    'A',
    'sharing.write',
    sharingArg.asyncJob,
    sharing.checkRemoveMemberJob,
  ),
  user('sharing/add_folder_member', 'A', 'sharing.write', sharingArg.addFolderMember, sharing.addFolderMember),
  user('sharing/update_folder_member', 'A', 'sharing.write', sharingArg.updateFolderMember, sharing.updateFolderMember),
  user('sharing/remove_folder_member', 'A', 'sharing.write', sharingArg.removeFolderMember, sharing.removeFolderMember),
  user('sharing/transfer_folder', 'A', 'sharing.write', sharingArg.transferFolder, sharing.transferFolder),
  user(
    'sharing/set_access_inheritance',
    '-',
    'sharing.write',
    sharingArg.setAccessInheritance,
    sharing.setAccessInheritance,
  ),
  user('sharing/update_folder_policy', 'A', 'sharing.write', sharingArg.updateFolderPolicy, sharing.updateFolderPolicy),
  user('sharing/mount_folder', '-', 'sharing.write', sharingArg.oneFolder, sharing.mountFolder),
  user('sharing/unmount_folder', 'A', 'sharing.write', sharingArg.oneFolder, sharing.unmountFolder),
  user('sharing/unshare_folder', 'A', 'sharing.write', sharingArg.leaveFolder, sharing.unshareFolder),
  user(
    'sharing/relinquish_folder_membership',
    '-',
    'sharing.write',
    sharingArg.leaveFolder,
    sharing.relinquishFolderMembership,
  ),
  user('sharing/add_file_member', 'A', 'sharing.write', sharingArg.addFileMember, sharing.addFileMember),
  user('sharing/update_file_member', 'A', 'sharing.write', sharingArg.updateFileMember, sharing.updateFileMember),
  user('sharing/remove_file_member_2', 'A', 'sharing.write', sharingArg.removeFileMember, sharing.removeFileMember),
  user('sharing/unshare_file', 'A', 'sharing.write', sharingArg.oneFile, sharing.unshareFile),
  user(
    'sharing/relinquish_file_membership',
    'A',
    'sharing.write',
    sharingArg.oneFile,
    sharing.relinquishFileMembership,
  ),

  user('auth/token/revoke', '-', undefined, nothing, auth.revokeToken),
  user('check/user', '-', 'account_info.read', usersArg.echo, check.echo),
  anonymous('app', 'check/app', usersArg.echo, check.echo),
];

export const routes: ReadonlyMap<string, Route> = new Map(rows.map((row) => [row.name, row]));
