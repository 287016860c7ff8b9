/**
 * What a run still owes a member: their access (`accessDue`), the lists that were read without them (`returned`), and
 * the files that others shared with them (`receivedAs`). These fields of a member document change by the transitions of
 * this file and in no other way.
 */
import { keyOfSet } from './keys';
import type { MemberDocument } from './syncDocuments';

/** New values for fields of one stored member. A null `returned` is removed: the stored field is true or absent. */
export type MemberPatch = Pick<MemberDocument, 'teamMemberId'> &
  Partial<Pick<MemberDocument, 'accessDue' | 'receivedAs'>> & { returned?: null };

/** Who a member is for the graph. When any of it changes, the edges that stand for their access are wrong. */
export type MemberIdentity = Pick<MemberDocument, 'status' | 'email' | 'userKey'>;

export type MemberFlags = Pick<MemberDocument, 'accessDue' | 'returned' | 'receivedAs'>;

/** Whether they can act and be granted something. Every other status grants nothing. */
export const isActive = ({ status }: Pick<MemberDocument, 'status'>): boolean => status === 'active';

/** Whether edges are made for them. */
export const isGranted = (member: Pick<MemberDocument, 'status' | 'userKey'>): boolean =>
  isActive(member) && member.userKey !== null;

/** Whether they have joined and not left: what is theirs belongs to the team, whether or not they may act now. */
export const hasJoined = ({ status }: Pick<MemberDocument, 'status'>): boolean =>
  status === 'active' || status === 'suspended';

export const isRemoved = ({ status }: Pick<MemberDocument, 'status'>): boolean => status === 'removed';

/** Whether the stored member lists have to be applied to them again. */
export const hasNewIdentity = (before: MemberIdentity | undefined, now: MemberIdentity): boolean =>
  before?.status !== now.status || before.email !== now.email || before.userKey !== now.userKey;

/**
 * The team's list names a member, or a removed one is no longer in it. Owed access stays owed until it is granted. One
 * who was removed and is back is missing from the lists that were read in between, and no event says from which.
 */
export function memberListed(before: (MemberIdentity & MemberFlags) | undefined, now: MemberIdentity): MemberFlags {
  const hasRejoined = before !== undefined && isRemoved(before) && !isRemoved(now);
  return {
    accessDue: hasNewIdentity(before, now) || (before?.accessDue ?? false),
    ...(before?.returned === true || hasRejoined ? { returned: true } : {}),
    ...(before?.receivedAs === undefined ? {} : { receivedAs: before.receivedAs }),
  };
}

/** A complete list does not name them. */
export const memberUnlisted = <T extends Pick<MemberDocument, 'status'>>(member: T): T => ({
  ...member,
  status: 'removed',
});

/** Their edges are what the stored lists say. */
export const accessApplied = (teamMemberId: string): MemberPatch => ({ teamMemberId, accessDue: false });

/** Every list that may name a member who rejoined is stale, in the transaction that stores this. */
export const rejoinHandled = (teamMemberId: string): MemberPatch => ({ teamMemberId, returned: null });

/**
 * What has to be noted when the files are stored that members received; undefined: nothing. Someone who has become
 * active or belongs to other groups than at the last reading has to be asked. Nothing is stored any more of someone who
 * is no longer active.
 */
export function receivedFilesNote(
  member: Pick<MemberDocument, 'teamMemberId' | 'status' | 'groupIds' | 'receivedAs'>,
): Required<Pick<MemberPatch, 'teamMemberId' | 'receivedAs'>> | undefined {
  const { teamMemberId, receivedAs: before } = member;
  const receivedAs = isActive(member) ? keyOfSet(member.groupIds) : null;
  return (before ?? null) === receivedAs ? undefined : { teamMemberId, receivedAs };
}
