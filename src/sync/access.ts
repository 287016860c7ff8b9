import type { Role } from './pipesHubDocuments';
import type { Principal } from './syncDocuments';
import type { TeamIndex } from './team';

/** Who is listed on a folder or a file, in Dropbox's words. */
export interface ListedMembers {
  users: ListedUser[];
  groups: ListedGroup[];
  /** E-mail addresses that were invited and have not joined: they may read nothing yet. */
  invitees: ListedInvitee[];
}

export interface ListedUser {
  teamMemberId: string | null;
  accountId: string;
  email: string;
  sameTeam: boolean;
  /** Tag of Dropbox's AccessLevel. */
  level: string;
  inherited: boolean;
}

export interface ListedGroup {
  groupId: string;
  name: string;
  sameTeam: boolean;
  level: string;
  inherited: boolean;
}

export interface ListedInvitee {
  level: string;
  inherited: boolean;
}

/**
 * What an access level lets someone do in PipesHub. `traverse` sees only what is shared with him further down and
 * `no_access` only a name, so both grant nothing, and so does every level that is not known here.
 */
const roles: Readonly<Record<string, Role>> = {
  owner: 'OWNER',
  editor: 'WRITER',
  viewer: 'READER',
  viewer_no_comment: 'READER',
};

/** Orders roles: the higher one includes the lower. */
export const roleRank: Readonly<Record<Role, number>> = { READER: 1, WRITER: 2, OWNER: 3 };

/** The role of an access level; null grants nothing. */
export const roleOf = (level: string): Role | null => (Object.hasOwn(roles, level) ? roles[level]! : null);

export const higherRole = (a: Role, b: Role): Role => (roleRank[a] >= roleRank[b] ? a : b);

/** Listed, but granted nothing, by reason. */
export interface Ungranted {
  invitees: number;
  externalUsers: number;
  externalGroups: number;
  unknownLevels: number;
  /** Said to be of this team, yet not among its members. */
  unknownMembers: number;
}

export interface Access {
  /** Each principal once, with his highest role, by kind and id. */
  principals: Principal[];
  ungranted: Ungranted;
}

/**
 * Who of this team may read what the list belongs to. Suspended members stay in: they lose access by having no edges,
 * and have it back, without a new reading, when they return.
 */
export function principalsOf(members: ListedMembers, team: TeamIndex): Access {
  const found = new Map<string, Principal>();
  const ungranted: Ungranted = {
    invitees: members.invitees.length,
    externalUsers: 0,
    externalGroups: 0,
    unknownLevels: 0,
    unknownMembers: 0,
  };
  const grant = (kind: Principal['kind'], id: string, level: string): void => {
    const role = roleOf(level);
    if (!role) {
      ungranted.unknownLevels += 1;
      return;
    }
    const key = `${kind} ${id}`;
    const known = found.get(key);
    found.set(key, { id, kind, role: known ? higherRole(known.role, role) : role });
  };
  for (const user of members.users) {
    const id = user.sameTeam ? memberIdOf(user, team) : undefined;
    if (!user.sameTeam) ungranted.externalUsers += 1;
    else if (!id) ungranted.unknownMembers += 1;
    else grant('user', id, user.level);
  }
  for (const group of members.groups) {
    if (group.sameTeam) grant('group', group.groupId, group.level);
    else ungranted.externalGroups += 1;
  }
  const principals = [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, principal]) => principal);
  return { principals, ungranted };
}

/**
 * A team_member_id is taken as it is, so that a member who joined a moment ago is not lost: without an active member
 * document it leads to no edge. The index is for lists that name only the account or the address.
 */
function memberIdOf({ teamMemberId, accountId, email }: ListedUser, team: TeamIndex): string | undefined {
  if (teamMemberId) return teamMemberId;
  return (team.byAccountId(accountId) ?? team.byEmail(email))?.teamMemberId;
}
