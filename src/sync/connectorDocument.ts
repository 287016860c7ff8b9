/** The settings of a connector, and the result of its runs. */

/** What a run has done. */
export interface SyncCounts {
  users: number;
  groups: number;
  recordGroups: number;
  records: { added: number; updated: number; moved: number; deleted: number };
  permissions: { granted: number; revoked: number };
  deadLetters: number;
  dropboxCalls: number;
  /** Names on the member lists that were read, which grant nothing. Absent in older results. */
  ungranted?: UngrantedCounts;
  /** Audit events that were read. Absent in older results. */
  events?: EventCounts;
}

/** How many names on member lists grant nothing, by reason. */
export type UngrantedCounts = {
  /** Their access level grants nothing: `traverse`, `no_access`, or a level that is unknown to this version. */
  levels: number;
  /** Invited, and not joined yet. */
  invitees: number;
  /** Users and groups outside the team. */
  outsiders: number;
  /** Listed as members of this team, but not among its members. */
  members: number;
};

/** What became of the audit events that were read. */
export type EventCounts = {
  /** Events that named something to read again. */
  used: number;
  /** Events of a known type that makes nothing stale. */
  withoutEffect: number;
  /** Events of a type that is unknown to this version. They are ignored. */
  unknown: number;
  /** Events that lack what every event has. All that they could be about is read again. */
  unreadable: number;
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
  /** client_modified, or server_modified where that is unknown, ms. */
  createdAfter?: number;
  createdBefore?: number;
  extensions?: { operator: 'in' | 'not_in'; values: string[] };
  /** true: no file is indexed automatically (AUTO_INDEX_OFF). */
  manualIndexing?: boolean;
  /** false: shared items are not indexed automatically. */
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
  /** An interval such as 15m, or a cron expression; null unless scheduled. */
  every: string | null;
  paused: boolean;
  batchSize: number;
  filters: SyncFilters;
  /** The filters that were in force when the graph was last written; null before the first run. */
  appliedFilters: SyncFilters | null;
  /** When the filters were changed last, ms. Absent: never since the connector was created. */
  filtersChangedAt?: number;
  /** `filtersChangedAt` of the filters that are applied everywhere. */
  appliedChangeAt?: number;
  /** `filtersChangedAt` of the filters with which the latest run began. */
  runChangeAt?: number;
  /**
   * The deletion guard: share (0..1) of a namespace, and of the whole connector in one run, and number of items above
   * which an operator has to approve.
   */
  brake: { share: number; items: number };
  /** What the current or last run has removed. */
  removals?: RunRemovals;
  /** Team id that Dropbox reported at the first contact. A token of another team is refused from then on. */
  teamId: string | null;
  lastRun: (SyncResult & { runId: string; startedAt: number; endedAt: number; gaps: string[] }) | null;
  /** When the last run started that looked at every namespace, ms; a webhook's run looks at some of them. */
  wholeRunAt?: number;
  /** When the last run started that completed a full one, ms; null: none has. */
  fullRunAt: number | null;
  /**
   * When the last full run started that read everything, or stored what it could not read, ms. While `fullRunAt` is null
   * and this is null or absent, a full run is owed, and every run is full.
   */
  fullReadAt?: number | null;
  /** When the last complete run ended, ms. Absent: none has been complete. */
  completeRunAt?: number;
  /** Fencing token: the run, or the removal, that may write. Every transaction of a run checks it. */
  runToken?: string;
  createdAt: number;
  updatedAt: number;
}

/**
 * What one run has removed so far with the deletion guard's consent, and what there was before. Without what was
 * approved.
 */
export interface RunRemovals {
  runId: string;
  /** Stored entries of the connector, and names on its stored member lists, when the run first removed something. */
  entries: number;
  grants: number;
  deletes: number;
  /** Deletions that Dropbox confirmed: of namespaces that it says are gone. */
  confirmed: number;
  revokes: number;
}
