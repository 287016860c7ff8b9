import type { UngrantedCounts } from './connectorDocument';
import type { Role } from './pipesHubDocuments';
import type { Principal } from './syncDocuments';
import type { TeamIndex } from './team';

/** The member list of a folder or a file, in Dropbox's terms. */
export interface ListedMembers {
  users: ListedUser[];
  groups: ListedGroup[];
  /** E-mail addresses that were invited and have not joined. They can read nothing yet. */
  invitees: ListedAccess[];
  /** Entries of the list that lack a required field. */
  unreadable?: UnreadableName[];
}

/** An entry of a member list that lacks a required field. The ids that it does have show whom it may be about. */
export type UnreadableName = Partial<Pick<ListedUser, 'teamMemberId' | 'accountId'> & Pick<ListedGroup, 'groupId'>>;

interface ListedAccess {
  /** Tag of Dropbox's AccessLevel. */
  level: string;
  inherited: boolean;
}

export interface ListedUser extends ListedAccess {
  teamMemberId: string | null;
  accountId: string;
  email: string;
  sameTeam: boolean;
}

export interface ListedGroup extends ListedAccess {
  groupId: string;
  name: string;
  sameTeam: boolean;
}

/**
 * The role in PipesHub that an access level grants. `traverse` sees only what is shared further down, and `no_access`
 * only a name, so neither grants anything, nor does a level that is unknown to this version.
 */
const roles: Readonly<Record<string, Role>> = {
  owner: 'OWNER',
  editor: 'WRITER',
  viewer: 'READER',
  viewer_no_comment: 'READER',
};

/** Orders roles: the higher one includes the lower. */
export const roleRank: Readonly<Record<Role, number>> = { READER: 1, WRITER: 2, OWNER: 3 };

/** The role that an access level grants; null for none. */
export const roleOf = (level: string): Role | null => (Object.hasOwn(roles, level) ? (roles[level] ?? null) : null);

export const higherRole = (a: Role, b: Role): Role => (roleRank[a] >= roleRank[b] ? a : b);

/** Levels that are known to grant nothing. */
const levelsWithoutRole: ReadonlySet<string> = new Set(['traverse', 'no_access']);

/** Whether this version does not know a level, and so can't know what it grants. */
export const isUnknownLevel = (level: string): boolean => roleOf(level) === null && !levelsWithoutRole.has(level);

/**
 * Whether a list has a level that is unknown to this version. A single answer may be wrong, so the list is read again
 * in the next run.
 */
export const hasUnknownLevel = ({ users, groups }: ListedMembers): boolean =>
  [...users, ...groups].some(({ level }) => isUnknownLevel(level));

/** Whether two lists name the same principals with the same roles. Null: no list was read. */
export const samePrincipals = (a: readonly Principal[] | null, b: readonly Principal[] | null): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Why a list has to be read again in the next run; undefined if each name on it can be read. */
export const unreadableNames = ({ unreadable = [] }: ListedMembers): string | undefined =>
  unreadable.length === 0 ? undefined : `${unreadable.length} names on its member list can't be read`;

export interface Access {
  /** Each principal once, with their highest role, sorted by kind and id. */
  principals: Principal[];
  /** How many names on the list grant nothing. */
  ungranted: UngrantedCounts;
}

/**
 * The members and groups of this team that can read the folder or file of a list. Suspended members are included: they
 * have no edges while suspended, and get them back without reading the list again. A name that can't be read keeps the
 * role that it has in `stored`, the list of the last reading, and gets no other.
 */
export function principalsOf(
  members: ListedMembers,
  team: TeamIndex,
  stored: readonly Principal[] | null = null,
): Access {
  const found = new Map<string, Principal>();
  const ungranted: UngrantedCounts = { levels: 0, invitees: members.invitees.length, outsiders: 0, members: 0 };
  const grant = (kind: Principal['kind'], id: string, level: string): void => {
    const role = roleOf(level);
    if (!role) {
      ungranted.levels += 1;
      return;
    }
    const key = `${kind} ${id}`;
    const known = found.get(key);
    found.set(key, { id, kind, role: known ? higherRole(known.role, role) : role });
  };
  for (const user of members.users) {
    const id = user.sameTeam ? memberIdOf(user, team) : undefined;
    if (!user.sameTeam) ungranted.outsiders += 1;
    else if (!id) ungranted.members += 1;
    else grant('user', id, user.level);
  }
  for (const group of members.groups) {
    if (group.sameTeam) grant('group', group.groupId, group.level);
    else ungranted.outsiders += 1;
  }
  for (const { groupId, teamMemberId, accountId } of members.unreadable ?? []) {
    const id = groupId ?? teamMemberId ?? team.byAccountId(accountId ?? '')?.teamMemberId;
    for (const principal of stored ?? []) {
      const key = `${principal.kind} ${principal.id}`;
      if (principal.id === id && !found.has(key)) found.set(key, principal);
    }
  }
  const principals = [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, principal]) => principal);
  return { principals, ungranted };
}

/**
 * A team_member_id is taken as it is, so that a member who joined a moment ago is stored too. They get no edge before
 * they have an active member document. Where the list gives only an account or an address, the index finds the member.
 */
function memberIdOf({ teamMemberId, accountId, email }: ListedUser, team: TeamIndex): string | undefined {
  if (teamMemberId) return teamMemberId;
  return (team.byAccountId(accountId) ?? team.byEmail(email))?.teamMemberId;
}
