/** The arguments and results of a company's operations that are not Dropbox's own. */
import type { common, files, sharing } from 'dropbox';
import type { Account, AccountStatus, Role } from './entities';

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
