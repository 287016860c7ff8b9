import { countSubtree, walkEntries } from '../../graph/entries/entries';
import type { EntryDocument } from '../../sync/documents';
import { RECEIVED_NAMESPACE_ID } from '../../sync/receivedFiles';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { askGuard } from './askGuard';
import { PendingDeletions } from './pendingDeletions';

/** Asks the deletion guard whether files that members received may be removed. What it holds stays, and grants nothing. */
export class ReceivedGuard {
  /** Whether something is held since this run. */
  isHeld = false;

  constructor(
    private readonly open: OpenConnector,
    private readonly runId: string,
  ) {}

  /** Files that no one is left for whom they were shared with: Dropbox says that they are no members any more. */
  async letsOrphansGo(entries: readonly EntryDocument[]): Promise<boolean> {
    const pending = new PendingDeletions(this.open.graph);
    await pending.add(entries);
    return this.lets(pending, true);
  }

  /** All files that two runs saw in no one's list, before the first of them is removed. */
  async letsConfirmedGo(isGone: (entry: EntryDocument) => boolean): Promise<boolean> {
    const { graph, connector } = this.open;
    const pending = new PendingDeletions(graph);
    for await (const page of walkEntries(graph, connector._key, RECEIVED_NAMESPACE_ID)) {
      await pending.add(page.filter(isGone));
      checkpoint();
    }
    return this.lets(pending, false);
  }

  private async lets({ count, samples }: PendingDeletions, isConfirmed: boolean): Promise<boolean> {
    if (count === 0) return true;
    const { open, runId } = this;
    const namespaceId = RECEIVED_NAMESPACE_ID;
    const total = await countSubtree(open.graph, open.connector._key, namespaceId, '');
    const removal = { field: 'held', count, total, samples, isConfirmed } as const;
    const { held } = await askGuard({ open, namespaceId, runId }, removal);
    this.isHeld ||= held !== null;
    return held === null;
  }
}
