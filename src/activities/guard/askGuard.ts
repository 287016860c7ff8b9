import { heldNamespace, type HeldNamespace } from '../../contract/held';
import { inTransaction, type Transaction } from '../../graph/driver/graph';
import { readGuardState, writeRemovals } from '../../graph/state/guardState';
import { patchNamespaces } from '../../graph/state/namespaces';
import { approvalNeeded, deletionsAllowed } from '../../sync/approvalState';
import { judge, type Removal } from '../../sync/deletionGuard';
import type { AllowedDeletions } from '../../sync/syncDocuments';
import type { OpenConnector } from '../runtime/services';

/** Who asks, and for which namespace. */
export interface Asker {
  open: OpenConnector;
  namespaceId: string;
  /** Checks that the asker still owns the namespace. It throws if not. */
  requireOwner?: (tx: Transaction) => Promise<void>;
}

/** Up to where deletions that pass are allowed; see `AllowedDeletions`. */
export interface AllowedRange {
  until: string;
  paths: number;
  records?: number;
}

/** `held` awaits approval. If it is null, the removal may continue; `allowed` is what is stored of a range. */
export interface GuardAnswer {
  held: HeldNamespace | null;
  allowed?: AllowedDeletions;
}

/**
 * Asks the deletion guard whether something may be removed. What it lets pass counts for the rest of the run, in the
 * transaction that allows it. What it holds is stored with its figures.
 */
export async function askGuard(
  { open, namespaceId, requireOwner }: Asker,
  removal: Removal,
  range?: AllowedRange,
): Promise<GuardAnswer> {
  // A range is stored even if nothing in it has a record, so that its pages are not read ahead again.
  if (removal.count === 0 && range === undefined) return { held: null };
  const { runId } = open;
  const { connectorId, now } = open.context();
  return inTransaction(open.graph, ['dropboxConnectors', 'dropboxNamespaces'], async (tx) => {
    await requireOwner?.(tx);
    const state = await readGuardState(tx, { connectorId, namespaceId, runId });
    if (state === null) return { held: null };
    const { limits, removals, namespace } = state;
    const { field } = removal;
    const known = namespace[field];
    const passed = field === 'held' && namespace.allowed?.runId === runId ? namespace.allowed.deletes : 0;
    const decision = judge({ ...removal, passed }, removals, known, { limits, now });
    if (decision.held) {
      await patchNamespaces(tx, open.context(), [approvalNeeded(namespace, field, decision.held)]);
      return { held: heldNamespace(namespaceId, decision.held) };
    }
    const { answer } = decision;
    if (removal.count > 0 && !answer) await writeRemovals(tx, connectorId, decision.removals);
    if (range === undefined) return { held: null };
    const allowed = { ...range, runId, deletes: answer ? passed : passed + removal.count };
    // The rest of an approval stays until the listing is finished: its sweep may need it.
    const left = known && answer ? { ...known, answer } : known;
    await patchNamespaces(tx, open.context(), [deletionsAllowed(namespace, allowed, left)]);
    return { held: null, allowed };
  });
}
