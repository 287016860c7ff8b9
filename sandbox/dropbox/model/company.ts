import { notifyListeners } from './accessChanges';
import type { ActorOptions, Truth } from './api';
import { buildOperations } from './build';
import type { Account, Actor, Namespace } from './entities';
import { FileNode } from './entities';
import * as writes from './fileWrites';
import * as folderMembers from './folderMembers';
import * as folderMetadata from './folderMetadata';
import * as groups from './groups';
import * as listing from './listing';
import * as log from './log';
import * as memberChanges from './memberChanges';
import * as memberLists from './memberLists';
import * as profiles from './memberProfiles';
import { migrate } from './migrate';
import { BadArgument } from './problems';
import * as reads from './reads';
import * as relocations from './relocations';
import * as roots from './roots';
import * as sharedFiles from './sharedFiles';
import * as sharedFolders from './sharedFolders';
import * as sharedLinks from './sharedLinks';
import { spaceUsage } from './spaceUsage';
import type { CompanyOptions } from './state';
import { State } from './state';
import * as teamFolders from './teamFolders';
import { truth } from './truth';

type Operations = Record<string, (state: State, ...rest: never[]) => unknown>;
type Bound<T extends Operations> = {
  [Name in keyof T]: T[Name] extends (state: State, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Result
    : never;
};

/** Binds functions to a state. After each call the listeners are notified of what changed. */
function bind<T extends Operations>(state: State, operations: T): Bound<T> {
  const bound: Record<string, unknown> = {};
  for (const [name, operation] of Object.entries(operations)) {
    bound[name] = (...rest: never[]) => {
      try {
        return operation(state, ...rest);
      } finally {
        notifyListeners(state);
      }
    };
  }
  return bound as Bound<T>;
}

/*
 * Operations that are named after a route take the route's argument and return its result. Lists are returned whole, and
 * the caller divides them into pages; folder listings and the audit log are the exception, because their cursors are
 * part of the model. Errors are thrown: DropboxProblem (the route's error union), BadArgument and PathRootProblem. The
 * actor of a change of the team is by default the admin who linked the app.
 */

const fileOperations = {
  listFolder: listing.listFolder,
  listFolderContinue: listing.listFolderContinue,
  getLatestCursor: listing.getLatestCursor,
  hasChanges: listing.hasChanges,
  getMetadata: reads.getMetadata,
  download: reads.download,
  listRevisions: reads.listRevisions,
  upload: writes.upload,
  createFolder: writes.createFolder,
  delete: writes.deleteV2,
  permanentlyDelete: writes.permanentlyDelete,
  restore: writes.restore,
  move: relocations.move,
  copy: relocations.copy,
};

const sharingOperations = {
  listFolders: folderMetadata.listFolders,
  listMountableFolders: folderMetadata.listMountableFolders,
  getFolderMetadata: folderMetadata.getFolderMetadata,
  listFolderMembers: memberLists.listFolderMembers,
  listFileMembers: memberLists.listFileMembers,
  listSharedLinks: sharedLinks.listSharedLinks,
  createSharedLink: sharedLinks.createSharedLink,
  shareFolder: sharedFolders.shareFolder,
  unshareFolder: sharedFolders.unshareFolder,
  mountFolder: sharedFolders.mountFolder,
  unmountFolder: sharedFolders.unmountFolder,
  setAccessInheritance: sharedFolders.setAccessInheritance,
  updateFolderPolicy: sharedFolders.updateFolderPolicy,
  checkShareJob: sharedFolders.checkShareJob,
  checkRemoveMemberJob: sharedFolders.checkRemoveMemberJob,
  checkJob: sharedFolders.checkJob,
  addFolderMember: folderMembers.addFolderMember,
  updateFolderMember: folderMembers.updateFolderMember,
  removeFolderMember: folderMembers.removeFolderMember,
  transferFolder: folderMembers.transferFolder,
  relinquishFolderMembership: folderMembers.relinquishFolderMembership,
  getFileMetadata: sharedFiles.getFileMetadata,
  listReceivedFiles: sharedFiles.listReceivedFiles,
  addFileMember: sharedFiles.addFileMember,
  updateFileMember: sharedFiles.updateFileMember,
  removeFileMember: sharedFiles.removeFileMember,
  unshareFile: sharedFiles.unshareFile,
  relinquishFileMembership: sharedFiles.relinquishFileMembership,
};

const teamOperations = {
  authenticatedAdmin: profiles.authenticatedAdmin,
  info: profiles.info,
  members: profiles.members,
  membersWithTier: profiles.membersWithTier,
  memberInfo: profiles.memberInfo,
  memberInfoWithTier: profiles.memberInfoWithTier,
  roleId: profiles.roleId,
  addMembers: memberChanges.addMembers,
  activateMember: memberChanges.activateMember,
  suspendMember: memberChanges.suspendMember,
  unsuspendMember: memberChanges.unsuspendMember,
  removeMember: memberChanges.removeMember,
  recoverMember: memberChanges.recoverMember,
  setProfile: memberChanges.setProfile,
  setRole: memberChanges.setRole,
  groups: groups.groups,
  groupInfo: groups.groupInfo,
  groupMembers: groups.groupMembers,
  createGroup: groups.createGroup,
  deleteGroup: groups.deleteGroup,
  updateGroup: groups.updateGroup,
  addGroupMembers: groups.addGroupMembers,
  removeGroupMembers: groups.removeGroupMembers,
  setGroupMemberAccess: groups.setGroupMemberAccess,
  checkJob: groups.checkJob,
  teamFolders: teamFolders.teamFolders,
  teamFolderInfo: teamFolders.teamFolderInfo,
  createTeamFolder: teamFolders.createTeamFolder,
  renameTeamFolder: teamFolders.renameTeamFolder,
  archiveTeamFolder: teamFolders.archiveTeamFolder,
  checkArchiveJob: teamFolders.checkArchiveJob,
  activateTeamFolder: teamFolders.activateTeamFolder,
  permanentlyDeleteTeamFolder: teamFolders.permanentlyDeleteTeamFolder,
  namespaces: teamFolders.namespaces,
};

const userOperations = { currentAccount: roots.currentAccount, rootInfo: roots.rootInfo, spaceUsage };

/** One team with the external accounts that it shares with. */
export class Company {
  readonly files: Bound<typeof fileOperations>;
  readonly sharing: Bound<typeof sharingOperations>;
  readonly team: Bound<typeof teamOperations>;
  readonly users: Bound<typeof userOperations>;
  readonly log: Bound<typeof log.operations>;
  readonly build: Bound<typeof buildOperations>;

  /** The data behind the operations, for `truth` and for tests of the model. */
  readonly state: State;

  constructor(options: CompanyOptions = {}) {
    const state = new State(options);
    this.state = state;
    this.files = bind(state, fileOperations);
    this.sharing = bind(state, sharingOperations);
    this.team = bind(state, teamOperations);
    this.users = bind(state, userOperations);
    this.log = bind(state, log.operations);
    this.build = bind(state, buildOperations);
  }

  actor(account: Account, options: ActorOptions = {}): Actor {
    return roots.actor(this.state, account, options);
  }

  memberById(memberId: string): Account | undefined {
    return this.state.byMemberId.get(memberId);
  }

  accountById(accountId: string): Account | undefined {
    return this.state.accounts.get(accountId);
  }

  accountByEmail(email: string): Account | undefined {
    return this.state.byEmail.get(email.toLowerCase());
  }

  namespaceById(id: string): Namespace | undefined {
    return this.state.namespaces.get(id);
  }

  /** Ends the building phase: from now on changes are journalled and logged. */
  goLive(): void {
    this.state.live = true;
  }

  /** Makes existing folder cursors answer `reset`: all of them, or those whose stream contains the namespace. */
  resetCursors(namespaceId?: string): void {
    const target = namespaceId === undefined ? this.state : this.namespaceById(namespaceId);
    if (target === undefined) throw new BadArgument(`namespace_id: there is no namespace '${String(namespaceId)}'`);
    // The sequence is advanced, so that a listing which starts now is after the reset and not affected by it.
    target.resetAt = this.state.sequence++;
  }

  /** Calls the listener after each change, with the accounts whose streams contain it. Returns how to unsubscribe. */
  onChange(listener: (accounts: ReadonlySet<Account>) => void): () => void {
    this.state.listeners.add(listener);
    return () => this.state.listeners.delete(listener);
  }

  migrate(model: 'B' | 'C'): void {
    migrate(this.state, model);
    notifyListeners(this.state);
  }

  truth(): Truth {
    return truth(this.state);
  }

  get stats(): { files: number; folders: number; members: number } {
    const stats = { files: 0, folders: 0, members: 0 };
    for (const item of this.state.items) {
      if (item instanceof FileNode) stats.files++;
      else if (item !== undefined) stats.folders++;
    }
    for (const account of this.state.accounts.values()) {
      if (account.status !== 'external' && account.status !== 'removed') stats.members++;
    }
    return stats;
  }
}
