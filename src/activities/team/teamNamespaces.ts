import type { TeamFolder, TeamNamespace } from '../../dropbox';
import { allMembers } from '../../graph/access/members';
import { runBoth } from '../../mapConcurrently';
import type { FoundNamespace } from '../../sync/discoveryState';
import { keyOfSet } from '../../sync/keys';
import { hasJoined, isActive } from '../../sync/memberState';
import { hasMemberList } from '../../sync/namespaceState';
import type { MemberDocument, NamespaceDocument, Principal } from '../../sync/syncDocuments';
import { each } from '../runtime/each';
import type { OpenConnector } from '../runtime/services';
import { askById } from './askById';

export type TeamMembers = ReadonlyMap<
  string,
  Pick<
    MemberDocument,
    'teamMemberId' | 'status' | 'displayName' | 'email' | 'groupIds' | 'homeNamespaceId' | 'rootNamespaceId'
  >
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
  /**
   * Namespaces that Dropbox lists with something unknown: they grant nothing new, and nothing of them is deleted. By id,
   * each with the end of the sentence "listed as one …".
   */
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
  const { teamFolders, namespaces, refused, leftOut, listedOnce } = await readTeamLists(open);
  const team: TeamNamespaces = {
    found: new Map(),
    archived: new Set(),
    unknown: new Map(),
    nameless: refused.filter((id) => id === null).length,
    isEmpty: namespaces.length + refused.length === 0,
  };
  for (const folder of teamFolders.values()) {
    const contradiction = listedOnce.contradiction('team folder', folder.teamFolderId);
    if (contradiction !== undefined) team.unknown.set(folder.teamFolderId, contradiction);
    else addTeamFolder(team, folder, members);
  }
  for (const id of refused) {
    if (id !== null && !teamFolders.has(id)) team.unknown.set(id, 'without a required field');
  }
  for (const [id, folder] of leftOut) {
    if (folder === undefined) team.unknown.set(id, 'that the list of team folders leaves out');
  }
  const homes = homesOf(members);
  for (const listed of namespaces) {
    // Duplicates may occur. What the list of team folders says of a namespace is more exact.
    const { namespaceId } = listed;
    if (teamFolders.has(namespaceId) || team.unknown.has(namespaceId)) continue;
    const contradiction = listedOnce.contradiction('namespace', namespaceId);
    if (contradiction !== undefined) team.unknown.set(namespaceId, contradiction);
    else addNamespace(team, listed, members, homes);
  }
  return team;
}

/** What the team's two lists say, complete. */
interface TeamLists {
  /** By id, with those that the list of team folders leaves out, and that Dropbox knows by their ids. */
  teamFolders: Map<string, TeamFolder>;
  namespaces: TeamNamespace[];
  /** Ids of the items of either list that lack a required field; null for one without an id. */
  refused: (string | null)[];
  /** See `findLeftOut`. */
  leftOut: Map<string, TeamFolder | null | undefined>;
  listedOnce: ListedOnce;
}

async function readTeamLists(open: OpenConnector): Promise<TeamLists> {
  const teamFolders = new Map<string, TeamFolder>();
  const namespaces: TeamNamespace[] = [];
  const listedOnce = new ListedOnce();
  const refused: (string | null)[] = [];
  const refuse = (id: string | null): void => void refused.push(id);
  const readTeamFolders = async (): Promise<void> => {
    const folders = each(open.session.team.teamFolders(refuse));
    for await (const folder of folders) {
      const { teamFolderId, status, isTeamSharedDropbox } = folder;
      listedOnce.add('team folder', teamFolderId, [status, isTeamSharedDropbox]);
      teamFolders.set(teamFolderId, folder);
    }
  };
  const readNamespaces = async (): Promise<void> => {
    for await (const listed of each(open.session.team.namespaces(refuse))) {
      listedOnce.add('namespace', listed.namespaceId, [listed.type, listed.teamMemberId]);
      namespaces.push(listed);
    }
  };
  await runBoth(readTeamFolders, readNamespaces);
  const leftOut = await findLeftOut(open, namespaces, new Set([...teamFolders.keys(), ...refused]));
  for (const folder of leftOut.values()) if (folder) teamFolders.set(folder.teamFolderId, folder);
  return { teamFolders, namespaces, refused, leftOut, listedOnce };
}

/** What lists say of each namespace that decides who can read it. Where a list names one twice, it has to be the same. */
class ListedOnce {
  private readonly said = new Map<string, string>();
  private readonly contradicted = new Set<string>();

  add(list: string, id: string, said: readonly unknown[]): void {
    const key = `${list} ${id}`;
    const text = said.join(' ');
    if ((this.said.get(key) ?? text) !== text) this.contradicted.add(key);
    this.said.set(key, text);
  }

  contradiction(list: string, id: string): string | undefined {
    return this.contradicted.has(`${list} ${id}`) ? 'that is listed in two ways' : undefined;
  }
}

/**
 * Why what the lists say of a known namespace is not believed: it would give someone else access at once. A folder with
 * a member list does not become someone's own, and no one's own becomes another one's while they are in the team.
 */
export function contradictionOf(
  known: Pick<NamespaceDocument, 'kind' | 'ownerMemberId'>,
  listed: Pick<FoundNamespace, 'kind' | 'ownerMemberId'>,
  members: TeamMembers,
): string | undefined {
  const isOtherKind = known.kind !== listed.kind && !(hasMemberList(known) && hasMemberList(listed));
  if (isOtherKind) return 'of another kind than before';
  const owner = known.ownerMemberId === null ? undefined : members.get(known.ownerMemberId);
  const isOwnerThere = owner !== undefined && hasJoined(owner);
  return isOwnerThere && known.ownerMemberId !== listed.ownerMemberId ? 'of another owner than before' : undefined;
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
      if (folder.isTeamSharedDropbox && !isRootOfMembers(teamFolderId, members))
        unknown.set(teamFolderId, 'that is the root of the team, although no member has it as their root');
      else found.set(teamFolderId, fromTeamFolder(folder, members));
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

/** Every member can read the root of the team, so another list has to agree: that of members names the root of each. */
function isRootOfMembers(namespaceId: string, members: TeamMembers): boolean {
  const roots = [...members.values()].filter(hasJoined).map(({ rootNamespaceId }) => rootNamespaceId);
  return roots.some((root) => root === namespaceId) || roots.every((root) => root === null);
}

const wholeTeam = (members: TeamMembers): Principal[] =>
  [...members.values()]
    .filter(hasJoined)
    .map(({ teamMemberId }): Principal => ({ id: teamMemberId, kind: 'user', role: 'READER' }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

/** Whose own folder a namespace is, as the list of members says: team_member_ids by namespace. */
const homesOf = (members: TeamMembers): Map<string, string> =>
  new Map(
    [...members.values()].flatMap((member) => {
      const { homeNamespaceId: home, teamMemberId } = member;
      return home !== null && hasJoined(member) ? [[home, teamMemberId] as const] : [];
    }),
  );

function addNamespace(
  team: TeamNamespaces,
  listed: TeamNamespace,
  members: TeamMembers,
  homes: ReadonlyMap<string, string>,
): void {
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
      const home = type === 'team_member_folder' && owner && hasJoined(owner) ? owner.homeNamespaceId : null;
      if ((home ?? namespaceId) !== namespaceId || (homes.get(namespaceId) ?? teamMemberId) !== teamMemberId)
        team.unknown.set(namespaceId, 'of which the list of members says something else');
      else if (owner?.status === 'other')
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
