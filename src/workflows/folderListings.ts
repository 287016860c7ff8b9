import {
  allHandlersFinished,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import type { DelegateWork } from '../contract/activities';
import { connectorAttribute } from '../contract/searchAttributes';
import { userWorkflowId, type SyncOutcome } from '../contract/sync';
import { giveUpListings, nextDelegates } from './activityProxies';
import { reasonOf } from './failures';
import { DELEGATES_PAGE, USER_WINDOW } from './profiles';
import type { Publishing } from './publishing';
import type { RunLedger, RunSyncInput } from './runLedger';
import { slidingWindow } from './slidingWindow';
import { syncUserFolders } from './syncUserFolders';

/** Lists namespaces: one child workflow for each delegate, which lists all that the delegate is assigned. */
export class FolderListings {
  constructor(
    private readonly ledger: RunLedger,
    private readonly publishing: Publishing,
  ) {}

  /** Continues the run as new when its history grows long. */
  async listAll(): Promise<void> {
    const { base, request, state } = this.ledger;
    let waiting: DelegateWork[] = [];
    let exhausted = false;
    const next = async (): Promise<DelegateWork | undefined> => {
      if (waiting.length === 0 && !exhausted) {
        waiting = await nextDelegates({ ...base, after: state.after, limit: DELEGATES_PAGE });
        exhausted = waiting.length === 0;
      }
      const work = waiting.shift();
      if (work) state.after = work.delegate;
      return work;
    };
    const { stopped } = await slidingWindow({
      size: USER_WINDOW,
      next,
      start: async (work) => {
        await this.listAs(work, false);
        await this.publishing.publishSometimes();
      },
      mayStart: () => !state.paused,
      stop: () => workflowInfo().continueAsNewSuggested,
    });
    if (stopped) {
      await condition(allHandlersFinished);
      await continueAsNew<(input: RunSyncInput) => Promise<SyncOutcome>>({ ...request, state });
    }
  }

  /** Lists these namespaces only, one delegate after the other. `approved`: their deletions are carried out. */
  async listOnly(namespaceIds: readonly string[], approved = false): Promise<void> {
    if (namespaceIds.length === 0) return;
    const only = [...namespaceIds];
    const works = await nextDelegates({ ...this.ledger.base, after: '', limit: only.length, only });
    for (const work of works) await this.listAs(work, approved);
  }

  /** A child that fails is a gap of this run, never the end of it. */
  private async listAs({ delegate, namespaceIds }: DelegateWork, approved: boolean): Promise<void> {
    const { base, state } = this.ledger;
    const { connectorId } = base;
    try {
      const part = await executeChild(syncUserFolders, {
        workflowId: userWorkflowId(connectorId, delegate),
        args: [{ ...base, delegate, namespaceIds, approved, startedAt: state.settings.startedAt }],
        staticSummary: `${namespaceIds.length} ${namespaceIds.length === 1 ? 'namespace' : 'namespaces'} read as ${delegate}`,
        typedSearchAttributes: [{ key: connectorAttribute, value: connectorId }],
      });
      this.ledger.add(part.counts);
      state.namespaces.done += part.done;
      state.namespaces.failed += part.failed;
      this.ledger.addHeld(part.held);
      this.ledger.addGaps(part.gaps);
    } catch (error) {
      if (isCancellation(error)) throw error;
      state.namespaces.failed += namespaceIds.length;
      const problem = reasonOf(error);
      await giveUpListings({ ...base, namespaceIds, problem });
      this.ledger.addGaps([`the folders listed as ${delegate} could not be read: ${problem}`]);
    }
    this.ledger.show();
  }
}
