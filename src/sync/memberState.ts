/**
 * What a run still owes a member: their access (`accessDue`), the lists that were read without them (`returned`), the
 * files that others shared with them (`receivedAs`), and whether they are still there (`notSeen`). Only the transitions
 * of this file change these fields of a member document.
 */
import { keyOfSet } from './keys';
import { firstMiss, isConfirmed, type Miss } from './notSeen';
import type { MemberDocument } from './syncDocuments';

/** New values for fields of one stored member. A null `returned` is removed: the stored field is true or absent. */
export type MemberPatch = Pick<MemberDocument, 'teamMemberId'> &
  Partial<Pick<MemberDocument, 'accessDue' | 'receivedAs' | 'notSeen'>> & { returned?: null };

/** What the edges of a member's access depend on. When any of it changes, the edges are wrong. */
export type MemberIdentity = Pick<MemberDocument, 'status' | 'email' | 'userKey'>;

export type MemberFlags = Pick<MemberDocument, 'accessDue' | 'returned' | 'receivedAs'>;

/** Whether they can act and be granted something. Every other status grants nothing. */
export const isActive = ({ status }: Pick<MemberDocument, 'status'>): boolean => status === 'active';

/** Whether edges are made for them. */
export const isGranted = (member: Pick<MemberDocument, 'status' | 'userKey'>): boolean =>
  isActive(member) && member.userKey !== null;

/** Whether they have joined and not left: their content belongs to the team, whether or not they may act now. */
export const hasJoined = ({ status }: Pick<MemberDocument, 'status'>): boolean =>
  status === 'active' || status === 'suspended';

export const isRemoved = ({ status }: Pick<MemberDocument, 'status'>): boolean => status === 'removed';

/** Whether the stored member lists have to be applied to them again. */
export const hasNewIdentity = (before: MemberIdentity | undefined, now: MemberIdentity): boolean =>
  before?.status !== now.status || before.email !== now.email || before.userKey !== now.userKey;

/**
 * Dropbox says who a member is, or that they are not in the team any more. Owed access stays owed until it is granted.
 * A member who joins may have been on lists as someone outside the team, whom the stored lists leave out, and no event
 * says on which. In the first run, all lists have yet to be read.
 */
export function memberListed(
  before: (MemberIdentity & MemberFlags) | undefined,
  now: MemberIdentity,
  isFirstRun: boolean,
): MemberFlags {
  const joins = hasJoined(now) && (before === undefined ? !isFirstRun : !hasJoined(before));
  const isNew = before === undefined ? !isFirstRun : hasNewIdentity(before, now);
  return {
    accessDue: isNew || (before?.accessDue ?? false),
    ...(before?.returned === true || joins ? { returned: true } : {}),
    ...(before?.receivedAs === undefined ? {} : { receivedAs: before.receivedAs }),
  };
}

/** Dropbox says that they are not in the team any more, or a second run does not see them either. */
export function memberGone<T extends Pick<MemberDocument, 'status' | 'notSeen'>>({ notSeen: _run, ...member }: T) {
  return { ...member, status: 'removed' as const };
}

/**
 * The team's list leaves a member out, and Dropbox does not say whether they are gone. They keep their access, and what
 * is theirs stays, until a later run does not see them either: null then.
 */
export const memberNotSeen = (
  { teamMemberId, notSeen }: Pick<MemberDocument, 'teamMemberId' | 'notSeen'>,
  run: Miss,
): MemberPatch | null => (isConfirmed(notSeen, run) ? null : { teamMemberId, notSeen: firstMiss(notSeen, run) });

/** Their edges now match the stored lists. */
export const accessApplied = (teamMemberId: string): MemberPatch => ({ teamMemberId, accessDue: false });

/** Every list that may name a member who rejoined is marked stale in the same transaction. */
export const rejoinHandled = (teamMemberId: string): MemberPatch => ({ teamMemberId, returned: null });

/** Equals no hash of a set of groups. It is not null, since files of theirs may be stored. */
const ASKED_AGAIN = 'asked again';

/** The files that they received were not read completely, or have changed: they are asked again in the next run. */
export const receivedFilesOwed = (teamMemberId: string): MemberPatch => ({ teamMemberId, receivedAs: ASKED_AGAIN });

/** The fields of a member that say which files they received are stored. */
export type ReceivedNote = Required<Pick<MemberPatch, 'teamMemberId' | 'receivedAs'>>;

/**
 * What to store about a member once their received files are stored; undefined: nothing has changed. A member who has
 * become active, or whose groups differ from those at the last reading, has to be asked. Of a member who is no longer
 * active, no received files are stored.
 */
export function receivedFilesNote(
  member: Pick<MemberDocument, 'teamMemberId' | 'status' | 'groupIds' | 'receivedAs'>,
): ReceivedNote | undefined {
  const { teamMemberId, receivedAs: before } = member;
  const receivedAs = isActive(member) ? keyOfSet(member.groupIds) : null;
  return (before ?? null) === receivedAs ? undefined : { teamMemberId, receivedAs };
}
