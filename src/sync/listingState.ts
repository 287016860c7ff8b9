/** Transitions of a namespace by its listing, and by the delegate who lists it. */
import { hasMemberList, requireLegal, type NamespacePatch, type StateFields } from './namespaceState';
import type { NamespaceDocument } from './syncDocuments';

type ListingFailures = Pick<NamespaceDocument, 'listingProblem' | 'timeouts' | 'leftOut'>;

/** A delegate is chosen. A cursor is bound to the member it was given to, so the namespace is listed from the start. */
export function delegateAssigned(namespace: StateFields, delegate: string): NamespacePatch {
  requireLegal(namespace, 'delegateAssigned');
  return { namespaceId: namespace.namespaceId, delegate, work: 'relist' };
}

/** A probe finds that its delegate can't read it any more: `delegate` lists it, after its member list is read again. */
export function delegateLost(
  namespace: StateFields & Pick<NamespaceDocument, 'kind'>,
  delegate: string,
): NamespacePatch {
  requireLegal(namespace, 'delegateLost');
  const { namespaceId } = namespace;
  return { namespaceId, delegate, work: 'relist', ...(hasMemberList(namespace) ? { due: true } : {}) };
}

/** A listing finds that its delegate can't read it any more, and another one takes over. */
export function delegateReplaced(namespace: StateFields, delegate: string): NamespacePatch {
  requireLegal(namespace, 'delegateReplaced');
  return { namespaceId: namespace.namespaceId, delegate, work: 'relist', mark: null };
}

/** A listing finds that its delegate can't read it any more, and no one else can. That deletes nothing in it. */
export function delegateMissing(namespace: StateFields, problem: string): NamespacePatch {
  requireLegal(namespace, 'delegateMissing');
  return { namespaceId: namespace.namespaceId, delegate: null, work: 'relist', mark: null, problem };
}

/** A probe finds that there is more to read at the cursor, or gets no answer. */
export function contentChanged(namespace: StateFields): NamespacePatch {
  requireLegal(namespace, 'contentChanged');
  return { namespaceId: namespace.namespaceId, work: 'continue' };
}

/** An attempt begins to list it, with a fencing token of its own: no earlier attempt can store anything from then on. */
export const listingTaken = (
  { namespaceId }: Pick<NamespaceDocument, 'namespaceId'>,
  attempt: string,
): NamespacePatch => ({ namespaceId, attempt });

/** All of it has to be listed: its cursor is lost or reset, or a changed filter lets through what was kept out. */
export function relistFromStart(namespace: StateFields): NamespacePatch {
  requireLegal(namespace, 'relistFromStart');
  return { namespaceId: namespace.namespaceId, work: 'relist', mark: null };
}

/** A listing from the start begins, with a generation that no entry has yet. */
export function relistingStarted(namespace: StateFields, generation: string): NamespacePatch {
  requireLegal(namespace, 'relistingStarted');
  return { namespaceId: namespace.namespaceId, work: 'relist', mark: generation, allowed: null };
}

/** Its last page is committed and, after a relisting, what was not seen is swept. */
export function listingFinished(namespace: StateFields & ListingFailures): NamespacePatch {
  requireLegal(namespace, 'listingFinished');
  return {
    namespaceId: namespace.namespaceId,
    work: 'none',
    mark: null,
    held: null,
    allowed: null,
    ...(namespace.listingProblem ? { listingProblem: null } : {}),
    ...(namespace.timeouts ? { timeouts: null } : {}),
    ...(namespace.leftOut ? { leftOut: null } : {}),
  };
}

/**
 * Its listing was not read to its end, or is implausible: what was read stays, and the next run continues. `leftOut`:
 * present if this listing counts as the first of two that confirm a deletion.
 */
export function listingGivenUp(
  namespace: StateFields,
  problem: string,
  leftOut?: NamespaceDocument['leftOut'],
): NamespacePatch {
  requireLegal(namespace, 'listingGivenUp');
  return { namespaceId: namespace.namespaceId, listingProblem: problem, ...(leftOut === undefined ? {} : { leftOut }) };
}

/** A page of its listing did not arrive in time. */
export function listingTimedOut(namespace: StateFields & ListingFailures): NamespacePatch & { timeouts: number } {
  requireLegal(namespace, 'listingTimedOut');
  return { namespaceId: namespace.namespaceId, timeouts: (namespace.timeouts ?? 0) + 1 };
}

/** `verify` found a difference in it: its members are read and its content is listed again, also by a run under way. */
export function repairRequested(namespace: StateFields): NamespacePatch {
  requireLegal(namespace, 'repairRequested');
  return { namespaceId: namespace.namespaceId, work: 'relist', mark: null, due: true, attempt: 'verify' };
}
