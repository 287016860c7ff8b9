/**
 * The states of a namespace, from its discovery to its removal, and in which of them each transition may happen. A
 * transition is a pure function, named after what has happened. It returns a patch, or the whole document where it is
 * stored together with its record group. docs/how-it-works.md has a diagram of them. They are in
 *
 * - discoveryState.ts: what the team's lists say, and answers about what they leave out
 * - listingState.ts: the listing of its content, and the delegate who lists it
 * - memberListState.ts: its member list
 * - approvalState.ts: what awaits an operator's approval, and what the deletion guard has let pass
 * - receivedFiles.ts: the namespace of received files, which is no folder of Dropbox
 *
 * Nothing else changes `work`, `mark`, `due`, `held…`, `allowed`, `problem`, `delegate`, `unseenBy`, `notSeen`, `leftOut`,
 * `attempt`, `listingProblem`, `timeouts` and `membersReadAt` of a document that can be read.
 */
import { namespaceKey } from './keys';
import type { NamespaceDocument, NamespaceKind } from './syncDocuments';

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

/** The fields that a state follows from, and the id for an error. */
export type StateFields = Pick<NamespaceDocument, 'namespaceId' | 'work' | 'mark' | 'unseenBy'>;

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

/**
 * Whether it is known to be gone, with all access to it. One that another namespace has replaced still grants access, and
 * files in one that no one sees may be shared with single members.
 */
export const isClosed = (namespace: Pick<NamespaceDocument, 'work' | 'unseenBy' | 'principals'>): boolean =>
  isLeaving(namespace) && !isUnseen(namespace) && namespace.principals?.length === 0;

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
export function requireLegal(namespace: StateFields, transition: keyof typeof legalStates): void {
  const legal: readonly NamespaceState[] = legalStates[transition];
  const state = stateOf(namespace);
  if (!legal.includes(state)) throw new Error(`${transition}: namespace ${namespace.namespaceId} is ${state}`);
}
