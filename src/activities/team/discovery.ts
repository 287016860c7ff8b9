import type { TeamFolder, TeamNamespace } from '../../dropbox';
import { memberIndex, type MemberIndex } from '../../graph/access/memberIndex';
import { allMembers } from '../../graph/access/members';
import type { MemberDocument, NamespaceDocument, Principal } from '../../sync/documents';
import { keyOfSet, namespaceKey, recordGroupKey } from '../../sync/keys';
import type { OpenConnector } from '../runtime/services';

/** A namespace of the team as Dropbox lists it now, in the connector's own terms. */
export type ListedNamespaceOfTeam = Pick<
  NamespaceDocument,
  'namespaceId' | 'kind' | 'name' | 'ownerMemberId' | 'externalGroupId'
> & {
  /** Known without asking for its members: a member's own folder, or the shared root of the team. */
  principals: Principal[] | null;
};

/** What of a member counts for whose a namespace is. */
export type TeamMembers = ReadonlyMap<
  string,
  Pick<MemberDocument, 'teamMemberId' | 'status' | 'displayName' | 'email' | 'groupIds'>
>;

/** Names the members who can act now, with their groups: whether somebody can see a folder may change with either. */
export const activeMembersKey = (
  members: Iterable<Pick<MemberDocument, 'teamMemberId' | 'status' | 'groupIds'>>,
): string =>
  keyOfSet(
    [...members]
      .filter(({ status }) => status === 'active')
      .map(({ teamMemberId, groupIds }) => [teamMemberId, ...groupIds].join(' ')),
  );

/** The members as the phase before has stored them. */
export async function storedMembers(open: OpenConnector): Promise<TeamMembers> {
  const members = new Map<string, MemberDocument>();
  for await (const batch of allMembers(open.graph, open.connector._key)) {
    for (const member of batch) members.set(member.teamMemberId, member);
  }
  return members;
}

/** What the team consists of now: complete lists, or an error. */
export interface TeamNamespaces {
  found: Map<string, ListedNamespaceOfTeam>;
  /** Team folders that are archived or on the way: their content is nobody's. */
  inactive: Set<string>;
}

/**
 * Every namespace that somebody of the team can read: team folders that are active, shared folders, members' own
 * folders, their apps' folders, and the shared root of a team space. Members' roots (model C) hold mounts only.
 */
export async function findNamespaces(open: OpenConnector, members: TeamMembers): Promise<TeamNamespaces> {
  const teamFolders = new Map<string, TeamFolder>();
  for await (const page of open.session.team.teamFolders()) {
    for (const folder of page) teamFolders.set(folder.teamFolderId, folder);
  }
  const found = new Map<string, ListedNamespaceOfTeam>();
  const inactive = new Set<string>();
  for (const folder of teamFolders.values()) {
    if (folder.status !== 'active') inactive.add(folder.teamFolderId);
    else found.set(folder.teamFolderId, teamFolderFound(folder, members));
  }
  for await (const page of open.session.team.namespaces()) {
    for (const namespace of page) {
      if (inactive.has(namespace.namespaceId) || found.has(namespace.namespaceId)) continue;
      const one = namespaceFound(namespace, members);
      if (one) found.set(namespace.namespaceId, one);
    }
  }
  return { found, inactive };
}

function teamFolderFound(folder: TeamFolder, members: TeamMembers): ListedNamespaceOfTeam {
  return {
    namespaceId: folder.teamFolderId,
    kind: folder.isTeamSharedDropbox ? 'team_root' : 'team_folder',
    name: folder.name,
    ownerMemberId: null,
    externalGroupId: folder.teamFolderId,
    // The root of a team space has no member list of its own: it is the whole team's.
    principals: folder.isTeamSharedDropbox ? wholeTeam(members) : null,
  };
}

const wholeTeam = (members: TeamMembers): Principal[] =>
  [...members.values()]
    .filter(({ status }) => status === 'active' || status === 'suspended')
    .map(({ teamMemberId }): Principal => ({ id: teamMemberId, kind: 'user', role: 'READER' }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

function namespaceFound(
  { namespaceId, name, type, teamMemberId }: TeamNamespace,
  members: TeamMembers,
): ListedNamespaceOfTeam | null {
  switch (type) {
    case 'team_folder':
    case 'shared_folder':
      return { namespaceId, kind: type, name, ownerMemberId: null, externalGroupId: namespaceId, principals: null };
    case 'team_member_folder':
    case 'app_folder': {
      const owner = teamMemberId === null ? undefined : members.get(teamMemberId);
      // Nobody has joined with it yet, or it is on the way out with its owner.
      if (!owner || (owner.status !== 'active' && owner.status !== 'suspended')) return null;
      const personal = type === 'team_member_folder';
      return {
        namespaceId,
        kind: personal ? 'personal' : 'app_folder',
        name: personal ? owner.displayName || owner.email : name,
        ownerMemberId: owner.teamMemberId,
        externalGroupId: personal ? owner.teamMemberId : namespaceId,
        principals: [{ id: owner.teamMemberId, kind: 'user', role: 'OWNER' }],
      };
    }
    case 'team_member_root':
    case 'other':
      return null;
    default:
      return type satisfies never;
  }
}

/** The document of a namespace that is seen for the first time: everything about it is still to be read. */
export function newNamespace(open: OpenConnector, found: ListedNamespaceOfTeam): NamespaceDocument {
  const { connectorId, now } = open.context();
  const { namespaceId, kind, name, ownerMemberId, externalGroupId, principals } = found;
  return {
    _key: namespaceKey(connectorId, namespaceId),
    connectorId,
    namespaceId,
    kind,
    name,
    ownerMemberId,
    parentNamespaceId: null,
    inheritsAccess: true,
    externalGroupId,
    recordGroupKey: recordGroupKey(connectorId, externalGroupId),
    principals,
    membersReadAt: principals === null ? null : now,
    due: principals === null,
    delegate: null,
    work: 'relist',
    problem: null,
    mark: null,
    held: null,
    updatedAt: now,
  };
}

export const samePrincipals = (a: readonly Principal[] | null, b: readonly Principal[] | null): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Active members who can read a namespace, through which delegates are chosen. */
export interface Readers {
  of(namespace: Pick<NamespaceDocument, 'principals'>): Set<string>;
}

export async function activeReaders(
  open: OpenConnector,
  groups: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Readers> {
  const index: MemberIndex = await memberIndex(open.graph, open.connector._key);
  return {
    of({ principals }) {
      const readers = new Set<string>();
      for (const { id, kind } of principals ?? []) {
        if (kind === 'group') for (const member of groups.get(id) ?? []) readers.add(member);
        else if (index.isActive(id)) readers.add(id);
      }
      return readers;
    },
  };
}
