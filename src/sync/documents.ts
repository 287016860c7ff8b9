/**
 * The documents that this connector writes: PipesHub's own collections (their strict schemas allow exactly these
 * fields) and the connector's. Times are integers, milliseconds since the Unix epoch, UTC. An absent field and a null
 * are different things in a stored document, so optional fields here are really absent when they have no value.
 */

import type { ItemHint } from './events';

/** What ArangoDB adds to each stored document. */
export type Stored<T> = T & { _key: string; _id: string; _rev: string };

export type IndexingStatus =
  | 'NOT_STARTED'
  | 'IN_PROGRESS'
  | 'PAUSED'
  | 'FAILED'
  | 'COMPLETED'
  | 'FILE_TYPE_NOT_SUPPORTED'
  | 'AUTO_INDEX_OFF'
  | 'EMPTY'
  | 'ENABLE_MULTIMODAL_MODELS'
  | 'QUEUED'
  | 'CONNECTOR_DISABLED';

/** The fields of `records` that this connector owns. The indexing service owns the others: they are never sent again. */
export interface RecordDocument {
  _key: string;
  orgId: string;
  recordName: string;
  externalRecordId: string;
  connectorId: string;
  externalGroupId: string;
  recordGroupId: string;
  externalParentId: string | null;
  externalRevisionId: string | null;
  recordType: 'FILE';
  version: number;
  origin: 'CONNECTOR';
  connectorName: 'DROPBOX';
  mimeType: string;
  webUrl: string;
  createdAtTimestamp: number;
  updatedAtTimestamp: number;
  sourceCreatedAtTimestamp: number | null;
  sourceLastModifiedTimestamp: number | null;
  isDeleted: false;
  isArchived: false;
  isShared: boolean;
  sizeInBytes: number;
}

/** The state that a new record starts with; afterwards only compare-and-set steps of section "record events" touch it. */
export interface IndexingFields {
  indexingStatus: IndexingStatus;
  parsingStatus: 'NOT_STARTED';
  extractionStatus: 'NOT_STARTED';
}

/** `files`: same key as its record. */
export interface FileDocument {
  _key: string;
  orgId: string;
  name: string;
  isFile: boolean;
  extension: string | null;
  /** path_lower, relative to the namespace that it was listed in. */
  path: string;
  /** Dropbox's content_hash (blocks of 4 MiB, not a plain SHA-256), as PipesHub stores it. */
  sha256Hash: string | null;
}

export interface RecordGroupDocument {
  _key: string;
  orgId: string;
  groupName: string;
  groupType: 'DRIVE';
  connectorName: 'DROPBOX';
  connectorId: string;
  externalGroupId: string;
  parentExternalGroupId: string | null;
  description: string | null;
  createdAtTimestamp: number;
  updatedAtTimestamp: number;
}

export interface GroupDocument {
  _key: string;
  orgId: string;
  name: string;
  externalGroupId: string;
  appName: 'DROPBOX';
  connectorName: 'DROPBOX';
  connectorId: string;
  createdAtTimestamp: number;
  updatedAtTimestamp: number;
}

/** PipesHub knows more roles; its readers agree only on these. */
export type Role = 'OWNER' | 'WRITER' | 'READER';
export type PrincipalType = 'USER' | 'GROUP';

export interface Edge {
  _key: string;
  _from: string;
  _to: string;
  createdAtTimestamp: number;
  updatedAtTimestamp: number;
}
export interface PermissionEdge extends Edge {
  role: Role;
  type: PrincipalType;
}
export interface RelationEdge extends Edge {
  relationshipType: 'PARENT_CHILD';
}
export interface UserAppEdge extends Edge {
  syncState: 'NOT_STARTED' | 'IN_PROGRESS' | 'PAUSED' | 'COMPLETED' | 'FAILED';
  lastSyncUpdate: number;
  /** team_member_id. */
  sourceUserId: string;
}

/** A cursor, in PipesHub's own collection: deleting these is how PipesHub orders a full sync. */
export interface SyncPointDocument {
  _key: string;
  /** `<orgId>/<connectorId>/<syncDataPointType>/<a>/<b>/<c>` */
  syncPointKey: string;
  orgId: string;
  connectorId: string;
  syncDataPointType: 'records' | 'users' | 'groups' | 'recordGroups';
  cursor: string;
  updatedAtTimestamp: number;
  /** Whom a folder cursor is bound to: Dropbox ties it to the acting member and the path root. */
  boundTo?: string;
}

/** A principal as Dropbox lists it on a folder or file, before it is known what it means in PipesHub. */
export interface Principal {
  /** `dbmid:…` of a member of this team, `g:…` of a group of this team. Outsiders and invitees are never stored. */
  id: string;
  kind: 'user' | 'group';
  role: Role;
}

/** `dropboxMembers`: one member of the team. */
export interface MemberDocument {
  _key: string;
  connectorId: string;
  teamMemberId: string;
  accountId: string | null;
  /** Lower case. */
  email: string;
  displayName: string;
  status: 'active' | 'invited' | 'suspended' | 'removed' | 'other';
  homeNamespaceId: string | null;
  rootNamespaceId: string | null;
  groupIds: string[];
  /** Key of his document in `users`; null when he is not (or no longer) active and never had one. */
  userKey: string | null;
  /**
   * What he was given before (by membership, by single files) is to be granted or revoked anew, since his status,
   * e-mail or user document changed. Written with the change, cleared when it has been done.
   */
  accessDue: boolean;
  /** He had been removed and is back: lists that were read meanwhile were without him. Set until they are read again. */
  returned?: true;
  /**
   * Names the groups that he belonged to when the files that he received were read last: as a member of others he may
   * have received others. Absent or null while nothing of his is stored.
   */
  receivedAs?: string | null;
  updatedAt: number;
}

export type NamespaceKind = 'team_folder' | 'shared_folder' | 'personal' | 'app_folder' | 'team_root' | 'received';

/** `dropboxNamespaces`: one namespace, who may read it, and how it is listed. */
export interface NamespaceDocument {
  _key: string;
  connectorId: string;
  namespaceId: string;
  kind: NamespaceKind;
  name: string;
  /** team_member_id, for personal and app folders. */
  ownerMemberId: string | null;
  parentNamespaceId: string | null;
  inheritsAccess: boolean;
  /** What the record group is known by in PipesHub: dbmid for a personal folder, else the namespace id. */
  externalGroupId: string;
  recordGroupKey: string;
  /** Everybody of this team who can read it, direct and inherited, users and groups; null until it was read once. */
  principals: Principal[] | null;
  /** When `principals` was last read, ms; null: never. */
  membersReadAt: number | null;
  /** Its members are to be read (again): it is new, an event named it, or the last reading is too old. */
  due: boolean;
  /** Acting member of its folder cursor: team_member_id, `admin` (Select-Admin), or null when nobody can list it. */
  delegate: string | null;
  /** What the current run has to do with it. */
  work: 'none' | 'probe' | 'continue' | 'relist' | 'remove';
  /** Why nobody lists it, or why it stopped. */
  problem: string | null;
  /**
   * That no admin and no active member can see it, though it is in the team's list: an outsider's folder that is shared
   * with suspended or invited members only. Names the active members who were asked, with their groups; others may see it.
   */
  unseenBy?: string;
  /** Of the place of received files: files that events named before the listings that may show them. */
  waitingHints?: ItemHint[];
  /** The attempt that reads it now, or read it last: one that was given up but lives on must not write any more. */
  attempt?: string;
  /** Mark of the listing in progress; entries that carry another one when it ends are swept. */
  mark: string | null;
  /** Revocations or deletions that the brake held back, until an operator answers. */
  held: { deletes: number; revokes: number; total: number; samples: string[]; since: number } | null;
  updatedAt: number;
}

/** `dropboxEntries`: one path in one namespace's stream. Deleted entries have no id, so this is what resolves them. */
export interface EntryDocument {
  _key: string;
  connectorId: string;
  namespaceId: string;
  /** path_lower relative to the namespace. */
  path: string;
  /**
   * Hex of the UTF-8 bytes of `path`: ArangoDB sorts strings by ICU collation, in which a range over paths is not a
   * subtree; over hex digits collation and byte order agree, so a subtree is one index range.
   */
  position: string;
  /** Key of the entry of the containing folder, whether or not that entry exists (yet). */
  parentKey: string;
  kind: 'file' | 'folder' | 'mount';
  /** Dropbox `id:…`. */
  itemId: string;
  /** Key in `records`; null for a mount point, and for what a filter keeps out. */
  recordKey: string | null;
  /** Of a mount point: the namespace that lies there. */
  mounts?: string;
  /** Mark of the last relisting that saw it. */
  mark: string;
  /** Direct principals of a file that has members of its own. */
  principals?: Principal[];
  /** Their ids, for an array index; absent when there are none. */
  sharedWith?: string[];
  /** When `principals` was read, ms. */
  membersReadAt?: number;
  /** true: an event named the file, and its members are to be read again. Absent otherwise: its index is sparse. */
  membersDue?: boolean;
  /** Name as displayed, and what else the filters look at (ms), so that a changed filter needs no listing. */
  facts: { name: string; modified: number | null; created: number | null };
}

/** `dropboxDetached`: a record that no entry points to any more; removed at the end of the run, unless found again. */
export interface OrphanDocument {
  /** The record's key. */
  _key: string;
  connectorId: string;
  namespaceId: string;
  runId: string;
  detachedAt: number;
  /** Users and groups (ids of their documents) with whom it was shared by itself: it may still be among what they received. */
  sharedWith?: string[];
}

export type RecordEventType = 'newRecord' | 'updateRecord' | 'reindexRecord' | 'deleteRecord' | 'bulkDeleteRecords';

/** `dropboxOutbox`: a record event that PipesHub must receive, written with the change that it tells of. */
export interface OutboxDocument {
  _key: string;
  connectorId: string;
  /** Order of publication: `<time of the transaction, ms, 13 digits>-<position in it>`. */
  sequence: string;
  eventType: RecordEventType;
  recordKey: string;
  payload: Record<string, unknown>;
  createdAt: number;
}

/** `dropboxDeadLetters`: an item or event that could not be processed, and why. */
export interface DeadLetterDocument {
  _key: string;
  connectorId: string;
  kind: 'entry' | 'fileMembers' | 'group' | 'member';
  namespaceId: string | null;
  /** Path, item id, group id …: with `kind` enough to read the thing again. */
  subject: string;
  reason: string;
  attempts: number;
  firstSeenAt: number;
  lastSeenAt: number;
}

export interface SyncCounts {
  users: number;
  groups: number;
  recordGroups: number;
  records: { added: number; updated: number; moved: number; deleted: number };
  permissions: { granted: number; revoked: number };
  deadLetters: number;
  dropboxCalls: number;
  /** Who is on a member list that was read, and was granted nothing, by reason. Absent in older results. */
  ungranted?: UngrantedCounts;
  /** Audit events that were read. Absent in older results. */
  events?: EventCounts;
}

export type UngrantedCounts = {
  /** Their access level grants nothing: `traverse`, `no_access`, or a level that is not known. */
  levels: number;
  /** Invited, and not yet joined. */
  invitees: number;
  /** People and groups outside of the team. */
  outsiders: number;
  /** Named as members of this team, and not among its members. */
  members: number;
};

export type EventCounts = {
  /** Named something to read again. */
  used: number;
  /** Of a known type that changes nothing here. */
  withoutEffect: number;
  /** Of a type that is not known. */
  unknown: number;
};

/** The result of a run, as the CLI prints it with --json. */
export interface SyncResult extends SyncCounts {
  status: 'complete' | 'partial' | 'failed';
  mode: 'full' | 'incremental';
  seconds: number;
}

/** The content filters of PipesHub's connector set-up. */
export interface SyncFilters {
  /** server_modified, ms. */
  modifiedAfter?: number;
  modifiedBefore?: number;
  /** client_modified or else server_modified, ms. */
  createdAfter?: number;
  createdBefore?: number;
  extensions?: { operator: 'in' | 'not_in'; values: string[] };
  /** true: nothing is indexed by itself (AUTO_INDEX_OFF). */
  manualIndexing?: boolean;
  /** false: items that are shared are not indexed by themselves. */
  indexShared?: boolean;
}

/** `dropboxConnectors`: what PipesHub set up, and how the last run ended. */
export interface ConnectorDocument {
  /** The connector id. */
  _key: string;
  orgId: string;
  appKey: string;
  /** AES-256-GCM, see src/secrets.ts: JSON of {appSecret, refreshToken}. */
  credentials: string;
  strategy: 'manual' | 'scheduled' | 'webhook';
  /** Interval such as 15m or a cron expression; null unless scheduled. */
  every: string | null;
  paused: boolean;
  batchSize: number;
  filters: SyncFilters;
  /** The filters that the graph is in keeping with; null before the first run. */
  appliedFilters: SyncFilters | null;
  /** Share of a namespace (0..1) and number of items above which a run waits for an operator. */
  brake: { share: number; items: number };
  /** Team id as Dropbox named it at the first contact; another team's token is refused afterwards. */
  teamId: string | null;
  lastRun: (SyncResult & { runId: string; startedAt: number; endedAt: number; gaps: string[] }) | null;
  /** When the last run began that looked at every namespace, ms; webhooks ask for some of them. */
  wholeRunAt?: number;
  createdAt: number;
  updatedAt: number;
}
