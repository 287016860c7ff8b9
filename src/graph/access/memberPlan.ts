import { randomUUID } from 'node:crypto';
import type { MemberDocument } from '../../sync/documents';
import { memberKey, userKey as derivedUserKey } from '../../sync/keys';
import type { GraphContext } from '../driver/context';
import { isOurs, usableEmail, type StoredUser, type UserDocument } from './users';

/** A member of the team as Dropbox lists him. */
export interface TeamMemberLike {
  teamMemberId: string;
  accountId: string | null;
  email: string;
  displayName: string;
  status: MemberDocument['status'];
  homeNamespaceId: string | null;
  rootNamespaceId: string | null;
  groupIds: readonly string[];
}

export interface MemberPlan {
  documents: MemberDocument[];
  createUsers: UserDocument[];
  updateUsers: (Pick<UserDocument, '_key' | 'email' | 'fullName' | 'updatedAtTimestamp'> &
    Partial<Pick<UserDocument, 'userId'>>)[];
  /** Member ids by the key of the user document that they act as. */
  active: Map<string, string>;
  /** Keys of user documents that no longer stand for an active member. */
  dropped: Set<string>;
  changed: string[];
}

/** Who each member is in PipesHub, and what follows. Pure. */
export function planMembers(
  context: GraphContext,
  members: readonly TeamMemberLike[],
  stored: ReadonlyMap<string, MemberDocument>,
  byEmail: ReadonlyMap<string, StoredUser>,
  byKey: ReadonlyMap<string, StoredUser>,
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
    const derived = derivedUserKey(context.orgId, email);
    const holder = byKey.get(derived);
    const heldByAddress = holder?.email?.toLowerCase() === email ? holder : undefined;
    const found = usableEmail(email) ? (byEmail.get(email) ?? heldByAddress) : undefined;
    // Two members never share a document: addresses may have changed hands since the documents were read.
    const matched = found !== undefined && plan.active.has(found._key) ? undefined : found;
    const known = before?.userKey == null ? undefined : byKey.get(before.userKey);
    const active = member.status === 'active' && usableEmail(email);
    let userKey: string | null;
    if (!active) {
      // PipesHub's former connector may have granted him something: his document is needed to take it back.
      userKey = before?.userKey ?? matched?._key ?? null;
      if (userKey !== null) plan.dropped.add(userKey);
    } else if (matched !== undefined) {
      userKey = matched._key;
      const madeFor = matched.isActive === false ? matched.userId : null;
      if (madeFor !== null && madeFor !== member.teamMemberId && isMemberId(madeFor)) {
        // Made for a member who had this address before: it is this one's now, and no longer the other's.
        const own = ownUser(context, userKey, email, member.displayName);
        plan.updateUsers.push({ ...own, userId: member.teamMemberId });
      } else if (isOurs(matched, member.teamMemberId) && matched.fullName !== member.displayName) {
        plan.updateUsers.push(ownUser(context, userKey, email, member.displayName));
      }
    } else if (known !== undefined && isOurs(known, member.teamMemberId) && !plan.active.has(known._key)) {
      userKey = known._key;
      plan.updateUsers.push(ownUser(context, userKey, email, member.displayName));
    } else {
      // A document under the derived key that has another address by now is somebody else. A repeat of this batch finds
      // the new document by its address, so a random key makes no double.
      userKey = holder === undefined ? derived : randomUUID();
      plan.createUsers.push({
        ...ownUser(context, userKey, email, member.displayName),
        orgId: context.orgId,
        userId: member.teamMemberId,
        isActive: false,
        createdAtTimestamp: context.now,
      });
    }
    if (before?.userKey != null && before.userKey !== userKey) plan.dropped.add(before.userKey);
    if (active && userKey !== null) plan.active.set(userKey, member.teamMemberId);
    const changed = before?.status !== member.status || before.email !== email || before.userKey !== userKey;
    if (changed) plan.changed.push(member.teamMemberId);
    const document = memberDocument(context, member, email, userKey, changed || (before?.accessDue ?? false));
    if (before?.returned === true || (before?.status === 'removed' && member.status !== 'removed')) {
      document.returned = true;
    }
    if (before?.receivedAs !== undefined) document.receivedAs = before.receivedAs;
    if (before === undefined || !sameMember(before, document)) plan.documents.push(document);
  }
  return plan;
}

/** The connector's own documents carry a member's id in the place of PipesHub's own user id. */
const isMemberId = (userId: string): boolean => userId.startsWith('dbmid:');

const ownUser = (context: GraphContext, _key: string, email: string, fullName: string) => ({
  _key,
  email,
  fullName,
  updatedAtTimestamp: context.now,
});

function memberDocument(
  context: GraphContext,
  member: TeamMemberLike,
  email: string,
  userKey: string | null,
  accessDue: boolean,
): MemberDocument {
  return {
    _key: memberKey(context.connectorId, member.teamMemberId),
    connectorId: context.connectorId,
    teamMemberId: member.teamMemberId,
    accountId: member.accountId,
    email,
    displayName: member.displayName,
    status: member.status,
    homeNamespaceId: member.homeNamespaceId,
    rootNamespaceId: member.rootNamespaceId,
    groupIds: [...member.groupIds].sort(),
    userKey,
    accessDue,
    updatedAt: context.now,
  };
}

function sameMember(a: MemberDocument, b: MemberDocument): boolean {
  return (
    a.accountId === b.accountId &&
    a.email === b.email &&
    a.displayName === b.displayName &&
    a.status === b.status &&
    a.homeNamespaceId === b.homeNamespaceId &&
    a.rootNamespaceId === b.rootNamespaceId &&
    a.userKey === b.userKey &&
    a.accessDue === b.accessDue &&
    a.returned === b.returned &&
    a.groupIds.length === b.groupIds.length &&
    a.groupIds.every((id, position) => id === b.groupIds[position])
  );
}
