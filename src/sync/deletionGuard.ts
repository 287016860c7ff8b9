/**
 * Decides what a run may delete or revoke, and what has to await an operator's approval. No removal bypasses it:
 * deleted entries, entries that a listing has not seen, namespaces that are gone, records that the filters exclude, and
 * names that leave a member list.
 */
import type { RunRemovals } from './connectorDocument';
import type { HeldAnswer, HeldChanges, NamespaceDocument } from './syncDocuments';

/** Deletions that Dropbox confirms pass up to this share of the connector, however low the limits are. */
const CONFIRMED_SHARE = 0.5;

/** The fields of a namespace in which something awaits approval. */
export const heldFields = ['held', 'heldRevocations', 'heldFilters'] as const;
export type HeldField = (typeof heldFields)[number];

/** What is to be removed, and why. */
export interface Removal {
  field: HeldField;
  /** Records, or permissions in the case of a member list. */
  count: number;
  /** Items of the namespace, or permissions on it, before anything of it was removed. */
  total: number;
  samples: string[];
  /**
   * How many removals the guard has already let pass in this run and namespace. `count` and `total` do not include
   * them.
   */
  passed?: number;
  /** Dropbox says of the namespace itself that it is gone: only the limit of the connector counts. */
  isConfirmed?: boolean;
  /** More removals may follow that were not counted, so an operator has to approve it, whatever the figures are. */
  isUnfinished?: boolean;
}

export interface Limits {
  share: number;
  items: number;
}

/** Either the removal may happen, with `removals` as the new totals of the run, or it is held. */
export type Decision =
  | { held: null; removals: RunRemovals; /** What is left of an approval. */ answer?: HeldAnswer }
  | { held: HeldChanges };

const isOver = (count: number, total: number, { share, items }: Limits): boolean =>
  count > items && count > share * total;

/** `known` is what awaits approval already in that field of the namespace. */
export function judge(
  removal: Removal,
  removals: RunRemovals,
  known: HeldChanges | null,
  { limits, now }: { limits: Limits; now: number },
): Decision {
  const { field, count, total, samples, isConfirmed = false, isUnfinished = false } = removal;
  const figure = field === 'heldRevocations' ? 'revokes' : 'deletes';
  const isTooMuchAlone = isUnfinished || isOverForNamespace(removal, limits);
  const forConnector =
    !isTooMuchAlone && (isOverForConnector(removal, removals, limits) || wasHeldBefore(known, removals));
  const isHeld = count > 0 && (isTooMuchAlone || forConnector);
  if (!isHeld) {
    const counter = isConfirmed ? 'confirmed' : figure;
    return { held: null, removals: { ...removals, [counter]: removals[counter] + count } };
  }
  const answer = known?.answer;
  const isAnswered = answer !== undefined && count <= answer[figure];
  if (isAnswered && answer.decision === 'approved') {
    return { held: null, removals, answer: { ...answer, [figure]: answer[figure] - count } };
  }
  return {
    held: {
      deletes: 0,
      revokes: 0,
      [figure]: count,
      total,
      samples,
      since: known?.since ?? now,
      runId: removals.runId,
      forConnector,
      ...(isAnswered ? { answer } : {}),
    },
  };
}

function isOverForNamespace({ count, total, passed = 0, isConfirmed = false }: Removal, limits: Limits): boolean {
  return !isConfirmed && isOver(passed + count, passed + total, limits);
}

function isOverForConnector({ field, count, isConfirmed }: Removal, run: RunRemovals, limits: Limits): boolean {
  if (field === 'heldRevocations') return isOver(run.revokes + count, run.grants, limits);
  if (isConfirmed !== true) return isOver(run.deletes + count, run.entries, limits);
  const share = Math.max(limits.share, CONFIRMED_SHARE);
  return isOver(run.deletes + run.confirmed + count, run.entries, { ...limits, share });
}

const wasHeldBefore = (known: HeldChanges | null, { runId }: RunRemovals): boolean =>
  known !== null && known.forConnector && known.runId !== runId;

/** What awaits approval in a namespace, each with the field that holds it. */
export const heldIn = (namespace: Pick<NamespaceDocument, HeldField>): { field: HeldField; held: HeldChanges }[] =>
  heldFields.flatMap((field) => {
    const held = namespace[field];
    return held ? [{ field, held }] : [];
  });
