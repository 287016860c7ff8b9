import type { DropboxSession, TeamNamespace } from '../dropbox';
import { allNamespaces } from '../graph/state/namespaces';
import type { MemberDocument } from '../sync/documents';
import type { StandaloneGraph } from '../graph/driver/graph';

/** A namespace of the team that no sync lists, and why. */
export interface Unlisted {
  namespaceId: string;
  name: string;
  type: string;
  reason: string;
}

/** Every namespace of the team, each once, as Dropbox lists them. */
export async function teamNamespaces(session: DropboxSession): Promise<TeamNamespace[]> {
  const found = new Map<string, TeamNamespace>();
  for await (const page of session.team.namespaces()) for (const space of page) found.set(space.namespaceId, space);
  return [...found.values()];
}

/** Folders of apps by the member whose they are. */
export function appFoldersOf(namespaces: readonly TeamNamespace[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const { type, teamMemberId, namespaceId } of namespaces) {
    if (type !== 'app_folder' || teamMemberId === null) continue;
    folders.set(teamMemberId, [...(folders.get(teamMemberId) ?? []), namespaceId]);
  }
  return folders;
}

/** What nobody can be shown, since no active member can look into it. */
export async function unlistedNamespaces(
  graph: StandaloneGraph,
  connectorId: string,
  namespaces: readonly TeamNamespace[],
  team: readonly MemberDocument[],
): Promise<Unlisted[]> {
  const problems = new Map<string, string | null>();
  for await (const batch of allNamespaces(graph, connectorId)) {
    for (const { namespaceId, problem, delegate } of batch) {
      problems.set(namespaceId, problem ?? (delegate === null ? 'nobody of the team can read it' : null));
    }
  }
  const members = new Map(team.map((member) => [member.teamMemberId, member]));
  const reasonOf = ({ namespaceId, teamMemberId }: TeamNamespace): string | null => {
    const known = problems.get(namespaceId);
    if (known !== undefined) return known;
    const owner = teamMemberId === null ? undefined : members.get(teamMemberId);
    if (owner && owner.status !== 'active') return `${owner.email} is ${owner.status}`;
    return 'the last sync did not find it';
  };
  return namespaces.flatMap((space) => {
    // A member's root holds nothing but mounts of other namespaces.
    const reason = space.type === 'team_member_root' ? null : reasonOf(space);
    return reason === null ? [] : [{ namespaceId: space.namespaceId, name: space.name, type: space.type, reason }];
  });
}
