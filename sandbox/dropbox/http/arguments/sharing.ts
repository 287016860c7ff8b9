import {
  bool,
  integer,
  list,
  none,
  nullable,
  openUnion,
  string,
  struct,
  tagged,
  tags,
  timestamp,
  union,
  withDefault,
} from '../schema';
import { emailAddress, filePathOrId, readPath, sharedFolderId, writePathOrId } from './paths';

const folderActions = nullable(
  list(
    tags(
      'change_options',
      'disable_viewer_info',
      'edit_contents',
      'enable_viewer_info',
      'invite_editor',
      'invite_viewer',
      'invite_viewer_no_comment',
      'relinquish_membership',
      'unmount',
      'unshare',
      'leave_a_copy',
      'share_link',
      'create_link',
      'create_view_link',
      'create_edit_link',
      'set_access_inheritance',
    ),
  ),
);
const fileActions = nullable(
  list(
    tags(
      'disable_viewer_info',
      'edit_contents',
      'enable_viewer_info',
      'invite_viewer',
      'invite_viewer_no_comment',
      'invite_editor',
      'unshare',
      'relinquish_membership',
      'share_link',
      'create_link',
      'create_view_link',
      'create_edit_link',
    ),
  ),
);
const memberActions = nullable(
  list(tags('leave_a_copy', 'make_editor', 'make_owner', 'make_viewer', 'make_viewer_no_comment', 'remove')),
);

const accessLevel = tags('owner', 'editor', 'viewer', 'viewer_no_comment', 'traverse', 'no_access');
const audience = tags('public', 'team', 'no_one', 'password', 'members');
const accessInheritance = withDefault(tags('inherit', 'no_inherit'), tagged('inherit'));
const policies = {
  acl_update_policy: nullable(tags('owner', 'editors')),
  member_policy: nullable(tags('team', 'anyone', 'team_and_approved')),
  shared_link_policy: nullable(tags('anyone', 'team', 'members')),
  viewer_info_policy: nullable(tags('enabled', 'disabled')),
};
const linkSettings = nullable(
  struct({
    access_level: nullable(accessLevel),
    audience: nullable(audience),
    expiry: nullable(openUnion({ remove_expiry: none, set_expiry: timestamp })),
    password: nullable(openUnion({ remove_password: none, set_password: string() })),
  }),
);
const memberSelector = openUnion({ dropbox_id: string({ min: 1 }), email: emailAddress });

export const listFolders = struct({ limit: withDefault(integer(1, 1000), 1000), actions: folderActions });
export const cursor = struct({ cursor: string() });
export const getFolderMetadata = struct({ shared_folder_id: sharedFolderId, actions: folderActions });
export const listFolderMembers = struct({
  actions: memberActions,
  limit: withDefault(integer(1, 1000), 1000),
  shared_folder_id: sharedFolderId,
  path: nullable(string()),
});
export const listFileMembers = struct({
  file: filePathOrId,
  actions: memberActions,
  include_inherited: withDefault(bool, true),
  limit: withDefault(integer(1, 300), 100),
});
export const listFileMembersBatch = struct({
  files: list(filePathOrId, { max: 100 }),
  limit: withDefault(integer(0, 3000), 1000),
});
export const getFileMetadata = struct({ file: filePathOrId, actions: fileActions });
export const getFileMetadataBatch = struct({ files: list(filePathOrId, { max: 100 }), actions: fileActions });
export const listReceivedFiles = struct({ limit: withDefault(integer(1, 300), 100), actions: fileActions });
export const listSharedLinks = struct({
  path: nullable(readPath),
  cursor: nullable(string()),
  direct_only: nullable(bool),
});

export const createSharedLink = struct({
  path: readPath,
  settings: nullable(
    struct({
      require_password: nullable(bool),
      link_password: nullable(string()),
      expires: nullable(timestamp),
      audience: nullable(audience),
      access: nullable(tags('viewer', 'editor', 'max', 'default')),
      requested_visibility: nullable(union({ public: none, team_only: none, password: none })),
      allow_download: nullable(bool),
    }),
  ),
});

export const shareFolder = struct({
  ...policies,
  path: writePathOrId,
  force_async: withDefault(bool, false),
  access_inheritance: accessInheritance,
  actions: folderActions,
  link_settings: linkSettings,
});
export const updateFolderPolicy = struct({
  ...policies,
  shared_folder_id: sharedFolderId,
  link_settings: linkSettings,
  actions: folderActions,
});
export const asyncJob = struct({ async_job_id: string({ min: 1 }) });
export const addFolderMember = struct({
  shared_folder_id: sharedFolderId,
  members: list(struct({ member: memberSelector, access_level: nullable(accessLevel) })),
  quiet: withDefault(bool, false),
  custom_message: nullable(string({ min: 1 })),
});
export const updateFolderMember = struct({
  shared_folder_id: sharedFolderId,
  member: memberSelector,
  access_level: accessLevel,
});
export const removeFolderMember = struct({
  shared_folder_id: sharedFolderId,
  member: memberSelector,
  leave_a_copy: bool,
});
export const addFileMember = struct({
  file: filePathOrId,
  members: list(memberSelector),
  custom_message: nullable(string()),
  quiet: withDefault(bool, false),
  access_level: nullable(accessLevel),
  add_message_as_comment: withDefault(bool, false),
});
export const updateFileMember = struct({ file: filePathOrId, member: memberSelector, access_level: accessLevel });
export const removeFileMember = struct({ file: filePathOrId, member: memberSelector });
export const transferFolder = struct({ shared_folder_id: sharedFolderId, to_dropbox_id: string({ min: 1 }) });
export const setAccessInheritance = struct({
  access_inheritance: accessInheritance,
  shared_folder_id: sharedFolderId,
});
export const oneFolder = struct({ shared_folder_id: sharedFolderId });
export const leaveFolder = struct({ shared_folder_id: sharedFolderId, leave_a_copy: withDefault(bool, false) });
export const oneFile = struct({ file: filePathOrId });
