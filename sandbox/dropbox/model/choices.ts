/**
 * Behaviour of Dropbox that no public source documents. Each field is one modelling choice. A company can be built with
 * other values, so that a client can be tested against every behaviour that Dropbox may have.
 */
export interface Choices {
  /** Whether items keep their ids when they are moved to another namespace. Sharing a folder in place keeps them. */
  idAcrossNamespaces: 'kept' | 'new';
  /** Whether `include_mounted_folders: false` still returns the entry of the mount point. */
  mountPointWithoutContent: 'listed' | 'left_out';
  /** Whether `include_mounted_folders: false` leaves out what is in folders nested in the listed shared folder, too. */
  nestedContentWithoutMounted: 'left_out' | 'listed';
  /** Whether sharing/list_folder_members without `path` also returns the inherited members of parent folders. */
  folderMembersWithoutPath: 'direct' | 'with_inherited';
  /** Order of the two changes of a move in a stream. `seeded` varies from move to move. */
  moveOrder: 'delete_first' | 'add_first' | 'seeded';
  /** Share of folder deletions (0 to 1) that also report the descendants as deleted. */
  deletesListDescendants: number;
  /** Share of pages (0 to 1) that are preceded by an empty page with has_more true. */
  emptyPages: number;
  /** Share of entries (0 to 1) that are delivered twice in a row. */
  duplicateEntries: number;
  /** Share of pages (0 to 1) whose last entry is repeated at the start of the next page. */
  pageOverlap: number;
  /**
   * Share of folders (0 to 1) that a recursive listing delivers after their content. Maestral, a client in wide use, has
   * observed that the API "occasionally lists them after their children", mostly with shared folders (its request 472).
   */
  lateFolders: number;
  /** What a member sees of a nested folder that they may not read, inside a folder that they may read. */
  restrictedFolder: 'hidden' | 'no_access';
  /** Whether a recursive listing of a folder starts with the entry of that folder. Listings of a root never do. */
  recursiveListingHasRoot: boolean;
  /** Paths of entries in a namespace that is not mounted under the path root: absent, or relative to the namespace. */
  unmountedPaths: 'absent' | 'namespace';
  /** Case of the path_display components above the last one, whose case is the only one that Dropbox guarantees. */
  displayAncestors: 'exact' | 'lower';
  /** Answer to a cursor that is used by another member or under another path root than it was made with. */
  foreignCursor: 'bad_argument' | 'reset';
  /** Whether list_folder/continue delivers a file when the file's own members change. */
  fileMemberChangeDeliversFile: boolean;
  /** Levels that add_folder_member and add_file_member grant without access_level. */
  defaultFolderLevel: 'editor' | 'viewer';
  defaultFileLevel: 'editor' | 'viewer';
  /** Type of the team root of model B in team/namespaces/list. */
  sharedRootType: 'team_folder' | 'shared_folder' | 'other';
  /** Level of every member on the team root of model B. */
  sharedRootLevel: 'editor' | 'viewer';
  /** Whether Select-Admin with whole_team mode reads folders that are owned outside the team. */
  adminReadsForeignFolders: boolean;
  /** Whether the group of all members includes invited members who have not joined. */
  everyoneGroupHasInvited: boolean;
  /** Whether set_access_inheritance works in team folders without a team root (model C). */
  inheritanceOfTeamFolders: boolean;
  /** Whether share_folder works inside a personal shared folder, not only inside team content. */
  shareInsideSharedFolder: boolean;
  /** Whether moving own items into a folder of another owner is refused without allow_ownership_transfer. */
  ownershipTransferNeedsConsent: boolean;
  /** Whether a shared folder is mounted as soon as a member is added to it. Team folders always are. */
  autoMount: boolean;
  /** Number of polls that a job answers with in_progress. Its effect is immediate. */
  jobPollsInProgress: number;
  /**
   * Number of answers that show a team folder as archive_in_progress, when it was archived by a job. "The job may show
   * '.tag' as complete, but the team folder could still be in the process of archiving". Its effect is immediate.
   */
  archiveAnswersInProgress: number;
  /** Whether team/namespaces/list repeats some namespaces. */
  repeatedNamespaces: boolean;
  /** Whether the audit log has file operations, which depends on the team's plan. */
  fileEvents: boolean;
  /** Minimum number of seconds before an audit event appears. */
  eventDelaySeconds: number;
  /** Maximum number of further seconds before an audit event appears. The delay is seeded and reorders events. */
  eventDisorderSeconds: number;
  /** Share of audit events (0 to 1) that appear twice. */
  duplicateEvents: number;
  /** Share of audit log pages (0 to 1) that are preceded by an empty page with has_more true. */
  emptyEventPages: number;
  /** Share of audit events about files and folders (0 to 1) that lack the file_id. */
  eventsWithoutFileId: number;
  /** Number of changes that a journal keeps. Older cursors answer `reset`. */
  journalLength: number;
}

export const defaultChoices: Choices = {
  idAcrossNamespaces: 'kept',
  mountPointWithoutContent: 'listed',
  nestedContentWithoutMounted: 'left_out',
  folderMembersWithoutPath: 'direct',
  moveOrder: 'seeded',
  deletesListDescendants: 0.2,
  emptyPages: 0.02,
  duplicateEntries: 0.002,
  pageOverlap: 0.1,
  lateFolders: 0.05,
  restrictedFolder: 'no_access',
  recursiveListingHasRoot: true,
  unmountedPaths: 'absent',
  displayAncestors: 'exact',
  foreignCursor: 'bad_argument',
  fileMemberChangeDeliversFile: false,
  defaultFolderLevel: 'viewer',
  defaultFileLevel: 'viewer',
  sharedRootType: 'team_folder',
  sharedRootLevel: 'editor',
  adminReadsForeignFolders: false,
  everyoneGroupHasInvited: true,
  inheritanceOfTeamFolders: true,
  shareInsideSharedFolder: false,
  ownershipTransferNeedsConsent: false,
  autoMount: true,
  jobPollsInProgress: 1,
  archiveAnswersInProgress: 1,
  repeatedNamespaces: true,
  fileEvents: true,
  eventDelaySeconds: 0,
  eventDisorderSeconds: 0,
  duplicateEvents: 0.02,
  emptyEventPages: 0.02,
  eventsWithoutFileId: 0.3,
  journalLength: 500_000,
};

/** Choices without injected irregularities, for tests that compare exact pages. */
export const calm: Partial<Choices> = {
  deletesListDescendants: 0,
  emptyPages: 0,
  duplicateEntries: 0,
  pageOverlap: 0,
  lateFolders: 0,
  duplicateEvents: 0,
  emptyEventPages: 0,
  eventsWithoutFileId: 0,
  repeatedNamespaces: false,
  archiveAnswersInProgress: 0,
};
