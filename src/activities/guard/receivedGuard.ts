import { countSubtree, walkSubtree } from '../../graph/entries/entries';
import { RECEIVED_NAMESPACE_ID } from '../../sync/receivedFiles';
import type { AllowedDeletions, EntryDocument } from '../../sync/syncDocuments';
import { checkpoint, type OpenConnector } from '../runtime/services';
import { askGuard } from './askGuard';
import { PendingDeletions } from './pendingDeletions';

/** Asks the deletion guard whether files that members received may be removed. What it holds stays, and grants nothing. */
export class ReceivedGuard {
  /** Whether something is held since this run. */
  isHeld = false;

  constructor(
    private readonly open: OpenConnector,
    /** What an earlier attempt of this run was allowed last. */
    private readonly allowed: AllowedDeletions | null,
  ) {}

  /** Whether files may be removed none of whose receivers is an active member any more, as Dropbox says. */
  async mayRemoveAbandoned(entries: readonly EntryDocument[]): Promise<boolean> {
    const pending = new PendingDeletions(this.open.graph);
    await pending.add(entries);
    return this.mayRemove(pending, 'orphans');
  }

  /** Whether all files may be removed that two runs saw in no one's list. Asked before the first of them is removed. */
  async mayRemoveConfirmed(isGone: (entry: EntryDocument) => boolean): Promise<boolean> {
    const { allowed, open } = this;
    // The earlier attempt may have removed a part of them, and used the approval.
    if (allowed?.runId === open.runId && allowed.until === 'confirmed') return true;
    const { graph, connector } = open;
    const pending = new PendingDeletions(graph);
    for await (const page of walkSubtree(graph, { connectorId: connector._key, namespaceId: RECEIVED_NAMESPACE_ID })) {
      await pending.add(page.filter(isGone));
      checkpoint();
    }
    return this.mayRemove(pending, 'confirmed');
  }

  /** What passes is stored, so that an approval is used once. */
  private async mayRemove({ count, samples }: PendingDeletions, until: 'orphans' | 'confirmed'): Promise<boolean> {
    if (count === 0) return true;
    const { open } = this;
    const namespaceId = RECEIVED_NAMESPACE_ID;
    const total = await countSubtree(open.graph, { connectorId: open.connector._key, namespaceId });
    const removal = { field: 'held', count, total, samples, isConfirmed: until === 'orphans' } as const;
    const { held } = await askGuard({ open, namespaceId }, removal, { until, paths: 0 });
    this.isHeld ||= held !== null;
    return held === null;
  }
}
