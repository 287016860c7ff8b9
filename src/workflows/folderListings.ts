import { executeChild, isCancellation, workflowInfo } from '@temporalio/workflow';
import type { DelegateWork } from '../contract/activities';
import { userWorkflowId } from '../contract/sync';
import { assignDelegates, giveUpListings, nextDelegates } from './activityProxies';
import { reasonOf } from './failures';
import { DELEGATES_PAGE, LARGEST_WINDOW, USER_WINDOW } from './profiles';
import type { Publishing } from './publishing';
import type { RunLedger } from './runLedger';
import { slidingWindow } from './slidingWindow';
import { syncUserFolders } from './syncUserFolders';

/** Which namespaces are listed: all, or only those without a member list (true), or with one (false). */
interface Which {
  withoutList?: boolean;
}

/** Lists namespaces: one child workflow for each delegate, which lists all that the delegate is assigned. */
export class FolderListings {
  /** Whether the listing that ended last has failed with all of its attempts. */
  private exhausted = false;
  /** Children that have begun and not ended. */
  private running = 0;
  private isEnding = false;
  private early: Promise<void> | undefined;
  private earlyFailure: { reason: unknown } | undefined;

  constructor(
    private readonly ledger: RunLedger,
    private readonly publishing: Publishing,
  ) {}

  /**
   * Begins to list the namespaces of which Dropbox keeps no member list, such as members' own folders: who can read them
   * is known as soon as they are stored. `listAll` waits for it.
   */
  startEarly(): void {
    const { ledger } = this;
    ledger.state.early = 'listing';
    this.early = this.listEarly().catch((reason: unknown) => void (this.earlyFailure = { reason }));
    ledger.backgroundWork = this.early;
  }

  /** Lists what is left. Continues the run as new when its history grows long. */
  async listAll(): Promise<void> {
    const { state } = this.ledger;
    // A run that has continued as new lists early what was left of it.
    if (state.early === 'listing' && !this.early) this.startEarly();
    const isSplit = state.early !== 'no';
    const { stopped } = await this.list(isSplit ? { withoutList: false } : {}, 'after');
    await this.early;
    if (this.earlyFailure) throw this.earlyFailure.reason;
    if (stopped || state.early === 'listing') await this.ledger.continueAsNew();
  }

  /** Begins no further early listing, and waits for those that have begun. */
  async end(): Promise<void> {
    this.isEnding = true;
    await this.early;
  }

  private async listEarly(): Promise<void> {
    const { base, state } = this.ledger;
    await assignDelegates({ ...base, withoutList: true });
    const { stopped } = await this.list({ withoutList: true }, 'afterEarly');
    if (!stopped) state.early = 'listed';
  }

  /** `after`: where the state keeps the last delegate whose child was started. */
  private list(which: Which, after: 'after' | 'afterEarly'): Promise<{ stopped: boolean }> {
    const { base, state } = this.ledger;
    const size = Math.min(LARGEST_WINDOW, state.settings.window ?? USER_WINDOW);
    let waiting: DelegateWork[] = [];
    let isLastPage = false;
    const next = async (): Promise<DelegateWork | undefined> => {
      if (waiting.length === 0 && !isLastPage) {
        waiting = await nextDelegates({ ...base, ...which, after: state[after], limit: DELEGATES_PAGE });
        isLastPage = waiting.length < DELEGATES_PAGE;
      }
      const work = waiting.shift();
      if (work) state[after] = work.delegate;
      return work;
    };
    return slidingWindow({
      size,
      next,
      start: async (work) => {
        await this.listAllAs(work, which);
        await this.publishing.publishSometimes();
      },
      mayStart: () => !state.paused && this.running < size,
      stop: () => workflowInfo().continueAsNewSuggested || (which.withoutList === true && this.isEnding),
    });
  }

  /**
   * Items that left one namespace may be in another one by now, as when a folder is shared, but that one had not been
   * read when they were counted. With all namespaces read, what is held is counted once more before the run ends.
   * Returns whether something was held.
   */
  async listHeldAgain(): Promise<boolean> {
    const { base, state } = this.ledger;
    const only = state.held.filter(({ deletes }) => deletes > 0).map(({ namespaceId }) => namespaceId);
    if (only.length === 0) return false;
    for (const work of await nextDelegates({ ...base, after: '', limit: only.length, only })) {
      const again = new Set(work.namespaceIds);
      state.held = state.held.filter(({ namespaceId, deletes }) => deletes === 0 || !again.has(namespaceId));
      await this.listAs(work);
    }
    return true;
  }

  /** The parts of a delegate's work follow each other: a member is never read as by two children. */
  private async listAllAs(first: DelegateWork, which: Which): Promise<void> {
    let work: DelegateWork | undefined = first;
    while (work && work.namespaceIds.length > 0) {
      await this.listAs(work, which);
      if (work.more !== true) return;
      const rest = { delegate: work.delegate, after: work.namespaceIds.at(-1) ?? '' };
      const parts: DelegateWork[] = await nextDelegates({ ...this.ledger.base, ...which, after: '', limit: 1, rest });
      work = parts[0];
    }
  }

  /** Starts the child of one delegate, and adds its result. A child that fails is a gap of this run, never its end. */
  private async listAs({ delegate, namespaceIds }: DelegateWork, { withoutList = false }: Which = {}): Promise<void> {
    const { base, state } = this.ledger;
    const { connectorId } = base;
    const workflowId = userWorkflowId(connectorId, delegate);
    this.running += 1;
    try {
      const part = await executeChild(syncUserFolders, {
        // The same delegate may list others at the same time.
        workflowId: withoutList ? `${workflowId}/early` : workflowId,
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
    } finally {
      this.running -= 1;
    }
    this.ledger.show();
  }
}
