import { condition, setCurrentDetails, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { RunInput, RunSettings, TeamListResult } from '../contract/activities';
import { addPart, noSyncCounts, type PartCounts } from '../contract/counts';
import { phaseAttribute } from '../contract/searchAttributes';
import {
  approveSignal,
  pauseSignal,
  progressQuery,
  rejectSignal,
  requestSyncSignal,
  requestSyncUpdate,
  resumeSignal,
  type Decision,
  type HeldNamespace,
  type NamespacePreview,
  type SyncAnswer,
  type SyncOutcome,
  type SyncPhase,
  type SyncProgress,
  type SyncRequest,
} from '../contract/sync';
import type { SyncCounts } from '../sync/documents';
import { addGaps } from '../sync/gaps';
import { describeRun } from './details';
import { answerTo, merged } from './queuedRequest';

const MEMO_LINES = 10;

/** What a run carries over when it continues as new while it lists folders. Plain JSON. */
export interface RunState {
  runId: string;
  settings: RunSettings;
  counts: SyncCounts;
  namespaces: SyncProgress['namespaces'];
  held: HeldNamespace[];
  /** Ids of held namespaces that an operator has decided on. */
  approved: string[];
  rejected: string[];
  gaps: string[];
  previews: NamespacePreview[];
  /** The last delegate whose child was started. */
  after: string;
  paused: boolean;
  queued: SyncRequest | null;
}

/** Input of `runSync`: a request, and the state of a run that continues as new. */
export type RunSyncInput = SyncRequest & { state?: RunState };

const newState = ({ mode }: SyncRequest): RunState => ({
  runId: workflowInfo().runId,
  settings: {
    mode: mode === 'full' ? 'full' : 'incremental',
    startedAt: workflowInfo().startTime.getTime(),
    retry: false,
    refilter: false,
    whole: false,
    rebuilds: false,
  },
  counts: noSyncCounts(),
  namespaces: { total: 0, done: 0, failed: 0 },
  held: [],
  approved: [],
  rejected: [],
  gaps: [],
  previews: [],
  after: '',
  paused: false,
  queued: null,
});

/** For a memo, which the server returns with every list of workflows. */
export const shortened = ({ gaps, plan, ...outcome }: SyncOutcome): SyncOutcome => ({
  ...outcome,
  gaps: gaps.slice(0, MEMO_LINES),
  ...(plan ? { plan: plan.slice(0, MEMO_LINES) } : {}),
});

/**
 * The state of a run, and its handlers: progress, counts, gaps, what awaits approval, and who has asked for what. The
 * handlers only record requests, pauses and decisions; the run acts on them.
 */
export class RunLedger {
  readonly request: SyncRequest;
  readonly state: RunState;
  readonly base: RunInput;
  /** The run is about to end: no further request joins it. */
  closing = false;
  /** Namespaces found to be gone since removals were last carried out. */
  leaving = 0;
  private phase: SyncPhase = 'starting';

  constructor({ state, ...request }: RunSyncInput) {
    this.request = request;
    this.state = state ?? newState(request);
    this.base = { connectorId: request.connectorId, runId: this.state.runId };
  }

  listen(): void {
    setHandler(progressQuery, () => this.progress(), {
      description: 'Phase, counts, what awaits approval and what could not be read',
    });
    setHandler(requestSyncUpdate, (other) => ({ answer: this.take(other), runId: this.state.runId }), {
      description: 'Requests a sync: joined, or queued once',
    });
    setHandler(requestSyncSignal, (other) => void this.take(other), {
      description: 'Requests a sync, without an answer',
    });
    setHandler(pauseSignal, () => void (this.state.paused = true), { description: 'Starts nothing new until resumed' });
    setHandler(resumeSignal, () => void (this.state.paused = false), { description: 'Continues after a pause' });
    setHandler(approveSignal, (decision) => this.decide(decision, this.state.approved), {
      description: 'Approves deletions and revocations that await approval',
    });
    setHandler(rejectSignal, (decision) => this.decide(decision, this.state.rejected), {
      description: 'Rejects deletions and revocations that await approval',
    });
  }

  /** Members that a webhook named: only their namespaces are probed. Meaningful once `beginRun` has returned. */
  get scope(): string[] | undefined {
    const { members } = this.request;
    const { mode, whole } = this.state.settings;
    return members && members.length > 0 && mode !== 'full' && !whole ? members : undefined;
  }

  get isDryRun(): boolean {
    return this.request.dryRun ?? false;
  }

  outcome(status: SyncOutcome['status']): SyncOutcome {
    const { request, state } = this;
    return {
      connectorId: request.connectorId,
      runId: state.runId,
      answer: 'started',
      status,
      mode: state.settings.mode,
      ...state.counts,
      gaps: state.gaps,
      seconds: Math.round((Date.now() - state.settings.startedAt) / 100) / 10,
      ...(this.isDryRun ? { plan: state.previews } : {}),
    };
  }

  progress(): SyncProgress {
    const { request, state } = this;
    const { settings, counts, namespaces, held, gaps, paused } = state;
    return {
      connectorId: request.connectorId,
      phase: this.phase,
      mode: settings.mode,
      reason: request.reason ?? 'manual',
      paused,
      queued: state.queued !== null,
      counts,
      namespaces,
      held,
      gaps,
      startedAt: settings.startedAt,
    };
  }

  private take(other: SyncRequest): SyncAnswer {
    const answer = answerTo(other, this.request, this.closing);
    if (answer === 'queued') this.queue(other);
    return answer;
  }

  queue(other: SyncRequest): void {
    this.state.queued = merged(this.state.queued, other);
    this.show();
  }

  /**
   * The request for the run after this one. PipesHub orders a full sync in three steps: it deletes sync points, then
   * edges, then it requests a sync. A run that found no sync points and got such a request may have begun between the
   * first two steps.
   */
  next(): SyncRequest | null {
    const { queued, settings } = this.state;
    return queued?.reason === 'pipeshub' && settings.rebuilds ? { ...queued, mode: 'full' } : queued;
  }

  /** The first decision on a namespace counts. */
  private decide({ namespaceId }: Decision, decided: string[]): void {
    const { held, approved, rejected } = this.state;
    for (const { namespaceId: id } of held) {
      const isMeant = namespaceId === undefined || namespaceId === id;
      if (isMeant && !approved.includes(id) && !rejected.includes(id)) decided.push(id);
    }
  }

  async enterWhenRunning(phase: SyncPhase): Promise<void> {
    if (this.state.paused) {
      this.show();
      await condition(() => !this.state.paused);
    }
    this.enter(phase);
  }

  enter(phase: SyncPhase): void {
    this.phase = phase;
    upsertSearchAttributes([{ key: phaseAttribute, value: phase }]);
    this.show();
  }

  show(): void {
    setCurrentDetails(describeRun(this.progress()));
  }

  add(part: PartCounts): void {
    this.leaving += part.leaving ?? 0;
    addPart(this.state.counts, part);
    this.show();
  }

  addTeamList(part: TeamListResult): void {
    this.addGaps(part.gaps);
    this.add(part);
  }

  addMembersRead(part: PartCounts & { gaps: string[]; held: HeldNamespace[] }): void {
    this.addGaps(part.gaps);
    this.addHeld(part.held);
    this.add(part);
  }

  addGaps(lines: readonly string[]): void {
    addGaps(this.state.gaps, lines);
  }

  /** A namespace that a later phase reports again replaces the earlier report: one question, with the latest figures. */
  addHeld(more: readonly HeldNamespace[]): void {
    const { held } = this.state;
    for (const one of more) {
      const at = held.findIndex(
        ({ namespaceId, deletes }) => namespaceId === one.namespaceId && deletes > 0 === one.deletes > 0,
      );
      if (at < 0) held.push(one);
      else held[at] = one;
    }
  }
}
