import type { team_log } from 'dropbox';

/** What an audit event makes stale, and where the event names it. */
export type Effect =
  /** The member on whose behalf something happened. In an event without a context, the one who acted. */
  | 'affectedMember'
  | 'participantMembers'
  | 'participantGroups'
  /** The namespaces of the assets, and folders that the event names by path within a namespace. */
  | 'folders'
  | 'files'
  | 'teamFolders'
  /** Namespaces that only the details name: a new one, or the parents before and after a move. */
  | 'detailNamespaces'
  /** The received files of the members and groups that the event names. */
  | 'receivers'
  | 'allMembers'
  | 'allGroups'
  | 'allTeamFolders'
  | 'allSharing';

const member: readonly Effect[] = ['affectedMember', 'participantMembers'];
const group: readonly Effect[] = ['participantGroups'];
const teamFolder: readonly Effect[] = ['teamFolders'];
/** Someone was added to or removed from a shared folder or file, or their access to it changed. */
const sharedContent: readonly Effect[] = ['folders', 'files', 'receivers'];
const sharedFolder: readonly Effect[] = ['folders', 'detailNamespaces'];
/** A known type that makes no member, group, folder or member list stale. */
const nothing: readonly Effect[] = [];

const effects: Readonly<Partial<Record<team_log.EventType['.tag'], readonly Effect[]>>> = {
  // Members. Every run lists all of them, so no one uses these hints. The rows say that the types are known.
  member_change_status: member,
  member_change_admin_role: member,
  member_change_email: member,
  member_change_name: member,
  member_add_name: member,
  member_add_external_id: member,
  member_change_external_id: member,
  member_remove_external_id: member,
  member_transfer_account_contents: member,
  member_permanently_delete_account_contents: member,
  secondary_email_verified: member,
  secondary_email_deleted: member,
  pending_secondary_email_added: nothing,
  member_set_profile_photo: nothing,
  member_delete_profile_photo: nothing,
  member_change_membership_type: member,

  // Groups
  group_create: group,
  group_delete: group,
  group_rename: group,
  group_add_member: group,
  group_remove_member: group,
  group_change_member_role: group,
  group_change_management_type: group,
  group_add_external_id: group,
  group_change_external_id: group,
  group_remove_external_id: group,
  group_external_sharing_setting_override_changed: nothing,
  group_moved: group,
  group_description_updated: nothing,
  group_join_policy_updated: nothing,

  // The team
  team_profile_change_name: nothing,
  team_merge_from: ['allMembers', 'allGroups', 'allTeamFolders', 'allSharing'],
  team_merge_to: ['allMembers', 'allGroups', 'allTeamFolders', 'allSharing'],
  app_unlink_team: nothing,

  // Team folders
  team_folder_create: teamFolder,
  team_folder_rename: teamFolder,
  team_folder_change_status: teamFolder,
  team_folder_permanently_delete: teamFolder,
  team_folder_downgrade: ['teamFolders', 'folders'],
  team_selective_sync_settings_changed: nothing,
  team_folder_space_limits_change_caps_type: nothing,
  team_folder_space_limits_change_limit: nothing,
  team_folder_space_limits_change_notification_target: nothing,

  // Members of shared folders and files
  shared_content_add_member: sharedContent,
  shared_content_remove_member: sharedContent,
  shared_content_change_member_role: sharedContent,
  shared_content_add_invitees: sharedContent,
  shared_content_remove_invitees: sharedContent,
  shared_content_change_invitee_role: sharedContent,
  shared_content_claim_invitation: sharedContent,
  shared_content_restore_member: sharedContent,
  shared_content_restore_invitees: sharedContent,
  shared_content_relinquish_membership: sharedContent,
  shared_content_unshare: sharedContent,
  shared_content_change_viewer_info_policy: nothing,
  shared_content_request_access: nothing,
  shared_content_copy: nothing,
  shared_content_download: nothing,
  shared_content_view: nothing,

  // Shared folders
  shared_folder_create: sharedFolder,
  shared_folder_mount: nothing,
  shared_folder_unmount: nothing,
  shared_folder_nest: sharedFolder,
  shared_folder_decline_invitation: sharedFolder,
  shared_folder_transfer_ownership: sharedFolder,
  shared_folder_change_members_inheritance_policy: sharedFolder,
  shared_folder_change_members_management_policy: nothing,
  shared_folder_change_members_policy: sharedFolder,
  shared_folder_change_link_policy: nothing,

  // Links: they are on no member list, except where the event names people.
  shared_link_create: nothing,
  shared_link_disable: nothing,
  shared_link_change_visibility: nothing,
  shared_link_add_expiry: nothing,
  shared_link_change_expiry: nothing,
  shared_link_remove_expiry: nothing,
  shared_link_share: sharedContent,
  shared_link_remove_visitor: sharedContent,
  shared_link_settings_change_audience: nothing,
  shared_link_settings_add_expiration: nothing,
  shared_link_settings_change_expiration: nothing,
  shared_link_settings_remove_expiration: nothing,
  shared_link_settings_add_password: nothing,
  shared_link_settings_change_password: nothing,
  shared_link_settings_remove_password: nothing,
  shared_link_settings_allow_download_enabled: nothing,
  shared_link_settings_allow_download_disabled: nothing,
  shared_link_view: nothing,
  shared_link_download: nothing,
  shared_link_copy: nothing,

  // Policies of the whole team
  sharing_change_member_policy: ['allSharing'],
  sharing_change_folder_join_policy: ['allSharing'],
  sharing_change_link_policy: nothing,
  folder_link_restriction_policy_changed: nothing,
  shared_link_default_permissions_policy_changed: nothing,
  team_sharing_whitelist_subjects_changed: ['allSharing'],

  // Dropbox logs these no longer, but they are in the log of old teams.
  sf_add_group: sharedContent,
  sf_allow_non_members_to_view_shared_links: nothing,
  sf_external_invite_warn: nothing,
  sf_fb_invite: sharedContent,
  sf_fb_invite_change_role: sharedContent,
  sf_fb_uninvite: sharedContent,
  sf_invite_group: sharedContent,
  sf_team_grant_access: sharedContent,
  sf_team_invite: sharedContent,
  sf_team_invite_change_role: sharedContent,
  sf_team_join: sharedContent,
  sf_team_join_from_oob_link: sharedContent,
  sf_team_uninvite: sharedContent,
  shmodel_disable_downloads: nothing,
  shmodel_enable_downloads: nothing,
  shmodel_group_share: sharedContent,
  shared_content_add_link_expiry: nothing,
  shared_content_add_link_password: nothing,
  shared_content_change_downloads_policy: nothing,
  shared_content_change_link_audience: nothing,
  shared_content_change_link_expiry: nothing,
  shared_content_change_link_password: nothing,
  shared_content_remove_link_expiry: nothing,
  shared_content_remove_link_password: nothing,
};

/** The effects of a type of event: none for a type that makes nothing stale, undefined for an unknown type. */
export const effectsOf = (type: string): readonly Effect[] | undefined =>
  Object.hasOwn(effects, type) ? effects[type as keyof typeof effects] : undefined;

export const knownEventTypes: readonly string[] = Object.keys(effects);
