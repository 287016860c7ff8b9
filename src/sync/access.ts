import type { Role } from './pipesHubDocuments';
import type { Principal } from './syncDocuments';
import type { TeamIndex } from './team';

/** The member list of a folder or a file, in Dropbox's terms. */
export interface ListedMembers {
  users: ListedUser[];
  groups: ListedGroup[];
  /** E-mail addresses that were invited and have not joined. They can read nothing yet. */
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
 * The role in PipesHub that a known access level grants. `traverse` sees only what is shared further down, and
 * `no_access` only a name, so neither grants anything.
 */
const roles: Readonly<Record<string, Role | null>> = {
  owner: 'OWNER',
  editor: 'WRITER',
  viewer: 'READER',
  viewer_no_comment: 'READER',
  traverse: null,
  no_access: null,
};

/** Orders roles: the higher one includes the lower. */
export const roleRank: Readonly<Record<Role, number>> = { READER: 1, WRITER: 2, OWNER: 3 };

const isKnownLevel = (level: string): boolean => Object.hasOwn(roles, level);

/** The role that an access level grants; null for none. An unknown level grants nothing. */
export const roleOf = (level: string): Role | null => (isKnownLevel(level) ? (roles[level] ?? null) : null);

export const higherRole = (a: Role, b: Role): Role => (roleRank[a] >= roleRank[b] ? a : b);

/** How many names on a member list grant nothing, by reason, for the log, the metrics and the status. */
export interface UngrantedCounts {
  /** Invited, and not joined yet. */
  invitees: number;
  /** Users outside the team. */
  externalUsers: number;
  /** Groups of another team. */
  externalGroups: number;
  /** Levels that can read nothing: `traverse` and `no_access`. */
  levelsWithoutAccess: number;
  /** Levels that this version does not know. */
  unknownLevels: number;
  /** Users of this team, according to the list, whom the index of the team does not have. */
  unknownMembers: number;
}

export interface Access {
  /** Each principal once, with their highest role, sorted by kind and id. */
  principals: Principal[];
  ungranted: UngrantedCounts;
}

/**
 * The members and groups of this team that can read what the list belongs to. It contains suspended members: they have
 * no edges while they are suspended, and get them back without another reading.
 */
export function principalsOf(members: ListedMembers, team: TeamIndex): Access {
  const found = new Map<string, Principal>();
  const ungranted: UngrantedCounts = {
    invitees: members.invitees.length,
    externalUsers: 0,
    externalGroups: 0,
    levelsWithoutAccess: 0,
    unknownLevels: 0,
    unknownMembers: 0,
  };
  const grant = (kind: Principal['kind'], id: string, level: string): void => {
    const role = roleOf(level);
    if (!role) {
      ungranted[isKnownLevel(level) ? 'levelsWithoutAccess' : 'unknownLevels'] += 1;
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
 * A team_member_id is taken as it is, so that a member who joined a moment ago is stored too. They get no edge before
 * they have an active member document. The index serves lists that name only the account or the address.
 */
function memberIdOf({ teamMemberId, accountId, email }: ListedUser, team: TeamIndex): string | undefined {
  if (teamMemberId) return teamMemberId;
  return (team.byAccountId(accountId) ?? team.byEmail(email))?.teamMemberId;
}
