import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  executeChild,
  isCancellation,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { gapLine } from '../sync/gaps';
import {
  applyFilters,
  assignDelegates,
  beginRun,
  countProblems,
  finishRun,
  nextDelegates,
  nextRemovals,
  previewSync,
  probeNamespaces,
  publishOutbox,
  purgeOrphans,
  releaseOrphans,
  readNamespaceMembers,
  removeNamespace,
  retryDeadLetters,
  syncReceivedFiles,
} from './activityProxies';
import {
  childWorkflowId,
  OUTCOME_MEMO,
  syncWorkflowId,
  userWorkflowId,
  type HeldNamespace,
  type SyncOutcome,
  type SyncRequest,
} from '../contract/sync';
import { codeOf, reasonOf } from './failures';
import { addHeld } from './held';
import { forwardRequest } from './forwardRequest';
import { DELEGATES_PAGE, LISTS_PER_ACTIVITY, USER_WINDOW } from './profiles';
import { RunLedger, shortened, type RunState } from './runLedger';
import { connectorAttribute } from '../contract/searchAttributes';
import { slidingWindow } from './slidingWindow';
import { syncRecordGroups } from './syncRecordGroups';
import { syncSharing } from './syncSharing';
import { syncUserFolders } from './syncUserFolders';
import { syncUserGroups } from './syncUserGroups';
import { syncUsers } from './syncUsers';

/**
 * One sync of one connector: users, groups, record groups, each member's folders, sharing changes, then what was held
 * back and what is to be removed. There is one at a time for a connector, under the id `dropbox/<connector>/sync`;
 * started under any other id it passes the request on to that one.
 */
export async function runSync(request: SyncRequest & { state?: RunState }): Promise<SyncOutcome> {
  if (workflowInfo().workflowId !== syncWorkflowId(request.connectorId)) return forwardRequest(request);
  const ledger = new RunLedger(request);
  ledger.listen();
  return new Run(ledger, request.state !== undefined).carryOut();
}

class Run {
  private readonly connectorId: string;
  private readonly state: RunState;

  constructor(
    private readonly ledger: RunLedger,
    private readonly resumed: boolean,
  ) {
    this.connectorId = ledger.request.connectorId;
    this.state = ledger.state;
  }

  async carryOut(): Promise<SyncOutcome> {
    let outcome: SyncOutcome;
    try {
      await this.phases();
      outcome = await this.finish();
    } catch (error) {
      // It goes on under the same id: nothing has failed.
      if (error instanceof ContinueAsNew) throw error;
      outcome = await CancellationScope.nonCancellable(() => this.finishFailed(error));
      if (isCancellation(error)) throw error;
      if (!this.state.queued) {
        throw ApplicationFailure.create({
          message: outcome.error?.message ?? 'the sync failed',
          type: outcome.error?.code ?? 'SyncFailed',
          nonRetryable: true,
          details: [outcome],
          ...(error instanceof Error ? { cause: error } : {}),
        });
      }
    }
    this.ledger.closing = true;
    await condition(allHandlersFinished);
    if (this.state.queued) {
      upsertMemo({ [OUTCOME_MEMO]: shortened(outcome) });
      await continueAsNew<typeof runSync>(this.state.queued);
    }
    return outcome;
  }

  private async phases(): Promise<void> {
    const { connectorId, state } = this;
    const { runId } = state;
    const dryRun = this.ledger.request.dryRun ?? false;
    if (!this.resumed) {
      this.ledger.enter('starting');
      state.plan = await beginRun({ connectorId, runId, mode: this.ledger.request.mode ?? 'auto', dryRun });
      const full = state.plan.mode === 'full';
      if (dryRun) {
        const { previews: plans, ...counts } = await previewSync({ connectorId, runId, full });
        state.plans = plans;
        this.ledger.add(counts);
        return;
      }
      const input = { connectorId, runId, full };
      if (state.plan.retry) this.ledger.add(await retryDeadLetters({ connectorId, runId }));
      await this.ledger.enterWhenRunning('users');
      this.ledger.add(await this.child(syncUsers, 'users', input, 'members of the team'));
      await this.ledger.enterWhenRunning('groups');
      this.ledger.add(await this.child(syncUserGroups, 'groups', input, 'groups and their members'));
      await this.ledger.enterWhenRunning('recordGroups');
      const discovered = await this.child(
        syncRecordGroups,
        'record-groups',
        input,
        'team, shared and personal folders, and who may read them',
      );
      this.ledger.addMembersRead(discovered);
      state.namespaces.total = discovered.namespaces;
    }
    await this.ledger.enterWhenRunning('folders');
    await this.folders();
    await this.ledger.enterWhenRunning('sharing');
    this.ledger.addMembersRead(
      await this.child(
        syncSharing,
        'sharing',
        { connectorId, runId, full: state.plan.mode === 'full' },
        'sharing changes',
      ),
    );
    // Member lists may have shown that nobody of the team can see a namespace any more.
    await this.lateRemovals();
    await this.answerHeld();
    await this.lateRemovals();
    await this.ledger.enterWhenRunning('settling');
    await this.finalize();
  }

  private async folders(): Promise<void> {
    const { connectorId, state } = this;
    const { runId } = state;
    let work = { listed: true, leaving: true };
    if (!this.resumed) {
      if (state.plan.refilter) this.ledger.add(await applyFilters({ connectorId, runId }));
      await assignDelegates({ connectorId, runId });
      const members = this.ledger.scope;
      const probed = await probeNamespaces({ connectorId, runId, ...(members ? { members } : {}) });
      this.ledger.add(probed);
      work = { listed: probed.listed > 0, leaving: probed.leaving > 0 };
      state.namespaces.done += probed.probed - probed.changed;
      if (probed.lost > 0) {
        // Whoever listed them can't any more: who else may read them, and does somebody?
        this.ledger.addMembersRead(await readNamespaceMembers({ connectorId, runId, limit: probed.lost }));
        await assignDelegates({ connectorId, runId });
      }
    }
    if (work.listed) await this.listings();
    if (work.leaving) await this.removals();
  }

  /** A child for each member who has something to list, in a sliding window. */
  private async listings(): Promise<void> {
    const { connectorId, state } = this;
    const { runId } = state;
    let waiting: { delegate: string; namespaceIds: string[] }[] = [];
    let exhausted = false;
    const next = async () => {
      if (waiting.length === 0 && !exhausted) {
        waiting = await nextDelegates({ connectorId, runId, after: state.after, limit: DELEGATES_PAGE });
        exhausted = waiting.length === 0;
      }
      const work = waiting.shift();
      if (work) state.after = work.delegate;
      return work;
    };
    const { stopped } = await slidingWindow({
      size: USER_WINDOW,
      next,
      start: (work) => this.userFolders(work.delegate, work.namespaceIds, false),
      mayStart: () => !state.paused,
      stop: () => workflowInfo().continueAsNewSuggested,
    });
    if (stopped) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof runSync>({ ...this.ledger.request, state });
    }
  }

  /** One member's namespaces, as a child. Its failure is a gap of this run, never the end of it. */
  private async userFolders(delegate: string, namespaceIds: string[], approved: boolean): Promise<void> {
    const { connectorId, state } = this;
    try {
      const part = await executeChild(syncUserFolders, {
        workflowId: userWorkflowId(connectorId, delegate),
        args: [{ connectorId, runId: state.runId, delegate, namespaceIds, approved }],
        staticSummary: `${namespaceIds.length} ${namespaceIds.length === 1 ? 'namespace' : 'namespaces'} read as ${delegate}`,
        typedSearchAttributes: [{ key: connectorAttribute, value: connectorId }],
      });
      this.ledger.add(part.counts);
      state.namespaces.done += part.done;
      state.namespaces.failed += part.failed;
      addHeld(state.held, part.held);
      this.ledger.addGaps(part.gaps);
    } catch (error) {
      if (isCancellation(error)) throw error;
      state.namespaces.failed += namespaceIds.length;
      this.ledger.addGaps([`the folders read as ${delegate} stopped: ${reasonOf(error)}`]);
    }
    this.ledger.show();
  }

  /** Namespaces that are surely gone for the whole team; after the listings, so that what moved has been found again. */
  private async removals(): Promise<void> {
    this.ledger.leaving = 0;
    const { connectorId, state } = this;
    for (;;) {
      const namespaceIds = await nextRemovals({ connectorId, runId: state.runId });
      if (namespaceIds.length === 0) return;
      for (const namespaceId of namespaceIds) {
        let done = false;
        while (!done) {
          const part = await removeNamespace({ connectorId, runId: state.runId, namespaceId });
          this.ledger.add(part);
          done = part.done;
        }
      }
    }
  }

  /** After the sharing phase: who had files of their own there may still have received them. */
  private async lateRemovals(): Promise<void> {
    if (this.ledger.leaving === 0) return;
    await this.removals();
    const { connectorId, state } = this;
    this.ledger.add(await syncReceivedFiles({ connectorId, runId: state.runId, full: false }));
  }

  /**
   * Many items that left one namespace may be in another one by now, as when a folder is shared, but that one was not read
   * yet when they were judged: with all namespaces read, they are judged once more before anybody is asked.
   */
  private async recheckHeld(): Promise<void> {
    const { state } = this;
    const deleting = state.held.filter(({ deletes }) => deletes > 0).map(({ namespaceId }) => namespaceId);
    state.held = state.held.filter(({ deletes }) => deletes === 0);
    await this.read(deleting, false);
  }

  /** Reads these namespaces alone, one delegate after the other. */
  private async read(only: string[], approved: boolean): Promise<void> {
    if (only.length === 0) return;
    const { connectorId, state } = this;
    const works = await nextDelegates({ connectorId, runId: state.runId, after: '', limit: only.length, only });
    for (const work of works) await this.userFolders(work.delegate, work.namespaceIds, approved);
  }

  /** Until nothing is held back: what was agreed to may show more that needs an answer. */
  private async answerHeld(): Promise<void> {
    const { state } = this;
    await this.recheckHeld();
    while (state.held.length > 0) {
      this.ledger.enter('approval');
      const isApproved = ({ namespaceId }: HeldNamespace) => state.approved.includes(namespaceId);
      const isRejected = ({ namespaceId }: HeldNamespace) => state.rejected.includes(namespaceId);
      await condition(() => state.held.every((held) => isApproved(held) || isRejected(held)));
      const agreed = state.held.filter(isApproved);
      const refused = state.held.filter((held) => !isApproved(held));
      [state.held, state.approved, state.rejected] = [[], [], []];
      for (const { namespaceId, deletes } of refused)
        this.ledger.addGaps([gapLine(namespaceId, `its ${deletes > 0 ? 'deletions' : 'revocations'} were refused`)]);
      await this.revoke(agreed.filter(({ revokes }) => revokes > 0).map(({ namespaceId }) => namespaceId));
      await this.read(
        agreed.filter(({ deletes }) => deletes > 0).map(({ namespaceId }) => namespaceId),
        true,
      );
    }
  }

  /** Takes away what an operator agreed to. Whoever listed these namespaces may be among those who lose them. */
  private async revoke(namespaceIds: string[]): Promise<void> {
    if (namespaceIds.length === 0) return;
    const { connectorId, state } = this;
    const { runId } = state;
    const input = { connectorId, runId, approved: namespaceIds, limit: namespaceIds.length };
    this.ledger.addMembersRead(await readNamespaceMembers(input));
    await this.readDueMembers();
    await assignDelegates({ connectorId, runId });
    await this.read(namespaceIds, false);
  }

  /** Who loses access to a folder may lose it in those nested in it, which became due by that. */
  private async readDueMembers(): Promise<void> {
    const { connectorId, state } = this;
    for (let done = false; !done;) {
      const part = await readNamespaceMembers({ connectorId, runId: state.runId, limit: LISTS_PER_ACTIVITY });
      this.ledger.addMembersRead(part);
      done = part.done;
    }
  }

  private async finalize(): Promise<void> {
    const { connectorId, state } = this;
    const { runId } = state;
    let problems = await countProblems({ connectorId, runId });
    // An item that moved into a namespace which nobody named would count as deleted: it is looked for everywhere.
    if (this.ledger.scope && problems.orphans) {
      await this.probeAll();
      problems = await countProblems({ connectorId, runId });
    }
    this.ledger.addGaps(problems.gaps);
    state.counts.deadLetters = problems.deadLetters;
    // One that moved into a namespace that could not be read waits for a run that can.
    const foundAll = state.namespaces.failed === 0 && state.gaps.length === 0;
    if (foundAll && state.plan.mode === 'full') this.ledger.add(await releaseOrphans({ connectorId, runId }));
    for (let done = false; !done;) {
      const part = await purgeOrphans({ connectorId, runId, onlyOld: !foundAll });
      this.ledger.add(part);
      done = part.done;
    }
    try {
      await publishOutbox({ connectorId, runId });
    } catch (error) {
      if (isCancellation(error)) throw error;
      // Kept in the outbox, and published by the next run or when the broker is back: the sync itself is complete.
      state.gaps.push(`record events wait in the outbox: ${reasonOf(error)}`);
    }
  }

  private async probeAll(): Promise<void> {
    const { connectorId, state } = this;
    const probed = await probeNamespaces({ connectorId, runId: state.runId });
    this.ledger.add(probed);
    if (probed.listed === 0) return;
    state.after = '';
    await this.listings();
    await this.answerHeld();
  }

  private async finish(): Promise<SyncOutcome> {
    const { connectorId, state } = this;
    const partial = state.gaps.length > 0 || state.counts.deadLetters > 0 || state.namespaces.failed > 0;
    const outcome = this.ledger.outcome(partial ? 'partial' : 'complete');
    if (!this.ledger.request.dryRun) {
      await finishRun({
        connectorId,
        runId: state.runId,
        outcome: { ...outcome, plan: [] },
        startedAt: state.plan.startedAt,
        whole: this.ledger.scope === undefined,
      });
    }
    this.ledger.enter('done');
    return outcome;
  }

  private async finishFailed(error: unknown): Promise<SyncOutcome> {
    const { connectorId, state } = this;
    const outcome = this.ledger.outcome('failed');
    outcome.error = { code: codeOf(error), message: reasonOf(error) };
    if (this.ledger.request.dryRun) return outcome;
    try {
      await finishRun({ connectorId, runId: state.runId, outcome, startedAt: state.plan.startedAt, whole: false });
    } catch (second) {
      // The failure that ended the run is the one that counts; this one is beside it in the message.
      outcome.error.message += ` (and the result could not be stored: ${reasonOf(second)})`;
    }
    return outcome;
  }

  private child<I, O>(workflow: (input: I) => Promise<O>, name: string, input: I, summary: string): Promise<O> {
    return executeChild(workflow as (input: unknown) => Promise<O>, {
      workflowId: childWorkflowId(this.connectorId, name),
      args: [input],
      staticSummary: summary,
      typedSearchAttributes: [{ key: connectorAttribute, value: this.connectorId }],
    });
  }
}
