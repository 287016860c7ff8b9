import type { SyncFilters } from './connectorDocument';
import type {
  Edge,
  FileDocument,
  IndexingStatus,
  PermissionEdge,
  RecordDocument,
  RelationEdge,
} from './pipesHubDocuments';
import type { RecordNamespace } from './records';
import type {
  DeadLetterDocument,
  EntryDocument,
  NamespaceDocument,
  OrphanDocument,
  OutboxDocument,
  Principal,
} from './syncDocuments';

/** Generation of entries that were read at a cursor, after the last listing from the start. */
export const LIVE_GENERATION = 'live';

/** Stands for the run in orphans that a repair makes. */
export const REPAIR_RUN = 'verify';

/** The fields of the listed namespace that its records depend on. */
export type ListedNamespace = RecordNamespace & Pick<NamespaceDocument, 'namespaceId'>;

export interface PlanContext {
  namespace: ListedNamespace;
  filters: SyncFilters;
  /** Time of this commit, ms. */
  now: number;
  /** Generation that the entries get (see EntryDocument.mark). */
  generation: string;
  /** Principals of the files that have members of their own, by item id. Any other file grants nothing directly. */
  explicit: ReadonlyMap<string, Principal[]>;
  /** Item ids of files whose member list has to be read again. */
  due?: ReadonlySet<string> | undefined;
  /** See `TeamIndex.vertexOf`. */
  vertexOf: (principal: Principal) => string | null;
  runId: string;
}

/** A stored edge of a record: its key, and the id of the document at its other end. */
export interface EdgeEnd {
  _key: string;
  other: string;
}

/** The revision in which a stored document was read. */
interface Revision {
  _rev?: string;
}

export interface KnownRecord {
  record: RecordDocument & { indexingStatus?: IndexingStatus; virtualRecordId?: string | null } & Revision;
  file: (FileDocument & Revision) | null;
  /** Whether it has its isOfType edge to `file`. */
  typed: boolean;
  belongsTo: EdgeEnd[];
  inherits: EdgeEnd[];
  parents: EdgeEnd[];
  permissions: (EdgeEnd & { role: PermissionEdge['role']; type: PermissionEdge['type'] })[];
  /** `hasMembers`: whether a member list of its own was read there. */
  entries: (Pick<EntryDocument, '_key' | 'namespaceId' | 'path'> & { hasMembers?: boolean })[];
  /** Whether it is an orphan: `dropboxDetached` holds it. */
  detached: boolean;
}

/** What one look-up finds for a batch. */
export interface Known {
  /** Stored entries at the paths of the batch, by entry key. */
  entries: Map<string, EntryDocument & Revision>;
  /** Entries of containing folders that are not in the batch, by entry key. */
  parents: Map<string, Pick<EntryDocument, '_key' | 'itemId' | 'recordKey' | 'kind'>>;
  /** Records by item id: of the items of the batch, and of items whose path an entry of the batch takes. */
  records: Map<string, KnownRecord>;
  /**
   * Records whose containing folder is new at its path, and becomes their parent. An entry at whose path its record is
   * not any more is left out.
   */
  children: {
    entryKey: string;
    parentKey: string;
    recordKey: string;
    /** Revision of the record. */
    revision?: string;
    externalGroupId: string | null;
    externalParentId: string | null;
    parents: EdgeEnd[];
  }[];
  /** Keys of entries of the batch below whose paths something is stored, although they leave nothing there. */
  occupied?: ReadonlySet<string>;
}

export const nothingKnown = (): Known => ({
  entries: new Map(),
  parents: new Map(),
  records: new Map(),
  children: [],
});

export type Patch<T extends { _key: string }> = { _key: string } & Partial<T>;

export const noCounts = () => ({ added: 0, updated: 0, moved: 0, deleted: 0, granted: 0, revoked: 0 });
export type BatchCounts = ReturnType<typeof noCounts>;

export const noWrites = () => ({
  records: [] as Patch<RecordDocument>[],
  files: [] as Patch<FileDocument>[],
  isOfType: [] as Edge[],
  belongsTo: [] as Edge[],
  inheritPermissions: [] as Edge[],
  recordRelations: [] as RelationEdge[],
  permission: [] as PermissionEdge[],
  entries: [] as EntryDocument[],
  detached: [] as OrphanDocument[],
  outbox: [] as OutboxDocument[],
  deadLetters: [] as DeadLetterDocument[],
  remove: {
    belongsTo: [] as string[],
    inheritPermissions: [] as string[],
    recordRelations: [] as string[],
    permission: [] as string[],
    detached: [] as string[],
    entries: [] as string[],
  },
  counts: noCounts(),
});

/** Everything that one transaction writes. Documents are merged by key; `remove` holds keys. */
export type BatchWrites = ReturnType<typeof noWrites>;
