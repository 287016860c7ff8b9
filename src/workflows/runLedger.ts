import {
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  isWantedEnd,
  type BegunRun,
  type RunInput,
  type RunSettings,
  type TeamListResult,
} from '../contract/activities';
import { filledFrom, requestChecks, syncRequestOf } from '../contract/checks';
import { addPart, noSyncCounts, type PartCounts } from '../contract/counts';
import type { HeldNamespace } from '../contract/held';
import { organizationAttribute, phaseAttribute } from '../contract/searchAttributes';
import {
  pauseSignal,
  progressQuery,
  requestSyncSignal,
  requestSyncUpdate,
  resumeSignal,
  type NamespacePreview,
  type SyncAnswer,
  type SyncOutcome,
  type SyncPhase,
  type SyncProgress,
  type SyncRequest,
} from '../contract/sync';
import type { SyncCounts } from '../sync/connectorDocument';
import { addGaps } from '../sync/gaps';
import { checkInput, refuse } from './checkInput';
import { describeRun } from './details';
import { answerTo, merged } from './queuedRequest';
import type { RecordGroupsResult } from './syncRecordGroups';

const MEMO_LINES = 10;

/** What a run carries over when it continues as new. Plain JSON. */
export interface RunState {
  runId: string;
  /** The phase that it continues with. */
  phase: SyncPhase;
  settings: RunSettings;
  counts: SyncCounts;
  namespaces: SyncProgress['namespaces'];
  held: HeldNamespace[];
  gaps: string[];
  previews: NamespacePreview[];
  /** No namespace was stored when the run began, so what is read of the groups and of the namespaces is independent. */
  isFirst: boolean;
  /** The namespaces that were read while the groups were. */
  discovered: RecordGroupsResult | null;
  /** What the probes found; null: they are still to be made. */
  probed: { listed: number; leaving: number } | null;
  /** Whether namespaces without a member list are listed while the lists of others are read, or have been. */
  early: 'no' | 'listing' | 'listed';
  /** The last delegate whose child was started. */
  after: string;
  /** The same for those that are listed early. */
  afterEarly: string;
  paused: boolean;
  queued: SyncRequest | null;
  /** Malformed requests that were ignored. */
  ignored: number;
}

const isSameHeld = (a: HeldNamespace, b: HeldNamespace): boolean =>
  a.namespaceId === b.namespaceId && a.deletes > 0 === b.deletes > 0;

/** Logs what is held. `logged`: what the log says of it so far; the same figures are not logged twice. */
function logHeld(one: HeldNamespace, logged: HeldNamespace | undefined): void {
  const { namespaceId, deletes, revokes, total, answer } = one;
  if (logged && logged.deletes === deletes && logged.revokes === revokes && logged.answer === answer) return;
  log.warn('held', { namespaceId, deletes, revokes, total, ...(answer ? { answer } : {}) });
}

/** The level at which the end of a run is logged. */
const levelOf = (status: SyncOutcome['status'], code: string | undefined): 'info' | 'warn' | 'error' =>
  status === 'complete' || isWantedEnd(code) ? 'info' : status === 'partial' ? 'warn' : 'error';

/**
 * Input of `runSync`: a request, and the state of a run that continues as new. `restarted`: a run before this one, in the
 * same execution, has written, and ended before its time.
 */
export type RunSyncInput = SyncRequest & { state?: RunState; restarted?: boolean };

const newState = ({ mode }: SyncRequest): RunState => ({
  runId: workflowInfo().runId,
  phase: 'starting',
  settings: {
    mode: mode === 'full' ? 'full' : 'incremental',
    startedAt: workflowInfo().startTime.getTime(),
    retry: false,
    refilter: false,
    whole: false,
    rebuilds: false,
    releases: false,
  },
  counts: noSyncCounts(),
  namespaces: { total: 0, done: 0, failed: 0 },
  held: [],
  gaps: [],
  previews: [],
  isFirst: false,
  discovered: null,
  probed: null,
  early: 'no',
  after: '',
  afterEarly: '',
  paused: false,
  queued: null,
  ignored: 0,
});

/** An outcome that is short enough for a memo, which the server returns with every list of workflows. */
export const shortened = ({ gaps, held, plan, ...outcome }: SyncOutcome): SyncOutcome => ({
  ...outcome,
  gaps: gaps.slice(0, MEMO_LINES),
  held: held.slice(0, MEMO_LINES),
  ...(plan ? { plan: plan.slice(0, MEMO_LINES) } : {}),
});

/**
 * The state of a run, and its handlers: progress, counts, gaps, what is held, and who has asked for what. The handlers
 * only record requests and pauses; the run acts on them. They take any argument: what is malformed is ignored, counted
 * and logged.
 */
export class RunLedger {
  readonly request: SyncRequest;
  readonly state: RunState;
  readonly base: RunInput;
  readonly restarted: boolean;
  /** Another run takes over: no further request joins this one. */
  closing = false;
  /** Namespaces found to be gone since removals were last carried out. */
  leaving = 0;
  /** Work in parallel to the phases. It never rejects. A run that continues as new waits for it. */
  backgroundWork: Promise<void> = Promise.resolve();
  private phase: SyncPhase = 'starting';

  /** @throws ApplicationFailure for a malformed input */
  constructor(input: unknown) {
    checkInput(input, requestChecks);
    const { state, restarted = false } = input as RunSyncInput;
    this.restarted = restarted;
    this.request = syncRequestOf(input) as SyncRequest;
    const known = filledFrom(newState(this.request), state ?? undefined);
    if (!known) throw refuse('malformed in the input: state');
    this.state = known;
    this.base = { connectorId: this.request.connectorId, runId: this.state.runId };
  }

  listen(): void {
    setHandler(progressQuery, () => this.progress(), {
      description: 'Phase, counts, what is held and what could not be read',
    });
    setHandler(requestSyncUpdate, (other) => ({ answer: this.take(other) ?? 'joined', runId: this.state.runId }), {
      description: 'Requests a sync: joined, or queued once',
      validator: (other) => {
        if (!this.requestOf(other)) throw refuse('the argument is no request for a sync of this connector');
      },
    });
    setHandler(requestSyncSignal, (other) => void this.take(other), {
      description: 'Requests a sync, without an answer',
    });
    setHandler(pauseSignal, () => void (this.state.paused = true), { description: 'Starts nothing new until resumed' });
    setHandler(resumeSignal, () => void (this.state.paused = false), { description: 'Continues after a pause' });
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
      held: state.held,
      // The start was read from a worker's clock, and the end from the server's.
      seconds: Math.max(0, Math.round((Date.now() - state.settings.startedAt) / 100) / 10),
      ...(this.isDryRun ? { plan: state.previews } : {}),
    };
  }

  progress(): SyncProgress {
    const { request, state } = this;
    const { settings, counts, namespaces, held, gaps, paused, ignored } = state;
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
      ...(ignored > 0 ? { ignored } : {}),
    };
  }

  private requestOf(value: unknown): SyncRequest | null {
    const request = syncRequestOf(value);
    return request?.connectorId === this.request.connectorId ? request : null;
  }

  private take(value: unknown): SyncAnswer | undefined {
    const other = this.requestOf(value);
    if (!other) {
      this.state.ignored += 1;
      log.warn('a malformed request for a sync is ignored');
      return undefined;
    }
    const answer = answerTo(other, this.request, this.readsNoMore);
    if (answer === 'queued') this.queue(other);
    return answer;
  }

  /** Whether this run has read all that it reads. A request that comes now gets the next run. */
  private get readsNoMore(): boolean {
    return this.closing || this.phase === 'finishing' || this.phase === 'done';
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

  /** Waits while the run is paused. Continues the run as new when its history, which requests fill, grows long. */
  async enterWhenRunning(phase: SyncPhase): Promise<void> {
    this.state.phase = phase;
    if (this.state.paused) {
      this.show();
      await condition(() => !this.state.paused || workflowInfo().continueAsNewSuggested);
    }
    if (workflowInfo().continueAsNewSuggested) await this.continueAsNew();
    this.enter(phase);
  }

  async continueAsNew(): Promise<void> {
    await this.backgroundWork;
    await condition(allHandlersFinished);
    await continueAsNew<(input: RunSyncInput) => Promise<SyncOutcome>>({
      ...this.request,
      state: this.state,
      ...(this.restarted ? { restarted: true } : {}),
    });
  }

  enter(phase: SyncPhase): void {
    this.phase = phase;
    log.info('phase', { phase });
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
    const { gaps } = this.state;
    const before = gaps.length;
    addGaps(gaps, lines);
    for (const gap of gaps.slice(before)) log.warn('gap', { gap });
  }

  /** Adds a gap that the graph does not store, beyond the limit for the others. */
  addGap(gap: string): void {
    this.state.gaps.push(gap);
    log.warn('gap', { gap });
  }

  /** A namespace that a later phase reports again replaces the earlier report, with the latest figures. */
  addHeld(more: readonly HeldNamespace[]): void {
    const { held } = this.state;
    for (const one of more) {
      const at = held.findIndex((other) => isSameHeld(one, other));
      logHeld(one, held[at]);
      if (at < 0) held.push(one);
      else held[at] = one;
    }
  }

  /** All that is held, as the graph says. */
  setHeld(all: HeldNamespace[]): void {
    const { held } = this.state;
    for (const one of all)
      logHeld(
        one,
        held.find((other) => isSameHeld(one, other)),
      );
    this.state.held = all;
  }

  /** The run is known to the graph. From then on it can be found by its organization, with any starter. */
  begin({ orgId, ...settings }: BegunRun): void {
    this.state.settings = settings;
    upsertSearchAttributes([{ key: organizationAttribute, value: orgId }]);
    const { mode, whole, retry, refilter, rebuilds } = settings;
    const { reason = 'manual' } = this.request;
    log.info('run begun', { mode, reason, dryRun: this.isDryRun, whole, retry, refilter, rebuilds });
  }

  logEnd({ status, mode, gaps, gapCount = gaps.length, held, seconds, error, ...outcome }: SyncOutcome): void {
    const { users, groups, recordGroups, records, permissions, deadLetters, dropboxCalls, ungranted, events } = outcome;
    const counts = { users, groups, recordGroups, records, permissions, ungranted, events, dropboxCalls };
    const missing = { gaps: gapCount, held: held.length, deadLetters, namespaces: this.state.namespaces };
    log[levelOf(status, error?.code)]('run ended', {
      status,
      mode,
      seconds,
      ...counts,
      ...missing,
      ...(error ? { code: error.code, reason: error.message } : {}),
    });
  }
}
