import { condition } from '@temporalio/workflow';
import type { HeldNamespace } from '../contract/sync';
import { gapLine } from '../sync/gaps';
import { assignDelegates, readNamespaceMembers } from './activityProxies';
import type { FolderListings } from './folderListings';
import { LISTS_PER_ACTIVITY } from './profiles';
import type { RunLedger } from './runLedger';

const deleting = (held: readonly HeldNamespace[]): string[] =>
  held.filter(({ deletes }) => deletes > 0).map(({ namespaceId }) => namespaceId);
const revoking = (held: readonly HeldNamespace[]): string[] =>
  held.filter(({ revokes }) => revokes > 0).map(({ namespaceId }) => namespaceId);

/**
 * Namespaces that await an operator's approval, since the deletion guard found that the run would delete or revoke too
 * much in them. Everything else of the run is done before they are resolved.
 */
export class HeldNamespaces {
  constructor(
    private readonly ledger: RunLedger,
    private readonly listings: FolderListings,
  ) {}

  /** Until nothing awaits approval: carrying out what was approved may show more that needs it. */
  async resolve(): Promise<void> {
    await this.checkDeletionsAgain();
    while (this.ledger.state.held.length > 0) {
      const { approved, rejected } = await this.decisions();
      this.reject(rejected);
      await this.revoke(revoking(approved));
      await this.listings.listOnly(deleting(approved), true);
    }
  }

  /**
   * Items that left one namespace may be in another one by now, as when a folder is shared, but that one had not been
   * read when they were counted. With all namespaces read, they are counted once more before an operator is asked.
   */
  private async checkDeletionsAgain(): Promise<void> {
    const { state } = this.ledger;
    const namespaceIds = deleting(state.held);
    state.held = state.held.filter(({ deletes }) => deletes === 0);
    await this.listings.listOnly(namespaceIds);
  }

  private async decisions(): Promise<{ approved: HeldNamespace[]; rejected: HeldNamespace[] }> {
    const { ledger } = this;
    const { state } = ledger;
    const isApproved = ({ namespaceId }: HeldNamespace): boolean => state.approved.includes(namespaceId);
    const isRejected = ({ namespaceId }: HeldNamespace): boolean => state.rejected.includes(namespaceId);
    ledger.enter('approval');
    await condition(() => state.held.every((held) => isApproved(held) || isRejected(held)));
    const approved = state.held.filter(isApproved);
    const rejected = state.held.filter((held) => !isApproved(held));
    [state.held, state.approved, state.rejected] = [[], [], []];
    return { approved, rejected };
  }

  private reject(rejected: readonly HeldNamespace[]): void {
    for (const { namespaceId, deletes } of rejected)
      this.ledger.addGaps([gapLine(namespaceId, `its ${deletes > 0 ? 'deletions' : 'revocations'} were refused`)]);
  }

  /** Carries out revocations. The delegates of these namespaces may be among those who lose access. */
  private async revoke(namespaceIds: string[]): Promise<void> {
    if (namespaceIds.length === 0) return;
    const { ledger } = this;
    const { base } = ledger;
    ledger.addMembersRead(await readNamespaceMembers({ ...base, approved: namespaceIds, limit: namespaceIds.length }));
    // Members who lose access to a folder may lose it in folders nested in it; those are due now.
    for (let done = false; !done;) {
      const part = await readNamespaceMembers({ ...base, limit: LISTS_PER_ACTIVITY });
      ledger.addMembersRead(part);
      done = part.done;
    }
    await assignDelegates(base);
    await this.listings.listOnly(namespaceIds);
  }
}
