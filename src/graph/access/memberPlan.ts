import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { MemberDocument, TeamMember } from '../../sync/documents';
import { memberKey, userKey as derivedUserKey } from '../../sync/keys';
import { hasNewIdentity, isActive, memberListed } from '../../sync/memberState';
import { isRealEmail } from '../../sync/team';
import type { GraphContext } from '../driver/context';
import { isOurs, type StoredUser, type UserDocument } from './users';

/** What this connector writes to a user that it created. */
type OwnUser = Pick<UserDocument, '_key' | 'email' | 'fullName' | 'updatedAtTimestamp'>;

export interface MemberPlan {
  documents: MemberDocument[];
  createUsers: UserDocument[];
  updateUsers: (OwnUser & Partial<Pick<UserDocument, 'userId'>>)[];
  /** Active members: user key → team_member_id. */
  active: Map<string, string>;
  /** Keys of users that this batch no longer assigns to an active member. */
  dropped: Set<string>;
  changed: string[];
}

/** Matches each member with a PipesHub user, and plans the writes that follow. Pure. */
export function planMembers(
  context: GraphContext,
  members: readonly TeamMember[],
  stored: ReadonlyMap<string, MemberDocument>,
  byEmail: ReadonlyMap<string, StoredUser>,
  byKey: ReadonlyMap<string, StoredUser>,
  isFirstRun: boolean,
): MemberPlan {
  const plan: MemberPlan = {
    documents: [],
    createUsers: [],
    updateUsers: [],
    active: new Map(),
    dropped: new Set(),
    changed: [],
  };
  for (const member of members) {
    const before = stored.get(member.teamMemberId);
    const email = member.email.toLowerCase();
    const own = (_key: string): OwnUser => ({
      _key,
      email,
      fullName: member.displayName,
      updatedAtTimestamp: context.now,
    });
    const derived = derivedUserKey(context.orgId, email);
    const holder = byKey.get(derived);
    const heldByAddress = holder?.email?.toLowerCase() === email ? holder : undefined;
    const found = isRealEmail(email) ? (byEmail.get(email) ?? heldByAddress) : undefined;
    // Two members never share a user: an address may have moved to another member since the users were read.
    const matched = found !== undefined && plan.active.has(found._key) ? undefined : found;
    const known = before?.userKey == null ? undefined : byKey.get(before.userKey);
    const active = isActive(member) && isRealEmail(email);
    let userKey: string | null;
    if (!active) {
      // PipesHub's former connector may have granted them access. Their user is needed to revoke it.
      userKey = before?.userKey ?? matched?._key ?? null;
      if (userKey !== null) plan.dropped.add(userKey);
    } else if (matched !== undefined) {
      userKey = matched._key;
      const madeFor = matched.isActive === false ? matched.userId : null;
      if (madeFor !== null && madeFor !== member.teamMemberId && isMemberId(madeFor)) {
        // Created for a member who had this address before. The user moves to the member who has it now.
        plan.updateUsers.push({ ...own(userKey), userId: member.teamMemberId });
      } else if (isOurs(matched, member.teamMemberId) && matched.fullName !== member.displayName) {
        plan.updateUsers.push(own(userKey));
      }
    } else if (known !== undefined && isOurs(known, member.teamMemberId) && !plan.active.has(known._key)) {
      userKey = known._key;
      plan.updateUsers.push(own(userKey));
    } else {
      // A user with the derived key but another address is someone else. A random key creates no duplicate, since a
      // repeat of this batch finds the new user by its address.
      userKey = holder === undefined ? derived : randomUUID();
      plan.createUsers.push({
        ...own(userKey),
        orgId: context.orgId,
        userId: member.teamMemberId,
        isActive: false,
        createdAtTimestamp: context.now,
      });
    }
    if (before?.userKey != null && before.userKey !== userKey) plan.dropped.add(before.userKey);
    if (active && userKey !== null) plan.active.set(userKey, member.teamMemberId);
    const identity = { status: member.status, email, userKey };
    if (hasNewIdentity(before, identity)) plan.changed.push(member.teamMemberId);
    const document: MemberDocument = {
      _key: memberKey(context.connectorId, member.teamMemberId),
      connectorId: context.connectorId,
      teamMemberId: member.teamMemberId,
      // Dropbox may leave out what a member has once they have joined.
      accountId: member.accountId ?? before?.accountId ?? null,
      displayName: member.displayName,
      homeNamespaceId: member.homeNamespaceId ?? before?.homeNamespaceId ?? null,
      rootNamespaceId: member.rootNamespaceId ?? before?.rootNamespaceId ?? null,
      groupIds: [...member.groupIds].sort(),
      ...identity,
      ...memberListed(before, identity, isFirstRun),
      updatedAt: context.now,
    };
    if (!isDeepStrictEqual({ ...before, updatedAt: context.now }, document)) plan.documents.push(document);
  }
  return plan;
}

/** In users that this connector created, `userId` is a team_member_id. */
const isMemberId = (userId: string): boolean => userId.startsWith('dbmid:');
