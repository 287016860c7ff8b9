/** Transitions of a namespace by what the team's lists, and answers about it, say of its existence. */
import { nothingHeld } from './approvalState';
import { namespaceKey, recordGroupKey } from './keys';
import { isLeaving, requireLegal, type NamespacePatch, type StateFields } from './namespaceState';
import { awaitingConfirmation, isConfirmed, nowSeen, withoutNotSeen, type Miss } from './notSeen';
import type { HeldChanges, NamespaceDocument, Principal } from './syncDocuments';

/** A namespace of the team as Dropbox lists it now. */
export type FoundNamespace = Pick<
  NamespaceDocument,
  'namespaceId' | 'kind' | 'name' | 'ownerMemberId' | 'externalGroupId'
> & {
  /** Those who can read it; null where only its member list says who they are. */
  principals: Principal[] | null;
};

/**
 * A namespace that is new in the team's list, or may be visible again: everything in it has yet to be read. `held`: its
 * removal awaits approval.
 */
export function discovered(
  { connectorId, now }: { connectorId: string; now: number },
  { namespaceId, kind, name, ownerMemberId, externalGroupId, principals }: FoundNamespace,
  held: HeldChanges | null = null,
): NamespaceDocument {
  return {
    _key: namespaceKey(connectorId, namespaceId),
    connectorId,
    namespaceId,
    kind,
    name,
    ownerMemberId,
    parentNamespaceId: null,
    inheritsAccess: true,
    externalGroupId,
    recordGroupKey: recordGroupKey(connectorId, externalGroupId),
    principals,
    membersReadAt: principals === null ? null : now,
    due: principals === null,
    delegate: null,
    work: 'relist',
    problem: null,
    mark: null,
    ...nothingHeld,
    held,
    updatedAt: now,
  };
}

/** What else a run knows about a namespace that it finds again. */
export interface Rediscovery {
  /** Everything is listed from the start, interrupted relistings included. */
  relistAll: boolean;
  hasCursor: boolean;
  /** An event named it, its member list is too old or has an unknown level, or all lists are read. */
  isDue: boolean;
}

/**
 * A known namespace is in the team's list. What could not be read in the last run gets another try. It is relisted if a
 * relisting was interrupted, its cursor is lost, or it was leaving. With a new name or owner it is relisted from the
 * start: each record has the name in its address and belongs to the owner's record group.
 */
export function rediscovered(
  known: NamespaceDocument,
  { kind, name, ownerMemberId, externalGroupId, principals }: FoundNamespace,
  { relistAll, hasCursor, isDue }: Rediscovery,
): NamespaceDocument {
  requireLegal(known, 'rediscovered');
  const isOther = known.name !== name || known.kind !== kind || known.externalGroupId !== externalGroupId;
  const relists = relistAll || !hasCursor || known.mark !== null || isOther || isLeaving(known);
  const readsMembers = known.due || isDue || known.problem !== null || known.kind !== kind || isLeaving(known);
  return {
    // Only its member list shows whether anyone can see a shared folder again.
    ...(principals === null ? known : withoutNotSeen(known)),
    kind,
    name,
    ownerMemberId,
    externalGroupId,
    principals: principals ?? known.principals,
    due: principals === null && readsMembers,
    work: relists ? 'relist' : known.work,
    mark: relistAll || isOther ? null : known.mark,
    problem: null,
    ...(isLeaving(known) ? nothingHeld : {}),
  };
}

/**
 * A known namespace is not in the team's list, or with an unknown type or status, and nothing else says that it is
 * gone: it stays as it is. `problem` says what Dropbox answers about it.
 */
export function missingFromTeam(known: NamespaceDocument, problem: string, due = known.due): NamespaceDocument {
  requireLegal(known, 'missingFromTeam');
  return { ...withoutNotSeen(known), problem, due };
}

/**
 * A known namespace is not in the team's list, and everyone who could see it is refused. It grants nothing from now on.
 * The first run leaves its content as it is; a later run treats it as gone.
 */
export function seenNowhere(known: NamespaceDocument, run: Miss): NamespaceDocument {
  requireLegal(known, 'seenNowhere');
  if (isConfirmed(known.notSeen, run)) return confirmedGone(known);
  return { ...known, ...awaitingConfirmation(known, run), due: false };
}

/**
 * A namespace that is gone: Dropbox says so of it, or a second run does not see it either. Access to it is removed at
 * once, its content before the run ends.
 */
export function confirmedGone(known: NamespaceDocument): NamespaceDocument {
  requireLegal(known, 'confirmedGone');
  return { ...nowSeen(known), ...nothingHeld, principals: [], due: false, work: 'remove', problem: null };
}

/** A member's folder is another namespace now, which keeps the record group and the access to it. */
export function superseded(known: StateFields): NamespacePatch {
  requireLegal(known, 'superseded');
  return { namespaceId: known.namespaceId, ...nothingHeld, work: 'remove', due: false, problem: null };
}

/** The content of a leaving namespace is removed, but the team's list has it: it is kept as one that no one can see. */
export const contentRemoved = (known: NamespaceDocument): NamespaceDocument => ({
  ...known,
  ...nothingHeld,
  delegate: null,
  mark: null,
  work: 'none',
});
