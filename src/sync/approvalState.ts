/** What awaits approval in a namespace, and what the deletion guard has let pass: the transitions of these fields. */
import { heldIn, type HeldField } from './deletionGuard';
import type { NamespacePatch } from './namespaceState';
import type { AllowedDeletions, HeldAnswer, HeldChanges, NamespaceDocument } from './syncDocuments';

/** The fields of a namespace in which nothing awaits approval, and nothing was allowed. */
export const nothingHeld = { held: null, heldRevocations: null, heldFilters: null, allowed: null } as const;

type Identified = Pick<NamespaceDocument, 'namespaceId'>;

/** The deletion guard stops deletions or revocations. A member list with them is read again in each run. */
export const approvalNeeded = ({ namespaceId }: Identified, field: HeldField, held: HeldChanges): NamespacePatch => ({
  namespaceId,
  [field]: held,
  ...(field === 'heldRevocations' ? { due: true } : {}),
});

/** An operator answers, for the figures that are stored now. The next run acts on it. */
export function approvalAnswered(
  namespace: Pick<NamespaceDocument, 'namespaceId' | HeldField>,
  decision: HeldAnswer['decision'],
  at: number,
): NamespacePatch {
  const patch: NamespacePatch = { namespaceId: namespace.namespaceId };
  for (const { field, held } of heldIn(namespace)) {
    patch[field] = { ...held, answer: { decision, deletes: held.deletes, revokes: held.revokes, at } };
  }
  return patch;
}

/** What awaited approval has been carried out, or is no longer to be removed. */
export const approvalEnded = ({ namespaceId }: Identified, field: HeldField): NamespacePatch => ({
  namespaceId,
  [field]: null,
});

/**
 * The deletion guard lets deletions pass, up to `allowed.until`. `held`: what is left of an approval; null: nothing.
 */
export const deletionsAllowed = (
  { namespaceId }: Identified,
  allowed: AllowedDeletions,
  held: HeldChanges | null,
): NamespacePatch => ({ namespaceId, allowed, held });

/** A page with allowed deletions is committed: `allowed` is what remains. */
export const deletionsCommitted = ({ namespaceId }: Identified, allowed: AllowedDeletions): NamespacePatch => ({
  namespaceId,
  allowed,
});
