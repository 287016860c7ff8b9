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
 * The surface of the model. Functions named after a route take the route's argument and return its result; lists come
 * whole, the caller cuts them into pages (but for folder listings and the audit log, whose cursors are part of the
 * model). Refusals are thrown: DropboxProblem (the route's own union), BadArgument, PathRootProblem.
 */
export interface FilesApi {
  listFolder(actor: Actor, arg: files.ListFolderArg): files.ListFolderResult;
  listFolderContinue(actor: Actor, cursor: string): files.ListFolderResult;
  getLatestCursor(actor: Actor, arg: files.ListFolderArg): files.ListFolderGetLatestCursorResult;
  /** For longpoll, which has no actor: whether continue would deliver something. Throws the `reset` of longpoll. */
  hasChanges(cursor: string): boolean;
  getMetadata(actor: Actor, arg: files.GetMetadataArg): Entry;
  /** For download, export and temporary links: the caller checks `is_downloadable`. */
  download(actor: Actor, path: string): { metadata: files.FileMetadata; content: Content };
  listRevisions(actor: Actor, arg: files.ListRevisionsArg): files.ListRevisionsResult;
  upload(actor: Actor, arg: files.UploadArg, content: Content): files.FileMetadata;
  createFolder(actor: Actor, arg: files.CreateFolderArg): files.CreateFolderResult;
  delete(actor: Actor, arg: files.DeleteArg): files.DeleteResult;
  move(actor: Actor, arg: files.RelocationArg): files.RelocationResult;
  copy(actor: Actor, arg: files.RelocationArg): files.RelocationResult;
  restore(actor: Actor, arg: files.RestoreArg): files.FileMetadata;
  /** What was deleted there can't be restored any more. */
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

export interface SharingApi {
  listFolders(actor: Actor): sharing.SharedFolderMetadata[];
  listMountableFolders(actor: Actor): sharing.SharedFolderMetadata[];
  getFolderMetadata(actor: Actor, arg: sharing.GetMetadataArgs): sharing.SharedFolderMetadata;
  listFolderMembers(actor: Actor, arg: sharing.ListFolderMembersArgs): FolderMembers;
  listFileMembers(actor: Actor, arg: sharing.ListFileMembersArg): FileMembers;
  getFileMetadata(actor: Actor, arg: sharing.GetFileMetadataArg): sharing.SharedFileMetadata;
  listReceivedFiles(actor: Actor): sharing.SharedFileMetadata[];
  listSharedLinks(
    actor: Actor,
    arg: sharing.ListSharedLinksArg,
  ): (sharing.FileLinkMetadataReference | sharing.FolderLinkMetadataReference)[];

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
  /** check_job_status: unshare and relinquish. */
  checkJob(jobId: string): sharing.JobStatus;

  addFileMember(actor: Actor, arg: sharing.AddFileMemberArgs): sharing.FileMemberActionResult[];
  updateFileMember(actor: Actor, arg: sharing.UpdateFileMemberArgs): sharing.MemberAccessLevelResult;
  removeFileMember(actor: Actor, arg: sharing.RemoveFileMemberArg): sharing.FileMemberRemoveActionResult;
  unshareFile(actor: Actor, arg: sharing.UnshareFileArg): void;
  relinquishFileMembership(actor: Actor, arg: sharing.RelinquishFileMembershipArg): void;
}

/** Team routes. `by` is who did it in the audit log: the admin who linked the app, unless told otherwise. */
export interface TeamApi {
  authenticatedAdmin(): team.TeamMemberProfile;
  info(): team.TeamGetInfoResult;
  members(includeRemoved: boolean): team.TeamMemberInfoV2[];
  /** The first version of members/list. */
  membersWithTier(includeRemoved: boolean): team.TeamMemberInfo[];
  memberInfo(user: team.UserSelectorArg): team.TeamMemberInfoV2 | undefined;
  addMembers(members: team.MemberAddV2Arg[], by?: Account): team.MemberAddV2Result[];
  suspendMember(arg: team.MembersDeactivateArg, by?: Account): void;
  unsuspendMember(arg: team.MembersUnsuspendArg, by?: Account): void;
  removeMember(arg: team.MembersRemoveArg, by?: Account): async.LaunchEmptyResult;
  recoverMember(arg: team.MembersRecoverArg, by?: Account): void;
  /** set_profile_v2: name, e-mail, external id. */
  setProfile(arg: team.MembersSetProfileArg, by?: Account): team.TeamMemberInfoV2;
  /** The id of an admin role, as members/add_v2 takes it. */
  roleId(role: Exclude<Role, 'member_only'>): string;
  setRole(user: team.UserSelectorArg, role: Role, by?: Account): void;
  /** The invited member accepts. */
  activateMember(memberId: string): void;

  groups(): team.GroupsListResult['groups'];
  groupInfo(group: team.GroupSelector): team.GroupFullInfo | undefined;
  /** Members of a group, for groups/members/list; throws group_not_found. */
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
  /** groups/job_status/get and members/remove/job_status/get. */
  checkJob(jobId: string): async.PollEmptyResult;
}

export interface UsersApi {
  currentAccount(actor: Actor): users.FullAccount;
  rootInfo(account: Account): common.TeamRootInfoReference | common.UserRootInfoReference;
}

/** The audit log. Its cursors are made here, since delay, disorder and `reset` are part of the model. */
export interface LogApi {
  getEvents(arg: team_log.GetTeamEventsArg): team_log.GetTeamEventsResult;
  getEventsContinue(cursor: string): team_log.GetTeamEventsResult;
  /** Cursors made until now answer `reset` with the time of the newest event that they returned. */
  reset(): void;
  /** Events from now on appear later, by half of this to all of it, in any order. */
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
  /** Name of the other team; none: a personal account. */
  team?: string;
}

/**
 * Direct building of a company, for team sources: no permission is asked, names are taken as they are. Before
 * `Company.goLive` nothing is journalled or logged; afterwards these do both, by the named account.
 */
export interface BuildApi {
  member(member: NewMember): Account;
  externalAccount(account: NewExternal): Account;
  group(group: { name: string; kind?: GroupKind; externalId?: string; sameTeam?: boolean; createdAt?: number }): Group;
  groupMember(group: Group, account: Account, access?: 'member' | 'owner'): void;
  /** In models A and C a team folder; in model B a folder of the shared root, restricted to its members. */
  teamFolder(name: string): Namespace;
  /** A shared folder in the home of its owner (external or not), mounted there. */
  sharedFolder(owner: Account, parent: FolderNode, name: string): Namespace;
  /** A folder shared inside of a team folder, a shared folder or the team root. */
  nestedFolder(parent: FolderNode, name: string, inherits: boolean): Namespace;
  appFolder(owner: Account, name: string): Namespace;
  folderMember(namespace: Namespace, member: Account | Group | string, level: Level): void;
  fileMember(file: FileNode, member: Account | Group | string, level: Level): void;
  policy(namespace: Namespace, policy: Partial<FolderPolicy>): void;
  folder(parent: FolderNode, name: string): FolderNode;
  file(parent: FolderNode, name: string, content: Content, facts?: NewFileFacts): FileNode;
  unmount(account: Account, namespace: Namespace): void;
  /** Gives a mount its own name and place. */
  placeMount(account: Account, namespace: Namespace, parent: FolderNode, name: string): void;
  /** As a desktop client does: a change of case alone is told to no cursor stream. */
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

/** Who may read what: computed from memberships alone. */
export interface Truth {
  files: Record<string, { path: string; namespace_id: string; readers: string[] }>;
}

/** How to become an actor. */
export interface ActorOptions {
  /** Select-Admin; the account must be an admin (the caller has checked it). */
  admin?: 'whole_team' | 'team_admin';
  /** Absent: home. Throws PathRootProblem. */
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
  /** Files, folders and namespaces count from now on: changes are journalled and logged. */
  goLive(): void;
  /** Folder cursors made until now answer `reset`: all, or those whose stream has the namespace. */
  resetCursors(namespaceId?: string): void;
  /** Called after each change, with the accounts whose streams have it. Returns how to stop. */
  onChange(listener: (accounts: ReadonlySet<Account>) => void): () => void;
  /** Migration from one team model to the next: A to B or C, B to C. Old roots stop to be roots. */
  migrate(model: 'B' | 'C'): void;
  truth(): Truth;
  readonly stats: { files: number; folders: number; members: number };
}
