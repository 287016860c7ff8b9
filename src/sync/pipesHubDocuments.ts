/** Documents of PipesHub's collections. Their strict schemas allow exactly these fields. */

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

/** The fields of `records` that this connector owns. The indexing service owns the others: they are never written. */
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

/** The status that a new record starts with. Later the connector changes it only together with a record event. */
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

/** PipesHub knows more roles, but all of its readers agree only on these. */
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

/** A cursor. PipesHub orders a full sync by deleting these. */
export interface SyncPointDocument {
  _key: string;
  /** `<orgId>/<connectorId>/<syncDataPointType>/<a>/<b>/<c>` */
  syncPointKey: string;
  orgId: string;
  connectorId: string;
  syncDataPointType: 'records' | 'users' | 'groups' | 'recordGroups';
  cursor: string;
  updatedAtTimestamp: number;
  /** The delegate that a folder cursor is bound to: Dropbox ties it to the acting member and the path root. */
  boundTo?: string;
}
