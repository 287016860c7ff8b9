import type { async, common, files, sharing, team, team_log, users } from 'dropbox';
import type { Content } from './content';
import type {
  Account,
  AccountStatus,
  Actor,
  FileNode,
  FolderNode,
  FolderPolicy,
  Group,
  GroupKind,
  Level,
  Namespace,
  Role,
} from './entities';

/**
 * The interface of the model. Functions named after a route take the route's argument and return its result. Lists are
 * returned whole, and the caller divides them into pages; folder listings and the audit log are the exception, because
 * their cursors are part of the model. Errors are thrown: DropboxProblem (the route's error union), BadArgument and
 * PathRootProblem.
 */
export interface FilesApi {
  listFolder(actor: Actor, arg: files.ListFolderArg): files.ListFolderResult;
  listFolderContinue(actor: Actor, cursor: string): files.ListFolderResult;
  getLatestCursor(actor: Actor, arg: files.ListFolderArg): files.ListFolderGetLatestCursorResult;
  /** For longpoll, which has no actor: whether list_folder/continue would deliver anything. May throw `reset`. */
  hasChanges(cursor: string): boolean;
  getMetadata(actor: Actor, arg: files.GetMetadataArg): Entry;
  /** For download, export and temporary links: the caller checks `is_downloadable`. */
  download(actor: Actor, path: string): { metadata: files.FileMetadata; content: Content };
  listRevisions(actor: Actor, arg: files.ListRevisionsArg): files.ListRevisionsResult;
  /** For upload and for finished upload sessions. Throws UploadSessionFinishError. */
  upload(actor: Actor, arg: files.CommitInfo, content: Content): files.FileMetadata;
  createFolder(actor: Actor, arg: files.CreateFolderArg): files.CreateFolderResult;
  delete(actor: Actor, arg: files.DeleteArg): files.DeleteResult;
  move(actor: Actor, arg: files.RelocationArg): files.RelocationResult;
  copy(actor: Actor, arg: files.RelocationArg): files.RelocationResult;
  restore(actor: Actor, arg: files.RestoreArg): files.FileMetadata;
  /** The deleted item can't be restored. */
  permanentlyDelete(actor: Actor, arg: files.DeleteArg): void;
}

export type Entry = files.FileMetadataReference | files.FolderMetadataReference | files.DeletedMetadataReference;

export interface FolderMembers {
  users: sharing.UserMembershipInfo[];
  groups: sharing.GroupMembershipInfo[];
  invitees: sharing.InviteeMembershipInfo[];
}

export interface FileMembers {
  users: sharing.UserFileMembershipInfo[];
  groups: sharing.GroupMembershipInfo[];
  invitees: sharing.InviteeMembershipInfo[];
}

export type LinkMetadata = sharing.FileLinkMetadataReference | sharing.FolderLinkMetadataReference;

export interface SharingApi {
  listFolders(actor: Actor): sharing.SharedFolderMetadata[];
  listMountableFolders(actor: Actor): sharing.SharedFolderMetadata[];
  getFolderMetadata(actor: Actor, arg: sharing.GetMetadataArgs): sharing.SharedFolderMetadata;
  listFolderMembers(actor: Actor, arg: sharing.ListFolderMembersArgs): FolderMembers;
  listFileMembers(actor: Actor, arg: sharing.ListFileMembersArg): FileMembers;
  getFileMetadata(actor: Actor, arg: sharing.GetFileMetadataArg): sharing.SharedFileMetadata;
  listReceivedFiles(actor: Actor): sharing.SharedFileMetadata[];
  listSharedLinks(actor: Actor, arg: sharing.ListSharedLinksArg): LinkMetadata[];
  createSharedLink(actor: Actor, arg: sharing.CreateSharedLinkWithSettingsArg): LinkMetadata;

  shareFolder(actor: Actor, arg: sharing.ShareFolderArg): sharing.ShareFolderLaunch;
  unshareFolder(actor: Actor, arg: sharing.UnshareFolderArg): async.LaunchEmptyResult;
  addFolderMember(actor: Actor, arg: sharing.AddFolderMemberArg): void;
  updateFolderMember(actor: Actor, arg: sharing.UpdateFolderMemberArg): sharing.MemberAccessLevelResult;
  removeFolderMember(actor: Actor, arg: sharing.RemoveFolderMemberArg): async.LaunchResultBase;
  transferFolder(actor: Actor, arg: sharing.TransferFolderArg): void;
  setAccessInheritance(actor: Actor, arg: sharing.SetAccessInheritanceArg): sharing.ShareFolderLaunch;
  updateFolderPolicy(actor: Actor, arg: sharing.UpdateFolderPolicyArg): sharing.SharedFolderMetadata;
  mountFolder(actor: Actor, arg: sharing.MountFolderArg): sharing.SharedFolderMetadata;
  unmountFolder(actor: Actor, arg: sharing.UnmountFolderArg): void;
  relinquishFolderMembership(actor: Actor, arg: sharing.RelinquishFolderMembershipArg): async.LaunchEmptyResult;
  checkShareJob(jobId: string): sharing.ShareFolderJobStatus;
  checkRemoveMemberJob(jobId: string): sharing.RemoveMemberJobStatus;
  /** For check_job_status, which reports on unshare_folder and relinquish_folder_membership. */
  checkJob(jobId: string): sharing.JobStatus;

  addFileMember(actor: Actor, arg: sharing.AddFileMemberArgs): sharing.FileMemberActionResult[];
  updateFileMember(actor: Actor, arg: sharing.UpdateFileMemberArgs): sharing.MemberAccessLevelResult;
  removeFileMember(actor: Actor, arg: sharing.RemoveFileMemberArg): sharing.FileMemberRemoveActionResult;
  unshareFile(actor: Actor, arg: sharing.UnshareFileArg): void;
  relinquishFileMembership(actor: Actor, arg: sharing.RelinquishFileMembershipArg): void;
}

/** Team routes. `by` is the actor in the audit log; by default the admin who linked the app. */
export interface TeamApi {
  authenticatedAdmin(): team.TeamMemberProfile;
  info(): team.TeamGetInfoResult;
  members(includeRemoved: boolean): team.TeamMemberInfoV2[];
  /** The first version of members/list. */
  membersWithTier(includeRemoved: boolean): team.TeamMemberInfo[];
  memberInfo(user: team.UserSelectorArg): team.TeamMemberInfoV2 | undefined;
  /** The first version of members/get_info. */
  memberInfoWithTier(user: team.UserSelectorArg): team.TeamMemberInfo | undefined;
  addMembers(members: team.MemberAddV2Arg[], by?: Account): team.MemberAddV2Result[];
  suspendMember(arg: team.MembersDeactivateArg, by?: Account): void;
  unsuspendMember(arg: team.MembersUnsuspendArg, by?: Account): void;
  removeMember(arg: team.MembersRemoveArg, by?: Account): async.LaunchEmptyResult;
  recoverMember(arg: team.MembersRecoverArg, by?: Account): void;
  /** For set_profile_v2: changes name, e-mail address and external id. */
  setProfile(arg: team.MembersSetProfileArg, by?: Account): team.TeamMemberInfoV2;
  /** The id of an admin role, as used by members/add_v2. */
  roleId(role: Exclude<Role, 'member_only'>): string;
  setRole(user: team.UserSelectorArg, role: Role, by?: Account): void;
  /** Accepts the invitation on behalf of an invited member. */
  activateMember(memberId: string): void;

  groups(): team.GroupsListResult['groups'];
  groupInfo(group: team.GroupSelector): team.GroupFullInfo | undefined;
  /** For groups/members/list; throws group_not_found. */
  groupMembers(group: team.GroupSelector): team.GroupMemberInfo[];
  createGroup(arg: team.GroupCreateArg, by?: Account): team.GroupFullInfo;
  deleteGroup(arg: team.GroupSelector, by?: Account): async.LaunchEmptyResult;
  updateGroup(arg: team.GroupUpdateArgs, by?: Account): team.GroupFullInfo;
  addGroupMembers(arg: team.GroupMembersAddArg, by?: Account): team.GroupMembersChangeResult;
  removeGroupMembers(arg: team.GroupMembersRemoveArg, by?: Account): team.GroupMembersChangeResult;
  setGroupMemberAccess(arg: team.GroupMembersSetAccessTypeArg, by?: Account): team.GroupsGetInfoItem[];

  teamFolders(): team.TeamFolderMetadata[];
  teamFolderInfo(id: string): team.TeamFolderMetadata | undefined;
  createTeamFolder(arg: team.TeamFolderCreateArg, by?: Account): team.TeamFolderMetadata;
  renameTeamFolder(arg: team.TeamFolderRenameArg, by?: Account): team.TeamFolderMetadata;
  archiveTeamFolder(arg: team.TeamFolderArchiveArg, by?: Account): team.TeamFolderArchiveLaunch;
  checkArchiveJob(jobId: string): team.TeamFolderArchiveJobStatus;
  activateTeamFolder(arg: team.TeamFolderIdArg, by?: Account): team.TeamFolderMetadata;
  permanentlyDeleteTeamFolder(arg: team.TeamFolderIdArg, by?: Account): void;

  namespaces(): team.NamespaceMetadata[];
  /** For groups/job_status/get and members/remove/job_status/get. */
  checkJob(jobId: string): async.PollEmptyResult;
}

export interface UsersApi {
  currentAccount(actor: Actor): users.FullAccount;
  spaceUsage(actor: Actor): users.SpaceUsage;
  rootInfo(account: Account): common.TeamRootInfoReference | common.UserRootInfoReference;
}

/** The audit log. Its cursors are part of the model, because delay, reordering and `reset` are. */
export interface LogApi {
  getEvents(arg: team_log.GetTeamEventsArg): team_log.GetTeamEventsResult;
  getEventsContinue(cursor: string): team_log.GetTeamEventsResult;
  /** Makes all existing cursors answer `reset` with the time of the newest event that they returned. */
  reset(): void;
  /** Delays each future event by a time between half of `seconds` and `seconds`, which also reorders events. */
  delay(seconds: number): void;
}

export interface NewMember {
  email: string;
  givenName?: string;
  surname?: string;
  role?: Role;
  status?: Exclude<AccountStatus, 'external'>;
  externalId?: string;
}

export interface NewExternal {
  email: string;
  givenName?: string;
  surname?: string;
  /** Name of the other team; absent for a personal account. */
  team?: string;
}

/**
 * Builds a company directly, for team sources: permissions and names are not checked. Nothing is journalled or logged
 * before `Company.goLive`. After it, changes are journalled and attributed to the account that the call names.
 */
export interface BuildApi {
  member(member: NewMember): Account;
  externalAccount(account: NewExternal): Account;
  group(group: { name: string; kind?: GroupKind; externalId?: string; sameTeam?: boolean; createdAt?: number }): Group;
  groupMember(group: Group, account: Account, access?: 'member' | 'owner'): void;
  /** In models A and C a team folder; in model B a folder of the team root, restricted to its members. */
  teamFolder(name: string): Namespace;
  /** A shared folder, mounted in the home of its owner. The owner may be an external account. */
  sharedFolder(owner: Account, parent: FolderNode, name: string): Namespace;
  /** A shared folder nested in a team folder, a shared folder or the team root. */
  nestedFolder(parent: FolderNode, name: string, inherits: boolean): Namespace;
  appFolder(owner: Account, name: string): Namespace;
  folderMember(namespace: Namespace, member: Account | Group | string, level: Level): void;
  fileMember(file: FileNode, member: Account | Group | string, level: Level): void;
  policy(namespace: Namespace, policy: Partial<FolderPolicy>): void;
  folder(parent: FolderNode, name: string): FolderNode;
  file(parent: FolderNode, name: string, content: Content, facts?: NewFileFacts): FileNode;
  unmount(account: Account, namespace: Namespace): void;
  /** Moves a mount to another folder of the account's home, under the given name. */
  placeMount(account: Account, namespace: Namespace, parent: FolderNode, name: string): void;
  /** Renames as a desktop client does. No cursor stream delivers a change of case alone. */
  rename(item: FileNode | FolderNode, name: string): void;
  sharedLink(item: FileNode | Namespace, by: Account, audience?: 'public' | 'team' | 'members'): void;
}

export interface NewFileFacts {
  /** Seconds since the epoch. */
  serverModified?: number;
  clientModified?: number;
  by?: Account;
  downloadable?: boolean;
  restricted?: boolean;
}

/** The members who may read each file, by file id, computed from memberships alone. */
export interface Truth {
  files: Record<string, { path: string; namespace_id: string; readers: string[] }>;
}

/** Options with which an account acts. */
export interface ActorOptions {
  /** Select-Admin mode. The caller has checked that the account is an admin. */
  admin?: 'whole_team' | 'team_admin';
  /** The home when absent. A root that the account can't use makes `actor` throw PathRootProblem. */
  pathRoot?: common.PathRoot;
}

export interface CompanyApi {
  readonly files: FilesApi;
  readonly sharing: SharingApi;
  readonly team: TeamApi;
  readonly users: UsersApi;
  readonly log: LogApi;
  readonly build: BuildApi;

  actor(account: Account, options?: ActorOptions): Actor;
  memberById(memberId: string): Account | undefined;
  accountById(accountId: string): Account | undefined;
  accountByEmail(email: string): Account | undefined;
  namespaceById(id: string): Namespace | undefined;
  /** Ends the building phase: from now on changes are journalled and logged. */
  goLive(): void;
  /** Makes existing folder cursors answer `reset`: all of them, or those whose stream contains the namespace. */
  resetCursors(namespaceId?: string): void;
  /** Calls the listener after each change, with the accounts whose streams contain it. Returns how to unsubscribe. */
  onChange(listener: (accounts: ReadonlySet<Account>) => void): () => void;
  /** Migrates the team from model A to B or C, or from B to C. The previous roots are no longer valid as path roots. */
  migrate(model: 'B' | 'C'): void;
  truth(): Truth;
  readonly stats: { files: number; folders: number; members: number };
}
