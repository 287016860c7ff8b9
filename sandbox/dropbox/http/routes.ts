/**
 * The routing table, with one row for each route that the simulator serves. The columns of `user` rows are route,
 * Select-Admin mode (W whole team, A team content, - refused), scope, validator and handler. `team` rows have no
 * Select-Admin column. In `act` and `manage` rows an operation of the company takes the place of the handler.
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
import { act, anonymous, download, manage, team, upload, user, type Route } from './route';
import { nothing } from './schema';

// prettier-ignore
const rows: readonly Route[] = [
  team('team/token/get_authenticated_admin', 'team_info.read', nothing, teams.getAuthenticatedAdmin),
  manage('team/get_info', 'team_info.read', nothing, (c) => c.team.info),
  team('team/features/get_values', 'team_info.read', teamArg.featuresGetValues, teams.featuresGetValues),

  team('team/members/list_v2', 'members.read', teamArg.membersList, teams.membersV2.first),
  team('team/members/list/continue_v2', 'members.read', teamArg.cursor, teams.membersV2.next),
  team('team/members/list', 'members.read', teamArg.membersList, teams.members.first),
  team('team/members/list/continue', 'members.read', teamArg.cursor, teams.members.next),
  team('team/members/get_info', 'members.read', teamArg.membersGetInfo, teams.membersGetInfo),
  team('team/members/get_info_v2', 'members.read', teamArg.membersGetInfo, teams.membersGetInfoV2),
  team('team/members/add_v2', 'members.write', teamArg.membersAddV2, teams.membersAddV2),
  team('team/members/add', 'members.write', teamArg.membersAdd, teams.membersAdd),
  team('team/members/add/job_status/get_v2', 'members.write', teamArg.asyncJob, teams.membersAddJobStatusV2),
  team('team/members/add/job_status/get', 'members.write', teamArg.asyncJob, teams.membersAddJobStatus),
  manage('team/members/remove', 'members.delete', teamArg.membersRemove, (c) => c.team.removeMember),
  team('team/members/remove/job_status/get', 'members.delete', teamArg.asyncJob, teams.jobStatus),
  team('team/members/set_profile_v2', 'members.write', teamArg.membersSetProfile, teams.membersSetProfileV2),
  team('team/members/set_admin_permissions', 'members.write', teamArg.membersSetAdminPermissions, teams.membersSetAdminPermissions),
  manage('team/members/suspend', 'members.write', teamArg.membersSuspend, (c) => c.team.suspendMember),
  manage('team/members/unsuspend', 'members.write', teamArg.oneMember, (c) => c.team.unsuspendMember),
  manage('team/members/recover', 'members.delete', teamArg.oneMember, (c) => c.team.recoverMember),

  team('team/groups/list', 'groups.read', teamArg.page, teams.groups.first),
  team('team/groups/list/continue', 'groups.read', teamArg.cursor, teams.groups.next),
  team('team/groups/get_info', 'groups.read', teamArg.groupsGetInfo, teams.groupsGetInfo),
  team('team/groups/members/list', 'groups.read', teamArg.groupMembersList, teams.groupMembers.first),
  team('team/groups/members/list/continue', 'groups.read', teamArg.cursor, teams.groupMembers.next),
  manage('team/groups/create', 'groups.write', teamArg.groupCreate, (c) => c.team.createGroup),
  manage('team/groups/delete', 'groups.write', teamArg.oneGroup, (c) => c.team.deleteGroup),
  manage('team/groups/update', 'groups.write', teamArg.groupUpdate, (c) => c.team.updateGroup),
  manage('team/groups/members/add', 'groups.write', teamArg.groupMembersAdd, (c) => c.team.addGroupMembers),
  manage('team/groups/members/remove', 'groups.write', teamArg.groupMembersRemove, (c) => c.team.removeGroupMembers),
  manage('team/groups/members/set_access_type', 'groups.write', teamArg.groupMembersSetAccessType, (c) => c.team.setGroupMemberAccess),
  team('team/groups/job_status/get', 'groups.write', teamArg.asyncJob, teams.jobStatus),

  team('team/team_folder/list', 'team_data.content.read', teamArg.page, teams.teamFolders.first),
  team('team/team_folder/list/continue', 'team_data.content.read', teamArg.cursor, teams.teamFolders.next),
  team('team/team_folder/get_info', 'team_data.content.read', teamArg.teamFolderIds, teams.teamFolderGetInfo),
  manage('team/team_folder/create', 'team_data.content.write', teamArg.teamFolderCreate, (c) => c.team.createTeamFolder),
  manage('team/team_folder/rename', 'team_data.content.write', teamArg.teamFolderRename, (c) => c.team.renameTeamFolder),
  manage('team/team_folder/archive', 'team_data.content.write', teamArg.teamFolderArchive, (c) => c.team.archiveTeamFolder),
  team('team/team_folder/archive/check', 'team_data.content.write', teamArg.asyncJob, teams.teamFolderArchiveCheck),
  manage('team/team_folder/activate', 'team_data.content.write', teamArg.oneTeamFolder, (c) => c.team.activateTeamFolder),
  manage('team/team_folder/permanently_delete', 'team_data.content.write', teamArg.oneTeamFolder, (c) => c.team.permanentlyDeleteTeamFolder),
  team('team/namespaces/list', 'team_data.member', teamArg.page, teams.namespaces.first),
  team('team/namespaces/list/continue', 'team_data.member', teamArg.cursor, teams.namespaces.next),

  manage('team_log/get_events', 'events.read', logArg.getEvents, (c) => c.log.getEvents),
  team('team_log/get_events/continue', 'events.read', logArg.cursor, teamLog.getEventsContinue),

  act('users/get_current_account', 'W', 'account_info.read', nothing, (c) => c.users.currentAccount),
  act('users/get_space_usage', '-', 'account_info.read', nothing, (c) => c.users.spaceUsage),
  user('users/features/get_values', '-', 'account_info.read', usersArg.featuresGetValues, users.featuresGetValues),

  user('files/list_folder', 'W', 'files.metadata.read', filesArg.listFolder, files.listFolder),
  user('files/list_folder/continue', 'W', 'files.metadata.read', filesArg.cursor, files.listFolderContinue),
  user('files/list_folder/get_latest_cursor', 'W', 'files.metadata.read', filesArg.listFolder, files.getLatestCursor),
  anonymous('none', 'files/list_folder/longpoll', filesArg.longpoll, files.longpoll),
  act('files/get_metadata', 'W', 'files.metadata.read', filesArg.getMetadata, (c) => c.files.getMetadata),
  user('files/get_temporary_link', '-', 'files.content.read', filesArg.onePath, files.getTemporaryLink),
  download('files/download', 'W', 'files.content.read', filesArg.download, files.download),
  download('files/export', 'W', 'files.content.read', filesArg.exportFile, files.exportFile),
  act('files/list_revisions', 'W', 'files.metadata.read', filesArg.listRevisions, (c) => c.files.listRevisions),
  upload('files/upload', 'A', 'files.content.write', filesArg.upload, files.upload),
  upload('files/upload_session/start', 'A', 'files.content.write', filesArg.sessionStart, sessions.start),
  user('files/upload_session/start_batch', 'A', 'files.content.write', filesArg.sessionStartBatch, sessions.startBatch),
  upload('files/upload_session/append', 'A', 'files.content.write', filesArg.sessionCursor, sessions.append),
  upload('files/upload_session/append_v2', 'A', 'files.content.write', filesArg.sessionAppend, sessions.appendV2),
  upload('files/upload_session/append_batch', 'A', 'files.content.write', filesArg.sessionAppendBatch, sessions.appendBatch),
  upload('files/upload_session/finish', 'A', 'files.content.write', filesArg.sessionFinish, sessions.finish),
  user('files/upload_session/finish_batch', 'A', 'files.content.write', filesArg.sessionFinishBatch, sessions.finishBatch),
  user('files/upload_session/finish_batch_v2', 'A', 'files.content.write', filesArg.sessionFinishBatch, sessions.finishBatchV2),
  user('files/upload_session/finish_batch/check', 'A', 'files.content.write', filesArg.asyncJob, sessions.finishBatchCheck),
  act('files/create_folder_v2', 'A', 'files.content.write', filesArg.createFolder, (c) => c.files.createFolder),
  act('files/delete_v2', 'A', 'files.content.write', filesArg.deletePath, (c) => c.files.delete),
  act('files/move_v2', 'A', 'files.content.write', filesArg.relocation, (c) => c.files.move),
  act('files/copy_v2', 'A', 'files.content.write', filesArg.relocation, (c) => c.files.copy),
  act('files/restore', 'A', 'files.content.write', filesArg.restore, (c) => c.files.restore),
  act('files/permanently_delete', 'A', 'files.permanent_delete', filesArg.deletePath, (c) => c.files.permanentlyDelete),

  user('sharing/list_folders', '-', 'sharing.read', sharingArg.listFolders, sharing.folders.first),
  user('sharing/list_folders/continue', '-', 'sharing.read', sharingArg.cursor, sharing.folders.next),
  user('sharing/list_mountable_folders', '-', 'sharing.read', sharingArg.listFolders, sharing.mountableFolders.first),
  user('sharing/list_mountable_folders/continue', '-', 'sharing.read', sharingArg.cursor, sharing.mountableFolders.next),
  act('sharing/get_folder_metadata', 'W', 'sharing.read', sharingArg.getFolderMetadata, (c) => c.sharing.getFolderMetadata),
  user('sharing/list_folder_members', 'W', 'sharing.read', sharingArg.listFolderMembers, sharing.folderMembers.first),
  user('sharing/list_folder_members/continue', 'W', 'sharing.read', sharingArg.cursor, sharing.folderMembers.next),
  user('sharing/list_file_members', 'W', 'sharing.read', sharingArg.listFileMembers, sharing.fileMembers.first),
  user('sharing/list_file_members/continue', 'W', 'sharing.read', sharingArg.cursor, sharing.fileMembers.next),
  user('sharing/list_file_members/batch', 'W', 'sharing.read', sharingArg.listFileMembersBatch, sharing.listFileMembersBatch),
  act('sharing/get_file_metadata', 'A', 'sharing.read', sharingArg.getFileMetadata, (c) => c.sharing.getFileMetadata),
  user('sharing/get_file_metadata/batch', 'A', 'sharing.read', sharingArg.getFileMetadataBatch, sharing.getFileMetadataBatch),
  user('sharing/list_received_files', 'A', 'sharing.read', sharingArg.listReceivedFiles, sharing.receivedFiles.first),
  user('sharing/list_received_files/continue', '-', 'sharing.read', sharingArg.cursor, sharing.receivedFiles.next),
  user('sharing/list_shared_links', 'W', 'sharing.read', sharingArg.listSharedLinks, sharing.listSharedLinks),
  act('sharing/create_shared_link_with_settings', 'A', 'sharing.write', sharingArg.createSharedLink, (c) => c.sharing.createSharedLink),

  act('sharing/share_folder', 'A', 'sharing.write', sharingArg.shareFolder, (c) => c.sharing.shareFolder),
  user('sharing/check_share_job_status', 'A', 'sharing.write', sharingArg.asyncJob, sharing.checkShareJob),
  user('sharing/check_job_status', 'A', 'sharing.write', sharingArg.asyncJob, sharing.checkJob),
  user('sharing/check_remove_member_job_status', 'A', 'sharing.write', sharingArg.asyncJob, sharing.checkRemoveMemberJob),
  act('sharing/add_folder_member', 'A', 'sharing.write', sharingArg.addFolderMember, (c) => c.sharing.addFolderMember),
  act('sharing/update_folder_member', 'A', 'sharing.write', sharingArg.updateFolderMember, (c) => c.sharing.updateFolderMember),
  act('sharing/remove_folder_member', 'A', 'sharing.write', sharingArg.removeFolderMember, (c) => c.sharing.removeFolderMember),
  act('sharing/transfer_folder', 'A', 'sharing.write', sharingArg.transferFolder, (c) => c.sharing.transferFolder),
  act('sharing/set_access_inheritance', '-', 'sharing.write', sharingArg.setAccessInheritance, (c) => c.sharing.setAccessInheritance),
  act('sharing/update_folder_policy', 'A', 'sharing.write', sharingArg.updateFolderPolicy, (c) => c.sharing.updateFolderPolicy),
  act('sharing/mount_folder', '-', 'sharing.write', sharingArg.oneFolder, (c) => c.sharing.mountFolder),
  act('sharing/unmount_folder', 'A', 'sharing.write', sharingArg.oneFolder, (c) => c.sharing.unmountFolder),
  act('sharing/unshare_folder', 'A', 'sharing.write', sharingArg.leaveFolder, (c) => c.sharing.unshareFolder),
  act('sharing/relinquish_folder_membership', '-', 'sharing.write', sharingArg.leaveFolder, (c) => c.sharing.relinquishFolderMembership),
  act('sharing/add_file_member', 'A', 'sharing.write', sharingArg.addFileMember, (c) => c.sharing.addFileMember),
  act('sharing/update_file_member', 'A', 'sharing.write', sharingArg.updateFileMember, (c) => c.sharing.updateFileMember),
  act('sharing/remove_file_member_2', 'A', 'sharing.write', sharingArg.removeFileMember, (c) => c.sharing.removeFileMember),
  act('sharing/unshare_file', 'A', 'sharing.write', sharingArg.oneFile, (c) => c.sharing.unshareFile),
  act('sharing/relinquish_file_membership', 'A', 'sharing.write', sharingArg.oneFile, (c) => c.sharing.relinquishFileMembership),

  user('auth/token/revoke', '-', undefined, nothing, auth.revokeToken),
  user('check/user', '-', 'account_info.read', usersArg.echo, check.echo),
  anonymous('app', 'check/app', usersArg.echo, check.echo),
];

export const routes: ReadonlyMap<string, Route> = new Map(rows.map((row) => [row.name, row]));
