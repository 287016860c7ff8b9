/**
 * The names and shapes by which anybody talks to the workflows: the client of this package, the CLI, Schedules, and
 * programs in other languages. Plain JSON; fields may be added, never renamed. Imported by workflow code: types and
 * constants only.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { SyncCounts, SyncResult } from '../sync/documents';

export const DEFAULT_TASK_QUEUE = 'dropbox-teams';

/** Input of `runSync` and `runIncrementalSync`. */
export interface SyncRequest {
  connectorId: string;
  /** auto (default): what has a cursor continues, what has none is read in full. */
  mode?: 'auto' | 'full' | 'incremental';
  /** Only the namespaces of these members (team_member_id) are looked at: from a webhook. */
  members?: string[];
  /** Tells what would be written, and writes nothing. */
  dryRun?: boolean;
  /** Who asks; shown to operators. A webhook is never answered by a run that may have passed the change already. */
  reason?: 'manual' | 'schedule' | 'webhook' | 'retry';
  /** Made by the client, so that the answer to its own start can be told from joining another's. */
  requestId?: string;
}

/** What became of a request. joined: the run under way answers it. queued: one more run follows it. */
export type SyncAnswer = 'started' | 'joined' | 'queued';

export type SyncPhase =
  'starting' | 'users' | 'groups' | 'recordGroups' | 'folders' | 'sharing' | 'approval' | 'settling' | 'done';

/** A namespace that waits for an operator, since the run would delete or revoke too much in it. */
export interface HeldNamespace {
  namespaceId: string;
  deletes: number;
  revokes: number;
  total: number;
  /** Added by the client from the graph, as are `samples`: no name and no path enters a workflow history. */
  name?: string;
  /** A few of the items, by path. */
  samples?: string[];
}

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
}

/** What a dry run found for one namespace. */
export interface NamespacePreview {
  namespaceId: string;
  /** Added by the client. */
  name?: string;
  added: number;
  updated: number;
  deleted: number;
  granted: number;
  revoked: number;
}

/** Result of `runSync`. */
export interface SyncOutcome extends SyncResult {
  connectorId: string;
  runId: string;
  answer: SyncAnswer;
  /** What could not be read, one line each: by namespace id, to which the client adds the name. */
  gaps: string[];
  /** Only of a dry run. */
  plan?: NamespacePreview[];
  /** Why it failed, and what to do. */
  error?: { code: string; message: string };
}

export interface Decision {
  /** Absent: all that wait. */
  namespaceId?: string;
}

/** `runId` names the run that took the request; a queued one is answered by the run after it. */
export interface AcceptedRequest {
  answer: SyncAnswer;
  runId: string;
}

/** Where a run that is followed by a queued one leaves its outcome: the result of the workflow is the last one's. */
export const OUTCOME_MEMO = 'outcome';

export const requestSyncUpdate = defineUpdate<AcceptedRequest, [SyncRequest]>('requestSync');
/** The same for callers that can't send updates (other workflows): the answer is in `progress`. */
export const requestSyncSignal = defineSignal<[SyncRequest]>('enqueueSync');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const approveSignal = defineSignal<[Decision]>('approve');
export const rejectSignal = defineSignal<[Decision]>('reject');
export const progressQuery = defineQuery<SyncProgress>('progress');

export interface CleanupRequest {
  connectorId: string;
}
export interface CleanupOutcome {
  connectorId: string;
  /** Documents and edges. */
  removed: number;
  /** Record events that PipesHub's broker took. */
  published: number;
  /** Record events that nobody was to receive: no broker is configured. */
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

export interface RetryDeadLettersRequest {
  connectorId: string;
}

/** Names of the workflow types, as a server sees them. */
export const workflowTypes = {
  runSync: 'runSync',
  runIncrementalSync: 'runIncrementalSync',
  cleanupConnector: 'cleanupConnector',
  reindexRecords: 'reindexRecords',
} as const;

/** One home for workflow and schedule ids: they say whose and what, and make "one sync at a time" true. */
export const syncWorkflowId = (connectorId: string): string => `dropbox/${connectorId}/sync`;
export const childWorkflowId = (connectorId: string, phase: string): string => `dropbox/${connectorId}/${phase}`;
export const userWorkflowId = (connectorId: string, delegate: string): string =>
  `dropbox/${connectorId}/user/${delegate}`;
export const cleanupWorkflowId = (connectorId: string): string => `dropbox/${connectorId}/cleanup`;
export const reindexWorkflowId = (connectorId: string): string => `dropbox/${connectorId}/reindex`;
export const scheduleId = (connectorId: string): string => `dropbox/${connectorId}/schedule`;
export const scheduledWorkflowId = (connectorId: string): string => `dropbox/${connectorId}/scheduled`;

export type { SyncCounts };
