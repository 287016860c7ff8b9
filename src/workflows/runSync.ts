import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  ContinueAsNew,
  continueAsNew,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  startChild,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { PhaseInput, RunInput, TeamListResult } from '../contract/activities';
import type { HeldNamespace } from '../contract/held';
import {
  childWorkflowId,
  OUTCOME_MEMO,
  syncWorkflowId,
  workflowTypes,
  type SyncOutcome,
  type SyncPhase,
} from '../contract/sync';
import { runBoth } from '../mapConcurrently';
import { gapLine, outboxGap } from '../sync/gaps';
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
import type { cleanupConnector } from './cleanupConnector';
import { codeOf, reasonOf } from './failures';
import { FolderListings } from './folderListings';
import { forwardRequest } from './forwardRequest';
import { Publishing } from './publishing';
import { purgeRecords } from './purgeRecords';
import { RunLedger, shortened, type RunState, type RunSyncInput } from './runLedger';
import { syncRecordGroups, type RecordGroupsResult } from './syncRecordGroups';
import { syncRemovals } from './syncRemovals';
import { syncSharing } from './syncSharing';
import { syncUserGroups } from './syncUserGroups';
import { syncUsers } from './syncUsers';

/**
 * One sync of one connector: users, groups, record groups, each delegate's folders, sharing changes, then removals,
 * orphans and record events. It never waits for a person: what the deletion guard holds is stored, and a later run acts
 * on the answer. The id `dropbox/<connector>/sync` makes it the only one of its connector; started under any other id,
 * it forwards the request to that one.
 */
export async function runSync(request: RunSyncInput): Promise<SyncOutcome> {
  const ledger = new RunLedger(request);
  if (workflowInfo().workflowId !== syncWorkflowId(ledger.request.connectorId)) return forwardRequest(ledger.request);
  ledger.listen();
  return new Run(ledger).carryOut();
}

/** One run: its phases in their order, then how it ends. The ledger holds its state. */
class Run {
  private readonly base: RunInput;
  private readonly state: RunState;
  private readonly publishing: Publishing;
  private readonly listings: FolderListings;
  private hasBegun: boolean;

  constructor(private readonly ledger: RunLedger) {
    this.base = ledger.base;
    this.state = ledger.state;
    this.hasBegun = ledger.state.phase !== 'starting';
    this.publishing = new Publishing(ledger);
    this.listings = new FolderListings(ledger, this.publishing);
  }

  async carryOut(): Promise<SyncOutcome> {
    let outcome: SyncOutcome;
    try {
      await this.phases();
      outcome = await this.finish();
      this.ledger.logEnd(outcome);
    } catch (error) {
      // Continuing as new is thrown, too: nothing has failed.
      if (error instanceof ContinueAsNew) throw error;
      await this.listings.end();
      if (codeOf(error) === 'SyncPointsGone') return this.restartAsFullRun();
      outcome = await CancellationScope.nonCancellable(() => this.finishFailed(error));
      this.ledger.logEnd(outcome);
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
   * PipesHub deletes, so a full run follows in the same execution. Callers who wait for this run get its outcome.
   */
  private async restartAsFullRun(): Promise<never> {
    const { ledger, base } = this;
    log.warn('run starts again: PipesHub has ordered a full sync');
    ledger.queue({ connectorId: base.connectorId, mode: 'full', reason: 'retry' });
    ledger.closing = true;
    await condition(allHandlersFinished);
    return continueAsNew<typeof runSync>({ ...(ledger.next() ?? ledger.request), restarted: true });
  }

  /** The phases that a run which continues as new has not completed. */
  private async phases(): Promise<void> {
    const { ledger } = this;
    const phases: [SyncPhase, () => Promise<void>][] = [
      ['starting', () => this.begin()],
      ['users', () => this.users()],
      ['groups', () => this.groups()],
      ['recordGroups', () => this.recordGroups()],
      ['folders', () => this.folders()],
      ['sharing', () => this.sharing()],
      ['finishing', () => this.cleanUpAndPublish()],
    ];
    const first = phases.findIndex(([phase]) => phase === this.state.phase);
    for (const [phase, carryOut] of phases.slice(Math.max(0, first))) {
      await ledger.enterWhenRunning(phase);
      await carryOut();
      if (ledger.isDryRun) return this.preview();
    }
  }

  private get phaseInput(): PhaseInput {
    const { mode, startedAt } = this.state.settings;
    return { ...this.base, full: mode === 'full', relistAll: this.ledger.request.mode === 'full', startedAt };
  }

  /** Whether this run completes a full one if it finds everything. A run for named members looks at some folders only. */
  private get releases(): boolean {
    return this.state.settings.releases && this.ledger.scope === undefined;
  }

  private async begin(): Promise<void> {
    const { mode = 'auto', filters } = this.ledger.request;
    const { isDryRun: dryRun } = this.ledger;
    this.ledger.begin(await beginRun({ ...this.base, mode, dryRun, ...(filters ? { filters } : {}) }));
    this.hasBegun = true;
  }

  private async preview(): Promise<void> {
    const { previews, ...counts } = await previewSync(this.phaseInput);
    this.state.previews = previews;
    this.ledger.add(counts);
  }

  private async users(): Promise<void> {
    const { ledger, phaseInput } = this;
    if (this.state.settings.retry) ledger.add(await retryDeadLetters(this.base));
    const { isFirst, ...found } = await this.child(syncUsers, 'users', phaseInput, 'members of the team');
    this.state.isFirst = isFirst;
    ledger.addTeamList(found);
  }

  private async groups(): Promise<void> {
    const { ledger, phaseInput, state } = this;
    const groups = (): Promise<TeamListResult> =>
      this.child(syncUserGroups, 'groups', phaseInput, 'groups and their members');
    // Stored namespaces grant access to groups. Where there are none, both can be read at the same time.
    if (state.isFirst && this.listsLater) {
      const [found, discovered] = await runBoth(groups, () => this.discover());
      ledger.addTeamList(found);
      state.discovered = discovered;
    } else ledger.addTeamList(await groups());
  }

  /** Whether the member lists are read when the other namespaces are known, and listed. */
  private get listsLater(): boolean {
    const { rebuilds, refilter } = this.state.settings;
    return rebuilds && !refilter && this.ledger.scope === undefined;
  }

  private discover(): Promise<RecordGroupsResult> {
    const { phaseInput, listsLater } = this;
    const input = { ...phaseInput, ...(listsLater ? { withoutLists: true } : {}) };
    const summary = 'team, shared and personal folders, and who may read them';
    return this.child(syncRecordGroups, 'record-groups', input, summary);
  }

  private async recordGroups(): Promise<void> {
    const { ledger, phaseInput, state } = this;
    const { listsDue = false, ...found } = state.discovered ?? (await this.discover());
    state.discovered = null;
    ledger.addMembersRead(found);
    const { namespaces } = found;
    state.namespaces.total = namespaces;
    if (!listsDue) return;
    // Everything is listed from the start, so what needs no member list is listed while the lists are read.
    this.listings.startEarly();
    const lists = { ...phaseInput, soFar: { namespaces, gaps: [], held: [] } };
    ledger.addMembersRead(await this.child(syncRecordGroups, 'member-lists', lists, 'who may read the folders'));
  }

  private async folders(): Promise<void> {
    const { listed, leaving } = (this.state.probed ??= await this.probe());
    if (listed > 0 || this.state.early === 'listing') await this.listings.listAll();
    if (leaving > 0) await this.removals();
    await this.publishing.publishSometimes();
  }

  /** Applies changed filters, then finds out which namespaces have changed, or have to be listed from the start. */
  private async probe(): Promise<{ listed: number; leaving: number }> {
    const { base, ledger, state } = this;
    if (state.settings.refilter) {
      const { held, ...counts } = await applyFilters(base);
      ledger.addHeld(held);
      ledger.add(counts);
    }
    const members = ledger.scope;
    const probed = await probeNamespaces({
      ...base,
      ...(members ? { members } : {}),
      ...(state.early === 'no' ? {} : { listsAll: true }),
    });
    ledger.add(probed);
    state.namespaces.done += probed.probed - probed.changed;
    if (probed.lost > 0) {
      // Their delegates have lost access: the member lists say who else can read them, if anyone can.
      ledger.addMembersRead(await readNamespaceMembers({ ...base, limit: probed.lost }));
      await assignDelegates(base);
    }
    return { listed: probed.listed, leaving: probed.leaving };
  }

  private async sharing(): Promise<void> {
    this.ledger.addMembersRead(await this.child(syncSharing, 'sharing', this.phaseInput, 'sharing changes'));
    // Member lists may have shown namespaces that no one of the team can see any more.
    await this.lateRemovals();
    await this.publishing.publishSometimes();
    await this.lateRemovals(await this.listings.listHeldAgain());
  }

  /**
   * Removes namespaces that are gone for the whole team; after the listings, so that what moved has been found again.
   */
  private async removals(): Promise<void> {
    this.ledger.leaving = 0;
    const { held, ...counts } = await this.child(syncRemovals, 'removals', this.base, 'namespaces that are gone');
    this.ledger.addHeld(held);
    this.ledger.add(counts);
  }

  /**
   * Members whom a single file was shared with may still have received it after it has left its folder, or the folder the
   * team. `listed`: folders were listed after the received files were read.
   */
  private async lateRemovals(listed = false): Promise<void> {
    if (this.ledger.leaving > 0) await this.removals();
    else if (!listed) return;
    this.ledger.add(await syncReceivedFiles({ ...this.phaseInput, full: false }));
  }

  private async cleanUpAndPublish(): Promise<void> {
    const { base, ledger, state } = this;
    let problems = await countProblems(base);
    // An item that moved into a namespace of no named member would count as deleted: look for it in all namespaces.
    if (ledger.scope && problems.orphans) {
      await this.probeAll();
      problems = await countProblems(base);
    }
    ledger.addGaps(problems.gaps);
    // What the graph says: also what was held before, and was not looked at in this run.
    ledger.setHeld(problems.held);
    ledger.addGaps(problems.held.flatMap(rejectedLine));
    state.counts.deadLetters = problems.deadLetters;
    // An orphan may have moved to where something could not be read, or is held: it waits for a run without either.
    const missing = state.namespaces.failed + state.gaps.length + state.held.length + problems.deadLetters;
    const foundAll = missing === 0;
    let purges = problems.orphans;
    if (foundAll && this.releases) {
      const { orphans = true, ...counts } = await releaseOrphans(base);
      ledger.add(counts);
      purges = orphans;
    }
    if (purges)
      ledger.add(await this.child(purgeRecords, 'orphans', { ...base, onlyOld: !foundAll }, 'records that are gone'));
    const { events = true } = problems;
    if (!events && !purges) return;
    try {
      await this.publishing.publish();
    } catch (error) {
      if (isCancellation(error)) throw error;
      // They stay in the outbox, and the next run publishes them: the sync itself is complete.
      ledger.addGap(outboxGap(reasonOf(error)));
    }
  }

  /** For a run that a webhook limited to some members: probes and lists all namespaces, before deletions count. */
  private async probeAll(): Promise<void> {
    const probed = await probeNamespaces(this.base);
    this.ledger.add(probed);
    if (probed.listed === 0) return;
    this.state.after = '';
    await this.listings.listAll();
    await this.listings.listHeldAgain();
    await this.lateRemovals(true);
  }

  /** Stores and returns the outcome of a run whose phases have all ended. Something missing makes it `partial`. */
  private async finish(): Promise<SyncOutcome> {
    const { base, ledger, state } = this;
    const missing = state.gaps.length + state.held.length + state.counts.deadLetters + state.namespaces.failed;
    const outcome = ledger.outcome(missing > 0 ? 'partial' : 'complete');
    const { startedAt } = state.settings;
    if (!ledger.isDryRun) {
      const whole = ledger.scope === undefined;
      const { releases } = this;
      const { gapCount } = await finishRun({ ...base, outcome, startedAt, whole, releases, begun: true });
      if (gapCount > outcome.gaps.length) outcome.gapCount = gapCount;
    }
    ledger.enter('done');
    return outcome;
  }

  /** Stores and returns the outcome of a run that was cancelled, or that a failure has ended. */
  private async finishFailed(error: unknown): Promise<SyncOutcome> {
    const outcome = this.ledger.outcome('failed');
    outcome.error = { code: codeOf(error), message: reasonOf(error) };
    if (this.ledger.isDryRun) return outcome;
    if (!isCancellation(error)) await this.publishing.publishSoFar();
    try {
      const { startedAt } = this.state.settings;
      const { gapCount } = await finishRun({
        ...this.base,
        outcome,
        startedAt,
        whole: false,
        releases: false,
        begun: this.hasBegun,
      });
      if (gapCount > outcome.gaps.length) outcome.gapCount = gapCount;
    } catch (second) {
      // The failure that ended the run is the one that counts; the message names the second one after it.
      outcome.error.message += ` (and the result could not be stored: ${reasonOf(second)})`;
    }
    // PipesHub deletes the sync points of a connector before its app, so a run may start again in between.
    const hasWritten = this.hasBegun || this.ledger.restarted;
    if (hasWritten && outcome.error.code === 'AppUnknown') await this.removeWritten();
    return outcome;
  }

  /** PipesHub has deleted the connector and its records while this run wrote more of them. */
  private async removeWritten(): Promise<void> {
    const { connectorId } = this.base;
    // Under an id of its own: a removal that an operator asks for also takes the settings, and takes over from this
    // one.
    await startChild<typeof cleanupConnector>(workflowTypes.cleanupConnector, {
      workflowId: childWorkflowId(connectorId, 'deleted'),
      args: [{ connectorId, keepSettings: true }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Removal of Dropbox connector ${connectorId}, which PipesHub has deleted`.slice(0, 200),
    });
  }

  private child<I, O>(workflow: (input: I) => Promise<O>, name: string, input: I, summary: string): Promise<O> {
    const { connectorId } = this.base;
    return executeChild(workflow as (input: unknown) => Promise<O>, {
      workflowId: childWorkflowId(connectorId, name),
      args: [input],
      staticSummary: summary,
    });
  }
}

/** The gap for what an operator rejected: it differs from Dropbox until they approve it, or it is put back there. */
const rejectedLine = ({ namespaceId, deletes, answer }: HeldNamespace): string[] =>
  answer === 'rejected' ? [gapLine(namespaceId, `its ${deletes > 0 ? 'deletions' : 'revocations'} were rejected`)] : [];
