/**
 * Behaviour of Dropbox that no public source settles. Each field is one modelling choice; a company may be built with
 * others, so that a client is tried against every answer that reality may give.
 */
export interface Choices {
  /** Ids of items that cross a namespace border by a move: kept, or handed out anew. Sharing in place keeps them. */
  idAcrossNamespaces: 'kept' | 'new';
  /** Whether `include_mounted_folders: false` still returns the entry of the mount point itself. */
  mountPointWithoutContent: 'listed' | 'left_out';
  /** Whether sharing/list_folder_members without `path` also returns members of parent folders, as inherited. */
  folderMembersWithoutPath: 'direct' | 'with_inherited';
  /** Which half of a move the journal holds first. `seeded` changes from move to move. */
  moveOrder: 'delete_first' | 'add_first' | 'seeded';
  /** Share of deleted folders (0 to 1) whose descendants are reported as deleted too. */
  deletesListDescendants: number;
  /** Share of pages (0 to 1) that come empty with has_more true, before the page that has the entries. */
  emptyPages: number;
  /** Share of entries (0 to 1) that are delivered twice in a row. */
  duplicateEntries: number;
  /** Share of pages (0 to 1) whose last entry is delivered again at the head of the next page. */
  pageOverlap: number;
  /** What a member sees of a nested folder that he may not read, inside a folder that he may read. */
  restrictedFolder: 'hidden' | 'no_access';
  /** Whether a recursive listing of a folder (not of a root) starts with the entry of that folder. */
  recursiveListingHasRoot: boolean;
  /** Paths of entries in a namespace that is not mounted under the path root: left out, or relative to the namespace. */
  unmountedPaths: 'absent' | 'namespace';
  /** Components of path_display above the last one: as they are, or in lower case (only the last one is promised). */
  displayAncestors: 'exact' | 'lower';
  /** A cursor used by another member or under another path root than it was made with. */
  foreignCursor: 'bad_argument' | 'reset';
  /** Whether a change of a file's own members makes list_folder/continue deliver the file. */
  fileMemberChangeDeliversFile: boolean;
  /** Level given by add_folder_member and add_file_member without access_level. */
  defaultFolderLevel: 'editor' | 'viewer';
  defaultFileLevel: 'editor' | 'viewer';
  /** Type that team/namespaces/list gives to the shared root of model B. */
  sharedRootType: 'team_folder' | 'shared_folder' | 'other';
  /** Level of every member in the shared root of model B. */
  sharedRootLevel: 'editor' | 'viewer';
  /** Whether Select-Admin whole_team reads folders whose owner is outside the team. */
  adminReadsForeignFolders: boolean;
  /** Whether the everyone-group holds members who are invited but have not joined. */
  everyoneGroupHasInvited: boolean;
  /** Whether set_access_inheritance works in team folders without a shared team root (model C). */
  inheritanceOfTeamFolders: boolean;
  /** Whether share_folder works inside of a personal shared folder, not only inside of team content. */
  shareInsideSharedFolder: boolean;
  /** Whether moving one's own items into a folder of another owner is refused without allow_ownership_transfer. */
  ownershipTransferNeedsConsent: boolean;
  /** Whether someone added to a shared folder has it mounted at once (team folders always are). */
  autoMount: boolean;
  /** How often a job answers in_progress before it is complete. Its effect is there at once. */
  jobPollsInProgress: number;
  /** Whether team/namespaces/list repeats a namespace now and then. */
  repeatedNamespaces: boolean;
  /** Whether files carry the category file_operations in the audit log (depends on the plan). */
  fileEvents: boolean;
  /** Seconds until an audit event appears, at least. */
  eventDelaySeconds: number;
  /** Seconds by which an audit event may appear later than another of the same time (seeded). */
  eventDisorderSeconds: number;
  /** Share of audit events (0 to 1) that appear twice. */
  duplicateEvents: number;
  /** Share of the pages of the audit log (0 to 1) that come empty with has_more true. */
  emptyEventPages: number;
  /** Share of audit events (0 to 1) of files and folders whose file_id is left out. */
  eventsWithoutFileId: number;
  /** Journal records that a namespace keeps; cursors from before the oldest one answer `reset`. */
  journalLength: number;
}

export const defaultChoices: Choices = {
  idAcrossNamespaces: 'kept',
  mountPointWithoutContent: 'listed',
  folderMembersWithoutPath: 'direct',
  moveOrder: 'seeded',
  deletesListDescendants: 0.2,
  emptyPages: 0.02,
  duplicateEntries: 0.002,
  pageOverlap: 0.1,
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
  repeatedNamespaces: true,
  fileEvents: true,
  eventDelaySeconds: 0,
  eventDisorderSeconds: 0,
  duplicateEvents: 0.02,
  emptyEventPages: 0.02,
  eventsWithoutFileId: 0.3,
  journalLength: 500_000,
};

/** Choices under which a listing is delivered plainly: for tests of the layers above that look at exact pages. */
export const calm: Partial<Choices> = {
  deletesListDescendants: 0,
  emptyPages: 0,
  duplicateEntries: 0,
  pageOverlap: 0,
  duplicateEvents: 0,
  emptyEventPages: 0,
  eventsWithoutFileId: 0,
  repeatedNamespaces: false,
};
