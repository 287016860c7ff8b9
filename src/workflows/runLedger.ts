import { condition, setCurrentDetails, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { RunSettings } from '../contract/activities';
import type { SyncCounts } from '../sync/documents';
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
import { addPart, noSyncCounts, type PartCounts } from '../contract/counts';
import { describeRun } from './details';
import { addHeld } from './held';
import { answerTo, merged } from './queuedRequest';
import { phaseAttribute } from '../contract/searchAttributes';

/** Lines kept of what could not be read; the rest is counted. */
const GAP_LINES = 50;
const MEMO_LINES = 10;

/** What a run carries over when it continues as new in the middle of the folders. */
export interface RunState {
  runId: string;
  plan: RunSettings;
  counts: SyncCounts;
  namespaces: SyncProgress['namespaces'];
  held: HeldNamespace[];
  /** Ids of held namespaces that an operator has answered for. */
  approved: string[];
  rejected: string[];
  gaps: string[];
  plans: NamespacePreview[];
  /** The last delegate whose child was started. */
  after: string;
  paused: boolean;
  queued: SyncRequest | null;
}

const newState = ({ mode }: SyncRequest): RunState => ({
  runId: workflowInfo().runId,
  plan: {
    mode: mode === 'full' ? 'full' : 'incremental',
    startedAt: workflowInfo().startTime.getTime(),
    retry: false,
    refilter: false,
    whole: false,
  },
  counts: noSyncCounts(),
  namespaces: { total: 0, done: 0, failed: 0 },
  held: [],
  approved: [],
  rejected: [],
  gaps: [],
  plans: [],
  after: '',
  paused: false,
  queued: null,
});

/** For a memo, which is shown with every list of workflows. */
export const shortened = ({ gaps, plan, ...outcome }: SyncOutcome): SyncOutcome => ({
  ...outcome,
  gaps: gaps.slice(0, MEMO_LINES),
  ...(plan ? { plan: plan.slice(0, MEMO_LINES) } : {}),
});

/**
 * What a run knows of itself and shows: how far it is, what it counted and could not read, what is held back, and who has
 * asked for what. Takes requests, pauses and answers at any time; what is done with them is the run's.
 */
export class RunLedger {
  readonly request: SyncRequest;
  readonly state: RunState;
  /** Nothing more joins this run. */
  closing = false;
  /** Namespaces that were found to be gone since removals were last carried out. */
  leaving = 0;
  private phase: SyncPhase = 'starting';

  constructor({ state, ...request }: SyncRequest & { state?: RunState }) {
    this.request = request;
    this.state = state ?? newState(request);
  }

  listen(): void {
    setHandler(progressQuery, () => this.progress(), {
      description: 'Phase, counts, what is held back and what could not be read',
    });
    setHandler(requestSyncUpdate, (other) => ({ answer: this.take(other), runId: this.state.runId }), {
      description: 'Asks for a sync: joined or queued once',
    });
    setHandler(requestSyncSignal, (other) => void this.take(other), {
      description: 'Asks for a sync, without an answer',
    });
    setHandler(pauseSignal, () => void (this.state.paused = true), { description: 'Starts nothing new until resumed' });
    setHandler(resumeSignal, () => void (this.state.paused = false), { description: 'Goes on after a pause' });
    setHandler(approveSignal, (decision) => this.decide(decision, this.state.approved), {
      description: 'Lets held deletions happen',
    });
    setHandler(rejectSignal, (decision) => this.decide(decision, this.state.rejected), {
      description: 'Refuses held deletions',
    });
  }

  /** Members that a webhook named, whose namespaces alone are probed. Known once the run has begun. */
  get scope(): string[] | undefined {
    const { members } = this.request;
    const { mode, whole } = this.state.plan;
    return members && members.length > 0 && mode !== 'full' && !whole ? members : undefined;
  }

  outcome(status: SyncOutcome['status']): SyncOutcome {
    const { request, state } = this;
    return {
      connectorId: request.connectorId,
      runId: state.runId,
      answer: 'started',
      status,
      mode: state.plan.mode,
      ...state.counts,
      gaps: state.gaps,
      seconds: Math.round((Date.now() - state.plan.startedAt) / 100) / 10,
      ...(request.dryRun ? { plan: state.plans } : {}),
    };
  }

  progress(): SyncProgress {
    const { request, state } = this;
    const { plan, counts, namespaces, held, gaps, paused } = state;
    return {
      connectorId: request.connectorId,
      phase: this.phase,
      mode: plan.mode,
      reason: request.reason ?? 'manual',
      paused,
      queued: state.queued !== null,
      counts,
      namespaces,
      held,
      gaps,
      startedAt: plan.startedAt,
    };
  }

  private take(other: SyncRequest): SyncAnswer {
    const answer = answerTo(other, this.request, this.closing);
    if (answer === 'queued') {
      this.state.queued = merged(this.state.queued, other);
      this.show();
    }
    return answer;
  }

  /** The first answer for a namespace counts. */
  private decide({ namespaceId }: Decision, decided: string[]): void {
    const { held, approved, rejected } = this.state;
    for (const { namespaceId: id } of held) {
      const asked = namespaceId === undefined || namespaceId === id;
      if (asked && !approved.includes(id) && !rejected.includes(id)) decided.push(id);
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

  addMembersRead(part: PartCounts & { gaps: string[]; held: HeldNamespace[] }): void {
    this.addGaps(part.gaps);
    addHeld(this.state.held, part.held);
    this.add(part);
  }

  addGaps(lines: string[]): void {
    for (const line of lines)
      if (this.state.gaps.length < GAP_LINES && !this.state.gaps.includes(line)) this.state.gaps.push(line);
  }
}
