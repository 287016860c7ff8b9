import type { ListedMembers } from '../sync/access';
import type { FolderEntry } from '../sync/folderEntries';
import type { TeamMember } from '../sync/syncDocuments';

export interface DropboxCredentials {
  appKey: string;
  appSecret: string;
  refreshToken: string;
}

/** For whom a call is made: `member` becomes Select-User, `admin` Select-Admin (which some routes do not have). */
export interface Actor {
  kind: 'member' | 'admin';
  teamMemberId: string;
}

export type { TeamMember } from '../sync/syncDocuments';

/** A member whom Dropbox describes without a required field. The status is `other` where it can't be read. */
export type RefusedMember = Pick<TeamMember, 'status'> & {
  teamMemberId: string | null;
  /** The list describes them in two ways. */
  isContradicted?: true;
};

/** Called for an item of a list that can't be used, with its id, or null when it has none. */
export type OnRefused = (id: string | null) => void;

export interface TeamGroup {
  /** `g:…` */
  groupId: string;
  name: string;
  managementType: 'user_managed' | 'company_managed' | 'system_managed' | 'other';
}

export interface TeamGroupMember {
  teamMemberId: string;
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
  /** Set for a member's own folder and for an app folder. */
  teamMemberId: string | null;
}

export interface TeamInfo {
  teamId: string;
  name: string;
}

export interface ScopeCheck {
  scope: string;
  /** null: not checked, since a scope that the check depends on is missing. */
  granted: boolean | null;
}

export type { FolderEntry } from '../sync/folderEntries';

/** An entry that can't be used: Dropbox listed it as something unknown, or without a required field. */
export interface RefusedEntry {
  /** Its id, or else its path; null when it has neither, and so can't be identified. */
  subject: string | null;
  reason: string;
}

export interface FolderPage {
  entries: FolderEntry[];
  /** Absent when every entry can be used. */
  refused?: RefusedEntry[];
  cursor: string;
  hasMore: boolean;
}

export interface SharedFolder {
  sharedFolderId: string;
  name: string;
  /** The acting member's access level, in Dropbox's words. */
  accessLevel: string;
  parentSharedFolderId: string | null;
  /** Whether members of the parent folder have access. An undocumented answer counts as no. */
  inheritsAccess: boolean;
  /** A team folder, or inside of one: the team owns it, and its member list may name no owner. */
  isOfTeam: boolean;
}

/** A single file that was shared with the acting member. */
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

/** The direct members of a file, or why they could not be read: Dropbox's tags, joined by slashes. */
export type FileMembersAnswer = { members: ListedMembers } | { problem: string };

/** The bytes of a file, as they arrive. */
export interface FileContent {
  status: 200 | 206;
  body: ReadableStream<Uint8Array>;
  contentType: string | null;
  /** Number of bytes in this answer. */
  contentLength: number | null;
  contentRange: string | null;
  etag: string | null;
  /** Name of the file, or of its exported form. */
  name: string;
  /** Dropbox's content_hash of the whole file, also when a range was requested. null for an export. */
  contentHash: string | null;
  /** Revision of the bytes. null for an export. */
  rev: string | null;
}

export interface CallCounts {
  /** Requests that were sent, including retries. */
  total: number;
  byRoute: Record<string, number>;
}
