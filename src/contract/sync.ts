/**
 * Names, inputs and results of the workflows, for all callers: this package's client, the CLI, Schedules, and programs
 * in other languages. Plain JSON; fields may be added, never renamed. Workflow code imports this file, so it holds
 * types and constants only.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { SyncCounts, SyncFilters, SyncResult } from '../sync/connectorDocument';
import type { BatchCounts } from '../sync/planTypes';
import type { HeldNamespace } from './held';

export const DEFAULT_TASK_QUEUE = 'dropbox-teams';

/** Input of `runSync` and `runIncrementalSync`. */
export interface SyncRequest {
  connectorId: string;
  /** auto (default): what has a cursor continues from it, the rest is read in full. */
  mode?: 'auto' | 'full' | 'incremental';
  /** Look only at the namespaces of these members (team_member_id): from a webhook. */
  members?: string[];
  /** Report what would be written, and write nothing. */
  dryRun?: boolean;
  /**
   * Who asks; shown to operators. A webhook, PipesHub and an operator's answer always get another run: the current one
   * may already have read what they are about.
   */
  reason?: 'manual' | 'schedule' | 'webhook' | 'retry' | 'pipeshub' | 'approval';
  /** PipesHub's filters, which replace the stored ones when the run begins. A dry run uses the stored ones. */
  filters?: SyncFilters;
  /** Set by the client, to distinguish its own start from joining another caller's run. */
  requestId?: string;
}

/** What became of a request. joined: the running sync answers it. queued: one more run follows it. */
export type SyncAnswer = 'started' | 'joined' | 'queued';

/** `finishing`: cleaning up and publishing. Nothing more is read then. */
export type SyncPhase = 'starting' | 'users' | 'groups' | 'recordGroups' | 'folders' | 'sharing' | 'finishing' | 'done';

/** Result of the query `progress`. */
export interface SyncProgress {
  connectorId: string;
  phase: SyncPhase;
  mode: 'full' | 'incremental';
  reason: string;
  paused: boolean;
  queued: boolean;
  counts: SyncCounts;
  namespaces: { total: number; done: number; failed: number };
  held: HeldNamespace[];
  gaps: string[];
  startedAt: number;
  /** Malformed requests that were ignored; absent: none. */
  ignored?: number;
}

/** What a dry run found for one namespace. */
export interface NamespacePreview extends Omit<BatchCounts, 'moved'> {
  namespaceId: string;
  /** Added by the client. */
  name?: string;
}

/** Result of `runSync`. */
export interface SyncOutcome extends SyncResult {
  connectorId: string;
  runId: string;
  answer: SyncAnswer;
  /** What could not be read, one line each. Lines name namespaces by id; the client adds their names. */
  gaps: string[];
  /** What awaits approval, or was rejected; the first hundred namespaces. */
  held: HeldNamespace[];
  /** How many gaps there are, when `gaps` lists only the first of them. The stored result of the run lists all. */
  gapCount?: number;
  /** Only of a dry run. */
  plan?: NamespacePreview[];
  /** Why it failed, and what to do. */
  error?: { code: string; message: string };
}

/** `runId` names the run that took the request; a queued one is answered by the run after it. */
export interface AcceptedRequest {
  answer: SyncAnswer;
  runId: string;
}

/** Memo in which a run that is followed by a queued one leaves its outcome: the workflow's result is the last run's. */
export const OUTCOME_MEMO = 'outcome';

export const requestSyncUpdate = defineUpdate<AcceptedRequest, [SyncRequest]>('requestSync');
/** The same for callers that can't send updates (other workflows): `progress` shows the answer. */
export const requestSyncSignal = defineSignal<[SyncRequest]>('enqueueSync');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const progressQuery = defineQuery<SyncProgress>('progress');

/** Named members beyond this number count as everyone: probing all namespaces costs no more. */
export const MAX_NAMED_MEMBERS = 500;

/** Input of `collectNotifications`. */
export interface CollectRequest {
  connectorId: string;
  /** Members to begin with, when it continues as new. Empty: everyone. */
  members?: string[];
  /** A sync is requested after so long without a notification, ms; default 2,000. */
  quietMs?: number;
  /** A sync is requested so long after the first notification at the latest, ms; default 15,000. */
  longestMs?: number;
}
/** Members (team_member_id) whose files have changed. Empty: no one was named, so anyone's may have. */
export interface NotifiedMembers {
  members: string[];
}
export const notificationSignal = defineSignal<[NotifiedMembers]>('notification');

export interface CleanupRequest {
  connectorId: string;
  /**
   * true: PipesHub has deleted the connector. What it wrote is removed; its settings and credentials stay until an
   * operator removes them.
   */
  keepSettings?: boolean;
}
export interface CleanupOutcome {
  connectorId: string;
  /** Documents and edges. */
  removed: number;
  /** Record events that PipesHub's broker took. */
  published: number;
  /** Record events without a receiver: no broker is configured. */
  dropped: number;
}
export const cleanupProgressQuery = defineQuery<CleanupOutcome>('cleanupProgress');

export interface ReindexRequest {
  connectorId: string;
  /** Keys of records; absent: the whole connector. */
  recordKeys?: string[];
}
export interface ReindexOutcome {
  connectorId: string;
  queued: number;
}

/** Names of the workflow types, as a server sees them. */
export const workflowTypes = {
  runSync: 'runSync',
  runIncrementalSync: 'runIncrementalSync',
  collectNotifications: 'collectNotifications',
  cleanupConnector: 'cleanupConnector',
  reindexRecords: 'reindexRecords',
} as const;

/** Workflow and schedule ids. Each says whose it is and what it does; the one id of a sync makes it one at a time. */
export const syncWorkflowId = (connectorId: string): string => `dropbox/${connectorId}/sync`;
export const childWorkflowId = (connectorId: string, phase: string): string => `dropbox/${connectorId}/${phase}`;
export const userWorkflowId = (connectorId: string, delegate: string): string =>
  `dropbox/${connectorId}/user/${delegate}`;
export const notificationsWorkflowId = (connectorId: string): string => `dropbox/${connectorId}/webhook`;
export const cleanupWorkflowId = (connectorId: string): string => `dropbox/${connectorId}/cleanup`;
export const reindexWorkflowId = (connectorId: string): string => `dropbox/${connectorId}/reindex`;
export const scheduleId = (connectorId: string): string => `dropbox/${connectorId}/schedule`;
export const scheduledWorkflowId = (connectorId: string): string => `dropbox/${connectorId}/scheduled`;

export type { SyncCounts };
