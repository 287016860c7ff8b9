/**
 * The life of a namespace, from its discovery to its removal. `work`, `mark`, `due`, `held…`, `allowed`, `problem`,
 * `delegate`, `unseenBy`, `notSeen`, `leftOut`, `attempt`, `listingProblem`, `timeouts` and `membersReadAt` of a
 * namespace document are changed only by the transitions of this file, of approvalState.ts and of receivedFiles.ts.
 * ARCHITECTURE.md has a diagram of them. Each is pure, and returns a patch, or the whole document where it is stored
 * together with its record group.
 */
import { namespaceKey, recordGroupKey } from './keys';
import { firstMiss, heldOnceSeen, heldWhileUnseen, isConfirmed, type Miss } from './notSeen';
import type { HeldChanges, NamespaceDocument, NamespaceKind, Principal } from './syncDocuments';

/** New values for fields of one stored namespace. */
export type NamespacePatch = Pick<NamespaceDocument, 'namespaceId'> &
  Partial<Omit<NamespaceDocument, '_key' | 'connectorId' | 'namespaceId' | 'updatedAt'>>;

/** A patch as the update of a document, for a transaction that writes more than namespaces. */
export function namespaceUpdate(
  { connectorId, now }: { connectorId: string; now: number },
  { namespaceId, ...patch }: NamespacePatch,
): { _key: string; updatedAt: number } & Omit<NamespacePatch, 'namespaceId'> {
  return { _key: namespaceKey(connectorId, namespaceId), ...patch, updatedAt: now };
}

export type NamespaceState =
  /** Its cursor is at the end of what was listed. */
  | 'upToDate'
  /** There is more to read at its cursor, or Dropbox did not answer whether there is. */
  | 'changed'
  /** It has to be listed from the start. */
  | 'unlisted'
  /** It is being listed from the start. Its entries of another generation than `mark` are swept at the end. */
  | 'relisting'
  /** No admin and no active member can see it. Only its document is stored. */
  | 'unseen'
  /** It is gone, or no one can see it any more: what is stored of it is removed before the run ends. */
  | 'leaving';

type StateFields = Pick<NamespaceDocument, 'namespaceId' | 'work' | 'mark' | 'unseenBy'>;
type ListingFailures = Pick<NamespaceDocument, 'listingProblem' | 'timeouts' | 'leftOut'>;

/** The state of a namespace. A namespace that no one sees keeps its state until a later run confirms it (`notSeen`). */
export function stateOf({ work, mark, unseenBy }: Omit<StateFields, 'namespaceId'>): NamespaceState {
  switch (work) {
    case 'none':
      return unseenBy === undefined ? 'upToDate' : 'unseen';
    case 'continue':
      return 'changed';
    case 'relist':
      return mark === null ? 'unlisted' : 'relisting';
    case 'remove':
      return 'leaving';
  }
}

/** Whether there is nothing to list or remove in it, as far as is known: it is up to date, or unseen. */
export const isIdle = ({ work }: Pick<NamespaceDocument, 'work'>): boolean => work === 'none';

/** Whether a delegate has to list something in it. `namespaces.listedByDelegate` asks the same in AQL. */
export const needsListing = ({ work }: Pick<NamespaceDocument, 'work'>): boolean =>
  work === 'continue' || work === 'relist';

/** Whether all of it has to be listed, or the rest of a listing from the start that was interrupted. */
export const needsRelisting = ({ work }: Pick<NamespaceDocument, 'work'>): boolean => work === 'relist';

/** Whether a listing may continue at the stored cursor. Otherwise it starts a new generation. */
export const continuesAtCursor = ({ work, mark }: Pick<NamespaceDocument, 'work' | 'mark'>): boolean =>
  work === 'continue' || mark !== null;

export const isLeaving = ({ work }: Pick<NamespaceDocument, 'work'>): boolean => work === 'remove';

/** Whether no one could see it when its members were last read, whether or not its content is removed already. */
export const isUnseen = ({ unseenBy }: Pick<NamespaceDocument, 'unseenBy'>): boolean => unseenBy !== undefined;

/** Whether everyone who was asked was refused, and a later run has yet to confirm that it is gone. */
export const isNotSeen = ({ notSeen }: Pick<NamespaceDocument, 'notSeen'>): boolean => notSeen !== undefined;

/** Whether a delegate lists it. Files received from outside are read in another way. */
export const isListed = (namespace: Pick<NamespaceDocument, 'kind' | 'work' | 'unseenBy' | 'notSeen'>): boolean =>
  namespace.kind !== 'received' && !isLeaving(namespace) && !isUnseen(namespace) && !isNotSeen(namespace);

/** Whether its delegate can be asked, in one call, if there is more to read at its cursor. */
export const isProbeable = (namespace: Pick<NamespaceDocument, 'kind' | 'work' | 'delegate' | 'notSeen'>): boolean =>
  isIdle(namespace) && namespace.kind !== 'received' && namespace.delegate !== null && !isNotSeen(namespace);

/** Whether Dropbox keeps a member list of it. Who can read the other kinds follows from their owner. */
export const hasMemberList = ({ kind }: { kind: NamespaceKind }): boolean =>
  kind === 'team_folder' || kind === 'shared_folder';

const LISTED = ['upToDate', 'changed', 'unlisted', 'relisting'] as const satisfies NamespaceState[];
const TO_BE_LISTED = ['changed', 'unlisted', 'relisting'] as const satisfies NamespaceState[];

/** The states in which a transition may happen. A transition that is not named here may happen in every state. */
const legalStates = {
  rediscovered: [...LISTED, 'leaving'],
  missingFromTeam: LISTED,
  seenNowhere: LISTED,
  confirmedGone: [...LISTED, 'unseen'],
  superseded: [...LISTED, 'unseen'],
  delegateAssigned: LISTED,
  delegateLost: ['upToDate'],
  delegateReplaced: TO_BE_LISTED,
  delegateMissing: TO_BE_LISTED,
  contentChanged: ['upToDate'],
  relistFromStart: LISTED,
  relistingStarted: TO_BE_LISTED,
  listingFinished: ['changed', 'relisting'],
  repairRequested: LISTED,
  listingGivenUp: TO_BE_LISTED,
  listingTimedOut: TO_BE_LISTED,
} as const satisfies Record<string, readonly NamespaceState[]>;

/** @throws Error if the transition is illegal in the namespace's state: a bug in the caller. */
function requireLegal(namespace: StateFields, transition: keyof typeof legalStates): void {
  const legal: readonly NamespaceState[] = legalStates[transition];
  const state = stateOf(namespace);
  if (!legal.includes(state)) throw new Error(`${transition}: namespace ${namespace.namespaceId} is ${state}`);
}

const nothingHeld = { held: null, heldRevocations: null, heldFilters: null, allowed: null } as const;

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
  return { ...seen(known), ...nothingHeld, principals: [], due: false, work: 'remove', problem: null };
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
  ...seen(known),
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
  ...seen(known),
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

const awaitingConfirmation = ({ notSeen }: Pick<NamespaceDocument, 'notSeen'>, run: Miss) => ({
  principals: [],
  problem: 'no one who was asked can see it; a later run has to confirm that it is gone',
  notSeen: firstMiss(notSeen, run),
});

/** `verify` found a difference in it: its members are read and its content is listed again, also by a run under way. */
export function repairRequested(namespace: StateFields): NamespacePatch {
  requireLegal(namespace, 'repairRequested');
  return { namespaceId: namespace.namespaceId, work: 'relist', mark: null, due: true, attempt: 'verify' };
}

/**
 * The document of a namespace that someone can see again, without the fields that say otherwise. They are not set to
 * null, since an absent field and a null one differ in a stored document.
 */
const seen = ({ unseenBy: _asked, ...namespace }: NamespaceDocument): NamespaceDocument => withoutNotSeen(namespace);
const withoutNotSeen = ({ notSeen: _run, ...namespace }: NamespaceDocument): NamespaceDocument => namespace;
