import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { memberKey, userKey as derivedUserKey } from '../../sync/keys';
import { hasNewIdentity, isActive, memberListed } from '../../sync/memberState';
import type { MemberDocument, TeamMember } from '../../sync/syncDocuments';
import { isRealEmail } from '../../sync/team';
import type { GraphContext } from '../driver/context';
import { addressOf, isOurs, type StoredUser, type UserDocument } from './users';

/** What this connector writes to a user that it created. */
type OwnUser = Pick<UserDocument, '_key' | 'email' | 'fullName' | 'updatedAtTimestamp'>;

/** What is stored before a batch of members is written. */
export interface KnownMembers {
  /** Stored members, by team_member_id. */
  members: ReadonlyMap<string, MemberDocument>;
  /** PipesHub's users by lower-case address; see `matchUsers`. */
  usersByEmail: ReadonlyMap<string, StoredUser>;
  /** The users of stored members, those in `usersByEmail`, and those that have the derived key of a listed member. */
  usersByKey: ReadonlyMap<string, StoredUser>;
  /** team_member_ids of members of this connector for whom one of these users was created. */
  creators: ReadonlySet<string>;
  /** All member lists have yet to be read, so no member counts as one who joined after a list was read. */
  isFirstRun: boolean;
  /**
   * Users that earlier pages of the same list have given to active members: user key → team_member_id. An address may
   * move to another member between two pages, so that both of them are listed with it.
   */
  assigned: ReadonlyMap<string, string>;
}

export interface MemberPlan {
  documents: MemberDocument[];
  createUsers: UserDocument[];
  updateUsers: (OwnUser & Partial<Pick<UserDocument, 'userId'>>)[];
  /** Active members: user key → team_member_id. */
  active: Map<string, string>;
  /** Keys of users that this batch no longer assigns to an active member. */
  dropped: Set<string>;
  /** team_member_id of those who are new, or whose status, e-mail or user document changed. */
  changed: string[];
}

/** Matches each member with a PipesHub user, and plans the writes that follow. Pure, apart from random keys. */
export function planMembers(context: GraphContext, members: readonly TeamMember[], known: KnownMembers): MemberPlan {
  const planner = new MemberPlanner(context, known, keptUsers(members, known));
  for (const member of members) planner.add(member);
  return planner.plan;
}

/**
 * The users with an address that more than one active member has: user key → team_member_id of the member who has the
 * user already. They keep it in any order of the list, so that a repeat changes nothing.
 */
function keptUsers(members: readonly TeamMember[], known: KnownMembers): Map<string, string> {
  const kept = new Map<string, string>();
  for (const member of members) {
    const userKey = known.members.get(member.teamMemberId)?.userKey;
    const user = userKey == null ? undefined : known.usersByKey.get(userKey);
    if (user && isActive(member) && addressOf(user) === member.email.toLowerCase() && !kept.has(user._key))
      kept.set(user._key, member.teamMemberId);
  }
  return kept;
}

class MemberPlanner {
  readonly plan: MemberPlan = {
    documents: [],
    createUsers: [],
    updateUsers: [],
    active: new Map(),
    dropped: new Set(),
    changed: [],
  };

  constructor(
    private readonly context: GraphContext,
    private readonly known: KnownMembers,
    private readonly kept: ReadonlyMap<string, string>,
  ) {}

  add(member: TeamMember): void {
    const { context, known, plan } = this;
    const stored = known.members.get(member.teamMemberId);
    const email = member.email.toLowerCase();
    const userKey = this.assignUser({ ...member, email }, stored?.userKey ?? null);
    // Where PipesHub has deleted the user with its edges, the new one has the same key, and none of them.
    const isUserNew = userKey !== null && plan.createUsers.at(-1)?._key === userKey;
    const before = stored && isUserNew ? { ...stored, userKey: null } : stored;
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
      ...memberListed(before, identity, known.isFirstRun),
      updatedAt: context.now,
    };
    if (!isDeepStrictEqual({ ...before, updatedAt: context.now }, document)) plan.documents.push(document);
  }

  /**
   * The key of a member's user; null if they have none and need none. An active member always has one. Plans what has to
   * be written of users for that. Two members never share a user.
   */
  private assignUser(member: TeamMember, userKeyBefore: string | null): string | null {
    const { plan } = this;
    const matched = this.matchedUser(member, userKeyBefore);
    if (!isActive(member) || !isRealEmail(member.email)) {
      // PipesHub's former connector may have granted them access. Their user is needed to revoke it.
      const userKey = userKeyBefore ?? matched?._key ?? null;
      if (userKey !== null) plan.dropped.add(userKey);
      return userKey;
    }
    const userKey = this.userOfActive(member, userKeyBefore, matched);
    if (userKeyBefore !== null && userKeyBefore !== userKey) plan.dropped.add(userKeyBefore);
    plan.active.set(userKey, member.teamMemberId);
    return userKey;
  }

  /** The stored user with the address of a member, unless another member of the list has it already. */
  private matchedUser({ teamMemberId, email }: TeamMember, userKeyBefore: string | null): StoredUser | undefined {
    if (!isRealEmail(email)) return undefined;
    const { usersByEmail, usersByKey, assigned } = this.known;
    // An address may have moved to another member since the users were read, and the list may name it twice. Then the
    // second member keeps the user that they have, or takes the one that the first member has left, if there is one.
    const keys = [userKeyBefore, derivedUserKey(this.context.orgId, email), ...this.plan.dropped];
    const found = [usersByEmail.get(email), ...keys.map((key) => (key === null ? undefined : usersByKey.get(key)))];
    const isFree = ({ _key }: StoredUser): boolean =>
      !this.plan.active.has(_key) && (assigned.get(_key) ?? this.kept.get(_key) ?? teamMemberId) === teamMemberId;
    return found.find((user) => user && addressOf(user) === email && isFree(user));
  }

  /** The key of an active member's user: the matched one, else the one they had before, else a new one. */
  private userOfActive(member: TeamMember, userKeyBefore: string | null, matched: StoredUser | undefined): string {
    const { context, plan } = this;
    const { usersByKey, creators } = this.known;
    const { teamMemberId, email, displayName } = member;
    const ownUser = (_key: string): OwnUser => ({
      _key,
      email,
      fullName: displayName,
      updatedAtTimestamp: context.now,
    });
    if (matched !== undefined) {
      const createdFor = matched.isActive === false ? matched.userId : null;
      if (createdFor !== null && createdFor !== teamMemberId && creators.has(createdFor)) {
        // Created for a member who had this address before. The user moves to the member who has it now. One that another
        // connector created is theirs: the person may be in both teams.
        plan.updateUsers.push({ ...ownUser(matched._key), userId: teamMemberId });
      } else if (isOurs(matched, teamMemberId) && matched.fullName !== displayName) {
        plan.updateUsers.push(ownUser(matched._key));
      }
      return matched._key;
    }
    const former = userKeyBefore === null ? undefined : usersByKey.get(userKeyBefore);
    if (former !== undefined && isOurs(former, teamMemberId) && !plan.active.has(former._key)) {
      plan.updateUsers.push(ownUser(former._key));
      return former._key;
    }
    const derived = derivedUserKey(context.orgId, email);
    // A user with the derived key but another address is someone else, and so is a member of this batch who has it. A
    // random key creates no duplicate, since a repeat of this batch finds the new user by its address.
    const isTaken = usersByKey.has(derived) || plan.active.has(derived);
    const userKey = isTaken ? randomUUID() : derived;
    plan.createUsers.push({
      ...ownUser(userKey),
      orgId: context.orgId,
      userId: teamMemberId,
      isActive: false,
      createdAtTimestamp: context.now,
    });
    return userKey;
  }
}
