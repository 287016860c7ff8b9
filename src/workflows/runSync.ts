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
import type { PhaseInput, RunInput } from '../contract/activities';
import { connectorAttribute } from '../contract/searchAttributes';
import { childWorkflowId, OUTCOME_MEMO, syncWorkflowId, type SyncOutcome } from '../contract/sync';
import {
  applyFilters,
  assignDelegates,
  beginRun,
  countProblems,
  finishRun,
  previewSync,
  probeNamespaces,
  readNamespaceMembers,
  releaseOrphans,
  retryDeadLetters,
  syncReceivedFiles,
} from './activityProxies';
import { codeOf, reasonOf } from './failures';
import { FolderListings } from './folderListings';
import { forwardRequest } from './forwardRequest';
import { HeldNamespaces } from './heldNamespaces';
import { Publishing } from './publishing';
import { purgeRecords } from './purgeRecords';
import { RunLedger, shortened, type RunState, type RunSyncInput } from './runLedger';
import { syncRecordGroups } from './syncRecordGroups';
import { syncRemovals } from './syncRemovals';
import { syncSharing } from './syncSharing';
import { syncUserGroups } from './syncUserGroups';
import { syncUsers } from './syncUsers';

/**
 * One sync of one connector: users, groups, record groups, each delegate's folders, sharing changes, then what an
 * operator has approved, removals, orphans and record events. The id `dropbox/<connector>/sync` makes it the only one of
 * its connector; started under any other id, it forwards the request to that one.
 */
export async function runSync(request: RunSyncInput): Promise<SyncOutcome> {
  if (workflowInfo().workflowId !== syncWorkflowId(request.connectorId)) return forwardRequest(request);
  const ledger = new RunLedger(request);
  ledger.listen();
  return new Run(ledger, request.state !== undefined).carryOut();
}

class Run {
  private readonly base: RunInput;
  private readonly state: RunState;
  private readonly publishing: Publishing;
  private readonly listings: FolderListings;
  private readonly held: HeldNamespaces;

  constructor(
    private readonly ledger: RunLedger,
    private readonly resumed: boolean,
  ) {
    this.base = ledger.base;
    this.state = ledger.state;
    this.publishing = new Publishing(ledger.base);
    this.listings = new FolderListings(ledger, this.publishing);
    this.held = new HeldNamespaces(ledger, this.listings);
  }

  async carryOut(): Promise<SyncOutcome> {
    let outcome: SyncOutcome;
    try {
      await this.phases();
      outcome = await this.finish();
    } catch (error) {
      // Continuing as new is thrown, too: nothing has failed.
      if (error instanceof ContinueAsNew) throw error;
      if (codeOf(error) === 'SyncPointsGone') return this.beginAnew();
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
    const next = this.ledger.next();
    if (next) {
      upsertMemo({ [OUTCOME_MEMO]: shortened(outcome) });
      await continueAsNew<typeof runSync>(next);
    }
    return outcome;
  }

  /**
   * PipesHub has ordered a full sync in the middle of this run. What this run has written may lack the edges that
   * PipesHub deletes, so the next one reads everything. Who waits for this run gets the outcome of that one.
   */
  private async beginAnew(): Promise<never> {
    const { ledger, base } = this;
    ledger.queue({ connectorId: base.connectorId, mode: 'full', reason: 'retry' });
    ledger.closing = true;
    await condition(allHandlersFinished);
    return continueAsNew<typeof runSync>(ledger.next() ?? ledger.request);
  }

  private async phases(): Promise<void> {
    if (!this.resumed) {
      await this.begin();
      if (this.ledger.isDryRun) return this.preview();
      await this.team();
    }
    await this.folders();
    await this.publishing.publishSoFar();
    await this.sharing();
    // Member lists may have shown namespaces that no one of the team can see any more.
    await this.lateRemovals();
    await this.publishing.publishSoFar();
    await this.held.resolve();
    await this.lateRemovals();
    await this.cleanUpAndPublish();
  }

  private get phaseInput(): PhaseInput {
    const { mode, startedAt } = this.state.settings;
    return { ...this.base, full: mode === 'full', relistAll: this.ledger.request.mode === 'full', startedAt };
  }

  private async begin(): Promise<void> {
    this.ledger.enter('starting');
    const { mode = 'auto' } = this.ledger.request;
    this.state.settings = await beginRun({ ...this.base, mode, dryRun: this.ledger.isDryRun });
  }

  private async preview(): Promise<void> {
    const { previews, ...counts } = await previewSync(this.phaseInput);
    this.state.previews = previews;
    this.ledger.add(counts);
  }

  private async team(): Promise<void> {
    const { ledger, phaseInput } = this;
    if (this.state.settings.retry) ledger.add(await retryDeadLetters(this.base));
    await ledger.enterWhenRunning('users');
    ledger.addTeamList(await this.child(syncUsers, 'users', phaseInput, 'members of the team'));
    await ledger.enterWhenRunning('groups');
    ledger.addTeamList(await this.child(syncUserGroups, 'groups', phaseInput, 'groups and their members'));
    await ledger.enterWhenRunning('recordGroups');
    const summary = 'team, shared and personal folders, and who may read them';
    const recordGroups = await this.child(syncRecordGroups, 'record-groups', phaseInput, summary);
    ledger.addMembersRead(recordGroups);
    this.state.namespaces.total = recordGroups.namespaces;
  }

  private async folders(): Promise<void> {
    await this.ledger.enterWhenRunning('folders');
    const { listed, leaving } = this.resumed ? { listed: 1, leaving: 1 } : await this.probe();
    if (listed > 0) await this.listings.listAll();
    if (leaving > 0) await this.removals();
  }

  private async probe(): Promise<{ listed: number; leaving: number }> {
    const { base, ledger, state } = this;
    if (state.settings.refilter) ledger.add(await applyFilters(base));
    await assignDelegates(base);
    const members = ledger.scope;
    const probed = await probeNamespaces({ ...base, ...(members ? { members } : {}) });
    ledger.add(probed);
    state.namespaces.done += probed.probed - probed.changed;
    if (probed.lost > 0) {
      // Their delegates have lost access: the member lists say who else can read them, if anyone can.
      ledger.addMembersRead(await readNamespaceMembers({ ...base, limit: probed.lost }));
      await assignDelegates(base);
    }
    return probed;
  }

  private async sharing(): Promise<void> {
    await this.ledger.enterWhenRunning('sharing');
    this.ledger.addMembersRead(await this.child(syncSharing, 'sharing', this.phaseInput, 'sharing changes'));
  }

  /** Removes namespaces that are gone for the whole team; after the listings, so that what moved has been found again. */
  private async removals(): Promise<void> {
    this.ledger.leaving = 0;
    this.ledger.add(await this.child(syncRemovals, 'removals', this.base, 'namespaces that are gone'));
  }

  /** Members whom a single file of a removed namespace was shared with may still have received that file. */
  private async lateRemovals(): Promise<void> {
    if (this.ledger.leaving === 0) return;
    await this.removals();
    this.ledger.add(await syncReceivedFiles({ ...this.phaseInput, full: false }));
  }

  private async cleanUpAndPublish(): Promise<void> {
    const { base, ledger, state } = this;
    await ledger.enterWhenRunning('settling');
    let problems = await countProblems(base);
    // An item that moved into a namespace of no named member would count as deleted: look for it in all namespaces.
    if (ledger.scope && problems.orphans) {
      await this.probeAll();
      problems = await countProblems(base);
    }
    ledger.addGaps(problems.gaps);
    state.counts.deadLetters = problems.deadLetters;
    // An orphan may have moved into a namespace that could not be read: it waits for a run without gaps.
    const foundAll = state.namespaces.failed === 0 && state.gaps.length === 0;
    if (foundAll && state.settings.mode === 'full') ledger.add(await releaseOrphans(base));
    ledger.add(await this.child(purgeRecords, 'orphans', { ...base, onlyOld: !foundAll }, 'records that are gone'));
    try {
      await this.publishing.publish();
    } catch (error) {
      if (isCancellation(error)) throw error;
      // They stay in the outbox, and the next run publishes them: the sync itself is complete.
      state.gaps.push(`record events wait in the outbox: ${reasonOf(error)}`);
    }
  }

  private async probeAll(): Promise<void> {
    const probed = await probeNamespaces(this.base);
    this.ledger.add(probed);
    if (probed.listed === 0) return;
    this.state.after = '';
    await this.listings.listAll();
    await this.held.resolve();
  }

  private async finish(): Promise<SyncOutcome> {
    const { base, ledger, state } = this;
    const partial = state.gaps.length > 0 || state.counts.deadLetters > 0 || state.namespaces.failed > 0;
    const outcome = ledger.outcome(partial ? 'partial' : 'complete');
    const { startedAt } = state.settings;
    if (!ledger.isDryRun) {
      const { gapCount } = await finishRun({ ...base, outcome, startedAt, whole: ledger.scope === undefined });
      if (gapCount > outcome.gaps.length) outcome.gapCount = gapCount;
    }
    ledger.enter('done');
    return outcome;
  }

  private async finishFailed(error: unknown): Promise<SyncOutcome> {
    const outcome = this.ledger.outcome('failed');
    outcome.error = { code: codeOf(error), message: reasonOf(error) };
    if (this.ledger.isDryRun) return outcome;
    if (!isCancellation(error)) await this.publishing.publishSoFar();
    try {
      const { startedAt } = this.state.settings;
      const { gapCount } = await finishRun({ ...this.base, outcome, startedAt, whole: false });
      if (gapCount > outcome.gaps.length) outcome.gapCount = gapCount;
    } catch (second) {
      // The failure that ended the run is the one that counts; the message names the second one after it.
      outcome.error.message += ` (and the result could not be stored: ${reasonOf(second)})`;
    }
    return outcome;
  }

  private child<I, O>(workflow: (input: I) => Promise<O>, name: string, input: I, summary: string): Promise<O> {
    const { connectorId } = this.base;
    return executeChild(workflow as (input: unknown) => Promise<O>, {
      workflowId: childWorkflowId(connectorId, name),
      args: [input],
      staticSummary: summary,
      typedSearchAttributes: [{ key: connectorAttribute, value: connectorId }],
    });
  }
}
