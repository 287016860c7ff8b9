import type { files } from 'dropbox';
import type { ListedMembers } from '../sync/access';

export interface DropboxCredentials {
  appKey: string;
  appSecret: string;
  refreshToken: string;
}

/**
 * For whom a call is made. `member` is Select-User; `admin` is Select-Admin, which only some routes accept: the others
 * are marked in `DropboxActor`.
 */
export interface Actor {
  kind: 'member' | 'admin';
  teamMemberId: string;
}

export interface TeamMember {
  /** `dbmid:…` */
  teamMemberId: string;
  /** `dbid:…` */
  accountId: string | null;
  /** Lower case. */
  email: string;
  displayName: string;
  status: 'active' | 'invited' | 'suspended' | 'removed' | 'other';
  homeNamespaceId: string | null;
  rootNamespaceId: string | null;
  /** Groups that he belongs to, the system's group of everybody included. */
  groupIds: string[];
}

export interface TeamGroup {
  /** `g:…` */
  groupId: string;
  name: string;
  managementType: 'user_managed' | 'company_managed' | 'system_managed' | 'other';
}

export interface TeamGroupMember {
  teamMemberId: string;
  role: 'member' | 'owner';
}

export interface TeamFolder {
  /** The id of its namespace. */
  teamFolderId: string;
  name: string;
  status: 'active' | 'archived' | 'archive_in_progress' | 'inactive' | 'other';
  /** The shared root of a team space, listed among the team folders. */
  isTeamSharedDropbox: boolean;
}

export interface TeamNamespace {
  namespaceId: string;
  name: string;
  type: 'app_folder' | 'shared_folder' | 'team_folder' | 'team_member_folder' | 'team_member_root' | 'other';
  /** Set for a member's folder and for an app folder. */
  teamMemberId: string | null;
}

export interface TeamInfo {
  teamId: string;
  name: string;
}

/** One scope that the connector needs. */
export interface ScopeCheck {
  scope: string;
  /** null: could not be tried, since a scope that it builds on is missing. */
  granted: boolean | null;
}

export type FolderEntry = files.FileMetadataReference | files.FolderMetadataReference | files.DeletedMetadataReference;

export interface FolderPage {
  entries: FolderEntry[];
  cursor: string;
  hasMore: boolean;
}

export interface SharedFolder {
  sharedFolderId: string;
  name: string;
  /** What the acting member may do there, in Dropbox's words. */
  accessLevel: string;
  parentSharedFolderId: string | null;
  /** Whether members of the folder around it are in; an answer that the documentation does not know counts as no. */
  inheritsAccess: boolean;
  /** Absent when the acting member has not mounted it. */
  pathLower: string | null;
}

/** A file that was shared with the acting member by itself. */
export interface ReceivedFile {
  fileId: string;
  name: string;
  parentSharedFolderId: string | null;
  pathLower: string | null;
  accessLevel: string | null;
  ownerTeamId: string | null;
  /** ISO 8601, UTC. */
  timeInvited: string | null;
}

/** The direct members of a file, or why they could not be read (Dropbox's tags, joined by a slash). */
export type FileMembers = { members: ListedMembers } | { problem: string };

/** Bytes of a file, as they arrive. */
export interface FileContent {
  status: 200 | 206;
  body: ReadableStream<Uint8Array>;
  contentType: string | null;
  /** Bytes of this answer. */
  contentLength: number | null;
  contentRange: string | null;
  etag: string | null;
  /** Name of the file, or of what it was exported as. */
  name: string;
  /** Dropbox's content_hash of the whole file, also beside a part of it; null for what was exported. */
  contentHash: string | null;
  /** The revision that the bytes are of; null for what was exported. */
  rev: string | null;
}

export interface CallCounts {
  /** Requests that were sent, repeats included. */
  total: number;
  byRoute: Record<string, number>;
}
