import type { TeamFolder, TeamNamespace } from '../../dropbox';
import { allMembers } from '../../graph/access/members';
import { together } from '../../mapConcurrently';
import type { MemberDocument, Principal } from '../../sync/documents';
import { keyOfSet } from '../../sync/keys';
import { hasJoined, isActive } from '../../sync/memberState';
import type { FoundNamespace } from '../../sync/namespaceState';
import { each } from '../runtime/each';
import type { OpenConnector } from '../runtime/services';
import { askById } from './askById';

export type TeamMembers = ReadonlyMap<
  string,
  Pick<MemberDocument, 'teamMemberId' | 'status' | 'displayName' | 'email' | 'groupIds'>
>;

/** Hash of the active members with their groups: when either changes, someone else may be able to see a folder. */
export const activeMembersKey = (
  members: Iterable<Pick<MemberDocument, 'teamMemberId' | 'status' | 'groupIds'>>,
): string =>
  keyOfSet([...members].filter(isActive).map(({ teamMemberId, groupIds }) => [teamMemberId, ...groupIds].join(' ')));

/** All stored members, removed ones included, by team_member_id. */
export async function storedMembers(open: OpenConnector): Promise<Map<string, MemberDocument>> {
  const members = new Map<string, MemberDocument>();
  for await (const member of each(allMembers(open.graph, open.connector._key)))
    members.set(member.teamMemberId, member);
  return members;
}

/** The namespaces of the team now. Both lists are complete: a page that can't be read is an error. */
export interface TeamNamespaces {
  found: Map<string, FoundNamespace>;
  /** Team folders that are archived or being archived: no one can read their content. */
  archived: Set<string>;
  /** Namespaces that Dropbox lists with something unknown: they grant nothing new, and nothing of them is deleted. */
  unknown: Map<string, string>;
  /** Number of items without an id. */
  nameless: number;
  /** The list of namespaces is empty. */
  isEmpty: boolean;
}

/**
 * Every namespace that a member of the team can read: active team folders, shared folders, members' own folders, their
 * apps' folders, and the shared root of a team space. A member's root folder is left out, since it holds mounts only.
 */
export async function findNamespaces(open: OpenConnector, members: TeamMembers): Promise<TeamNamespaces> {
  const teamFolders = new Map<string, TeamFolder>();
  const namespaces: TeamNamespace[] = [];
  const refused: (string | null)[] = [];
  const refuse = (id: string | null): void => void refused.push(id);
  const readTeamFolders = async (): Promise<void> => {
    const folders = each(open.session.team.teamFolders(refuse));
    for await (const folder of folders) teamFolders.set(folder.teamFolderId, folder);
  };
  const readNamespaces = async (): Promise<void> => {
    for await (const listed of each(open.session.team.namespaces(refuse))) namespaces.push(listed);
  };
  await together(readTeamFolders, readNamespaces);
  const leftOut = await findLeftOut(open, namespaces, new Set([...teamFolders.keys(), ...refused]));
  for (const folder of leftOut.values()) if (folder) teamFolders.set(folder.teamFolderId, folder);
  const team: TeamNamespaces = {
    found: new Map(),
    archived: new Set(),
    unknown: new Map(),
    nameless: refused.filter((id) => id === null).length,
    isEmpty: namespaces.length + refused.length === 0,
  };
  for (const folder of teamFolders.values()) addTeamFolder(team, folder, members);
  for (const id of refused) {
    if (id !== null && !teamFolders.has(id)) team.unknown.set(id, 'without a required field');
  }
  for (const [id, folder] of leftOut) {
    if (folder === undefined) team.unknown.set(id, 'that the list of team folders leaves out');
  }
  for (const listed of namespaces) {
    // Duplicates may occur. What the list of team folders says of a namespace is more exact.
    if (!teamFolders.has(listed.namespaceId) && !team.unknown.has(listed.namespaceId))
      addNamespace(team, listed, members);
  }
  return team;
}

/**
 * Asks for the team folders that only the list of namespaces names, since only the list of team folders says of one that
 * it is archived, or the root of a team space. That list may be short, for once or for good. By their ids: null for what
 * is no team folder, undefined where Dropbox does not say.
 */
async function findLeftOut(
  open: OpenConnector,
  namespaces: readonly TeamNamespace[],
  named: ReadonlySet<string | null>,
): Promise<Map<string, TeamFolder | null | undefined>> {
  const isLeftOut = ({ namespaceId, type }: TeamNamespace): boolean =>
    type === 'team_folder' && !named.has(namespaceId);
  const ids = [...new Set(namespaces.filter(isLeftOut).map(({ namespaceId }) => namespaceId))];
  const answers = await askById(ids, (asked) => open.session.team.teamFoldersByIds(asked));
  return new Map(ids.map((id) => [id, answers.get(id)]));
}

function addTeamFolder({ found, archived, unknown }: TeamNamespaces, folder: TeamFolder, members: TeamMembers): void {
  const { teamFolderId, status } = folder;
  switch (status) {
    case 'active':
      found.set(teamFolderId, fromTeamFolder(folder, members));
      break;
    case 'archived':
    case 'archive_in_progress':
    case 'inactive':
      archived.add(teamFolderId);
      break;
    default:
      void (status satisfies 'other');
      unknown.set(teamFolderId, 'a team folder of a status that this version does not know');
  }
}

function fromTeamFolder(folder: TeamFolder, members: TeamMembers): FoundNamespace {
  return {
    namespaceId: folder.teamFolderId,
    kind: folder.isTeamSharedDropbox ? 'team_root' : 'team_folder',
    name: folder.name,
    ownerMemberId: null,
    externalGroupId: folder.teamFolderId,
    // Dropbox keeps no member list of the root of a team space: every member can read it.
    principals: folder.isTeamSharedDropbox ? wholeTeam(members) : null,
  };
}

const wholeTeam = (members: TeamMembers): Principal[] =>
  [...members.values()]
    .filter(hasJoined)
    .map(({ teamMemberId }): Principal => ({ id: teamMemberId, kind: 'user', role: 'READER' }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

function addNamespace(team: TeamNamespaces, listed: TeamNamespace, members: TeamMembers): void {
  const { namespaceId, name, type, teamMemberId } = listed;
  switch (type) {
    case 'team_folder':
    case 'shared_folder': {
      const externalGroupId = namespaceId;
      team.found.set(namespaceId, {
        namespaceId,
        kind: type,
        name,
        ownerMemberId: null,
        externalGroupId,
        principals: null,
      });
      break;
    }
    case 'team_member_folder':
    case 'app_folder': {
      const owner = teamMemberId === null ? undefined : members.get(teamMemberId);
      if (owner?.status === 'other')
        team.unknown.set(namespaceId, 'of a member whose status this version does not know');
      // Otherwise its owner has not joined yet, or has left.
      else if (owner && hasJoined(owner)) team.found.set(namespaceId, fromOwnedNamespace(listed, owner));
      break;
    }
    case 'team_member_root':
      break;
    default:
      void (type satisfies 'other');
      team.unknown.set(namespaceId, 'of a type that this version does not know');
  }
}

function fromOwnedNamespace(
  { namespaceId, name, type }: TeamNamespace,
  owner: Pick<MemberDocument, 'teamMemberId' | 'displayName' | 'email'>,
): FoundNamespace {
  const isPersonal = type === 'team_member_folder';
  return {
    namespaceId,
    kind: isPersonal ? 'personal' : 'app_folder',
    name: isPersonal ? owner.displayName || owner.email : name,
    ownerMemberId: owner.teamMemberId,
    externalGroupId: isPersonal ? owner.teamMemberId : namespaceId,
    principals: [{ id: owner.teamMemberId, kind: 'user', role: 'OWNER' }],
  };
}
