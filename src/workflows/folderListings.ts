import { executeChild, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { DelegateWork } from '../contract/activities';
import { userWorkflowId } from '../contract/sync';
import { giveUpListings, nextDelegates } from './activityProxies';
import { reasonOf } from './failures';
import { DELEGATES_PAGE, LARGEST_WINDOW, USER_WINDOW } from './profiles';
import type { Publishing } from './publishing';
import type { RunLedger } from './runLedger';
import { slidingWindow } from './slidingWindow';
import { syncUserFolders } from './syncUserFolders';

/** Lists namespaces: one child workflow for each delegate, which lists all that the delegate is assigned. */
export class FolderListings {
  /** Whether the listing that ended last has failed with all of its attempts. */
  private exhausted = false;

  constructor(
    private readonly ledger: RunLedger,
    private readonly publishing: Publishing,
  ) {}

  /** Continues the run as new when its history grows long. */
  async listAll(): Promise<void> {
    const { base, state } = this.ledger;
    let waiting: DelegateWork[] = [];
    let exhausted = false;
    const next = async (): Promise<DelegateWork | undefined> => {
      if (waiting.length === 0 && !exhausted) {
        waiting = await nextDelegates({ ...base, after: state.after, limit: DELEGATES_PAGE });
        exhausted = waiting.length < DELEGATES_PAGE;
      }
      const work = waiting.shift();
      if (work) state.after = work.delegate;
      return work;
    };
    const { stopped } = await slidingWindow({
      size: Math.min(LARGEST_WINDOW, state.settings.window ?? USER_WINDOW),
      next,
      start: async (work) => {
        await this.listAs(work);
        await this.publishing.publishSometimes();
      },
      mayStart: () => !state.paused,
      stop: () => workflowInfo().continueAsNewSuggested,
    });
    if (stopped) await this.ledger.continueAsNew();
  }

  /**
   * Items that left one namespace may be in another one by now, as when a folder is shared, but that one had not been
   * read when they were counted. With all namespaces read, what is held is counted once more before the run ends.
   */
  async listHeldAgain(): Promise<void> {
    const { base, state } = this.ledger;
    const only = state.held.filter(({ deletes }) => deletes > 0).map(({ namespaceId }) => namespaceId);
    if (only.length === 0) return;
    for (const work of await nextDelegates({ ...base, after: '', limit: only.length, only })) {
      const again = new Set(work.namespaceIds);
      state.held = state.held.filter(({ namespaceId, deletes }) => deletes === 0 || !again.has(namespaceId));
      await this.listAs(work);
    }
  }

  /** Starts the child of one delegate, and adds its result. A child that fails is a gap of this run, never its end. */
  private async listAs({ delegate, namespaceIds }: DelegateWork): Promise<void> {
    const { base, state } = this.ledger;
    const { connectorId } = base;
    try {
      const part = await executeChild(syncUserFolders, {
        workflowId: userWorkflowId(connectorId, delegate),
        args: [{ ...base, delegate, namespaceIds, startedAt: state.settings.startedAt, impatient: this.exhausted }],
        staticSummary: `${namespaceIds.length} ${namespaceIds.length === 1 ? 'namespace' : 'namespaces'} read as ${delegate}`,
      });
      this.exhausted = part.exhausted ?? false;
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
