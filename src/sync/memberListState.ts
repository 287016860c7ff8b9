/** Transitions of a namespace by its member list. */
import { nothingHeld } from './approvalState';
import { isUnseen, type NamespacePatch } from './namespaceState';
import {
  awaitingConfirmation,
  heldOnceSeen,
  heldWhileUnseen,
  isConfirmed,
  nowSeen,
  withoutNotSeen,
  type Miss,
} from './notSeen';
import type { NamespaceDocument, Principal } from './syncDocuments';

/** Its member list has to be read (again). `namespaces.due` finds it, unless it is leaving. */
export const membersStale = ({ namespaceId }: Pick<NamespaceDocument, 'namespaceId'>): NamespacePatch => ({
  namespaceId,
  due: true,
});

/**
 * An event names it. A namespace that no one could see has no member list to read. It becomes due for discovery
 * instead, which first looks for it in the team's list.
 */
export const namedByEvent = (namespace: Pick<NamespaceDocument, 'namespaceId' | 'unseenBy'>): NamespacePatch =>
  isUnseen(namespace) ? { namespaceId: namespace.namespaceId, membersReadAt: 0 } : membersStale(namespace);

/** Why a member list, or a part of it, can't be read: the next run reads it again. */
export type UnreadMembers = Pick<NamespaceDocument, 'ownerless'> & { problem: string; principals?: Principal[] };
/** What Dropbox says about a shared folder, and the team's members and groups that can read it. */
export type ReadMembers = Pick<NamespaceDocument, 'parentNamespaceId' | 'inheritsAccess' | 'readAgain'> &
  Partial<UnreadMembers> & { principals: Principal[] };

export const membersRead = (known: NamespaceDocument, read: ReadMembers, now: number): NamespaceDocument => ({
  ...nowSeen(known),
  problem: null,
  ...(known.readAgain === true ? { readAgain: false } : {}),
  ...(known.ownerless ? { ownerless: null } : {}),
  ...read,
  membersReadAt: now,
  due: false,
  ...heldOnceSeen(known),
});

/**
 * Its member list can't be read: it grants nothing, unless `why` names who keeps access. It is read again in the next
 * run.
 */
export const membersUnreadable = (known: NamespaceDocument, why: UnreadMembers, now: number): NamespaceDocument => ({
  ...nowSeen(known),
  principals: [],
  membersReadAt: now,
  due: false,
  ...why,
  ...heldOnceSeen(known),
});

/**
 * A namespace that is in the team's list, but that no admin and no active member can see. `unseenBy`: hash of the
 * members who were asked; see `NamespaceDocument`. It grants nothing from now on. Its content is removed when a later
 * run gets the same answer. If its members were never read, it has no content, so nothing has to wait.
 */
export function seenByNoOne(known: NamespaceDocument, unseenBy: string, run: Miss): NamespaceDocument {
  const asked = { membersReadAt: run.since, due: false, heldRevocations: null };
  if (known.membersReadAt !== null && !isConfirmed(known.notSeen, run)) {
    return { ...known, ...asked, ...awaitingConfirmation(known, run) };
  }
  const leaving = { ...nothingHeld, ...heldWhileUnseen(known), principals: [], problem: null, work: 'remove' as const };
  return { ...withoutNotSeen(known), ...asked, ...leaving, unseenBy };
}
